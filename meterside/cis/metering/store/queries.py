"""Reads of meter data, many meters at once; the highest version counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection

from meterside.engine.interval import DayIntervals


@dataclass(frozen=True, slots=True)
class Read:
    """A dial's value that starts service day `local_day`."""

    register_id: int
    local_day: date
    dial_count: int
    kind: str
    version: int
    read_at: datetime


def reads_on(register_ids: Sequence[int], days: Sequence[date]) -> Mapping[tuple[int, date], Read]:
    """The read of each register on each of these days, where there is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (register_id, local_day)
                   register_id, local_day, dial_count, kind, version, read_at
              FROM cis_metering_registerread
             WHERE register_id = ANY(%s) AND local_day = ANY(%s)
             ORDER BY register_id, local_day, version DESC
            """,
            [list(register_ids), list(days)],
        )
        return {(row[0], row[1]): Read(*row) for row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class DayTotal:
    """One channel's use of a day, in the channel's least unit. `quality` is the least certain of its reads."""

    channel_id: int
    day: date
    total: int
    quality: str
    version: int


# Codes of engine.interval.Quality; a day is called by the least certain of its reads.
_TOTALS = """
    SELECT DISTINCT ON (channel_id, local_day) channel_id, local_day, total,
           CASE WHEN quality IS NULL THEN 'measured'
                WHEN position('\\x04'::bytea IN quality) > 0 THEN 'missing'
                WHEN position('\\x01'::bytea IN quality) > 0 THEN 'estimated'
                WHEN position('\\x02'::bytea IN quality) > 0 THEN 'edited'
                ELSE 'derived' END,
           version
      FROM cis_metering_intervalday
     WHERE channel_id = ANY(%s) AND ({days})
     ORDER BY channel_id, local_day, version DESC
"""


def day_totals(channel_ids: Sequence[int], start: date, end: date) -> Mapping[int, list[DayTotal]]:
    """Each channel's days in [start, end), in order; days without data are left out."""
    return day_totals_within(channel_ids, [(start, end)])


def day_totals_within(
    channel_ids: Sequence[int], stretches: Sequence[tuple[date, date]]
) -> Mapping[int, list[DayTotal]]:
    """Each channel's days in any of these [start, end), in order, in one query."""
    found: dict[int, list[DayTotal]] = {channel_id: [] for channel_id in channel_ids}
    if not channel_ids or not stretches:
        return found
    days = " OR ".join(["local_day >= %s AND local_day < %s"] * len(stretches))
    bounds = [day for stretch in stretches for day in stretch]
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS.format(days=days), [list(channel_ids), *bounds])
        for row in cursor.fetchall():
            found[row[0]].append(DayTotal(*row))
    return found


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What a channel counted in a month, on so many days with data."""

    total: int
    n_days: int


def month_totals(channel_ids: Sequence[int], first: date, last: date) -> Mapping[tuple[int, date], MonthSum]:
    """The continuous totals of the months [first, last], both by their first day, by channel and month; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel_id, month, total, n_days FROM cis_metering_monthtotal"
            " WHERE channel_id = ANY(%s) AND month BETWEEN %s AND %s",
            [list(channel_ids), first, last],
        )
        return {(key, month): MonthSum(total, n_days) for key, month, total, n_days in cursor.fetchall()}


_INTERVALS = """
    SELECT DISTINCT ON (channel_id, local_day)
           channel_id, local_day, first_at, interval_s, width, reads, quality
      FROM cis_metering_intervalday
     WHERE channel_id = ANY(%s) AND local_day >= %s AND local_day < %s
     ORDER BY channel_id, local_day, version DESC
"""


def interval_days(channel_ids: Sequence[int], start: date, end: date) -> Mapping[int, Sequence[DayIntervals]]:
    """Each channel's intervals of the days in [start, end), in order; days without data are left out."""
    found: dict[int, list[DayIntervals]] = {channel_id: [] for channel_id in channel_ids}
    if not channel_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_INTERVALS, [list(channel_ids), start, end])
        for channel_id, day, first_at, seconds, width, reads, quality in cursor.fetchall():
            found[channel_id].append(
                DayIntervals(
                    day=day,
                    start_utc=first_at.astimezone(UTC),
                    seconds=seconds,
                    width=width,
                    values=bytes(reads),
                    quality=None if quality is None else bytes(quality),
                )
            )
    return found
