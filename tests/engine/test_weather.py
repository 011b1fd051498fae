"""Degree days, an account's response, and the weather's part of a change: the tables of docs/algorithms/weather.md."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.engine.explain import ChangeKind, SegmentInputs, explain_change, price_segment
from meterside.engine.period import Period
from meterside.engine.tariff import Proration, ProrationMethod
from meterside.engine.weather import (
    BilledWeather,
    DayTemperature,
    DegreeDays,
    NoResponse,
    TemperatureUnit,
    WeatherResponse,
    WeatherStep,
    degree_days,
    fit_response,
)
from tests.engine.electric import TOD
from tests.engine.electric import given as quantities
from tests.engine.electric import tariff as tariff_with
from tests.engine.strategies import kwh
from tests.engine.tables import worked_table
from tests.engine.test_rating import fixed, tariff_of, use

F = TemperatureUnit.FAHRENHEIT
MAY, JUNE, JULY = (Period(date(2025, month, 1), date(2025, month + 1, 1)) for month in (5, 6, 7))
PAGE = "algorithms/weather.md"


@pytest.mark.parametrize("row", worked_table(PAGE, "low"), ids=lambda row: f"{row[0]} to {row[1]}")
def test_degree_days_as_documented(row: tuple[str, ...]) -> None:
    low, high, degrees, *expected = row
    day = DayTemperature(int(Decimal(low) * 10), int(Decimal(high) * 10))
    three = Period(date(2025, 1, 1), date(2025, 1, 4))
    found = degree_days(dict.fromkeys(three.each_day(), day), three, TemperatureUnit(degrees))
    assert found is not None
    mean, heating, cooling = (Fraction(text) for text in expected)
    assert (found.mean, found.heating, found.cooling, found.days) == (mean, heating * 3, cooling * 3, 3)


def test_a_period_with_a_day_nobody_measured_has_none() -> None:
    days = dict.fromkeys(JUNE.each_day(), DayTemperature(400, 600))
    assert degree_days(days, JUNE, F) is not None
    del days[date(2025, 6, 17)]
    assert degree_days(days, JUNE, F) is None


def bill(days: int, wh: Decimal, heating: Fraction | int, cooling: Fraction | int) -> BilledWeather:
    return BilledWeather(wh, DegreeDays(days, Fraction(heating), Fraction(cooling), Fraction(60)))


def documented() -> list[BilledWeather]:
    rows = worked_table(PAGE, "days")
    return [bill(int(row[0]), Decimal(row[1]) * 1000, int(row[2]), int(row[3])) for row in rows]


def test_the_response_as_documented() -> None:
    (row,) = worked_table(PAGE, "use without weather, Wh a day")
    found = fit_response(documented(), unit="Wh", degrees=F)
    assert (found.base_use, found.heating, found.cooling, found.r_squared) == tuple(map(Decimal, row))
    assert found.bills == 12
    assert WeatherResponse.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_second_way_to_the_same_line() -> None:
    """NumPy's own least squares, in floating point."""
    bills = documented()
    uses = [int(one.use) / one.weather.days for one in bills]
    columns = [
        [1.0, float(one.weather.heating) / one.weather.days, float(one.weather.cooling) / one.weather.days]
        for one in bills
    ]
    (base, heating, cooling), *_ = np.linalg.lstsq(np.array(columns), np.array(uses), rcond=None)
    found = fit_response(bills, unit="Wh", degrees=F)
    for own, other in ((found.base_use, base), (found.heating, heating), (found.cooling, cooling)):
        assert abs(float(own) - other) < 1e-6


def why_not(bills: list[BilledWeather]) -> str:
    with pytest.raises(NoResponse) as refused:
        fit_response(bills, unit="Wh", degrees=F)
    return refused.value.why


def year(uses: list[int], heating: list[int], cooling: list[int] | None = None) -> list[BilledWeather]:
    """Bills of 30 days; uses in Wh a day, degree days a day."""
    zeros = cooling or [0] * len(uses)
    rows = zip(uses, heating, zeros, strict=True)
    return [bill(30, Decimal(use_ * 30), hot * 30, cold * 30) for use_, hot, cold in rows]


COLD = [30, 26, 20, 12, 4, 0, 0, 0, 3, 11, 19, 28]


def test_use_that_answers_to_cold_alone_has_one_slope() -> None:
    found = fit_response(year([10_000 + 500 * hot for hot in COLD], COLD), unit="Wh", degrees=F)
    assert (found.base_use, found.heating, found.cooling, found.r_squared) == tuple(
        map(Decimal, (10_000, 500, 0, 1))
    )


def test_what_is_no_response() -> None:
    answering = [10_000 + 500 * hot for hot in COLD]
    assert why_not(year(answering, COLD)[:11]) == "few_bills"
    assert why_not(year([30_000 - 500 * hot for hot in COLD], COLD)) == "no_slope"
    assert why_not(year([10_000] * 12, COLD)) == "no_slope"
    assert why_not(year(answering, [7] * 12)) == "no_slope"
    below_nothing = [max(800 * hot - 3_000, 0) + 10 * hot for hot in COLD]
    assert why_not(year(below_nothing, COLD)) == "no_slope"
    shaken = [use_ + (9_000 if number % 2 else -9_000) for number, use_ in enumerate(answering)]
    assert why_not(year(shaken, COLD)) == "r_squared"


def test_an_answer_to_heat_that_does_not_hold_is_left_out_of_the_line() -> None:
    """Less use in summer's heat: both slopes would explain more, but one is below nothing."""
    heat = [0, 0, 0, 1, 5, 10, 14, 12, 6, 1, 0, 0]
    uses = [20_000 + 500 * hot - 50 * cold for hot, cold in zip(COLD, heat, strict=True)]
    found = fit_response(year(uses, COLD, heat), unit="Wh", degrees=F)
    assert found.heating > 500
    assert found.cooling == 0


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_bills_and_the_unit_of_use_decide_nothing(seed: int) -> None:
    draw = random.Random(seed)
    bills = documented()
    draw.shuffle(bills)
    found = fit_response(bills, unit="Wh", degrees=F)
    assert found == fit_response(documented(), unit="Wh", degrees=F)
    larger = [replace(one, use=one.use / 1000) for one in bills]
    in_kwh = fit_response(larger, unit="kWh", degrees=F)
    assert in_kwh.r_squared == found.r_squared
    assert abs(in_kwh.heating * 1000 - found.heating) < Decimal("0.000001")


# --- the step -------------------------------------------------------------------------------------

RESPONSE = WeatherResponse(
    unit="Wh",
    degrees=F,
    base_use=Decimal(6000),
    heating=Decimal(2000),
    cooling=Decimal(1000),
    r_squared=Decimal("0.9"),
    bills=14,
)
DAILY = fixed("30", proration=Proration(ProrationMethod.DAYS_30))


def weather(period: Period, heating: int, cooling: int, mean: int = 60) -> DegreeDays:
    return DegreeDays(period.days, Fraction(heating), Fraction(cooling), Fraction(mean))


def inputs(period: Period, quantity: int, price: str = "0.10") -> SegmentInputs:
    return SegmentInputs(
        tariff=tariff_of(DAILY, use(price)),
        period=period,
        determinants=kwh(Decimal(quantity)),
        attributes={},
    )


LATER = {
    "June, 300 kWh": inputs(JUNE, 300),
    "June, 400 kWh": inputs(JUNE, 400),
    "May (31 days), 330 kWh": inputs(MAY, 330),
    "June, 350 kWh at 0.12": inputs(JUNE, 350, "0.12"),
    "July (31 days), 0 kWh": inputs(JULY, 0),
}


@pytest.mark.parametrize(
    "row", worked_table(PAGE, "later bill"), ids=lambda row: f"{row[0]}, {row[1]}, {row[2]}"
)
def test_the_weathers_part_as_documented(row: tuple[str, ...]) -> None:
    name, heating, cooling, *expected = row
    after = LATER[name]
    step = WeatherStep(
        RESPONSE, "KRVB", weather(JUNE, 60, 0), weather(after.period, int(heating), int(cooling))
    )
    found = explain_change(inputs(JUNE, 300), after, weather=step)
    kinds = (ChangeKind.DAYS, ChangeKind.WEATHER, ChangeKind.USE, ChangeKind.RATE)
    parts = {part.kind: Decimal(part.amount_cents).scaleb(-2) for part in found.parts}
    assert [parts[kind] for kind in kinds] == [Decimal(text) for text in expected]
    assert [part.kind for part in found.parts] == list(ChangeKind)
    assert sum(part.amount_cents for part in found.parts) == found.difference_cents


def test_the_numbers_behind_it_are_there() -> None:
    step = WeatherStep(RESPONSE, "KRVB", weather(JUNE, 60, 0, 63), weather(MAY, 110, 9, 58))
    found = explain_change(inputs(JUNE, 300), inputs(MAY, 400), weather=step)
    facts = {part.kind: dict(part.facts) for part in found.parts}[ChangeKind.WEATHER]
    assert (facts["station"], facts["mean_before"], facts["mean_after"]) == ("KRVB", "63.000", "58.000")
    assert (facts["heating_slope"], facts["bills"], facts["change"]) == ("2000", "14", "105000.000000000 Wh")


def test_without_weather_there_is_no_part_of_it() -> None:
    kinds = [part.kind for part in explain_change(inputs(JUNE, 300), inputs(MAY, 400)).parts]
    assert ChangeKind.WEATHER not in kinds


def test_where_nothing_was_used_before_the_weather_stays_in_the_use() -> None:
    step = WeatherStep(RESPONSE, "KRVB", weather(JUNE, 60, 0), weather(MAY, 110, 9))
    parts = {
        part.kind: part.amount_cents
        for part in explain_change(inputs(JUNE, 0), inputs(MAY, 400), weather=step).parts
    }
    assert ChangeKind.WEATHER not in parts
    assert parts[ChangeKind.USE] == 4000


def test_a_response_of_another_measure_is_not_used() -> None:
    step = WeatherStep(replace(RESPONSE, unit="cf"), "KRVB", weather(JUNE, 60, 0), weather(MAY, 110, 9))
    found = explain_change(inputs(JUNE, 300), inputs(MAY, 400), weather=step)
    assert ChangeKind.WEATHER not in {part.kind for part in found.parts}


def test_every_period_of_the_clock_changes_in_the_same_proportion() -> None:
    """100 kWh on-peak at 0.30 and 200 off-peak at 0.10, and 60 kWh more for the cold: a fifth more of each."""
    before = SegmentInputs(
        tariff=tariff_with(
            """
kind = "time_of_use"
code = "energy"
schedule = "tod"
unit = "kWh"
periods = [{ period = "on_peak", prices = 0.30 }, { period = "off_peak", prices = 0.10 }]
""",
            version=TOD,
        ),
        period=JUNE,
        determinants=quantities(usage__on_peak="100 kWh", usage__off_peak="200 kWh"),
        attributes={},
    )
    after = replace(before, determinants=quantities(usage__on_peak="120 kWh", usage__off_peak="240 kWh"))
    step = WeatherStep(RESPONSE, "KRVB", weather(JUNE, 0, 0), weather(JUNE, 30, 0))
    parts = {part.kind: part.amount_cents for part in explain_change(before, after, weather=step).parts}
    assert parts[ChangeKind.WEATHER] == 1000
    assert parts[ChangeKind.USE] == 0


@settings(max_examples=100, deadline=None)
@given(
    used=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
    degrees=st.tuples(*(st.integers(0, 1500) for _ in range(4))),
    months=st.permutations([MAY, JUNE, JULY]),
)
def test_parts_with_weather_always_sum(
    used: tuple[int, int], degrees: tuple[int, ...], months: list[Period]
) -> None:
    before, after = inputs(months[0], used[0]), inputs(months[1], used[1], "0.13")
    step = WeatherStep(
        RESPONSE,
        "KRVB",
        weather(months[0], degrees[0], degrees[1]),
        weather(months[1], degrees[2], degrees[3]),
    )
    found = explain_change(before, after, weather=step)
    assert sum(part.amount_cents for part in found.parts) == found.difference_cents
    assert found.after_cents == price_segment(after).total_cents
