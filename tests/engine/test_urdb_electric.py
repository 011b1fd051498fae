"""URDB files by the hour, with demand, selling and histories; and back to URDB."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from meterside.connectors.tariffs.urdb import import_urdb, urdb_json
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff, UnsupportedTariff
from tests.engine.electric import TOD, facts_of, given, on_and_off, run_of, tariff
from tests.engine.test_urdb import BASE, FLAT_ALL_YEAR, HOURLY, SUMMER_FROM_MAY

JULY = Period(date(2018, 7, 1), date(2018, 8, 1))
FLAT = {
    "energyratestructure": [[{"rate": 0.1}]],
    "energyweekdayschedule": FLAT_ALL_YEAR,
    "energyweekendschedule": FLAT_ALL_YEAR,
    "fixedchargefirstmeter": None,
}
#: Summer: 1 in the afternoon of working days, 0 at other times; winter: 2 all day.
BY_HOUR = {
    "energyweekdayschedule": [[2] * 24] * 4 + [[0] * 12 + [1] * 12] * 5 + [[2] * 24] * 3,
    "energyweekendschedule": [[2] * 24] * 4 + [[0] * 24] * 5 + [[2] * 24] * 3,
    "energyratestructure": [[{"rate": 0.1}], [{"rate": 0.3, "adj": 0.01}], [{"rate": 0.2}]],
    "fixedchargefirstmeter": None,
}


def text_of(*items: dict[str, Any]) -> str:
    rows = [{key: value for key, value in item.items() if value is not None} for item in items]
    return json.dumps({"items": rows})


def imported(*changes: dict[str, Any], **more: Any) -> Tariff:
    merged: dict[str, Any] = {**BASE}
    for change in changes:
        merged.update(change)
    found = import_urdb(text_of(merged), source="t", **more)
    assert not found.refused, found.refused
    return found.tariffs[0]


def priced(found: Tariff, **more: Any) -> RatedSegment:
    """Priced over July 2018 or another ``period``, with ``state`` and ``intervals``; the rest are quantities."""
    return rate(
        found,
        period=more.pop("period", JULY),
        state=more.pop("state", None),
        intervals=more.pop("intervals", None),
        determinants=given(**more),
    )


def rows(segment: RatedSegment) -> list[tuple[str, Decimal, Decimal]]:
    return [(line.component, line.quantity, line.price) for line in segment.lines]


def test_time_of_use() -> None:
    found = imported(BY_HOUR, {"energytoulabels": ["Off-peak", "Peak", "Winter"]})
    segment = priced(found, intervals={"usage": on_and_off(JULY, 40_000, 60_000)})
    assert rows(segment) == [
        ("energy", Decimal(60), Decimal("0.1")),
        ("energy", Decimal(40), Decimal("0.31")),
    ]
    assert [facts_of(line)["period_label"] for line in segment.lines] == ["Off-peak", "Peak"]
    spring = Period(date(2018, 4, 30), date(2018, 5, 2))
    segment = priced(found, period=spring, intervals={"usage": run_of(spring)})
    assert [line.quantity * 1000 for line in segment.lines] == [12, 12, 24]


def test_tiers_are_over_all_use_and_follow_the_season() -> None:
    """Winter has no tiers, the peak has none either: both take their one price in every tier."""
    tiers = [[{"rate": 0.1, "max": 50}, {"rate": 0.2}], [{"rate": 0.3}], [{"rate": 0.4}]]
    found = imported(BY_HOUR, {"energyratestructure": tiers})
    segment = priced(found, intervals={"usage": on_and_off(JULY, 40_000, 60_000)})
    assert rows(segment) == [
        ("energy", Decimal(30), Decimal("0.1")),
        ("energy", Decimal(30), Decimal("0.2")),
        ("energy", Decimal(20), Decimal("0.3")),
        ("energy", Decimal(20), Decimal("0.3")),
    ]


def test_flat_demand_by_month_and_by_hour() -> None:
    found = imported(
        FLAT,
        {
            "flatdemandstructure": [[{"rate": 2}], [{"rate": 5, "max": 10}, {"rate": 6, "adj": 1}]],
            "flatdemandmonths": [0] * 6 + [1] * 6,
            "demandratestructure": [[{"rate": 0}], [{"rate": 3}]],
            "demandweekdayschedule": HOURLY,
            "demandweekendschedule": FLAT_ALL_YEAR,
            "demandwindow": 30,
        },
    )
    peak = run_of(
        JULY,
        lambda number: {9 * 4: 5000, 9 * 4 + 1: 5000, 36 + 24 * 4 + 12: 7000}.get(number, 0),
        seconds=900,
    )
    segment = priced(found, intervals={"usage": peak})
    assert rows(segment)[:3] == [
        ("demand_1", Decimal(10), Decimal(5)),
        ("demand_1", Decimal(10), Decimal(7)),
        ("demand_tou_1", Decimal(14), Decimal(3)),
    ]


def test_a_ratchet() -> None:
    found = imported(
        FLAT,
        {
            "flatdemandstructure": [[{"rate": 2}]],
            "lookbackpercent": 0.8,
            "lookbackrange": 11,
            "lookbackmonths": [0] * 5 + [1] * 4 + [0] * 3,
        },
    )
    first = priced(found, usage="0 kWh", demand="100 kW")
    august = Period(date(2018, 8, 1), date(2018, 9, 1))
    assert (
        rows(priced(found, period=august, state=first.state_out, usage="0 kWh", demand="20 kW"))[0][1] == 80
    )


def test_coincident_and_reactive_demand_are_given() -> None:
    found = imported(
        FLAT,
        {
            "coincidentratestructure": [[{"rate": 8}]],
            "demandreactivepowercharge": 0.52,
            "flatdemandunit": "kW",
        },
    )
    segment = priced(found, usage="100 kWh", coincident_demand="5 kW", reactive_demand="10 kvar")
    assert [line.amount_cents for line in segment.lines] == [4000, 520, 1000]


def test_coincident_demand_by_month() -> None:
    found = imported(
        FLAT,
        {
            "coincidentratestructure": [[{"rate": 1}], [{"rate": 9}]],
            "coincidentrateschedule": SUMMER_FROM_MAY,
        },
    )
    quantities = given(**{"usage": "0 kWh", "coincident_demand.period-1": "5 kW"})
    assert rate(found, period=JULY, determinants=quantities).total_cents == 4500


def test_tiers_in_kwh_per_kw() -> None:
    tiers = [[{"rate": 0.1, "max": 200, "unit": "kWh/kW"}, {"rate": 0.05, "unit": "kWh/kW"}]]
    found = imported(FLAT, {"energyratestructure": tiers})
    segment = priced(found, usage="3000 kWh", billing_demand="10 kW", demand="10 kW")
    assert rows(segment) == [
        ("billing_demand", Decimal(10), Decimal(0)),
        ("energy", Decimal(2000), Decimal("0.1")),
        ("energy", Decimal(1000), Decimal("0.05")),
    ]
    by_hour = imported(BY_HOUR, {"energyratestructure": [tiers[0], tiers[0], tiers[0]]})
    segment = priced(by_hour, demand="1 kW", intervals={"usage": on_and_off(JULY, 100_000, 300_000)})
    assert [line.quantity for line in segment.lines] == [1, 150, 150, 50, 50]


def test_fuel_by_month() -> None:
    months = [Decimal(month).scaleb(-2) for month in range(1, 13)]
    found = imported(FLAT, {"fueladjustmentsmonthly": [float(each) for each in months]})
    across = Period(date(2018, 6, 16), date(2018, 7, 16))
    assert rows(priced(found, period=across, usage="300 kWh")) == [
        ("energy", Decimal(300), Decimal("0.1")),
        ("fuel", Decimal(150), Decimal("0.06")),
        ("fuel", Decimal(150), Decimal("0.07")),
    ]
    same = imported(FLAT, {"fueladjustmentsmonthly": [-0.01] * 12})
    assert priced(same, usage="300 kWh").total_cents == 2700


@pytest.mark.parametrize(
    ("rules", "name"),
    [(None, "received"), ("Net Billing Instantaneous", "received"), ("Buy All Sell All", "generated")],
)
def test_energy_that_is_sold(rules: str | None, name: str) -> None:
    sells = [[{"rate": 0.1, "sell": 0.04}]]
    found = imported(FLAT, {"energyratestructure": sells, "dgrules": rules})
    assert priced(found, usage="100 kWh", **{name: "50 kWh"}).total_cents == 1000 - 200
    assert found.notes == ()
    hourly = [[{"rate": 0.1, "sell": 0.01}], [{"rate": 0.3, "sell": 0.05}], [{"rate": 0.2}]]
    by_hour = imported(BY_HOUR, {"energyratestructure": hourly, "dgrules": rules})
    intervals = {"usage": on_and_off(JULY, 0, 100_000), name: on_and_off(JULY, 20_000, 10_000)}
    assert priced(by_hour, intervals=intervals).total_cents == 1000 - 100 - 10


def test_charges_of_the_year_and_of_more_meters() -> None:
    found = imported(FLAT, {"annualmincharge": 100, "fixedchargeeaaddl": 4})
    december = Period(date(2018, 12, 1), date(2019, 1, 1))
    assert priced(found, period=december, usage="100 kWh", additional_meters="2 each").total_cents == 10000
    yearly = imported(FLAT, {"mincharge": 120, "minchargeunits": "$/year"})
    assert priced(yearly, period=december, usage="100 kWh").total_cents == 12000


def dated(name: str, start: Any, end: Any = None, price: float = 0.1) -> dict[str, Any]:
    return {
        **BASE,
        **FLAT,
        "name": name,
        "startdate": start,
        "enddate": end,
        "energyratestructure": [[{"rate": price}]],
    }


def test_a_history_becomes_the_versions_of_one_tariff() -> None:
    newest = dated("R-1 (now)", "2019-01-01T17:00:00Z", None, 0.3)
    middle = dated("R-1 TOU", "2018-01-01", "2018-06-30")
    items = [
        newest,
        dated("R-1", "2017-12-31T20:00:00Z", "2019-01-02T01:00:00Z", 0.2),
        dated("R-1", "2016-05-01", "2017-12-31"),
    ]
    found = import_urdb(text_of(*items, middle), source="t", nearest_day=True)
    assert not found.refused
    assert [(each.name, len(each.versions)) for each in found.tariffs] == [("R-1 (now)", 3), ("R-1 TOU", 1)]
    spans = [(version.effective_from, version.effective_to) for version in found.tariffs[0].versions]
    assert spans == [
        (date(2016, 5, 1), date(2018, 1, 1)),
        (date(2018, 1, 1), date(2019, 1, 2)),
        (date(2019, 1, 2), None),
    ]
    alone = import_urdb(text_of(*items), source="t", effective_from=date(2011, 1, 1))
    assert [version.effective_from for version in alone.tariffs[0].versions] == [date(2011, 1, 1)]
    assert rows(priced(alone.tariffs[0], usage="1 kWh"))[0][2] == Decimal("0.3")


@pytest.mark.parametrize(
    ("items", "tariffs", "refused"),
    [
        ([dated("R-1 (a)", "2017-01-01"), dated("R-1 (b)", "2017-01-01")], 2, ""),
        ([dated("R-1", "2017-01-01"), dated("R-1", "2017-01-01")], 0, "items[1].startdate"),
        ([dated("R-1", "2016-01-01", "2016-12-31"), dated("R-1", "2018-01-01")], 0, "items[0].versions[0]"),
    ],
)
def test_rates_that_are_no_history(items: list[dict[str, Any]], tariffs: int, refused: str) -> None:
    found = import_urdb(text_of(*items), source="t")
    assert len(found.tariffs) == tariffs
    assert [each.path.startswith(refused) for each in found.refused] == ([True] if refused else [])


WHOLE = [
    {},
    FLAT,
    {**FLAT, "mincharge": 20, "minchargeunits": "$/day", "fixedchargeeaaddl": 4, "annualmincharge": 300},
    BY_HOUR,
    {**BY_HOUR, "energyratestructure": [[{"rate": 0.1, "max": 50}, {"rate": 0.2}], [{"rate": 0.3}], [{"rate": 0.4}]]},
    {**BY_HOUR, "energyratestructure": [[{"rate": 0.1, "sell": 0.05}]] * 3, "dgrules": "Net Billing Instantaneous"},
    {**FLAT, "energyratestructure": [[{"rate": 0.1, "sell": 0.05}]], "dgrules": "Buy All Sell All"},
    {**FLAT, "fueladjustmentsmonthly": [0.01] * 6 + [0.02] * 6},
    {**FLAT, "fueladjustmentsmonthly": [0.01] * 12},
    {**FLAT, "energyratestructure": [[{"rate": 0.1, "max": 9, "unit": "kWh/kW"}, {"rate": 0, "unit": "kWh/kW"}]]},
    {**FLAT, "flatdemandstructure": [[{"rate": 2}], [{"rate": 5, "max": 10}, {"rate": 6}]],
     "flatdemandmonths": [0] * 6 + [1] * 6},
    {**FLAT, "flatdemandstructure": [[{"rate": 2}]], "lookbackpercent": 0.8, "lookbackrange": 11,
     "flatdemandunit": "kVA", "lookbackmonths": [1] * 6 + [0] * 6, "demandwindow": 15},
    {**FLAT, "demandratestructure": [[{"rate": 0}], [{"rate": 3}]], "demandweekdayschedule": HOURLY,
     "demandweekendschedule": FLAT_ALL_YEAR},
    {**FLAT, "coincidentratestructure": [[{"rate": 1}], [{"rate": 9}]], "coincidentrateschedule": SUMMER_FROM_MAY,
     "demandreactivepowercharge": 0.5, "dgrules": "Net Metering"},
]  # fmt: skip


@pytest.mark.parametrize("change", WHOLE, ids=str)
def test_a_rate_that_was_imported_is_exported_and_read_back(change: dict[str, Any]) -> None:
    found = imported(change)
    again = import_urdb(urdb_json(found), source="t")
    assert not again.refused
    assert again.tariffs == (found,)


hours = st.lists(st.lists(st.integers(0, 2), min_size=24, max_size=24), min_size=12, max_size=12)


@settings(max_examples=30, deadline=None)
@given_by(hours, hours)
def test_any_tables_are_read_back(weekday: list[list[int]], weekend: list[list[int]]) -> None:
    found = imported(BY_HOUR, {"energyweekdayschedule": weekday, "energyweekendschedule": weekend})
    assert import_urdb(urdb_json(found), source="t").tariffs == (found,)


USAGE = 'kind = "usage"\ncode = "u"\nprice = 0.1\nunit = "kWh"'
TOU = """kind = "time_of_use"
code = "e"
schedule = "tod"
unit = "kWh"
periods = [{ period = "on_peak", prices = 1 }, { period = "off_peak", prices = 2 }]"""
EACH = 'kind = "tiered"\ncode = "t"\nunit = "kWh"\nprices = [1, 2]\nwidths = [5]\nwidth_each = ["dwellings"]'
NO_HOLIDAYS = "\n".join([*TOD.splitlines()[2:], ""])


@pytest.mark.parametrize(
    ("components", "version", "path", "said"),
    [
        ([USAGE, 'kind = "percent"\ncode = "tax"\nrate = 0.05'], "", "components[1]", "kind percent"),
        (['kind = "fixed"\ncode = "f"\namount = -5', USAGE], "", "components[0].amount", "credit"),
        (['kind = "fixed"\ncode = "f"\namount = 5'], "", "components", "no component prices energy"),
        (['kind = "fixed"\ncode = "f"\namount = 5\nproration = { method = "days/30" }', USAGE], "",
         "components[0].proration", "proration"),
        ([USAGE.replace("0.1", '{ series = "pca" }')], "", "components[0].price", "series pca"),
        ([USAGE.replace("0.1", '{ by = ["zone"], values = { a = 1 } }')], "", "components[0].price", "zone"),
        ([USAGE.replace("kWh", "ccf")], "", "components[0].unit", "not kWh"),
        ([TOU], TOD, "schedules.tod", "holidays"),
        ([TOU], NO_HOLIDAYS.replace('"weekday"', '"monday"'), "schedules.tod", "days of the week"),
        ([TOU], NO_HOLIDAYS.replace("08:00", "08:30"), "schedules.tod", "inside an hour"),
        ([USAGE, 'kind = "demand"\ncode = "d"\nprices = 1\npower_factor = { least = 0.9 }'], "",
         "components[1].power_factor", "no field"),
        ([USAGE, 'kind = "demand"\ncode = "d"\nprices = 1\nsliding = true'], "", "components[1].sliding", "lie"),
        (['kind = "minimum"\ncode = "m"\namount = 5', USAGE], "", "components[1]", "follows a minimum"),
        ([USAGE, 'kind = "net_metering"\ncode = "n"\nunit = "kWh"\ncarry = "none"'], "",
         "components[1]", "net_metering"),
        ([USAGE + '\nversion_pick = "bill_date"'], "", "components[0].version_pick", "which day"),
        ([EACH], "", "components[0]", "as wide as they are written"),
        ([USAGE], 'rounding = { rule = "down" }\n', "versions[0].rounding", "no rounding"),
        ([USAGE], "usage_rounding = { step = 1 }\n", "versions[0].usage_rounding", "round use"),
    ],
)  # fmt: skip
def test_what_urdb_cannot_say_is_refused(components: list[str], version: str, path: str, said: str) -> None:
    with pytest.raises(UnsupportedTariff) as caught:
        urdb_json(tariff(*components, version=version))
    assert path in caught.value.path
    assert said in caught.value.reason
