"""The hours of a period that is not over, of the meters as they are read elsewhere: known ones, and likely ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from meterside.cis.metering.store.queries import interval_days
from meterside.engine.interval import DayIntervals, Quality
from meterside.engine.interval_use import IntervalUse
from meterside.engine.likely_hours import with_likely_hours
from meterside.engine.period import Period, service_day

from .counted import RECEIVED, MeterChannel
from .hours import scale_of, times_exactly


def likely_hours(
    channels: Sequence[MeterChannel], period: Period, *, unit: str, zone: ZoneInfo
) -> dict[str, IntervalUse]:
    """Use, and what was received, of every interval of the period, by determinant; one query.

    A determinant none of whose intervals is known, or whose intervals do not fit together, is not there.
    """
    here = [one for one in channels if Period(one.first, one.end).overlap(period) is not None]
    days = interval_days([one.id for one in here], period.start, period.closed_end)
    found = {}
    for name, is_received in (("usage", False), ("received", True)):
        own = [one for one in here if (one.direction == RECEIVED) is is_received]
        use = _use(own, days, period, unit, zone)
        if use is not None:
            found[name] = use
    return found


def _use(
    channels: Sequence[MeterChannel],
    days: Mapping[int, Sequence[DayIntervals]],
    period: Period,
    unit: str,
    zone: ZoneInfo,
) -> IntervalUse | None:
    first = next((day for one in channels for day in days[one.id]), None)
    if first is None:
        return None
    step = timedelta(seconds=first.seconds)
    opens, closes = service_day(period.start, zone)[0], service_day(period.closed_end, zone)[0]
    starts = opens + (first.start_utc - opens) % step
    values = np.zeros(-(-(closes - starts) // step), dtype=np.int64)
    awaited, here = np.zeros(len(values), dtype=np.int64), np.zeros(len(values), dtype=np.int64)
    scale, factors = scale_of([one.worth for one in channels])
    for one, factor in zip(channels, factors, strict=True):
        span = Period(one.first, one.end).overlap(period)
        if span is None:
            continue
        awaited[_index(span.start, zone, starts, step) : _index(span.closed_end, zone, starts, step)] += 1
        for day in days[one.id]:
            index, beside = divmod(day.start_utc - starts, step)
            own, inside = day.array(), slice(index, index + day.count)
            if not span.contains(day.day):
                continue
            if beside or day.seconds != first.seconds or index < 0 or inside.stop > len(values):
                return None
            is_here = day.quality_array() != Quality.MISSING
            values[inside] += np.where(is_here, times_exactly(own, factor), 0)
            here[inside] += is_here
    use = IntervalUse(
        values=values,
        unit=unit,
        seconds=first.seconds,
        start_utc=starts.astimezone(UTC),
        zone=zone,
        scale=scale,
    )
    return with_likely_hours(use, (here > 0) & (here >= awaited))


def _index(day: date, zone: ZoneInfo, starts: datetime, step: timedelta) -> int:
    """The place of a day's first interval."""
    return max(0, -(-(service_day(day, zone)[0] - starts) // step))
