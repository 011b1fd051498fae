"""What a tariff keeps from one account to the next changes no line of the next one's bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.cli.bench.electric import HOURLY
from meterside.engine import explain
from meterside.engine.determinant import Determinant
from meterside.engine.explain import SegmentInputs, explain_change
from meterside.engine.interval_use import IntervalUse
from meterside.engine.kept import kept_in
from meterside.engine.period import Period, service_day
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import cents_for_days, rate
from meterside.engine.same_rate import is_same_rate
from meterside.engine.tariff.document import tariff_from_toml
from meterside.engine.tariff.model import Tariff
from tests.engine.electric_strategies import documents

#: A price that changes inside some of the periods, a season in it, a tax by town and a credit.
_LATER = """
[[versions]]
effective_from = 2025-03-10
[[versions.seasons]]
name = "summer"
ranges = [{ from = "04-01", to = "09-30" }]
[[versions.seasons]]
name = "winter"
ranges = [{ from = "10-01", to = "03-31" }]
[[versions.schedules]]
name = "tod"
periods = [
  { name = "on_peak", times = [{ days = ["weekday"], from = "14:00", to = "20:00" }] },
  { name = "off_peak" },
]
[[versions.components]]
kind = "time_of_use"
code = "energy"
label = "Energy"
schedule = "tod"
unit = "kWh"
periods = [
  { period = "on_peak", prices = { by = ["season"], values = { summer = ["0.41"], winter = ["0.22"] } } },
  { period = "off_peak", prices = ["0.1"] },
]
[[versions.components]]
kind = "fixed"
code = "credit"
label = "Credit"
amount = "-2.50"
[[versions.components]]
kind = "percent"
code = "tax"
label = "Tax"
rate = { by = ["town"], values = { a = "0.05", b = "0.07" } }
"""
TEXT = HOURLY.replace("effective_from = 2015-01-01", "effective_from = 2015-01-01\neffective_to = 2025-03-10")
PLAIN = tariff_from_toml(HOURLY)
SHARED = tariff_from_toml(TEXT + _LATER)
ZONES = (ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York"), UTC)
STARTS = (date(2025, 2, 10), date(2025, 3, 1), date(2025, 3, 20), date(2025, 10, 20))


def _inputs(tariff: Tariff, start: date, days: int, zone: ZoneInfo, town: str, seed: int) -> SegmentInputs:
    period = Period(start, start + timedelta(days=days))
    opens, closes = service_day(period.start, zone)[0], service_day(period.closed_end, zone)[0]
    count = (closes - opens) // timedelta(hours=1)
    use = IntervalUse(
        values=np.random.default_rng(seed).integers(0, 3000, count),
        unit="Wh", seconds=3600, start_utc=opens, zone=zone,
    )  # fmt: skip
    return SegmentInputs(
        tariff=tariff, period=period, determinants={}, attributes={"town": town}, intervals={"usage": use}
    )


def _rated(inputs: SegmentInputs) -> RatedSegment:
    return rate(
        inputs.tariff, period=inputs.period, determinants={}, attributes=inputs.attributes,
        intervals=inputs.intervals,
    )  # fmt: skip


accounts = st.tuples(
    st.sampled_from(STARTS), st.integers(27, 35), st.sampled_from(ZONES), st.sampled_from("ab"),
    st.integers(0, 10**6),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(accounts, min_size=2, max_size=4))
def test_accounts_priced_after_one_another_are_priced_as_if_alone(
    several: list[tuple[date, int, ZoneInfo, str, int]],
) -> None:
    before: tuple[SegmentInputs, SegmentInputs] | None = None
    for facts in several:
        shared, alone = (_inputs(each, *facts) for each in (SHARED, tariff_from_toml(TEXT + _LATER)))
        rated = _rated(shared)
        assert rated == _rated(alone)
        assert rated.to_dict() == _rated(alone).to_dict()
        if before is not None:
            assert explain_change(before[0], shared) == explain_change(before[1], alone)
        before = shared, alone


@settings(max_examples=40, deadline=None)
@given(accounts)
def test_cents_alone_are_the_cents_of_the_lines(facts: tuple[date, int, ZoneInfo, str, int]) -> None:
    inputs = _inputs(SHARED, *facts)
    alone = cents_for_days(
        SHARED, period=inputs.period, priced_days=inputs.period.days, determinants={},
        attributes=inputs.attributes, intervals=inputs.intervals,
    )  # fmt: skip
    assert alone == _rated(inputs).total_cents


def test_a_store_that_grows_starts_anew_and_keeps_no_failure() -> None:
    store: dict[object, int] = {}
    with pytest.raises(ZeroDivisionError):
        kept_in(store, "a", lambda: 1 // 0)
    assert kept_in(store, "a", lambda: 1) == 1
    assert kept_in(store, "a", lambda: 2) == 1
    for number in range(1000):
        kept_in(store, number, lambda: 0)
    assert len(store) < 300
    assert kept_in(store, "a", lambda: 2) == 2


def test_a_register_beside_hours_is_shared_by_their_shape_though_nobody_asked_for_it_by_day() -> None:
    inputs = _inputs(SHARED, date(2025, 3, 1), 31, ZONES[0], "a", 3)
    register = Determinant("usage", Decimal(500), "kWh")
    rated = rate(
        SHARED, period=inputs.period, determinants={"usage": register}, attributes=inputs.attributes,
        intervals=inputs.intervals,
    )  # fmt: skip
    energy = [line.quantity for line in rated.lines if line.component == "energy"]
    assert sum(energy) == 500
    assert datetime(2025, 3, 10).date() in {line.span.start for line in rated.lines}


@settings(max_examples=150, deadline=None)
@given(
    tariff=st.one_of(documents(), st.just(SHARED), st.just(PLAIN)),
    starts=st.tuples(st.sampled_from(STARTS), st.sampled_from(STARTS)),
    days=st.tuples(st.integers(5, 35), st.integers(5, 35)),
    towns=st.sampled_from(["aa", "ab"]),
    zone=st.sampled_from(ZONES),
    is_by_register=st.booleans(),
)
def test_a_step_that_is_not_priced_would_have_come_to_nothing(
    tariff: Tariff, starts: tuple[date, date], days: tuple[int, int], towns: str, zone: ZoneInfo,
    is_by_register: bool,
) -> None:  # fmt: skip
    before, after = (
        _inputs(tariff, start, length, zone, town, seed)
        for start, length, town, seed in zip(starts, days, towns, (3, 4), strict=True)
    )
    if is_by_register:
        after = replace(after, determinants={"usage": Determinant("usage", Decimal("734.5"), "kWh")})
    quick = explain_change(before, after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explain, "_is_all_use", lambda *_each: False)
        assert explain_change(before, after) == quick


def test_the_step_is_left_out_for_two_bills_of_one_plain_rate_and_for_no_others() -> None:
    a, b = (_inputs(PLAIN, start, 31, ZONES[0], "a", 1) for start in STARTS[1:3])
    periods, bills = (a.period, b.period), (a.period.closed_end, b.period.closed_end)
    assert is_same_rate(PLAIN, PLAIN, periods, bills)
    assert not is_same_rate(PLAIN, tariff_from_toml(HOURLY), periods, bills)
    assert not is_same_rate(SHARED, SHARED, periods, bills)
    ratchet = HOURLY.replace('prices = "3.10"', 'prices = "3.10"\nratchet = { share = "0.8" }')
    by_month = HOURLY.replace('days = ["weekday"]', 'months = [6], days = ["weekday"]')
    by_cycle = HOURLY.replace(
        'amount = "13.50"', 'amount = "13.50"\nproration = { method = "days_of_period" }'
    )
    for text in (ratchet, by_month, by_cycle):
        other = tariff_from_toml(text)
        assert not is_same_rate(other, other, periods, bills)
