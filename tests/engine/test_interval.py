"""Day rows of packed interval values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.interval import (
    DayIntervals,
    Quality,
    day_intervals,
    exact_sum,
    merge_days,
    pack_quality,
    pack_values,
    split_by_day,
    unpack_values,
)

PACIFIC = ZoneInfo("America/Los_Angeles")
NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=120))
def test_packed_values_come_back_and_sum_exactly(values: list[int]) -> None:
    width, packed = pack_values(values)
    assert unpack_values(packed, width).tolist() == values
    assert exact_sum(unpack_values(packed, width)) == sum(values)


@pytest.mark.parametrize(
    ("values", "width"),
    [([], 1), ([127, -128], 1), ([128], 2), ([-129], 2), ([32768], 4), ([2**31], 8), ([-(2**63)], 8)],
)
def test_the_narrowest_width_is_taken(values: list[int], width: int) -> None:
    assert pack_values(values)[0] == width


def test_values_that_are_not_whole_are_refused() -> None:
    with pytest.raises(TypeError, match="whole"):
        pack_values([1.5, 2])  # type: ignore[list-item]
    with pytest.raises(OverflowError):
        pack_values(np.array([2**63], dtype=np.uint64))


def test_quality_is_left_out_when_all_is_measured() -> None:
    assert pack_quality([Quality.MEASURED] * 3) is None
    assert pack_quality([Quality.MEASURED, Quality.MISSING]) == b"\x00\x04"
    with pytest.raises(ValueError, match="9"):
        pack_quality([9])


def test_a_day_row_checks_itself() -> None:
    good: dict[str, Any] = {
        "day": date(2025, 1, 15),
        "start_utc": NOON,
        "seconds": 3600,
        "width": 2,
        "values": b"\x01\x00",
    }
    row = DayIntervals(**good)
    assert (row.count, row.total(), row.missing_count()) == (1, 1, 0)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"width": 3}, "width"),
        ({"seconds": 0}, "seconds"),
        ({"values": b"\x01"}, "width"),
        ({"quality": b"\x00\x00"}, "quality"),
        ({"start_utc": NOON.astimezone(PACIFIC)}, "UTC"),
    ]
    for change, message in wrong:
        with pytest.raises(ValueError, match=message):
            DayIntervals(**{**good, **change})


@given(
    start_hour=st.integers(0, 24 * 400),
    values=st.lists(st.integers(0, 9999), min_size=1, max_size=400),
    minutes=st.sampled_from([15, 30, 60]),
)
def test_splitting_by_day_and_merging_gives_the_run_back(
    start_hour: int, values: list[int], minutes: int
) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=start_hour)
    quality = [index % 5 for index in range(len(values))]
    days = split_by_day(start, minutes * 60, values, quality, PACIFIC)
    merged, merged_quality = merge_days(days)
    assert merged.tolist() == values
    assert merged_quality.tolist() == quality
    assert sum(day.total() for day in days) == sum(values)
    assert len({day.day for day in days}) == len(days)


@pytest.mark.parametrize(("day", "quarter_hours"), [(date(2025, 3, 9), 92), (date(2025, 11, 2), 100)])
def test_days_of_the_clock_change_hold_92_and_100_quarter_hours(day: date, quarter_hours: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=PACIFIC).astimezone(UTC)
    days = split_by_day(start, 900, list(range(quarter_hours)), None, PACIFIC)
    assert [(row.day, row.count) for row in days] == [(day, quarter_hours)]


def test_days_that_do_not_follow_on_are_not_merged() -> None:
    first = day_intervals(date(2025, 1, 15), NOON, 3600, [1])
    late = day_intervals(date(2025, 1, 16), NOON + timedelta(hours=3), 3600, [1])
    finer = day_intervals(date(2025, 1, 16), NOON + timedelta(hours=1), 900, [1])
    with pytest.raises(ValueError, match="does not start"):
        merge_days([first, late])
    with pytest.raises(ValueError, match="length"):
        merge_days([first, finer])
    assert merge_days([])[0].size == 0
