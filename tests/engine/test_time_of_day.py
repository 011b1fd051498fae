"""Hours in explanations: what changed, and what each time of day cost; the tables of docs/algorithms/rating.md."""

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

from meterside.engine.determinant import DeterminantSource
from meterside.engine.explain import ChangeExplanation, SegmentInputs, explain_change, price_segment
from meterside.engine.money import cents_to_decimal
from meterside.engine.period import Period
from meterside.engine.rated import RatingState
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff
from meterside.engine.time_of_day import cost_by_period, times_of_periods
from tests.engine.electric import JUNE, TOD, given, on_and_off, run_of, tariff
from tests.engine.tables import worked_table

SEASONS = (
    TOD
    + """
[[versions.seasons]]
name = "spring"
ranges = [{ from = "01-01", to = "06-30" }]
[[versions.seasons]]
name = "summer"
ranges = [{ from = "07-01", to = "12-31" }]
"""
)
ENERGY = """
kind = "time_of_use"
code = "energy"
schedule = "tod"
unit = "kWh"
periods = [
  { period = "on_peak", prices = { by = ["season"], values = { spring = 0.30, summer = 0.50 } } },
  { period = "off_peak", prices = 0.10 },
]
"""
MONTHS = {
    "June a year on": Period(date(2026, 6, 1), date(2026, 7, 1)),
    "May": Period(date(2025, 5, 1), date(2025, 6, 1)),
    "July": Period(date(2025, 7, 1), date(2025, 8, 1)),
}


def inputs(
    found: Tariff, period: Period, on_kwh: int, off_kwh: int, state: RatingState | None = None
) -> SegmentInputs:
    return SegmentInputs(
        tariff=found,
        period=period,
        determinants={},
        attributes={},
        state=state,
        intervals={"usage": on_and_off(period, on_kwh * 1000, off_kwh * 1000)},
    )


def amounts(change: ChangeExplanation) -> dict[str, Decimal]:
    return {part.kind.value: cents_to_decimal(part.amount_cents) for part in change.parts}


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "next bill"), ids=" ".join)
def test_other_hours_are_use_and_another_season_is_rate(row: tuple[str, ...]) -> None:
    month, on_kwh, off_kwh, *expected = row
    found = tariff(ENERGY, version=SEASONS)
    before = inputs(found, JUNE, 100, 200)
    assert price_segment(before).total_cents == 5000
    change = explain_change(before, inputs(found, MONTHS[month], int(on_kwh), int(off_kwh)))
    own = amounts(change)
    assert [own["days"], own["use"], own["rate"]] == [Decimal(each) for each in expected]
    assert sum(own.values()) == cents_to_decimal(change.difference_cents)


DEMAND = 'kind = "demand"\ncode = "demand"\nprices = 10\nper = "month"\nratchet = { share = 0.5 }'


def test_a_demand_is_not_scaled_and_its_change_is_use() -> None:
    """From 30 days to 31: the days cost nothing, 4 kW more are use; what June set for July is rate."""
    found = tariff(DEMAND)
    before = SegmentInputs(tariff=found, period=JUNE, determinants=given(demand="6 kW"), attributes={})
    july = SegmentInputs(
        tariff=found, period=MONTHS["July"], determinants=given(demand="10 kW"), attributes={}
    )
    assert amounts(explain_change(before, july))["days"] == 0
    assert amounts(explain_change(before, july))["use"] == 40
    memory = RatingState((("demand.peak.06", Decimal(30)), ("demand.month.06", Decimal(202506))))
    remembered = SegmentInputs(
        tariff=found, period=MONTHS["July"], determinants=given(demand="6 kW"), attributes={}, state=memory
    )
    assert amounts(explain_change(before, remembered))["rate"] == 90


def test_a_peak_in_the_hours_is_use() -> None:
    found = tariff(DEMAND)
    hours = [run_of(JUNE), run_of(MONTHS["July"], lambda number: 9000 if number == 743 else 1)]
    before, after = (
        SegmentInputs(tariff=found, period=period, determinants={}, attributes={}, intervals={"usage": use})
        for period, use in zip((JUNE, MONTHS["July"]), hours, strict=True)
    )
    own = amounts(explain_change(before, after))
    assert (own["days"], own["use"], own["rate"]) == (Decimal(0), Decimal("89.99"), Decimal(0))


def test_lights_follow_the_days() -> None:
    """Half of June, then all of it: 150 hours more of 100 watts."""
    hours = ", ".join(["300"] * 12)
    lights = f'kind = "unmetered"\ncode = "l"\nprice = 1\nwatts = 100\nhours = [{hours}]'
    found, lamps = tariff(lights), given(lamps="1 each")
    half = Period(JUNE.start, date(2025, 6, 16))
    lamps["lamps"] = replace(lamps["lamps"], source=DeterminantSource.ATTRIBUTE)
    before, after = (
        SegmentInputs(tariff=found, period=period, determinants=lamps, attributes={})
        for period in (half, JUNE)
    )
    own = amounts(explain_change(before, after))
    assert (own["days"], own["use"], own["rate"]) == (Decimal(15), Decimal(0), Decimal(0))


def test_the_first_bill_with_a_roof_is_explained() -> None:
    """The earlier rate says nothing of received energy: what came is the new rate's part."""
    plain = tariff('kind = "usage"\ncode = "u"\nunit = "kWh"\nprice = 0.10')
    net = tariff(
        'kind = "net_metering"\ncode = "n"\nunit = "kWh"\ncarry = "none"',
        'kind = "usage"\ncode = "u"\nunit = "kWh"\nprice = 0.10\ndeterminant = "net"',
    )
    before = SegmentInputs(tariff=plain, period=JUNE, determinants=given(usage="300 kWh"), attributes={})
    year_on = MONTHS["June a year on"]
    quantities = given(usage="300 kWh", received="100 kWh")
    own = amounts(
        explain_change(
            before, SegmentInputs(tariff=net, period=year_on, determinants=quantities, attributes={})
        )
    )
    assert (own["days"], own["use"], own["rate"]) == (Decimal(0), Decimal(0), Decimal(-10))


def test_coarser_hours_do_not_stand_in_for_finer_ones() -> None:
    """A later meter that only says days: the earlier hours stay the shape, the use is what changed."""
    found = tariff(ENERGY, version=SEASONS)
    flat = tariff('kind = "usage"\ncode = "u"\nunit = "kWh"\nprice = 0.10')
    year_on = MONTHS["June a year on"]
    daily = {"usage": run_of(year_on, lambda number: 10_000, seconds=86_400)}
    later = SegmentInputs(tariff=flat, period=year_on, determinants={}, attributes={}, intervals=daily)
    own = amounts(explain_change(inputs(found, JUNE, 100, 200), later))
    assert (own["days"], own["use"], own["rate"]) == (Decimal(0), Decimal(0), Decimal(-20))


def test_hours_stand_in_for_registers_by_period() -> None:
    found = tariff(ENERGY, version=SEASONS)
    registers = given(usage__on_peak="100 kWh", usage__off_peak="200 kWh")
    before = SegmentInputs(tariff=found, period=JUNE, determinants=registers, attributes={})
    own = amounts(explain_change(before, inputs(found, MONTHS["June a year on"], 150, 150)))
    assert (own["days"], own["use"], own["rate"]) == (Decimal(0), Decimal(10), Decimal(0))


def test_hours_shown_over_another_period_keep_their_clock() -> None:
    use = run_of(MONTHS["July"], lambda number: number).shown_over(JUNE)
    calendar = use.calendar
    assert calendar.days == tuple(JUNE.each_day())
    assert (calendar.bounds[0], calendar.bounds[-1]) == (0, len(use.values))
    assert sum(use.by_day().values()) == use.total()
    assert len(calendar.clock_days) == 31
    assert use.within(JUNE) is use
    with pytest.raises(ValueError, match="shown over"):
        use.within(MONTHS["July"])


@settings(max_examples=30, deadline=None)
@given_by(seed=st.integers(0, 10**6), months=st.permutations([*MONTHS.values(), JUNE]))
def test_parts_sum_to_the_difference(seed: int, months: list[Period]) -> None:
    found = tariff(ENERGY, DEMAND, version=SEASONS)
    random = np.random.default_rng(seed)
    segments = []
    for period in months[:2]:
        values = random.integers(0, 5000, len(run_of(period).values))
        segments.append(
            SegmentInputs(
                tariff=found,
                period=period,
                determinants={},
                attributes={},
                intervals={"usage": run_of(period, lambda number, own=values: int(own[number]))},  # type: ignore[misc]
            )
        )
    change = explain_change(segments[0], segments[1])
    assert sum(part.amount_cents for part in change.parts) == change.difference_cents
    totals = [price_segment(each).total_cents for each in segments]
    assert (change.before_cents, change.after_cents) == (totals[0], totals[1])


def test_what_each_time_of_day_cost() -> None:
    """Over the change of season: 100 kWh on-peak at 0.30, 50 at 0.50."""
    found = tariff(ENERGY, 'kind = "fixed"\ncode = "f"\namount = 5', version=SEASONS)
    period = Period(date(2025, 6, 2), date(2025, 7, 2))
    registers = given(usage__on_peak="150 kWh", usage__off_peak="50 kWh")
    segment = rate(found, period=period, determinants=registers)
    on_peak, off_peak = cost_by_period(segment.lines)
    assert (on_peak.quantity, on_peak.amount_cents, on_peak.share) == (Decimal(150), 4600, Decimal("0.75"))
    assert on_peak.price == Decimal(46) / 150
    assert (off_peak.label, off_peak.label_es, off_peak.price) == (
        "off-peak",
        "en horas valle",
        Decimal("0.1"),
    )
    assert json.loads(json.dumps(on_peak.to_dict()))["quantity"] == "150.000000"
    assert on_peak.amount_cents + off_peak.amount_cents == segment.component_cents("energy")


def test_nothing_is_said_of_the_time_where_no_line_has_one() -> None:
    found = tariff('kind = "fixed"\ncode = "f"\namount = 5')
    assert cost_by_period(rate(found, period=JUNE, determinants={}).lines) == ()


def test_nothing_used_has_no_price() -> None:
    found = tariff(ENERGY, version=SEASONS)
    segment = rate(found, period=JUNE, determinants=given(usage__on_peak="0 kWh", usage__off_peak="0 kWh"))
    assert [(cost.price, cost.share) for cost in cost_by_period(segment.lines)] == [(None, Decimal(0))] * 2


def clock(*periods: str) -> str:
    """A schedule of these periods, and a season over the year's end."""
    return f"""
[[versions.seasons]]
name = "winter"
ranges = [{{ from = "11-01", to = "03-31" }}]
[[versions.seasons]]
name = "summer"
ranges = [{{ from = "04-01", to = "10-31" }}]
[[versions.schedules]]
name = "tod"
periods = [{", ".join(periods)}]
"""


TWO = """
kind = "time_of_use"
code = "energy"
schedule = "tod"
unit = "kWh"
periods = [{ period = "on_peak", prices = 0.30 }, { period = "off_peak", prices = 0.10 }]
"""
WEEKDAY_PEAK = (
    '{ name = "on_peak", times = [{ days = ["weekday"], from = "16:00", to = "21:00" }] }',
    '{ name = "off_peak" }',
)
OVER_MIDNIGHT = (
    '{ name = "on_peak", times = [{ from = "21:00", to = "06:00" }] }',
    '{ name = "off_peak" }',
)
BY_SEASON = (
    """{ name = "on_peak", times = [{ seasons = ["summer"], from = "16:00", to = "21:00" },
    { seasons = ["winter"], from = "06:00", to = "09:00" }] }""",
    '{ name = "off_peak" }',
)
ONE_WEEKDAY = ('{ name = "on_peak", times = [{ days = ["monday"], to = "12:00" }] }', '{ name = "off_peak" }')


@pytest.mark.parametrize(
    ("periods", "bill", "told"),
    [
        (
            WEEKDAY_PEAK,
            JUNE,
            {
                "on_peak": (("weekday", 960, 1260),),
                "off_peak": (("weekday", 1260, 960), ("weekend", 0, 1440)),
            },
        ),
        (
            OVER_MIDNIGHT,
            JUNE,
            {"on_peak": (("every", 1260, 360),), "off_peak": (("every", 360, 1260),)},
        ),
        (BY_SEASON, JUNE, {"on_peak": (("every", 960, 1260),), "off_peak": (("every", 1260, 960),)}),
        # The times of on-peak changed with the season, inside the bill.
        (BY_SEASON, Period(date(2025, 10, 15), date(2025, 11, 15)), {}),
        (ONE_WEEKDAY, JUNE, {}),
    ],
)  # fmt: skip
def test_when_a_period_is(
    periods: tuple[str, ...], bill: Period, told: dict[str, tuple[tuple[str, int, int], ...]]
) -> None:
    found = tariff(TWO, version=clock(*periods))
    registers = given(usage__on_peak="150 kWh", usage__off_peak="50 kWh")
    times = times_of_periods(found, rate(found, period=bill, determinants=registers).lines)
    assert {each.period: each.times for each in times} == told
    assert all(each.component == "energy" for each in times)


def test_no_times_are_told_of_lines_without_a_clock() -> None:
    found = tariff('kind = "fixed"\ncode = "f"\namount = 5')
    assert times_of_periods(found, rate(found, period=JUNE, determinants={}).lines) == ()
