"""What holds for any electric tariff: lines sum, nothing is lost on the way, documents and schema agree."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_dict, tariff_from_toml, tariff_to_dict
from meterside.engine.tariff.schema import tariff_schema
from meterside.engine.time_of_day import cost_by_period
from tests.engine.electric import run_of
from tests.engine.electric_strategies import documents, whole_documents

WHOLE = run_of(Period(date(2025, 1, 1), date(2026, 1, 1)))
VALIDATOR = Draft202012Validator(tariff_schema())
starts = st.integers(0, 320)
lengths = st.integers(1, 44)


def hours(seed: int, most: int) -> IntervalUse:
    return replace(WHOLE, values=np.random.default_rng(seed).integers(0, most + 1, len(WHOLE.values)))


def period_of(start: int, days: int) -> Period:
    first = date(2025, 1, 1) + timedelta(days=start)
    return Period(first, first + timedelta(days=days))


@settings(max_examples=200, deadline=None)
@given_by(
    st.one_of(documents(), whole_documents()),
    starts,
    lengths,
    st.integers(0, 10**6),
    st.sampled_from([0, 2000, 50_000]),
)
def test_lines_sum_and_survive(found: Tariff, start: int, days: int, seed: int, most: int) -> None:
    period = period_of(start, days)
    uses = {"usage": hours(seed, most)}
    if any("received" in component.determinants() for component in found.versions[0].components):
        uses["received"] = hours(seed + 1, most // 2)
    state = RatingState((("demand.peak.03", Decimal(40)), ("demand.month.03", Decimal(202503))))
    segment = rate(found, period=period, determinants={}, intervals=uses, state=state)
    assert sum(line.amount_cents for line in segment.lines) == segment.total_cents
    assert sum((line.unrounded for line in segment.lines), Decimal(0)) == segment.unrounded
    assert all(line.formula_text for line in segment.lines)
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment
    used = uses["usage"].within(period).total() / 1000
    by_clock = [
        line.quantity for line in segment.lines if line.component == "hours" and line.determinant == "usage"
    ]
    assert not by_clock or sum(by_clock) == used
    clock = [line for line in segment.lines if line.kind == "time_of_use"]
    assert sum(cost.amount_cents for cost in cost_by_period(clock)) == sum(
        line.amount_cents for line in clock
    )


@settings(max_examples=60, deadline=None)
@given_by(st.one_of(documents(), whole_documents()))
def test_documents_are_read_back_and_fit_the_schema(found: Tariff) -> None:
    document = json.loads(json.dumps(tariff_to_dict(found)))
    assert tariff_from_dict(document) == found
    assert tariff_from_toml(toml_of(found)) == found
    VALIDATOR.validate(document)


@settings(max_examples=60, deadline=None)
@given_by(whole_documents(), st.integers(0, 10**6))
def test_rating_again_gives_the_same(found: Tariff, seed: int) -> None:
    uses = {"usage": hours(seed, 3000), "received": hours(seed + 1, 900)}
    period = period_of(60, 30)
    first, second = (rate(found, period=period, determinants={}, intervals=uses) for _ in range(2))
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
