"""What must hold for every tariff of counts, budgets, billed use, assistance and taxes."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal, localcontext

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from meterside.connectors.tariffs.own import schema_faults
from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.determinant import Determinant, DeterminantSource, usage_of
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff, check_tariff, tariff_from_dict, tariff_to_dict
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.strategies import periods
from tests.engine.water_strategies import HOME, water_tariffs
from tests.engine.worked import tariff_of

volumes = st.decimals(min_value=0, max_value=300, places=3)
WINTER = Determinant("winter", Decimal("7.5"), "ccf", DeterminantSource.PRIOR)


def priced(tariff: Tariff, period: Period, volume: Decimal) -> RatedSegment:
    return rate(
        tariff, period=period, determinants={**usage_of(volume, "ccf"), "winter": WINTER}, attributes=HOME
    )


@settings(max_examples=400, deadline=None)
@given(tariff=water_tariffs(), period=periods(), volume=volumes)
def test_lines_sum_to_the_total_and_survive_json(tariff: Tariff, period: Period, volume: Decimal) -> None:
    check_tariff(tariff)
    segment = priced(tariff, period, volume)
    assert sum(line.amount_cents for line in segment.lines) == segment.total_cents
    assert sum((line.unrounded for line in segment.lines), Decimal(0)) == segment.unrounded
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment
    for line in segment.lines:
        assert line.formula_text
        assert line.formula.values
        assert abs(Decimal(line.amount_cents) - line.unrounded * 100) < 2
    assert segment.total_cents >= -len(segment.lines)
    assert priced(tariff, period, volume) == segment


@settings(max_examples=150, deadline=None)
@given(tariff=water_tariffs(), period=periods(), volume=volumes, low=st.integers(3, 12))
def test_the_caller_s_decimal_context_does_not_matter(
    tariff: Tariff, period: Period, volume: Decimal, low: int
) -> None:
    expected = priced(tariff, period, volume)
    with localcontext() as context:
        context.prec = low
        assert priced(tariff, period, volume) == expected


@settings(max_examples=250, deadline=None)
@given(tariff=water_tariffs(), period=periods(), volume=volumes, more=volumes)
def test_more_use_never_costs_less(tariff: Tariff, period: Period, volume: Decimal, more: Decimal) -> None:
    less, higher = priced(tariff, period, volume), priced(tariff, period, volume + more)
    # Each line, and the base of each percentage, can be a cent off its exact amount.
    assert higher.unrounded >= less.unrounded - Decimal("0.03") * len(higher.lines)
    assert higher.total_cents >= less.total_cents - 3 * len(higher.lines)


@settings(max_examples=150, deadline=None)
@given(water_tariffs())
def test_every_tariff_survives_json_toml_and_the_schema(tariff: Tariff) -> None:
    data = json.loads(json.dumps(tariff_to_dict(tariff)))
    assert tariff_from_dict(data) == tariff
    assert schema_faults(data) == []
    assert tariff_from_toml(toml_of(tariff)) == tariff


@settings(max_examples=150, deadline=None)
@given(tariff=water_tariffs(), period=periods(), volume=volumes)
def test_no_float_anywhere_in_a_segment(tariff: Tariff, period: Period, volume: Decimal) -> None:
    for line in priced(tariff, period, volume).lines:
        assert all(not isinstance(getattr(line, name), float) for name in line.__slots__)
        assert all(isinstance(said, str) for _, said in line.facts)


NO_STEP = (
    "conversion = { therms_per_ccf = 1.03 }\n"
    "seasons = [{ name = 'summer', ranges = [{ from = '05-01', to = '10-31' }] },"
    " { name = 'winter', ranges = [{ from = '11-01', to = '04-30' }] }]\n"
    "uses = [{ name = 'therms', unit = 'therm', measured_unit = 'ccf', times = [0.98] }]\n"
    '[[c]]\nkind = "usage"\ncode = "g"\nlabel = "G"\nunit = "therm"\ndeterminant = "therms"\n'
    "price = { by = ['season'], values = { summer = 0.31, winter = 0.77 } }\n"
    '[[c]]\nkind = "counted"\ncode = "u"\nlabel = "U"\namount = 0.35\ncount = "units"\nper = "day"\n'
)


@settings(max_examples=200, deadline=None)
@given(period=periods(), cut=st.integers(1, 69), seed=st.integers(0, 10**6))
def test_splitting_a_period_changes_nothing_where_there_is_no_step(
    period: Period, cut: int, seed: int
) -> None:
    assume(cut < period.days)
    tariff = tariff_of(NO_STEP)
    daily = {day: Decimal((seed * (day.toordinal() % 89)) % 900).scaleb(-2) for day in period.each_day()}

    def cost(part: Period) -> Decimal:
        own = {day: daily[day] for day in part.each_day()}
        use = usage_of(sum(own.values(), Decimal(0)), "ccf")
        return rate(
            tariff, period=part, determinants=use, attributes=HOME, daily_usage={"usage": own}
        ).unrounded

    parts = period.split([period.start + timedelta(days=cut)])
    assert abs(sum((cost(part) for part in parts), Decimal(0)) - cost(period)) <= Decimal("0.000002")
