"""Half-open periods and local service days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.period import (
    OpenPeriod,
    Period,
    local_day_of,
    period_between_reads,
    service_day,
    service_day_hours,
    service_day_seconds,
)
from tests.engine.strategies import periods

PACIFIC = ZoneInfo("America/Los_Angeles")


def test_a_read_closes_before_its_day_and_opens_with_it() -> None:
    january = period_between_reads(date(2025, 1, 3), date(2025, 2, 3))
    assert january.contains(date(2025, 1, 3))
    assert not january.contains(date(2025, 2, 3))
    assert january.last_day == date(2025, 2, 2)
    assert january.days == 31


def test_an_empty_or_backward_period_is_refused() -> None:
    for end in (date(2025, 1, 1), date(2024, 12, 31)):
        with pytest.raises(ValueError, match="end after"):
            Period(date(2025, 1, 1), end)


def test_an_open_period_has_no_days() -> None:
    running = Period(date(2025, 1, 1))
    assert running.contains(date(2099, 1, 1))
    with pytest.raises(OpenPeriod):
        _ = running.days


def test_overlap_and_cover() -> None:
    year, march = Period(date(2025, 1, 1), date(2026, 1, 1)), Period(date(2025, 3, 1), date(2025, 4, 1))
    running = Period(date(2025, 3, 15))
    assert year.overlap(march) == march
    assert march.overlap(running) == Period(date(2025, 3, 15), date(2025, 4, 1))
    assert running.overlap(running) == running
    assert march.overlap(Period(date(2025, 4, 1), date(2025, 5, 1))) is None
    assert year.covers(march)
    assert not march.covers(year)
    assert running.covers(Period(date(2025, 4, 1)))
    assert not year.covers(running)


@given(period=periods(), cuts=st.lists(st.integers(-5, 80), max_size=6))
def test_a_split_gives_all_days_once(period: Period, cuts: list[int]) -> None:
    parts = period.split(period.start + timedelta(days=cut) for cut in cuts)
    assert [day for part in parts for day in part.each_day()] == list(period.each_day())


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25), (date(2025, 7, 4), 24), (date(2024, 2, 29), 24)],
)
def test_days_are_23_24_or_25_hours_long(day: date, hours: int) -> None:
    assert service_day_hours(day, PACIFIC) == hours
    assert service_day_seconds(day, PACIFIC) == hours * 3600


def test_a_day_starts_at_local_midnight() -> None:
    start, end = service_day(date(2025, 3, 9), PACIFIC)
    assert start == datetime(2025, 3, 9, 8, tzinfo=UTC)
    assert end == datetime(2025, 3, 10, 7, tzinfo=UTC)


def test_a_zone_whose_clock_changes_at_midnight_still_has_all_hours() -> None:
    """Chile's summer time starts at midnight: the day begins with the hour after it."""
    santiago = ZoneInfo("America/Santiago")
    before, _ = service_day(date(2024, 9, 7), santiago)
    start, end = service_day(date(2024, 9, 8), santiago)
    assert (start - before).total_seconds() == 24 * 3600
    assert (end - start).total_seconds() == 23 * 3600


@given(
    start=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),
    zone=st.sampled_from(
        ["America/Los_Angeles", "America/New_York", "America/Phoenix", "Australia/Lord_Howe"]
    ),
)
def test_every_instant_lies_in_its_own_service_day(start: datetime, zone: str) -> None:
    instant, local = start.replace(tzinfo=UTC), ZoneInfo(zone)
    day_start, day_end = service_day(local_day_of(instant, local), local)
    assert day_start <= instant < day_end


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        local_day_of(datetime(2025, 1, 1), PACIFIC)
