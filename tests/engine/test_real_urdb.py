"""Real electric rates (URDB): every file read and written whole, or refused by name."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.connectors.tariffs.reading import import_file
from meterside.connectors.tariffs.urdb import import_urdb, urdb_json
from meterside.engine.determinant import usage_of
from meterside.engine.period import Period
from meterside.engine.rating import rate
from meterside.engine.tariff.document import tariff_from_toml

pytestmark = pytest.mark.real_data


MONTH = Period(date(2025, 1, 1), date(2025, 2, 1))


def _month_from(day: date) -> Period:
    return Period(day, day + timedelta(days=monthrange(day.year, day.month)[1]))


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


#: Days each version begins, where a start inside a day is taken as the nearest one.
URDB_STARTS = {
    "FPL_GSLD-1.json": ["2025-01-01"],
    "JacksonEMC_A_residential_senior_2017.json": ["2017-01-01"],
    "PGE_E-19_TOU_secondary_history.json": [
        "2014-05-01", "2015-03-01", "2016-03-24", "2017-01-01", "2017-10-24", "2017-12-01",
    ],
    "SCE_TOU-GS-3_history.json": ["2014-01-01", "2016-01-01"],
    "SDGE_EV-HP_EECC-CPP-D_2025-09-08_Neat.json": ["2024-10-01"],
    "Sacramento_Municipal_Utility_District_CI_TOD3_Commercial_and_Industrial_TOD_Secondary_500_999_kW.json": [
        "2025-05-01",
    ],
}  # fmt: skip


def test_every_urdb_file_is_imported_and_exported_whole(real_data: Path) -> None:
    """Six files, histories among them: one tariff each, which URDB JSON says again just so."""
    files = sorted((real_data / "tariffs-electric" / "urdb").glob("*.json"))
    assert [path.name for path in files] == list(URDB_STARTS)
    for path in files:
        found = import_file(path, nearest_day=True)
        assert not found.refused, (path.name, found.refused)
        (tariff,) = found.tariffs
        assert [str(version.effective_from) for version in tariff.versions] == URDB_STARTS[path.name]
        assert import_urdb(urdb_json(tariff), source="again").tariffs == (tariff,)
        assert tariff_from_toml(toml_of(tariff)) == tariff


def test_a_start_inside_a_day_is_not_guessed(real_data: Path) -> None:
    folder = real_data / "tariffs-electric" / "urdb"
    found = {path.name: import_file(path) for path in sorted(folder.glob("*.json"))}
    assert [name.split("_")[0] for name, each in found.items() if each.tariffs] == [
        "JacksonEMC",
        "Sacramento",
    ]
    refused = [refusal for each in found.values() for refusal in each.refused]
    assert {refusal.path.split(":")[0].split("].")[-1] for refusal in refused} == {"startdate", "enddate"}
    assert all("--nearest-day" in refusal.reason for refusal in refused)


def test_a_residential_rate_with_seasons_and_tiers(real_data: Path) -> None:
    """Jackson EMC, schedule A for senior citizens: 1,200 kWh in July and in January, by hand."""
    path = real_data / "tariffs-electric" / "urdb" / "JacksonEMC_A_residential_senior_2017.json"
    found = import_urdb(path.read_text("utf-8"), source=path.name, effective_from=date(2011, 1, 1))
    use = usage_of(Decimal(1_200_000), "Wh")
    july = rate(found.tariffs[0], period=Period(date(2011, 7, 1), date(2011, 8, 1)), determinants=use)
    january = rate(found.tariffs[0], period=Period(date(2011, 1, 1), date(2011, 2, 1)), determinants=use)
    assert [line.amount_cents for line in july.lines] == [550, 5824, 3924, 2362]
    assert [line.amount_cents for line in january.lines] == [550, 5824, 2909, 1642]
