"""Rules of alerts: leaks minding what the meter can show, spikes against one's own normal, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine import alert
from meterside.engine.alert import LeakRule, Value, bucket_hours, continuous_flow, has_stopped

D = Decimal
START = datetime(2025, 3, 3, 8, tzinfo=UTC)
RULE = LeakRule(hours=24, least_an_hour=D(2), resolution=D(1))


def hourly(amounts: Sequence[int | None], seconds: int = 3600) -> list[Value]:
    return [
        Value(START + timedelta(seconds=seconds * index), seconds, None if amount is None else D(amount))
        for index, amount in enumerate(amounts)
    ]


def test_a_flow_that_never_stops_for_a_day_is_a_leak_at_its_least() -> None:
    found = continuous_flow(hourly([5, 30, 40, 3] * 6), RULE)
    assert found is not None
    assert (found.since, found.until) == (START, START + timedelta(hours=24))
    assert found.an_hour == 3


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ([5] * 23, "not a day yet"),
        ([5] * 12 + [0] + [5] * 12, "it stopped once"),
        ([5] * 12 + [1] + [5] * 12, "for an hour it was under the rate"),
        ([5] * 12 + [None] + [5] * 12, "an hour is not known"),
        ([], "nothing came"),
        ([0] * 48, "nothing flows"),
    ],
)
def test_what_is_no_leak(amounts: list[int | None], why: str) -> None:
    assert continuous_flow(hourly(amounts), RULE) is None, why


def test_sooner_where_it_was_asked_for() -> None:
    flow = hourly([0] * 10 + [4] * 8)
    assert continuous_flow(flow, RULE) is None
    found = continuous_flow(flow, LeakRule(8, D(2), D(1)))
    assert found is not None
    assert found.since == START + timedelta(hours=10)


def test_a_leak_goes_back_as_far_as_it_did_not_stop() -> None:
    found = continuous_flow(hourly([0, 9, 9] + [4] * 40), RULE)
    assert found is not None
    assert found.since == START + timedelta(hours=1)


def test_quarter_hours_count_by_the_hour() -> None:
    # A gallon each quarter-hour: four an hour. Single quarter-hours of nought are no pause.
    flow = hourly([2, 0, 1, 1] * 24, 900)
    found = continuous_flow(flow, RULE)
    assert found is not None
    assert found.an_hour == 4


def steps(every: int, hours: int = 48) -> list[Value]:
    """A cubic foot in every so many hours."""
    return [
        Value(START + timedelta(hours=hour), 3600, D("7.48") if hour % every == 0 else D(0))
        for hour in range(hours)
    ]


def test_a_coarse_meter_shows_a_slow_flow_in_steps() -> None:
    # A step of 7.48 gallons (a cubic foot); at two gallons an hour it comes at least once in four hours.
    rule = LeakRule(24, D(2), D("7.48"))
    assert bucket_hours(rule) == 4
    found = continuous_flow(steps(2), rule)
    assert found is not None
    assert found.an_hour == D("3.74")
    assert continuous_flow(steps(3), rule) is None, "eight hours had two steps: it may be 1.87 an hour"
    assert continuous_flow(steps(4), rule) is None, "it never pauses, but is under the rate"
    assert continuous_flow(steps(12), rule) is None, "a step in twelve hours is a pause"


def test_a_busy_day_does_not_make_a_leak_of_a_quiet_night() -> None:
    # By day ten steps an hour, by night one in four hours: somebody got up.
    rule = LeakRule(24, D(2), D("7.48"))
    flow = [
        replace(value, amount=D("74.8") if 7 <= index % 24 < 23 else value.amount)
        for index, value in enumerate(steps(4))
    ]
    assert continuous_flow(flow, rule) is None


def test_a_meter_too_coarse_for_the_rule_says_nothing_but_its_own_flag_does() -> None:
    rule = LeakRule(24, D(2), D(100))
    flow = hourly([100] * 48)
    assert continuous_flow(flow, rule) is None
    flagged = continuous_flow(flow, rule, flagged_since=START)
    assert flagged is not None
    assert (flagged.said_by_meter, flagged.since) == (True, START)


def test_it_has_stopped_when_a_stretch_has_less() -> None:
    since = START + timedelta(hours=24)
    assert not has_stopped(hourly([5] * 30), RULE, since=since)
    assert has_stopped(hourly([5] * 26 + [0] + [5] * 3), RULE, since=since)
    assert not has_stopped(hourly([5] * 26 + [None] + [5] * 3), RULE, since=since), "not known is not stopped"
    assert not has_stopped([], RULE, since=since)


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=120), st.sampled_from([8, 16, 24]))
def test_a_leak_is_said_exactly_when_every_hour_is_known_and_flows(
    amounts: list[int | None], hours: int
) -> None:
    found = continuous_flow(hourly(amounts), LeakRule(hours, D(2), D(1)))
    last = amounts[-hours:]
    flows = len(last) == hours and all(amount is not None and amount >= 2 for amount in last)
    assert (found is not None) == flows
    if found is not None:
        inside = [value.amount for value in hourly(amounts) if value.starts_at >= found.since]
        assert found.an_hour == min(amount for amount in inside if amount is not None)


@given(st.lists(st.integers(0, 40), min_size=96, max_size=96), st.integers(1, 12))
def test_a_finer_meter_says_what_the_hours_say(quarters: list[int], step: int) -> None:
    fine = continuous_flow(hourly(quarters, 900), RULE)
    sums = [sum(quarters[index : index + 4]) for index in range(0, 96, 4)]
    whole = continuous_flow(hourly([*sums]), RULE)
    assert (fine is None) == (whole is None)
    if fine is not None and whole is not None:
        assert fine.an_hour == whole.an_hour


# --- days ------------------------------------------------------------------------------------------

LAST = date(2025, 3, 28)  # a Friday


def days(uses: list[int], last: date = LAST) -> dict[date, Decimal]:
    first = last - timedelta(days=len(uses) - 1)
    return {first + timedelta(days=index): D(use) for index, use in enumerate(uses)}


def test_a_spike_is_against_ones_own_normal_day_of_the_kind() -> None:
    found = alert.spike(days([20] * 28 + [45]), on=LAST, times=D(2), least=D(8))
    assert found is not None
    assert (found.amount, found.against) == (D(45), D(20))
    assert alert.spike(days([20] * 28 + [40]), on=LAST, times=D(2), least=D(8)) is None
    assert alert.spike(days([1] * 28 + [5]), on=LAST, times=D(2), least=D(8)) is None, (
        "a bath in an empty house"
    )
    assert alert.spike(days([20] * 9 + [90]), on=LAST, times=D(2), least=D(8)) is None, (
        "nothing is normal yet"
    )


def test_week_ends_are_held_against_week_ends() -> None:
    sunday = date(2025, 3, 30)
    uses = {day: D(60) if day.weekday() >= 5 else D(20) for day in days([0] * 29, sunday)}
    assert alert.spike(uses | {sunday: D(70)}, on=sunday, times=D(2), least=D(8)) is None
    assert alert.normal_of(uses, before=sunday, like=sunday) == 60


def test_one_wild_day_does_not_move_what_is_normal() -> None:
    assert alert.normal_of(days([20] * 14 + [900] + [20] * 13), before=LAST + timedelta(days=1)) == 20


def test_a_stop_is_two_days_of_nothing_where_there_was_always_some() -> None:
    found = alert.unusual_stop(days([20] * 26 + [0, 0]), on=LAST, n_days=2)
    assert found is not None
    assert found.first == LAST - timedelta(days=1)
    assert alert.unusual_stop(days([20] * 27 + [0]), on=LAST, n_days=2) is None
    assert alert.unusual_stop(days([20] * 20 + [0] + [20] * 5 + [0, 0]), on=LAST, n_days=2) is None, (
        "it stops often"
    )


def test_limits() -> None:
    assert alert.over_day(days([50]), on=LAST, limit=D(50)) is None
    assert alert.over_day(days([51]), on=LAST, limit=D(50)) is not None
    since = LAST - timedelta(days=4)
    assert alert.over_period(days([100] * 3 + [10] * 5), since=since, limit=D(50)) is None
    found = alert.over_period(days([100] * 3 + [11] * 5), since=since, limit=D(50))
    assert found is not None
    assert (found.first, found.amount) == (since, D(55))


def test_bills() -> None:
    assert alert.over_bill(low_cents=150_01, limit_cents=150_00)
    assert not alert.over_bill(low_cents=150_00, limit_cents=150_00)
    high = {"likely_cents": 130_00, "usual_cents": 100_00, "days": 30, "percent": 25, "least_cents": 15_00}
    assert alert.high_bill(days_known=12, **high)
    assert not alert.high_bill(days_known=11, **high), "too early to say"
    assert not alert.high_bill(days_known=12, **(high | {"likely_cents": 125_00}))
    assert not alert.high_bill(days_known=12, **(high | {"likely_cents": 13_00, "usual_cents": 10_00})), (
        "a few dollars"
    )
