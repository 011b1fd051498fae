"""`meterside tariff import --store` and `meterside staff`: by whose word a tariff prices bills."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from meterside.cis.tariffs.models import TariffVersion
from meterside.cli.staff import staff_group
from meterside.cli.tariff import tariff_group
from meterside.kit import clock
from meterside.portal.identity.operations import create_login
from meterside.portal.identity.rights import StaffRight
from meterside.spine.models import AuditEntry
from tests.cast import ELECTRIC

pytestmark = pytest.mark.django_db
NEXT = ELECTRIC.replace('"13.50"', '"14.25"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "e.toml").write_text(ELECTRIC, encoding="utf-8")
    later = clock.now().year + 1
    (tmp_path / "next.toml").write_text(NEXT.replace("2020-01-01", f"{later}-01-01"), encoding="utf-8")
    (tmp_path / "past.toml").write_text(NEXT.replace("2020-01-01", "2024-01-01"), encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def staff() -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    for name in ("ana", "ben", "both"):
        create_login(
            email=f"{name}@example.com",
            password=None,
            display_name=name,
            language="en",
            now=now,
            is_staff=True,
        )
    for name, right in (
        ("ana", "propose-rates"), ("ben", "approve-rates"), ("both", "propose-rates"), ("both", "approve-rates"),
    ):  # fmt: skip
        assert run(staff_group, "allow", f"{name}@example.com", right).exit_code == 0


def run(group: object, *words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])  # type: ignore[arg-type]


def store(path: Path, *more: str) -> Result:
    return run(tariff_group, "import", path, "--store", *more)


def by(proposes: str, approves: str) -> tuple[str, ...]:
    return "--proposed-by", f"{proposes}@example.com", "--approved-by", f"{approves}@example.com"


def published() -> int:
    return TariffVersion.objects.filter(status="published").count()


def test_the_first_installation_says_so(folder: Path) -> None:
    refused = store(folder / "e.toml")
    assert (refused.exit_code, "needs two people" in refused.output) == (1, True)
    assert not TariffVersion.objects.exists()
    assert "(new)" in store(folder / "e.toml", "--first-installation").output
    again = store(folder / "e.toml", "--first-installation")
    assert (again.exit_code, "(unchanged)" in again.output) == (0, True)
    assert "(unchanged)" in store(folder / "e.toml").output
    assert TariffVersion.objects.get().is_installed


def test_a_version_that_follows_needs_two_people(folder: Path) -> None:
    store(folder / "e.toml", "--first-installation")
    for more, said in (
        ((), "needs two people"),
        (("--first-installation",), "needs two people"),
        (by("ana", "ana"), "nobody who may approve-rates"),
        (by("both", "both"), "cannot approve it too"),
        (by("ben", "ana"), "nobody who may propose-rates"),
        (by("nobody", "ben"), "nobody who may propose-rates"),
    ):
        refused = store(folder / "next.toml", *more)
        assert (refused.exit_code, said in refused.output) == (1, True), refused.output
    assert store(folder / "next.toml", "--proposed-by", "ana@example.com").exit_code == 2
    assert (published(), TariffVersion.objects.count()) == (1, 1)
    late = store(folder / "past.toml", *by("ana", "ben"))
    assert (late.exit_code, "not_later" in late.output) == (1, True)
    assert TariffVersion.objects.count() == 1
    assert "(new version)" in store(folder / "next.toml", *by("ana", "ben")).output
    assert published() == 2
    line = AuditEntry.objects.get(action="tariff_version.published")
    assert line.detail["proposed_by"] != f"{line.actor_kind}:{line.actor_id}"


def test_rights_are_given_taken_and_told() -> None:
    listed = run(staff_group, "list").output
    assert "ana@example.com  ana  propose-rates" in listed
    assert "both@example.com  both  approve-rates, propose-rates" in listed
    assert "may look" in run(staff_group, "disallow", "ana@example.com", "propose-rates").output
    assert run(staff_group, "allow", "alice@example.com", StaffRight.PROPOSE_RATES).exit_code == 1
    assert run(staff_group, "allow", "ana@example.com", "everything").exit_code == 2
    assert AuditEntry.objects.filter(action="staff.right_taken").count() == 1
