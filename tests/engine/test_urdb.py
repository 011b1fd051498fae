"""URDB files: seasons by month, tiers, and refusals by the name of the field."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.connectors.tariffs.urdb import import_urdb
from meterside.engine.determinant import usage_of
from meterside.engine.period import Period
from meterside.engine.rating import rate

SUMMER_FROM_MAY = [[0] * 24] * 4 + [[1] * 24] * 5 + [[0] * 24] * 3
FLAT_ALL_YEAR = [[0] * 24] * 12

BASE: dict[str, Any] = {
    "label": "x",
    "utility": "Riverbend",
    "name": "R-1",
    "sector": "Residential",
    "startdate": "2017-01-01 00:00:00",
    "fixedchargefirstmeter": 5.5,
    "fixedchargeunits": "$/month",
    "energyweekdayschedule": SUMMER_FROM_MAY,
    "energyweekendschedule": SUMMER_FROM_MAY,
    "energyratestructure": [
        [{"max": 650.0, "rate": 0.0896, "unit": "kWh"}, {"rate": 0.0831, "unit": "kWh"}],
        [{"max": 650.0, "rate": 0.0896, "unit": "kWh"}, {"rate": 0.1121, "adj": 0.01, "unit": "kWh"}],
    ],
}


def structure(*summer: dict[str, Any]) -> dict[str, Any]:
    """An energy structure with one winter price and these summer tiers."""
    return {"energyratestructure": [[{"rate": 0.1}], list(summer)]}


def schedules(weekday: Any, weekend: Any) -> dict[str, Any]:
    return {"energyweekdayschedule": weekday, "energyweekendschedule": weekend}


def imported(**changes: Any) -> Any:
    item = {**BASE, **changes}
    return import_urdb(json.dumps({"items": [{k: v for k, v in item.items() if v is not None}]}), source="t")


def cents(found: Any, use: str, month: int = 7) -> int:
    assert not found.refused, found.refused
    period = Period(date(2018, month, 1), date(2018, month + 1, 1))
    return rate(found.tariffs[0], period=period, determinants=usage_of(Decimal(use), "kWh")).total_cents


def test_a_season_and_tiers() -> None:
    found = imported()
    assert cents(found, "1000", month=7) == 550 + 5824 + 4274
    assert cents(found, "1000", month=2) == 550 + 5824 + 2909
    seasons = found.tariffs[0].versions[0].seasons
    assert [(season.name, season.label) for season in seasons] == [
        ("period-0", "January to April, October to December"),
        ("period-1", "May to September"),
    ]


@pytest.mark.parametrize(
    ("changes", "use", "expected"),
    [
        (schedules(FLAT_ALL_YEAR, FLAT_ALL_YEAR), "100", 550 + 896),
        (
            {
                "energyweekdayschedule": None,
                "energyweekendschedule": None,
                "energyratestructure": [[{"rate": 0.1}]],
            },
            "100",
            1550,
        ),
        (structure({"max": 50, "rate": 0.2}, {"rate": 0.3}), "100", 550 + 2500),
        (structure({"rate": 0.2}), "100", 2550),
        ({"fixedchargeunits": "$/day"}, "0", 17050),
        ({"fixedchargefirstmeter": None, "fixedmonthlycharge": 8}, "0", 800),
        ({"fixedchargefirstmeter": 0}, "0", 0),
        ({"mincharge": 20, "minchargeunits": "$/month"}, "100", 2000),
        ({"fixedchargefirstmeter": None, "minmonthlycharge": 9}, "0", 900),
        (
            structure({"max": 10, "rate": 1, "unit": "kWh daily"}, {"rate": 2, "unit": "kWh daily"}),
            "320",
            550 + 31000 + 2000,
        ),
        ({"demandratestructure": [[{"rate": 0}]], "flatdemandmonths": [0] * 12}, "100", 1446),
        ({"startdate": 1483228800}, "100", 1446),
        ({"startdate": "2017-01-01T00:00:00.000Z", "enddate": "2018-12-31"}, "100", 1446),
    ],
)
def test_what_can_be_priced(changes: dict[str, Any], use: str, expected: int) -> None:
    assert cents(imported(**changes), use) == expected


def test_the_end_is_the_last_day() -> None:
    found = imported(enddate="2018-12-31")
    assert found.tariffs[0].versions[0].effective_to == date(2019, 1, 1)


def test_another_start_may_be_given() -> None:
    text = json.dumps([{**BASE, "startdate": "2014-04-30T17:00:00Z", "enddate": "2010-01-31"}])
    found = import_urdb(text, source="t", effective_from=date(2011, 1, 1))
    version = found.tariffs[0].versions[0]
    assert (version.effective_from, version.effective_to) == (date(2011, 1, 1), None)


HOURLY = [[0] * 12 + [1] * 12] * 12


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"energyweekendschedule": None}, "energyweekendschedule", "missing"),
        ({"energyweekdayschedule": [[0] * 23] * 12}, "energyweekdayschedule", "12 months"),
        (schedules([[7] * 24] * 12, [[7] * 24] * 12), "energyweekdayschedule[0]", "period 7"),
        (schedules(None, None), "energyratestructure", "schedule"),
        ({"energyratestructure": []}, "energyratestructure", "missing"),
        ({"energyratestructure": [[{"rate": 1}], []]}, "energyratestructure[1]", "tiers"),
        (
            structure({"rate": 1, "surprise": 0.05}),
            "energyratestructure[1][0].surprise",
            "no field of a tier",
        ),
        (
            structure({"rate": 1, "unit": "kWh/kW daily"}),
            "energyratestructure[1].unit: kwh/kw daily",
            "kwh/kw",
        ),
        (structure({"rate": 1, "sell": 1, "max": 5}, {"rate": 2}), "energyratestructure[1].sell", "tiers"),
        (
            structure({"rate": 1, "unit": "kWh", "max": 5}, {"rate": 2, "unit": "kWh daily"}),
            "[1].unit",
            "differs",
        ),
        (
            {**structure({"rate": 1, "sell": 1}), "dgrules": "Net Metering"},
            "energyratestructure.sell",
            "when it",
        ),
        (structure({"rate": 1, "max": 5}), "energyratestructure[1][0].max", "above it"),
        (structure({"rate": 1, "max": 5}, {"rate": 1, "max": 5}, {"rate": 1}), "[1][1].max", "not above"),
        (structure({"rate": "x"}), "energyratestructure[1][0].rate", "no number"),
        ({"flatdemandstructure": [[{"rate": 1}], [{"rate": 2}]]}, "flatdemandmonths", "several"),
        (
            {"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": [1] * 12},
            "flatdemandmonths",
            "period 1",
        ),
        ({"flatdemandstructure": [[{"rate": 1}]], "flatdemandmonths": 3}, "flatdemandmonths", "12 periods"),
        ({"flatdemandstructure": [[{"rate": 1}]], "flatdemandunit": "hp"}, "flatdemandunit: hp", "kVA"),
        ({"flatdemandstructure": [[{"rate": 1, "unit": "kW daily"}]]}, "[0].unit: kw daily", "kVA"),
        ({"flatdemandstructure": [[{"rate": 1, "sell": 1}]]}, "flatdemandstructure[0].sell", "demand"),
        ({"demandratestructure": [[{"rate": 1}]]}, "demandweekdayschedule", "missing"),
        ({"demandwindow": 0.5}, "demandwindow: 0.5", "whole minutes"),
        ({"demandratchetpercentage": [0.8] * 12}, "demandratchetpercentage", "lookbackrange"),
        ({"lookbackpercent": 0.8}, "lookbackrange", "missing"),
        ({"lookbackrange": 11}, "lookbackpercent", "missing"),
        ({"lookbackpercent": 80, "lookbackrange": 11}, "lookbackpercent: 80", "share"),
        ({"lookbackpercent": 0.8, "lookbackrange": 12}, "lookbackrange: 12", "1 to 11"),
        ({"lookbackpercent": 0.8, "lookbackrange": 11}, "lookbackpercent", "has none"),
        (
            {"coincidentratestructure": [[{"rate": 0}], [{"rate": 1}]], "coincidentrateschedule": HOURLY},
            "coincidentrateschedule[0]",
            "which hour the system peaked in",
        ),
        ({"fueladjustmentsmonthly": [0.01] * 11}, "fueladjustmentsmonthly", "12 numbers"),
        ({"fixedchargeeaaddl": 3, "fixedchargeunits": "$/day"}, "fixedchargeeaaddl", "$/day"),
        ({"annualmincharge": 100, "mincharge": 5, "minchargeunits": "$/year"}, "annualmincharge", "beside"),
        (
            {
                **schedules(HOURLY, HOURLY),
                **structure({"max": 5, "rate": 1}, {"rate": 2}),
                "energyratestructure": [
                    [{"max": 9, "rate": 1}, {"rate": 2}],
                    [{"max": 5, "rate": 1}, {"rate": 2}],
                ],
            },
            "energyratestructure.max",
            "other limits",
        ),
        ({"surprise": 3}, "surprise", "no field"),
        ({"fixedchargeunits": "$/year"}, "fixedchargeunits: $/year", "$/month"),
        ({"mincharge": 3, "minchargeunits": "$/week"}, "minchargeunits: $/week", "$/month"),
        ({"startdate": None}, "startdate", "--effective-from"),
        ({"startdate": "2014-04-30T17:00:00.000Z"}, "startdate", "inside a day"),
        ({"startdate": "soon"}, "startdate: soon", "no day"),
        ({"utility": None}, "utility", "missing"),
    ],
)
def test_a_rate_is_refused_by_the_name_of_the_field(changes: dict[str, Any], path: str, reason: str) -> None:
    found = imported(**changes)
    assert not found.tariffs
    assert any(path in each.path and reason in each.reason for each in found.refused), found.refused


def test_every_unsupported_field_of_a_rate_is_named() -> None:
    found = imported(
        demandratchetpercentage=[1], surprise=1, flatdemandunit="hp", flatdemandstructure=[[{"rate": 1}]]
    )
    assert [each.path for each in found.refused] == [
        "demandratchetpercentage",
        "surprise",
        "flatdemandunit: hp",
    ]


@pytest.mark.parametrize(
    ("text", "path"), [("{", "line 1"), ("[]", "items"), ("3", "items"), ('{"items": [1]}', "items")]
)
def test_a_file_that_is_no_list_of_rates(text: str, path: str) -> None:
    found = import_urdb(text, source="t")
    assert not found.tariffs
    assert path in found.refused[0].path


def test_sectors_choose_rates() -> None:
    text = json.dumps([BASE, {**BASE, "name": "C-1", "sector": "Commercial"}])
    assert [each.name for each in import_urdb(text, source="t", classes=["commercial"]).tariffs] == ["C-1"]
    assert "Commercial, Residential" in import_urdb(text, source="t", classes=["Farm"]).refused[0].reason


KEYS = st.sampled_from([*BASE, "items", "max", "rate"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(ANY_JSON)
def test_any_json_is_a_file_or_refused(data: Any) -> None:
    found = import_urdb(json.dumps(data), source="t")
    assert found.tariffs or found.refused
