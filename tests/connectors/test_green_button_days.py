"""Reads into local days: order, doubles, corrections, clock changes, gaps."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.connectors.metering import combined, on_the_line, to_day_rows, whole_parts
from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import DayRows, FileStatus, Reason, UnableToCombine
from meterside.engine.interval import Quality
from tests.connectors.green_button_documents import (
    LOS_ANGELES,
    PHOENIX,
    WATER,
    Channel,
    block_entry,
    days_of,
    describing_entries,
    document,
    hours,
    only_channel,
    parse,
    reading,
    utc_s,
    with_reads,
)

MAY_1_S = utc_s(2024, 5, 1, zone=LOS_ANGELES)
OLD, NEW = "2024-06-01T00:00:00Z", "2024-06-02T00:00:00Z"


def values(rows: DayRows) -> list[list[int]]:
    return [row.array().tolist() for row in rows.rows]


def qualities(rows: DayRows) -> list[Quality]:
    return [Quality(code) for row in rows.rows for code in row.quality_array()]


def two_blocks(first: list[str], second: list[str], *, updated: tuple[str, str]) -> bytes:
    channel = Channel()
    blocks = [
        block_entry(channel, rows, updated=stamp)
        for rows, stamp in zip((first, second), updated, strict=True)
    ]
    return document([*describing_entries(channel), *blocks]).encode()


@pytest.mark.parametrize(
    ("zone", "day", "count"),
    [
        (LOS_ANGELES, date(2024, 3, 10), 23),
        (LOS_ANGELES, date(2024, 3, 11), 24),
        (LOS_ANGELES, date(2024, 11, 3), 25),
        (LOS_ANGELES, date(2024, 2, 29), 24),
        (PHOENIX, date(2024, 3, 10), 24),
        (PHOENIX, date(2024, 11, 3), 24),
        (ZoneInfo("UTC"), date(2024, 11, 3), 24),
        (ZoneInfo("Asia/Kolkata"), date(2024, 11, 3), 24),
    ],
)
def test_a_local_day_is_as_long_as_its_clock_makes_it(zone: ZoneInfo, day: date, count: int) -> None:
    start_s = utc_s(day.year, day.month, day.day, zone=zone)
    rows = days_of(with_reads(hours(start_s, range(1, count + 1))), zone)
    (row,) = rows.rows
    assert (row.day, row.count, row.quality) == (day, count, None)
    assert int(row.start_utc.timestamp()) == start_s
    assert row.array().tolist() == list(range(1, count + 1))


@pytest.mark.parametrize(("day", "count"), [((2024, 3, 10), 92), ((2024, 5, 1), 96), ((2024, 11, 3), 100)])
def test_quarter_hours_of_days_with_a_clock_change(day: tuple[int, int, int], count: int) -> None:
    start_s = utc_s(*day, zone=LOS_ANGELES)
    quarter_hourly = Channel().typed(intervalLength="900")
    (row,) = days_of(with_reads(hours(start_s, range(count), 900), quarter_hourly)).rows
    assert (row.count, row.seconds, row.total()) == (count, 900, sum(range(count)))


def test_half_past_one_comes_twice_in_autumn_and_both_stand() -> None:
    first_s = utc_s(2024, 11, 3, 8, 0)  # 01:00 PDT, and an hour later 01:00 PST
    (row,) = days_of(with_reads([reading(first_s, 11), reading(first_s + 3600, 22)])).rows
    assert row.array().tolist()[1:3] == [11, 22]


def test_days_partly_there_are_whole_rows_with_missing_slots() -> None:
    rows = days_of(with_reads(hours(MAY_1_S + 22 * 3600, [1, 2, 3])))
    assert values(rows) == [[0] * 22 + [1, 2], [3] + [0] * 23]
    assert [row.missing_count() for row in rows.rows] == [22, 23]
    assert rows.gaps == ()


def test_doubled_reads_are_counted_once() -> None:
    reads = hours(MAY_1_S, range(24))
    rows = days_of(with_reads([*reads, *reads]))
    assert values(rows) == [list(range(24))]
    assert (rows.duplicates, rows.reads, rows.refusals, rows.corrections) == (24, 24, (), ())


def test_late_reads_of_another_file_complete_the_day() -> None:
    reads = hours(MAY_1_S, range(24))
    early, late = only_channel(with_reads(reads[:5] + reads[20:])), only_channel(with_reads(reads[5:20]))
    whole = days_of(with_reads(reads))
    assert to_day_rows([early, late], LOS_ANGELES) == to_day_rows([late, early], LOS_ANGELES) == whole
    alone = to_day_rows([early], LOS_ANGELES)
    assert [(gap.start_s, gap.end_s) for gap in alone.gaps] == [(MAY_1_S + 5 * 3600, MAY_1_S + 20 * 3600)]


@pytest.mark.parametrize("correction_first", [False, True])
def test_the_value_stated_last_stands_and_both_are_reported(correction_first: bool) -> None:
    wrong, right = [reading(MAY_1_S, 900)], [reading(MAY_1_S, 90)]
    if correction_first:
        rows = days_of(two_blocks(right, wrong, updated=(NEW, OLD)))
    else:
        rows = days_of(two_blocks(wrong, right, updated=(OLD, NEW)))
    assert values(rows)[0][0] == 90
    (correction,) = rows.corrections
    assert (correction.start_s, correction.was, correction.now) == (MAY_1_S, 900, 90)
    assert (correction.was_line > correction.now_line) is correction_first
    assert (rows.refusals, rows.reads) == ((), 1)


def test_two_values_stated_at_once_leave_what_both_agree_on() -> None:
    for order in ([721, 707], [707, 721]):
        rows = days_of(with_reads([reading(MAY_1_S, value) for value in order]))
        assert values(rows)[0][0] == 707
        (refusal,) = rows.refusals
        assert refusal.reason is Reason.CONFLICTING_VALUE
        assert "value=721" in refusal.excerpt
        assert refusal.line > 0


def test_a_measured_value_beats_an_estimate_stated_at_once() -> None:
    rows = days_of(with_reads([reading(MAY_1_S, 5, quality=8), reading(MAY_1_S, 9, quality=17)]))
    assert values(rows)[0][0] == 9
    assert qualities(rows)[0] is Quality.MEASURED


def test_a_read_of_two_hours_is_split_and_marked() -> None:
    rows = days_of(with_reads([reading(MAY_1_S, 461, 7200), *hours(MAY_1_S + 7200, [5] * 22)]))
    assert values(rows)[0][:3] == [231, 230, 5]
    assert qualities(rows)[:3] == [Quality.DERIVED, Quality.DERIVED, Quality.MEASURED]
    assert (rows.derived, rows.reads, rows.estimated) == (2, 23, 0)


def test_a_long_read_over_others_is_put_aside() -> None:
    rows = days_of(with_reads([reading(MAY_1_S, 461, 7200), *hours(MAY_1_S + 3600, [5, 6])]))
    assert [refusal.reason for refusal in rows.refusals] == [Reason.OVERLAP]
    assert values(rows)[0][:3] == [0, 5, 6]


@pytest.mark.parametrize(
    ("start_s", "duration_s"),
    [
        (MAY_1_S, 1800),
        (MAY_1_S, 5400),
        (MAY_1_S + 60, 3600),
        (MAY_1_S + 60, 7200),
        (MAY_1_S, 48 * 3600),
        (MAY_1_S, 10**9),
    ],
)
def test_reads_off_the_grid_are_put_aside(start_s: int, duration_s: int) -> None:
    channel = only_channel(
        with_reads([reading(start_s, 5, duration_s)]), now=datetime(2090, 1, 1, tzinfo=UTC)
    )
    rows = to_day_rows([channel], LOS_ANGELES)
    assert [refusal.reason for refusal in rows.refusals] == [Reason.OFF_THE_GRID]
    assert (rows.rows, rows.reads) == ((), 0)


def test_hours_of_another_zone_than_the_premise_are_put_aside() -> None:
    rows = days_of(with_reads(hours(MAY_1_S, [1, 2])), ZoneInfo("Asia/Kolkata"))
    assert [refusal.reason for refusal in rows.refusals] == [Reason.OFF_THE_GRID] * 2


def test_an_hour_over_midnight_belongs_to_no_day() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # its clock changes by half an hour: that day has 23.5 hours
    start_s = utc_s(2024, 10, 6, zone=lord_howe)
    rows = days_of(with_reads(hours(start_s, [1] * 24)), lord_howe)
    assert [(row.day, row.count) for row in rows.rows] == [(date(2024, 10, 6), 23)]
    assert [refusal.reason for refusal in rows.refusals] == [Reason.OFF_THE_GRID]


@pytest.mark.parametrize(("missing", "filled"), [(1, [15]), (2, [13, 17])])
def test_short_gaps_are_estimated_on_the_line(missing: int, filled: list[int]) -> None:
    rows = days_of(with_reads([reading(MAY_1_S, 10), reading(MAY_1_S + (missing + 1) * 3600, 20)]))
    assert values(rows)[0][1 : missing + 1] == filled
    assert qualities(rows)[1 : missing + 1] == [Quality.ESTIMATED] * missing
    assert (rows.estimated, rows.gaps) == (missing, ())


def test_a_gap_over_two_hours_stays_a_gap() -> None:
    rows = days_of(with_reads([reading(MAY_1_S, 10), reading(MAY_1_S + 4 * 3600, 20)]))
    assert (rows.estimated, len(rows.gaps)) == (0, 1)
    assert qualities(rows)[1:4] == [Quality.MISSING] * 3


def test_a_gap_over_the_clock_change_is_measured_in_real_time() -> None:
    before_s = utc_s(2024, 3, 10, 1, zone=LOS_ANGELES)
    rows = days_of(with_reads([reading(before_s, 10), reading(before_s + 7200, 20)]))  # 01:00 PST, 04:00 PDT
    assert values(rows)[0][1:4] == [10, 15, 20]


def test_daily_reads_are_days_of_one_value() -> None:
    daily = Channel().typed(intervalLength="86400")
    starts = [utc_s(2024, 11, day, zone=LOS_ANGELES) for day in (2, 3, 4, 5)]
    reads = [
        reading(start, 10 + k, following - start) for k, (start, following) in enumerate(pairwise(starts))
    ]
    rows = days_of(with_reads(reads, daily))
    assert values(rows) == [[10], [11], [12]]
    assert [row.day.day for row in rows.rows] == [2, 3, 4]
    wrong = days_of(with_reads([reading(starts[1], 5, 86_400)], daily))  # that day has 25 hours
    assert [refusal.reason for refusal in wrong.refusals] == [Reason.OFF_THE_GRID]


def test_a_month_is_a_period_and_no_day() -> None:
    monthly = Channel().typed(intervalLength="2678400")
    rows = days_of(with_reads([reading(MAY_1_S, 700, 31 * 86_400)], monthly))
    assert rows.rows == ()
    assert [(read.value, read.duration_s) for read in rows.period_reads] == [(700, 31 * 86_400)]
    assert rows.reads == 1


def test_a_report_says_it_all() -> None:
    rows_in = [
        *hours(MAY_1_S, [5, 6]),
        reading(MAY_1_S, 5),
        reading(MAY_1_S + 3 * 3600, 8),
        reading(MAY_1_S, -1),
        reading(MAY_1_S + 10, 2),
    ]
    feed = parse(with_reads(rows_in, WATER))
    source = GreenButtonFile()
    laid_out = [source.to_day_rows([channel], ZoneInfo("America/New_York")) for channel in feed.channels]
    report = source.report(feed, laid_out, ZoneInfo("America/New_York"))
    assert report.status is FileStatus.PARTLY_QUARANTINED
    assert (
        report.rows
        == report.reads + report.duplicates + len(report.corrections) + len(report.quarantined)
        == 6
    )
    assert (report.reads, report.duplicates, report.estimated, report.days) == (3, 1, 1, 1)
    assert [refusal.reason for refusal in report.quarantined] == [Reason.BACKFLOW, Reason.OFF_THE_GRID]
    assert [(summary.unit_code, summary.total) for summary in report.channels] == [("gal", 5 + 6 + 7 + 8)]
    assert "-28800 s" in report.notes[0]
    assert "-18000 s" in report.notes[0]


def test_channels_of_different_units_do_not_combine() -> None:
    one = only_channel(with_reads(hours(MAY_1_S, [1])))
    other = only_channel(with_reads(hours(MAY_1_S, [1]), Channel().typed(powerOfTenMultiplier="3")))
    with pytest.raises(UnableToCombine):
        combined([one, other])


@given(value=st.integers(min_value=0, max_value=10**12), parts=st.integers(min_value=1, max_value=96))
def test_parts_are_even_and_sum_exactly(value: int, parts: int) -> None:
    found = whole_parts(value, parts)
    assert (sum(found), len(found)) == (value, parts)
    assert max(found) - min(found) <= 1


@given(
    before=st.integers(min_value=0, max_value=10**12),
    after=st.integers(min_value=0, max_value=10**12),
    slots=st.integers(min_value=1, max_value=8),
)
def test_the_line_stays_between_its_ends_and_goes_one_way(before: int, after: int, slots: int) -> None:
    line = [before, *on_the_line(before, after, slots), after]
    assert line == sorted(line, reverse=before > after)


reading_rows = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=30),  # slot
        st.integers(min_value=0, max_value=6),  # value
        st.sampled_from([3600, 3600, 3600, 7200, 1800]),  # seconds
        st.sampled_from([None, 8, 17]),  # quality
        st.sampled_from([OLD, NEW]),
    ),
    min_size=1,
    max_size=25,
)


@given(rows=reading_rows, seed=st.integers())
def test_any_order_of_rows_and_entries_gives_the_same_days(
    rows: list[tuple[int, int, int, int | None, str]], seed: int
) -> None:
    channel = Channel()

    def laid(order: list[tuple[int, int, int, int | None, str]], shuffle: random.Random | None) -> DayRows:
        blocks = [
            block_entry(channel, [reading(MAY_1_S + slot * 3600, value, seconds, quality)], updated=stamp)
            for slot, value, seconds, quality, stamp in order
        ]
        entries = [*describing_entries(channel), *blocks]
        if shuffle:
            shuffle.shuffle(entries)
        return days_of(document(entries).encode())

    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    straight, other = laid(rows, None), laid(shuffled, random.Random(seed))
    assert straight.rows == other.rows
    assert straight.gaps == other.gaps
    counts = [(found.reads, found.duplicates, found.derived, found.estimated) for found in (straight, other)]
    assert counts[0] == counts[1]
    assert sorted(r.excerpt for r in straight.refusals) == sorted(r.excerpt for r in other.refusals)
    assert len(rows) == straight.reads + straight.duplicates + len(straight.corrections) + len(
        straight.refusals
    )


@given(
    rows=st.dictionaries(
        st.integers(min_value=0, max_value=30),
        st.tuples(st.integers(min_value=0, max_value=10**9), st.sampled_from([3600, 7200])),
        min_size=1,
    )
)
def test_what_is_not_estimated_sums_to_what_was_read(rows: dict[int, tuple[int, int]]) -> None:
    reads = [reading(MAY_1_S + pair * 7200, value, seconds) for pair, (value, seconds) in rows.items()]
    found = days_of(with_reads(reads))
    slots = [
        (int(value), code)
        for row in found.rows
        for value, code in zip(row.array(), row.quality_array(), strict=True)
    ]
    assert sum(value for value, code in slots if code != Quality.ESTIMATED) == sum(
        v for v, _ in rows.values()
    )
    assert found.derived == 2 * sum(seconds == 7200 for _, seconds in rows.values())
    assert found.reads == len(rows)
    assert found.estimated == sum(code == Quality.ESTIMATED for _, code in slots)
