"""Interval use: exact sums over any choice of hours, the wall clock of each interval, and days of 23 to 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.engine.interval import Quality, day_intervals
from meterside.engine.interval_use import (
    IntervalsMissing,
    IntervalUse,
    interval_calendar,
    interval_use,
    summed,
)
from meterside.engine.period import Period, service_day
from meterside.engine.proration import share_by_weights
from tests.engine.tables import worked_table

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ("America/New_York", "America/Phoenix", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns")


def use_of(values: list[int], start: datetime, seconds: int = 3600, **more: object) -> IntervalUse:
    return IntervalUse(
        values=np.array(values, dtype=np.int64),
        unit="kWh",
        seconds=seconds,
        start_utc=start,
        zone=NEW_YORK,
        **more,  # type: ignore[arg-type]
    )


def year_of(zone: ZoneInfo, seconds: int, year: int = 2025) -> IntervalUse:
    """Every interval of a local year, with values 1, 2, 3..."""
    opens, closes = service_day(date(year, 1, 1), zone)[0], service_day(date(year + 1, 1, 1), zone)[0]
    count = (closes - opens) // timedelta(seconds=seconds)
    return IntervalUse(values=np.arange(1, count + 1), unit="Wh", seconds=seconds, start_utc=opens, zone=zone)


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "local day"), ids=" ".join)
def test_the_hours_of_a_day(row: tuple[str, ...]) -> None:
    day, zone, minutes, *expected = row
    local = date.fromisoformat(day)
    opens = service_day(local, ZoneInfo(zone))[0]
    # A run that starts days before, so that the day lies inside it.
    calendar = interval_calendar(opens - timedelta(days=3), int(minutes) * 60, 600, ZoneInfo(zone))
    inside = calendar.span(Period(local, local + timedelta(days=1)))
    hours = calendar.hour[inside]
    found = [len(hours), np.count_nonzero(hours == 1), np.count_nonzero(hours == 2)]
    assert found == [int(each) for each in expected]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("seconds", [300, 900, 1800, 3600])
def test_the_clock_of_every_interval_is_the_wall_s(zone: str, seconds: int) -> None:
    calendar = year_of(ZoneInfo(zone), seconds).calendar
    for index in range(0, calendar.count, 1 if seconds == 3600 else 7):
        wall = calendar.instant(index).astimezone(ZoneInfo(zone))
        found = (
            calendar.days[calendar.day_index[index]],
            calendar.hour[index],
            calendar.minute[index],
            calendar.weekday[index],
            calendar.month[index],
        )
        assert found == (wall.date(), wall.hour, wall.minute, wall.weekday(), wall.month)


def test_equal_runs_share_one_calendar() -> None:
    start = datetime(2025, 6, 1, 4, tzinfo=UTC)
    assert use_of([1] * 48, start).calendar is use_of([2] * 48, start).calendar
    assert not use_of([1], start).calendar.hour.flags.writeable


whole_numbers = st.integers(-(2**62), 2**62)


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.one_of(st.integers(0, 10**6), whole_numbers), min_size=1, max_size=120),
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 6),
)
def test_sums_of_any_partition_make_the_whole(values: list[int], seed: int, count: int) -> None:
    use = use_of(values, datetime(2025, 3, 8, 5, tzinfo=UTC), scale=Decimal("0.001"))
    classes = np.random.default_rng(seed).integers(0, count, len(values))
    whole = Decimal(sum(values)) * Decimal("0.001")
    assert use.total() == whole
    assert sum(use.sum_by_class(classes, count)) == whole
    assert sum(use.sum_where(classes == number) for number in range(count)) == whole
    expected = [sum(v for v, c in zip(values, classes, strict=True) if c == k) for k in range(count)]
    assert use.sum_by_class(classes, count) == tuple(each * Decimal("0.001") for each in expected)
    assert sum(use.by_day().values()) == whole


@settings(max_examples=200, deadline=None)
@given(
    total=st.decimals(0, 10**6, places=3),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=9).filter(any),
)
def test_shares_by_weight_make_the_whole(total: Decimal, weights: list[int]) -> None:
    shares = share_by_weights(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / whole) <= Decimal("0.000001")
        assert weight or share == 0


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 2]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        share_by_weights(Decimal(1), weights)


def test_day_rows_become_one_run_and_a_period_is_cut_out_of_it() -> None:
    days = []
    for day in (date(2025, 11, 1), date(2025, 11, 2), date(2025, 11, 3)):
        opens, closes = service_day(day, NEW_YORK)
        days.append(day_intervals(day, opens, 3600, [day.day] * ((closes - opens) // timedelta(hours=1))))
    use = interval_use(days, unit="Wh", zone=NEW_YORK)
    assert use.by_day() == {date(2025, 11, 1): 24, date(2025, 11, 2): 50, date(2025, 11, 3): 72}
    inside = use.within(Period(date(2025, 11, 2), date(2025, 11, 3)))
    assert (len(inside.values), inside.total()) == (25, Decimal(50))
    assert inside.calendar.days == (date(2025, 11, 2),)
    assert inside.calendar.on_days({date(2025, 11, 2)}).all()
    assert use.within(Period(date(2025, 11, 1), date(2025, 11, 4))) is use
    assert summed({"received": use})["received"].to_dict() == {
        "name": "received",
        "quantity": "146",
        "unit": "Wh",
        "source": "interval",
        "evidence": [],
    }
    for start, end in ((date(2025, 10, 31), date(2025, 11, 2)), (date(2025, 11, 3), date(2025, 11, 5))):
        with pytest.raises(IntervalsMissing, match="not for all"):
            use.within(Period(start, end))
    with pytest.raises(ValueError, match="does not start where"):
        interval_use([days[0], days[2]], unit="Wh", zone=NEW_YORK)
    with pytest.raises(ValueError, match="no day"):
        interval_use([], unit="Wh", zone=NEW_YORK)


def test_holidays_of_a_run() -> None:
    use = year_of(NEW_YORK, 3600)
    mask = use.calendar.on_days({date(2025, 11, 2), date(2025, 7, 4)})
    assert np.count_nonzero(mask) == 49
    assert use.sum_where(mask) + use.sum_where(~mask) == use.total()


def test_what_is_no_run_of_whole_numbers_is_refused() -> None:
    start = datetime(2025, 6, 1, 4, tzinfo=UTC)
    with pytest.raises(TypeError):
        IntervalUse(
            values=np.array([0.5]),
            unit="kWh",
            seconds=3600,
            start_utc=start,
            zone=NEW_YORK,
        )
    with pytest.raises(ValueError, match="UTC"):
        use_of([1], start.astimezone(NEW_YORK))
    with pytest.raises(ValueError, match="more than zero"):
        use_of([1], start, scale=Decimal(0))
    with pytest.raises(ValueError, match="quality"):
        use_of([1], start, quality=np.zeros(2, dtype=np.uint8))
    use = use_of([1, 2], start, quality=np.array([Quality.MISSING, Quality.ESTIMATED], dtype=np.uint8))
    assert use.missing_count == 1
    with pytest.raises(ValueError, match="classes for"):
        use.sum_by_class(np.array([0]), 1)
    with pytest.raises(ValueError, match="not one of"):
        use.sum_by_class(np.array([0, 3]), 2)
    with pytest.raises(ValueError, match="read-only"):
        use.values[0] = 5
