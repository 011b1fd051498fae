"""Estimates of intervals: a day, or hours of it, that did not come, from like days before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.engine.interval import DayIntervals, Quality, day_intervals, unpack_values
from meterside.engine.period import service_day
from meterside.kit import clock

from .models import DayEstimate
from .operations import store_days

_WEEKS: Final = 5
_FEWEST_LIKE_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class DueDay:
    """A service day a channel has not told, or not wholly."""

    channel_id: int
    day: date
    interval_s: int
    zone: ZoneInfo


def estimate_days(due: Sequence[DueDay]) -> list[DueDay]:
    """Fill what is missing of these days with the mean of the same weekday in the five weeks before.

    What was measured of a day stays as it is. Each interval is the mean of the measured ones at its place, to the
    nearest whole unit, halves up; a day of another length (the clock changed) is no like day. Returns those that
    have fewer than two like days.
    """
    refused, rows, notes = [], list[tuple[int, DayIntervals]](), list[dict[str, Any]]()
    known = _known_days(due)
    for one in due:
        start, end = service_day(one.day, one.zone)
        count = (end - start) // timedelta(seconds=one.interval_s)
        days = [one.day - timedelta(days=7 * week) for week in range(1, _WEEKS + 1)]
        like = [(day, known[one.channel_id, day]) for day in days if (one.channel_id, day) in known]
        whole = [
            (day, values) for day, (values, quality) in like if len(values) == count and not quality.any()
        ]
        if len(whole) < _FEWEST_LIKE_DAYS:
            refused.append(one)
            continue
        total: NDArray[np.int64] = np.stack([values for _, values in whole]).sum(axis=0, dtype=np.int64)
        filled = (2 * total + len(whole)) // (2 * len(whole))
        codes = np.full(count, Quality.ESTIMATED, dtype=np.uint8)
        was = known.get((one.channel_id, one.day))
        if was is not None and len(was[0]) == count:
            # What is there stands as it is: of it the estimate says nothing.
            is_there = was[1] != Quality.MISSING
            filled[is_there], codes[is_there] = 0, Quality.MISSING
        rows.append(
            (
                one.channel_id,
                day_intervals(one.day, start.astimezone(UTC), one.interval_s, filled, codes.tolist()),
            )
        )
        n_filled = int((codes == Quality.ESTIMATED).sum())
        notes.append({"like_days": [day.isoformat() for day, _ in whole], "intervals": n_filled})
    if rows:
        store_days(rows, origin="estimate")
        _note(rows, notes)
    return refused


def _known_days(due: Sequence[DueDay]) -> dict[tuple[int, date], tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """Values and qualities of the days themselves and of the same weekdays before them."""
    wanted = sorted(
        {(one.channel_id, one.day - timedelta(days=7 * week)) for one in due for week in range(_WEEKS + 1)}
    )
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (d.channel_id, d.local_day) d.channel_id, d.local_day, d.reads, d.width, d.quality
              FROM unnest(%s::bigint[], %s::date[]) AS w (channel_id, local_day)
              JOIN cis_metering_intervalday d ON d.channel_id = w.channel_id AND d.local_day = w.local_day
             ORDER BY d.channel_id, d.local_day, d.version DESC
            """,
            [[channel_id for channel_id, _ in wanted], [day for _, day in wanted]],
        )
        for channel_id, day, reads, width, quality in cursor.fetchall():
            values = unpack_values(bytes(reads), width)
            codes = (
                np.zeros(len(values), dtype=np.uint8)
                if quality is None
                else np.frombuffer(bytes(quality), dtype=np.uint8)
            )
            found[channel_id, day] = (values, codes)
    return found


def _note(rows: Sequence[tuple[int, DayIntervals]], notes: Sequence[dict[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.nth, max(d.version)
              FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS w (channel_id, local_day, nth)
              JOIN cis_metering_intervalday d ON d.channel_id = w.channel_id AND d.local_day = w.local_day
             GROUP BY w.nth ORDER BY w.nth
            """,
            [[channel_id for channel_id, _ in rows], [day.day for _, day in rows]],
        )
        versions = [row[1] for row in cursor.fetchall()]
    now = clock.now()
    DayEstimate.objects.bulk_create(
        DayEstimate(
            channel_id=channel_id,
            local_day=day.day,
            version=version,
            method="like_days",
            basis=basis,
            made_at=now,
        )
        for (channel_id, day), version, basis in zip(rows, versions, notes, strict=True)
    )
