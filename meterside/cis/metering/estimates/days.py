"""Estimates of intervals: a day, or hours of it, that did not come.

A gap of two hours at most is filled by the line between its neighbours. A longer one gets the mean of the same
weekday in the five weeks before; where a register was read on both sides, scaled so that intervals and register
agree. Worked tables: docs/algorithms/validation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.engine.estimation import mean_of, on_the_line, scaled_to, short_gaps
from meterside.engine.interval import DayIntervals, Quality, day_intervals, unpack_values
from meterside.engine.period import service_day
from meterside.kit import clock

from ..models import DayEstimate
from ..store.storing import store_days
from .register_use import RegisterWindow, register_windows

_WEEKS: Final = 5
_FEWEST_LIKE_DAYS: Final = 2
#: Up to here a line is as good as anything.
_LONGEST_LINE_S: Final = 7_200

_Counts = NDArray[np.int64]
_Known = Mapping[tuple[int, date], tuple[_Counts, NDArray[np.uint8]]]


@dataclass(frozen=True, slots=True)
class DueDay:
    """A service day a channel has not told, or not wholly."""

    channel_id: int
    day: date
    interval_s: int
    zone: ZoneInfo


@dataclass(slots=True, eq=False)
class _Filling:
    """A day while it is filled: `missing` slots are still to do, `filled` ones were done here."""

    due: DueDay
    start: datetime
    values: _Counts
    missing: NDArray[np.bool_]
    filled: NDArray[np.bool_]
    like: list[date] = field(default_factory=list)
    method: str = ""
    basis: dict[str, Any] = field(default_factory=dict)


def estimate_days(due: Sequence[DueDay], *, anew: int | None = None) -> list[DueDay]:
    """Fill what is missing of these days; what was measured stays as it is. Returns those not wholly filled.

    `anew` is the key of an edit by which whole days are estimated, whatever they say; they then stand over reads.
    """
    known = _known_days(due)
    fillings = [_opened(one, known, is_anew=anew is not None) for one in due]
    for one in fillings:
        if anew is None:
            _by_line(one)
        _by_like_days(one, known)
    if anew is None:
        _scale(fillings)
    rows, notes = list[tuple[int, DayIntervals]](), list[_Filling]()
    for one in fillings:
        if one.filled.any():
            codes = np.where(one.filled, Quality.ESTIMATED, Quality.MISSING)
            values = np.where(one.filled, one.values, 0)
            row = day_intervals(one.due.day, one.start, one.due.interval_s, values, codes.tolist())
            rows.append((one.due.channel_id, row))
            notes.append(one)
    if rows:
        store_days(rows, origin="estimate" if anew is None else "edit", edit_id=anew)
        _note(notes)
    return [one.due for one in fillings if one.missing.any()]


def _opened(due: DueDay, known: _Known, *, is_anew: bool) -> _Filling:
    start, end = service_day(due.day, due.zone)
    count = max(1, (end - start) // timedelta(seconds=due.interval_s))
    values, missing = np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_)
    was = known.get((due.channel_id, due.day))
    if was is not None and len(was[0]) == count and not is_anew:
        values, missing = was[0].copy(), was[1] == Quality.MISSING
    return _Filling(due, start.astimezone(UTC), values, missing, np.zeros(count, dtype=np.bool_))


def _by_line(one: _Filling) -> None:
    for first, end in short_gaps(one.missing, _LONGEST_LINE_S // one.due.interval_s):
        one.values[first:end] = on_the_line(int(one.values[first - 1]), int(one.values[end]), end - first)
        one.filled[first:end], one.missing[first:end] = True, False
        one.method, one.basis = "line", {"intervals": int(one.filled.sum())}


def _by_like_days(one: _Filling, known: _Known) -> None:
    """A day of another length (the clock changed) is no like day, nor is one that was not measured wholly."""
    if not one.missing.any():
        return
    found = []
    for week in range(1, _WEEKS + 1):
        day = one.due.day - timedelta(days=7 * week)
        like = known.get((one.due.channel_id, day))
        if like is not None and len(like[0]) == len(one.values) and not like[1].any():
            found.append(like[0])
            one.like.append(day)
    if len(found) < _FEWEST_LIKE_DAYS:
        return
    one.values[one.missing] = mean_of(np.stack(found))[one.missing]
    one.filled |= one.missing
    one.method = "like_days"
    one.basis = {"like_days": [day.isoformat() for day in one.like], "intervals": int(one.filled.sum())}
    one.missing = np.zeros(len(one.values), dtype=np.bool_)


def _scale(fillings: Sequence[_Filling]) -> None:
    """Where a register was read on both sides of what is missing, like days make up what it says, to the unit."""
    by_days = [one for one in fillings if one.method == "like_days"]
    whole = {(one.due.channel_id, one.due.day): one for one in by_days}
    windows: dict[RegisterWindow, list[_Filling]] = {}
    for key, window in register_windows(sorted(whole)).items():
        windows.setdefault(window, []).append(whole[key])
    for window, some in windows.items():
        due_days = {one.due.day for one in some}
        others = [total for total in window.totals if total.day not in due_days]
        n_days = (window.end - window.start).days
        if len(others) + len(due_days) != n_days or any(total.quality == "missing" for total in others):
            continue
        there = sum(total.total for total in others)
        there += sum(int(one.values[~one.filled].sum()) for one in some)
        if window.use < there:
            continue
        profile = np.concatenate([one.values[one.filled] for one in some])
        values = scaled_to(profile, window.use - there)
        for one in some:
            count = int(one.filled.sum())
            one.values[one.filled], values = values[:count], values[count:]
            one.method = "like_days_scaled"
            one.basis |= {"register_from": window.start.isoformat(), "register_to": window.end.isoformat()}


def _known_days(due: Sequence[DueDay]) -> _Known:
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


def _note(notes: Sequence[_Filling]) -> None:
    """Keep how each estimate came about, beside the version that stands by it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT w.nth, max(d.version)
              FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS w (channel_id, local_day, nth)
              JOIN cis_metering_intervalday d ON d.channel_id = w.channel_id AND d.local_day = w.local_day
             GROUP BY w.nth ORDER BY w.nth
            """,
            [[one.due.channel_id for one in notes], [one.due.day for one in notes]],
        )
        versions = [row[1] for row in cursor.fetchall()]
    now = clock.now()
    DayEstimate.objects.bulk_create(
        (
            DayEstimate(
                channel_id=one.due.channel_id,
                local_day=one.due.day,
                version=version,
                method=one.method,
                basis=one.basis,
                made_at=now,
            )
            for one, version in zip(notes, versions, strict=True)
        ),
        ignore_conflicts=True,
    )
