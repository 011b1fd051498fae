"""What must hold for every rated segment, and how quick it is."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal, localcontext

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from meterside.engine.period import Period
from meterside.engine.rating import RatedSegment, RatingState, rate
from meterside.engine.tariff import (
    Lookup,
    MinimumCharge,
    PercentCharge,
    Tariff,
    UsageCharge,
    constant,
)
from tests.engine.strategies import SEASONS, kwh, periods, tariffs, uses
from tests.engine.test_rating import JUNE, fixed, tariff_of, tiers, use


@settings(max_examples=300, deadline=None)
@given(tariff=tariffs(), period=periods(), quantity=uses)
def test_lines_sum_to_the_total_and_survive_json(tariff: Tariff, period: Period, quantity: Decimal) -> None:
    state = RatingState((("bank_kwh", Decimal("12.5")),))
    segment = rate(tariff, period=period, determinants=kwh(quantity), state=state)
    assert sum(line.amount_cents for line in segment.lines) == segment.total_cents
    assert sum((line.unrounded for line in segment.lines), Decimal(0)) == segment.unrounded
    assert segment.state_out == state
    stored = json.loads(json.dumps(segment.to_dict()))
    assert RatedSegment.from_dict(stored) == segment
    for line in segment.lines:
        assert line.formula_text
        assert abs(Decimal(line.amount_cents) - line.unrounded * 100) < 2
    assert rate(tariff, period=period, determinants=kwh(quantity), state=state) == segment


@settings(max_examples=150, deadline=None)
@given(tariff=tariffs(), period=periods(), quantity=uses, low=st.integers(3, 12))
def test_the_caller_s_decimal_context_does_not_matter(
    tariff: Tariff, period: Period, quantity: Decimal, low: int
) -> None:
    expected = rate(tariff, period=period, determinants=kwh(quantity))
    with localcontext() as context:
        context.prec = low
        assert rate(tariff, period=period, determinants=kwh(quantity)) == expected


@settings(max_examples=200, deadline=None)
@given(tariff=tariffs(), period=periods(), quantity=uses)
def test_every_line_covers_its_part_and_use_is_shared_exactly(
    tariff: Tariff, period: Period, quantity: Decimal
) -> None:
    segment = rate(tariff, period=period, determinants=kwh(quantity))
    used = [line for line in segment.lines if line.component == "use"]
    rounding = tariff.versions[0].usage_rounding
    assert sum(line.quantity for line in used) == (rounding.apply(quantity) if rounding else quantity)
    assert all(period.covers(line.span) for line in segment.lines)


@settings(max_examples=200, deadline=None)
@given(
    period=periods().filter(lambda each: each.days > 1), cut=st.integers(1, 69), seed=st.integers(0, 10**6)
)
def test_splitting_a_period_changes_no_energy_charge_without_steps(
    period: Period, cut: int, seed: int
) -> None:
    assume(cut < period.days)
    by_season = Lookup(("season",), ((("winter",), Decimal("0.1077")), (("summer",), Decimal("0.2113"))))
    tariff = tariff_of(UsageCharge(code="use", label="use", price=by_season, unit="kWh"), seasons=SEASONS)
    daily = {day: Decimal((seed * (day.toordinal() % 97)) % 5000).scaleb(-2) for day in period.each_day()}

    def energy(part: Period) -> Decimal:
        own = {day: daily[day] for day in part.each_day()}
        total = sum(own.values(), Decimal(0))
        return rate(tariff, period=part, determinants=kwh(total), daily_usage={"usage": own}).unrounded

    parts = period.split([period.start + timedelta(days=cut)])
    assert sum((energy(part) for part in parts), Decimal(0)) == energy(period)


@settings(max_examples=200, deadline=None)
@given(
    tariff=tariffs(), period=periods(), quantity=uses, more=st.decimals(min_value=0, max_value=500, places=2)
)
def test_more_use_never_costs_less(tariff: Tariff, period: Period, quantity: Decimal, more: Decimal) -> None:
    less = rate(tariff, period=period, determinants=kwh(quantity))
    higher = rate(tariff, period=period, determinants=kwh(quantity + more))
    # Each line, and the base of each percentage, can be a cent off its exact amount.
    assert higher.unrounded >= less.unrounded - Decimal("0.02") * len(higher.lines)
    assert higher.total_cents >= less.total_cents - 3 * len(higher.lines)


def _numbers(value: object) -> list[object]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value]


@settings(max_examples=100, deadline=None)
@given(tariff=tariffs(), period=periods(), quantity=uses)
def test_no_float_anywhere_in_a_segment(tariff: Tariff, period: Period, quantity: Decimal) -> None:
    segment = rate(tariff, period=period, determinants=kwh(quantity))
    assert not [each for each in _numbers(segment.to_dict()) if isinstance(each, float)]
    for line in segment.lines:
        assert all(not isinstance(getattr(line, name), float) for name in line.__slots__)


def test_rating_a_month_is_quick() -> None:
    """Well under half a millisecond for five components; the bound leaves room for a slow machine."""
    import timeit

    least = MinimumCharge(code="least", label="M", amount=constant(Decimal("20")))
    tax = PercentCharge(code="tax", label="T", rate=constant(Decimal("0.05")))
    tariff = tariff_of(fixed("5"), tiers(["1", "2", "3"], ["10", "20"]), use("0.1", "fuel"), least, tax)
    determinants = kwh(Decimal(50))
    best = min(
        timeit.repeat(lambda: rate(tariff, period=JUNE, determinants=determinants), number=50, repeat=5)
    )
    assert best / 50 < 0.002
