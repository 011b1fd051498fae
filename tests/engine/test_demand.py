"""Demand: windows, ratchet, power factor, least bills, lights; the worked tables of docs/algorithms/demand.md."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from meterside.engine.determinant import Determinant
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import RatingError, rate
from meterside.engine.tariff import InvalidTariff
from meterside.engine.tariff.document import tariff_from_dict, tariff_to_dict
from tests.engine.electric import JUNE, TOD, facts_of, given, run_of, tariff
from tests.engine.tables import worked_table

DEMAND = """
kind = "demand"
code = "demand"
prices = 10
"""


JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))


DAY = Period(date(2025, 6, 2), date(2025, 6, 3))


HOURS = """
kind = "hours_use"
code = "energy"
prices = [0.10, 0.06, 0.04]
widths = [200, 200]
unit = "kWh"
hours_of = "demand"
"""
LIGHTS = """
kind = "unmetered"
code = "lights"
price = 0.1
watts = { by = ["lamp"], values = { "70 W" = 70, "100 W" = 100, "150 W" = 150 } }
hours = [400, 340, 330, 300, 300, 300, 300, 300, 300, 300, 300, 300]
"""


def quarters(kwh: list[int], period: Period = DAY) -> dict[str, object]:
    """Intervals of use in kWh, a quarter of an hour each from midnight."""
    values = {number: each * 1000 for number, each in enumerate(kwh)}
    return {"usage": run_of(period, lambda number: values.get(number, 0), seconds=900)}


@pytest.mark.parametrize("row", worked_table("algorithms/demand.md", "intervals"), ids=" ".join)
def test_windows(row: tuple[str, ...]) -> None:
    intervals, window, kind, demand, begins = row
    body = f"{DEMAND}window_minutes = {window}\nsliding = {str(kind == 'sliding').lower()}"
    use = quarters([int(each) for each in intervals.split()])
    segment = rate(tariff(body), period=DAY, determinants={}, intervals=use)  # type: ignore[arg-type]
    (line,) = segment.lines
    assert line.quantity == Decimal(demand)
    assert facts_of(line)["peak_at"] == f"2025-06-02T{begins}-04:00"
    assert facts_of(line)["window_minutes"] == (window if window != "0" else "15")
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment


@pytest.mark.parametrize("window", [20, 5])
def test_a_window_is_made_of_whole_intervals(window: int) -> None:
    with pytest.raises(RatingError, match="15-minute") as caught:
        rate(
            tariff(f"{DEMAND}window_minutes = {window}"),
            period=DAY,
            determinants={},
            intervals=quarters([1]),  # type: ignore[arg-type]
        )
    assert caught.value.kind == "interval_length"


ON_PEAK = DEMAND + 'schedule = "tod"\nperiod = "on_peak"\nwindow_minutes = 60\nsliding = true'


def test_on_peak_windows_lie_wholly_in_their_hours() -> None:
    """9 kWh from 7:30 to 8:00 count off-peak; the best window on-peak starts at 8:00."""
    use = {30: 4, 31: 5, 32: 1, 33: 1, 34: 1, 35: 1}
    kwh = [use.get(number, 0) for number in range(96)]
    segment = rate(
        tariff(ON_PEAK, version=TOD),
        period=DAY,
        determinants={},
        intervals=quarters(kwh),  # type: ignore[arg-type]
    )
    assert segment.lines[0].quantity == 4
    assert facts_of(segment.lines[0])["peak_at"] == "2025-06-02T08:00-04:00"
    assert facts_of(segment.lines[0])["period"] == "on_peak"


def test_no_line_where_no_day_has_such_hours() -> None:
    sunday = Period(date(2025, 6, 1), date(2025, 6, 2))
    segment = rate(tariff(ON_PEAK, version=TOD), period=sunday, determinants=given(demand__on_peak="5 kW"))
    assert segment.lines == ()


def test_a_demand_register_is_billed_as_it_is() -> None:
    registers = given(demand__on_peak="12.5 kW")
    segment = rate(tariff(ON_PEAK, version=TOD), period=JUNE, determinants=registers)
    assert [line.formula_text for line in segment.lines] == ["12.5 kW x $10.00 = $125.00"]
    for wrong, kind in ((given(demand__on_peak="5 kWh"), "unit"), (given(demand__on_peak="-5 kW"), "negative_usage"),
                        ({}, "missing_intervals")):  # fmt: skip
        with pytest.raises(RatingError) as caught:
            rate(tariff(ON_PEAK, version=TOD), period=JUNE, determinants=wrong)
        assert caught.value.kind == kind


@pytest.mark.parametrize(
    "body", [DEMAND, DEMAND + 'at = ["2025-06-02T17:00"]', DEMAND + "window_minutes = 120"]
)
def test_intervals_of_something_else_are_no_demand(body: str) -> None:
    gallons = {"usage": run_of(DAY, unit="gal")}
    with pytest.raises(RatingError) as caught:
        rate(tariff(body), period=DAY, determinants={}, intervals=gallons)
    assert caught.value.kind == "unit"


def test_registers_count_in_their_own_least_unit() -> None:
    body = DEMAND + "contract = 0.5"
    quantities = given(demand="12500 W", contract_demand="40000 W")
    segment = rate(tariff(body), period=JUNE, determinants=quantities)
    assert (segment.lines[0].quantity, segment.total_cents) == (Decimal(20), 20000)


def test_coincident_hours() -> None:
    body = DEMAND + 'at = ["2025-06-02T17:00", "2025-06-02T14:00", "2025-07-01T17:00"]'
    use = {number: {14: 5, 17: 6, 20: 50}.get(number // 4, 1) for number in range(96)}
    kwh = [use[number] for number in range(96)]
    segment = rate(tariff(body), period=DAY, determinants={}, intervals=quarters(kwh))  # type: ignore[arg-type]
    assert segment.lines[0].quantity == 24
    assert facts_of(segment.lines[0])["peak_at"] == "2025-06-02T17:00-04:00"


DECIDES = (
    DEMAND
    + """minimum = 5
contract = 0.5
ratchet = { share = 0.8 }
"""
)


def remembered(peak: str, month: str) -> RatingState | None:
    if peak == "none":
        return None
    number = month[5:]
    values = (
        (f"demand.peak.{number}", Decimal(peak)),
        (f"demand.month.{number}", Decimal(month.replace("-", ""))),
    )
    return RatingState(values)


@pytest.mark.parametrize("row", worked_table("algorithms/demand.md", "measured"), ids=" ".join)
def test_what_decides(row: tuple[str, ...]) -> None:
    measured, peak, month, contract, billed, decided = row
    segment = rate(
        tariff(DECIDES),
        period=JANUARY,
        determinants=given(demand=f"{measured} kW", contract_demand=f"{contract} kW"),
        state=remembered(peak, month),
    )
    (line,) = segment.lines
    assert (line.quantity, facts_of(line)["decided_by"]) == (Decimal(billed), decided)
    assert segment.state_out.get("demand.peak.01") == Decimal(measured)
    assert segment.state_out.get("demand.month.01") == 202601


def test_the_ratchet_over_two_years_and_two_bills_in_a_month() -> None:
    body = DEMAND + "ratchet = { share = 0.5, months = 11, of_months = [6, 7] }"
    peaks = {(2025, 6): 100, (2025, 12): 300, (2026, 5): 10, (2026, 6): 20, (2026, 7): 10}
    state = RatingState()
    billed = []
    for (year, month), peak in peaks.items():
        period = Period(
            date(year, month, 1), date(year, month + 1, 1) if month < 12 else date(year + 1, 1, 1)
        )
        segment = rate(tariff(body), period=period, determinants=given(demand=f"{peak} kW"), state=state)
        state = segment.state_out
        billed.append(segment.lines[0].quantity)
    assert billed == [100, 300, 50, 20, 10]
    assert len(state.values) == 8
    early, late = Period(date(2026, 8, 1), date(2026, 8, 9)), Period(date(2026, 8, 9), date(2026, 8, 20))
    state = rate(tariff(body), period=early, determinants=given(demand="40 kW"), state=state).state_out
    state = rate(tariff(body), period=late, determinants=given(demand="30 kW"), state=state).state_out
    assert state.get("demand.peak.08") == 40


@pytest.mark.parametrize("row", worked_table("algorithms/demand.md", "kWh"), ids=" ".join)
def test_power_factor(row: tuple[str, ...]) -> None:
    energy, reactive, factor, billed = row
    body = DEMAND + "power_factor = { least = 0.9 }"
    segment = rate(
        tariff(body),
        period=JUNE,
        determinants=given(demand="100 kW", usage=f"{energy} kWh", reactive=f"{reactive} kvarh"),
    )
    assert segment.lines[0].quantity == Decimal(billed)
    assert facts_of(segment.lines[0])["power_factor"] == factor


def test_a_given_power_factor_is_rounded_first() -> None:
    body = DEMAND + "power_factor = { least = 0.9, step = 0.01 }"
    quantities = {
        **given(demand="100 kW"),
        "power_factor": Determinant("power_factor", Decimal("0.895"), "each"),
    }
    assert rate(tariff(body), period=JUNE, determinants=quantities).lines[0].quantity == 100
    with pytest.raises(RatingError, match="power_factor, or reactive"):
        rate(tariff(body), period=JUNE, determinants=given(demand="100 kW", usage="1 kWh"))


@pytest.mark.parametrize(("scale", "unit"), [(1, "varh"), (1000, "kvarh")])
def test_kva_is_of_one_window(scale: int, unit: str) -> None:
    """3 kWh and 4 kvarh in one hour are 5 kVA, more than 4.5 kWh alone in another."""
    active = {9: 4500, 12: 3000}
    passive = {3: 4400, 12: 4000}
    intervals = {
        "usage": run_of(DAY, lambda number: active.get(number, 0)),
        "reactive": run_of(DAY, lambda number: passive.get(number, 0) // scale, unit=unit),
    }
    segment = rate(tariff(DEMAND + 'unit = "kVA"'), period=DAY, determinants={}, intervals=intervals)
    assert segment.lines[0].quantity == 5
    assert facts_of(segment.lines[0])["peak_at"] == "2025-06-02T12:00-04:00"
    kvar = rate(
        tariff(DEMAND + 'unit = "kvar"\nintervals = "reactive"'),
        period=DAY,
        determinants={},
        intervals={"reactive": intervals["reactive"]},
    )
    assert kvar.lines[0].quantity == Decimal(4400 // scale * scale) / 1000


def test_tiers_of_demand_and_whole_kilowatts() -> None:
    body = DEMAND.replace("prices = 10", "prices = [0, 12.5]\nwidths = [20]\ndemand_rounding = { step = 1 }")
    segment = rate(tariff(body), period=JUNE, determinants=given(demand="30.5 kW"))
    assert [(line.quantity, line.amount_cents) for line in segment.lines] == [
        (Decimal(20), 0),
        (Decimal(11), 13750),
    ]


def test_a_version_inside_the_bill_takes_its_share_of_days() -> None:
    found = tariff(DEMAND)
    old = replace(found.versions[0], effective_to=date(2025, 6, 11))
    new = replace(tariff(DEMAND.replace("10", "20")).versions[0], effective_from=date(2025, 6, 11))
    cut = replace(found, versions=(old, new))
    segment = rate(cut, period=JUNE, determinants=given(demand="9 kW"))
    assert [line.formula_text for line in segment.lines] == [
        "9 kW x $10.00 x 10 of 30 days = $30.00",
        "9 kW x $20.00 x 20 of 30 days = $120.00",
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ('unit = "hp"', "unit"),
        ("window_minutes = 1441", "window_minutes"),
        ('schedule = "tod"', "period"),
        ('schedule = "x"\nperiod = "y"', "schedule"),
        ('schedule = "tod"\nperiod = "y"', "period"),
        ("contract = 2", "contract"),
        ("minimum = -1", "minimum"),
        ("ratchet = { share = 1.5 }", "ratchet"),
        ("ratchet = { share = 0.5, months = 12 }", "ratchet"),
        ("power_factor = { least = 0 }", "power_factor"),
        ('unit = "kVA"\npower_factor = { least = 0.9 }', "power_factor"),
        ("demand_rounding = { step = 0 }", "demand_rounding.step"),
        ('at = ["soon"]', "at[0]"),
        ('at = ["2025-06-02T17:00"]\nsliding = true', "at"),
        ("widths = [5]", "widths"),
    ],
)
def test_what_is_refused(change: str, place: str) -> None:
    with pytest.raises(InvalidTariff) as caught:
        tariff(DEMAND + change, version=TOD)
    assert [each.path for each in caught.value.problems] == [f"versions[0].components[0].{place}"]


@pytest.mark.parametrize("body", [DECIDES, ON_PEAK, LIGHTS])
def test_documents_are_read_back(body: str) -> None:
    found = tariff(body, version=TOD)
    assert tariff_from_dict(json.loads(json.dumps(tariff_to_dict(found)))) == found


@settings(max_examples=60, deadline=None)
@given_by(
    seed=st.integers(0, 10**6),
    window=st.sampled_from([15, 30, 60]),
    sliding=st.booleans(),
    on_peak=st.booleans(),
)
def test_the_peak_is_the_best_of_all_windows(seed: int, window: int, sliding: bool, on_peak: bool) -> None:
    """Against every window tried one by one, over the days the clock changes too."""
    period = Period(date(2025, 11, 1), date(2025, 11, 5))
    use = run_of(period, seconds=900)
    use = replace(use, values=np.random.default_rng(seed).integers(0, 9, len(use.values)))
    body = f"{DEMAND}window_minutes = {window}\nsliding = {str(sliding).lower()}\n"
    if on_peak:
        body += 'schedule = "tod"\nperiod = "on_peak"\n'
    line = rate(tariff(body, version=TOD), period=period, determinants={}, intervals={"usage": use}).lines[0]
    count, calendar = window // 15, use.calendar
    inside = (calendar.hour >= 8) & (calendar.hour < 20) & (calendar.weekday < 5)
    best = max(
        int(use.values[first : first + count].sum())
        for first in range(len(use.values) - count + 1)
        if (sliding or calendar.minute[first] % window == 0)
        and (not on_peak or inside[first : first + count].all())
    )
    assert line.quantity == Decimal(best) * 60 / (window * 1000)


def test_hours_of_something_else_are_refused() -> None:
    fixed = 'kind = "fixed"\ncode = "demand"\namount = 1'
    with pytest.raises(InvalidTariff, match="no demand charge"):
        tariff(fixed, HOURS)


def test_registers_of_one_name_by_two_schedules_are_refused() -> None:
    """Which of two on-peaks a register counted could not be told."""
    other = TOD[TOD.index("[[versions.schedules]]") :].replace('name = "tod"', 'name = "winter"')
    first, second = (
        f'kind = "demand"\ncode = "{name}"\nprices = 1\nschedule = "{name}"\nperiod = "on_peak"'
        for name in ("tod", "winter")
    )
    with pytest.raises(InvalidTariff, match=r"register demand\.on_peak would be of schedule tod too"):
        tariff(first, second, version=TOD + other)
    apart = tariff(first, second + '\ndeterminant = "winter_demand"', version=TOD + other)
    assert apart.intervals_needed() == ("usage",)
