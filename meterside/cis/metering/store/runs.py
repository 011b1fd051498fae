"""Interval days of many channels as runs: one row a channel from the database, one array in memory.

A month of hours is thirty day rows, and a bill run reads them for every account. The database puts a channel's days
together, the highest version of each; where they are one run of measured intervals of one length, as nearly all are,
they are taken as such. Where not, day by day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import overload

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.engine.interval import DayIntervals, unpack_values
from meterside.engine.period import Period

from .queries import DayTotal, day_totals, interval_days

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ZERO = date(2000, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class DayRun(Sequence[DayIntervals]):
    """Days that follow on one another, all measured, with intervals of one length. As a sequence: its days.

    `starts_s` are the seconds since 1970 at which each day's first interval begins, `bounds` the place of that
    interval; behind the last stands the count of all.
    """

    days: tuple[date, ...]
    starts_s: tuple[int, ...]
    bounds: tuple[int, ...]
    seconds: int
    width: int
    values: bytes

    def values_of(self, period: Period) -> tuple[datetime, NDArray[np.int64]] | None:
        """The intervals of a period with the instant the first begins, where each of its days is here; else None."""
        first = (period.start - self.days[0]).days
        last = first + period.days
        if first < 0 or last > len(self.days):
            return None
        own = self.values[self.bounds[first] * self.width : self.bounds[last] * self.width]
        return _instant(self.starts_s[first]), unpack_values(own, self.width)

    def __len__(self) -> int:
        return len(self.days)

    @overload
    def __getitem__(self, place: int) -> DayIntervals: ...
    @overload
    def __getitem__(self, place: slice) -> list[DayIntervals]: ...
    def __getitem__(self, place: int | slice) -> DayIntervals | list[DayIntervals]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        return DayIntervals(
            day=self.days[place],
            start_utc=_instant(self.starts_s[place]),
            seconds=self.seconds,
            width=self.width,
            values=self.values[self.bounds[place] * self.width : self.bounds[place + 1] * self.width],
        )

    def __iter__(self) -> Iterator[DayIntervals]:
        return (self[place] for place in range(len(self)))


@dataclass(frozen=True, slots=True)
class ChannelDays:
    """A channel's days in order; days without data are left out."""

    totals: list[DayTotal]
    intervals: Sequence[DayIntervals]


# The aggregates say their order themselves. Numbers come as PostgreSQL sends them in binary: big-endian.
_RUNS = """
    SELECT channel_id, min(interval_s), max(interval_s), min(width), max(width), bool_and(quality IS NULL),
           string_agg(int4send(local_day - date '2000-01-01'), ''::bytea ORDER BY local_day),
           string_agg(int8send(extract(epoch FROM first_at)::bigint), ''::bytea ORDER BY local_day),
           string_agg(int4send(length(reads)), ''::bytea ORDER BY local_day),
           string_agg(int8send(total), ''::bytea ORDER BY local_day),
           string_agg(int4send(version), ''::bytea ORDER BY local_day),
           string_agg(reads, ''::bytea ORDER BY local_day)
      FROM (SELECT DISTINCT ON (channel_id, local_day)
                   channel_id, local_day, first_at, interval_s, width, reads, quality, total, version
              FROM cis_metering_intervalday
             WHERE channel_id = ANY(%s) AND local_day >= %s AND local_day < %s
             ORDER BY channel_id, local_day, version DESC) latest
     GROUP BY channel_id
"""


def channel_days(channel_ids: Sequence[int], start: date, end: date) -> Mapping[int, ChannelDays]:
    """Each channel's days in [start, end), with totals as `day_totals` and intervals as `interval_days` give them."""
    found: dict[int, ChannelDays] = {channel_id: ChannelDays([], []) for channel_id in channel_ids}
    if not channel_ids:
        return found
    others = []
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, [list(channel_ids), start, end])
        for channel_id, seconds, most_s, width, widest, is_measured, *packed in cursor.fetchall():
            days, starts, lengths, totals, versions, values = (bytes(each) for each in packed)
            run = None
            if seconds == most_s and width == widest and is_measured:
                run = _run(days, starts, lengths, seconds, width, values)
            if run is None:
                others.append(channel_id)
                continue
            rows = zip(run.days, _whole(totals, 8), _whole(versions, 4), strict=True)
            found[channel_id] = ChannelDays(
                [DayTotal(channel_id, day, total, "measured", version) for day, total, version in rows], run
            )
    if others:
        by_day, intervals = day_totals(others, start, end), interval_days(others, start, end)
        for channel_id in others:
            found[channel_id] = ChannelDays(by_day[channel_id], intervals[channel_id])
    return found


def _run(
    days: bytes, starts: bytes, lengths: bytes, seconds: int, width: int, values: bytes
) -> DayRun | None:
    """The run, or None where a day is lacking between two, or one does not start where the one before it ended."""
    shape = _shape(days, starts, lengths, seconds, width)
    return None if shape is None else DayRun(*shape, seconds, width, values)


@lru_cache(maxsize=64)
def _shape(
    days: bytes, starts: bytes, lengths: bytes, seconds: int, width: int
) -> tuple[tuple[date, ...], tuple[int, ...], tuple[int, ...]] | None:
    """Days, starts and bounds of a run: the same for all that are read over the same days."""
    own, starts_s = _whole(days, 4), _whole(starts, 8)
    counts = [length // width for length in _whole(lengths, 4)]
    ends_s = [start + count * seconds for start, count in zip(starts_s, counts, strict=True)]
    if own != list(range(own[0], own[0] + len(own))) or ends_s[:-1] != starts_s[1:]:
        return None
    bounds = [0]
    for count in counts:
        bounds.append(bounds[-1] + count)
    return tuple(date.fromordinal(_DAY_ZERO + day) for day in own), tuple(starts_s), tuple(bounds)


@lru_cache(maxsize=1024)
def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _whole(packed: bytes, width: int) -> list[int]:
    found: list[int] = np.frombuffer(packed, dtype=f">i{width}").tolist()
    return found
