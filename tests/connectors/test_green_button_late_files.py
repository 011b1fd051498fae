"""Days out of several files, as a store keeps them: merged a row at a time, whatever arrives when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.day_merge import merge_day
from meterside.engine.interval import DayIntervals, Quality
from tests.connectors.green_button_documents import LOS_ANGELES, days_of, hours, reading, utc_s, with_reads

MAY_1_S = utc_s(2024, 5, 1, zone=LOS_ANGELES)
WHOLE = hours(MAY_1_S, range(10, 34))


def day_of(readings: list[str]) -> DayIntervals:
    (row,) = days_of(with_reads(readings)).rows
    return row


@given(
    parts=st.lists(st.sets(st.integers(min_value=0, max_value=23), min_size=1), min_size=1, max_size=5),
    order=st.randoms(),
)
def test_files_in_any_order_end_in_the_same_day(parts: list[set[int]], order: Random) -> None:
    files = [day_of([WHOLE[slot] for slot in sorted(part)]) for part in [*parts, set(range(24))]]
    order.shuffle(files)
    stored = files[0]
    for incoming in files[1:]:
        stored = merge_day(stored, incoming)
    assert stored == day_of(WHOLE)


def test_a_late_read_takes_the_place_of_an_estimate_and_not_the_reverse() -> None:
    with_gap, late = day_of([WHOLE[0], WHOLE[2]]), day_of([reading(MAY_1_S + 3600, 90)])
    assert with_gap.quality_array()[1] == Quality.ESTIMATED
    for merged in (merge_day(with_gap, late), merge_day(late, with_gap)):
        assert merged.array()[:3].tolist() == [10, 90, 12]
        assert merged.quality_array()[:4].tolist() == [0, 0, 0, Quality.MISSING]


def test_a_corrected_value_stands() -> None:
    merged = merge_day(day_of(WHOLE), day_of([reading(MAY_1_S, 7)]))
    assert merged.array()[:2].tolist() == [7, 11]
    assert merged.quality is None


def test_two_days_or_two_grids_do_not_merge() -> None:
    day = day_of(WHOLE)
    with pytest.raises(ValueError, match="same day"):
        merge_day(day, replace(day, day=day.day + timedelta(days=1)))
    with pytest.raises(ValueError, match="same grid"):
        merge_day(day, replace(day, seconds=900))
