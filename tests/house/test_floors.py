"""Every import rule is proved by a planted offence; relations and migrations keep to the same floors."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from meterside.config.environment import PROJECT

OFFENCES = {
    "The house has floors": ("spine/planted.py", "import meterside.journeys"),
    "Inside the CIS, facts flow downhill": (
        "cis/registry/planted.py",
        "import meterside.cis.billing.models",
    ),
    "Inside metering, days are kept below, looked at above, files come last": (
        "cis/metering/store/planted.py",
        "import meterside.cis.metering.checks.rules",
    ),
    "Inside billing, a segment comes before the bill, the bill before the run": (
        "cis/billing/inputs/planted.py",
        "import meterside.cis.billing.issuing",
    ),
    "Customers' pages and journeys never see an implementation": (
        "web/customer/planted.py",
        "import meterside.cis.adapter",
    ),
    "Vendors never know each other": (
        "connectors/payments/sandbox/planted.py",
        "import meterside.connectors.metering.green_button.adapter",
    ),
    "The engine knows nothing of the world outside": ("engine/planted.py", "import django.db"),
    "No circles anywhere": ("kit/clock.py", "import meterside.kit.planted_circle"),
}
CIRCLE = ("kit/planted_circle.py", "import meterside.kit.clock")


def _lint(folder: Path) -> str:
    program = Path(sys.executable).parent / "lint-imports"
    command = [str(program), "--no-cache", "--config", str(folder / ".importlinter")]
    done = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, to plant offences in."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(
        PROJECT / "meterside", folder / "meterside", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copy(PROJECT / ".importlinter", folder)
    return folder


def test_the_house_stands_and_every_planted_offence_is_found(house: Path) -> None:
    clean = _lint(house)
    for contract in OFFENCES:
        assert f"{contract} KEPT" in clean, clean
    for path, line in (*OFFENCES.values(), CIRCLE):
        file = house / "meterside" / path
        file.write_text((file.read_text() if file.exists() else "") + f"\n{line}\n")
    planted = _lint(house)
    for contract in OFFENCES:
        assert f"{contract} BROKEN" in planted, planted


FLOORS = {
    "spine": 0,
    "cis_registry": 1,
    "cis_metering": 2,
    "cis_tariffs": 2,
    "cis_ledger": 2,
    "cis_weather": 2,
    "cis_agreements": 3,
    "cis_billing": 4,
    "cis_studies": 5,
    "portal_identity": 1,
    "portal_access": 2,
    "portal_notices": 2,
    "portal_payments": 2,
    "portal_preferences": 2,
    "sandbox": 1,
}


def _is_downhill(above: str, below: str) -> bool:
    """Whether `above` may refer to `below`: only lower floors of the same house part, the spine, or itself."""
    if above == below or below == "spine":
        return True
    same_part = above.split("_")[0] == below.split("_")[0]
    return same_part and FLOORS[above] > FLOORS[below]


def _ours() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name.startswith("meterside.")}


def test_relations_between_models_flow_downhill() -> None:
    with_models = {model._meta.app_label for model in apps.get_models()} & _ours()
    assert with_models <= set(FLOORS), "a new app needs its floor here"
    offences = [
        f"{model._meta.label} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        if not isinstance(field.related_model, str) and field.related_model._meta.app_label in FLOORS
        if not _is_downhill(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert offences == []


def test_migrations_depend_downhill() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    offences = [
        f"{label}.{name} -> {needed}"
        for (label, name), migration in loader.disk_migrations.items()
        if label in FLOORS
        for needed, _ in migration.dependencies
        if needed in FLOORS and not _is_downhill(label, needed)
    ]
    assert offences == []


def test_the_walk_finds_an_uphill_relation() -> None:
    assert not _is_downhill("cis_registry", "cis_billing")
    assert not _is_downhill("cis_ledger", "cis_metering")
    assert not _is_downhill("portal_payments", "cis_ledger")
    assert _is_downhill("cis_billing", "cis_registry")
