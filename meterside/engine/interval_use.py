"""Interval values of a billing period with the local clock they belong to: what time-of-use is priced from.

Values stay whole counts, so every sum over any choice of intervals is exact. The clock of a run of
intervals (local day, hour, weekday, month of each) is worked out once and shared by all accounts that
are billed over the same days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.interval import DayIntervals, Quality, exact_sum, merge_days
from meterside.engine.period import Period, local_day_of, service_day

_ONE_DAY = timedelta(days=1)
#: Below this a binary floating-point container holds every whole number.
_EXACT_IN_CONTAINER = 2**53


class IntervalsMissing(ValueError):
    """The intervals do not cover a period, or some have no value."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class IntervalCalendar:
    """The local wall clock at the start of each interval of a run; arrays are as long as the run.

    ``day_index`` counts into ``days``; ``bounds`` has the first interval of each day and, at the end,
    the count. ``hour`` and ``minute`` are what a clock on the wall shows: an hour is missing on the day
    the clock goes forward and there twice on the day it goes back. ``weekday`` is 0 for Monday.
    Equal runs give one and the same calendar, so what is worked out from it can be cached by it.

    ``clock_days`` are the days the clock ran on, with ``clock_bounds`` as ``bounds``; they are ``days``
    but where a run is shown as another period's (``shown_over``): then ``as_days`` is the day of that
    period each stands for.
    """

    start_utc: datetime
    seconds: int
    count: int
    zone: tzinfo
    days: tuple[date, ...]
    bounds: NDArray[np.int64]
    day_index: NDArray[np.int64]
    hour: NDArray[np.int64]
    minute: NDArray[np.int64]
    weekday: NDArray[np.int64]
    month: NDArray[np.int64]
    clock_days: tuple[date, ...]
    clock_bounds: NDArray[np.int64]
    as_days: tuple[date, ...]

    def span(self, period: Period) -> slice:
        """The intervals that start on a day of a period."""
        first = min(max((period.start - self.days[0]).days, 0), len(self.days))
        last = min(max((period.closed_end - self.days[0]).days, 0), len(self.days))
        return slice(int(self.bounds[first]), int(self.bounds[last]))

    def on_days(self, days: Collection[date]) -> NDArray[np.bool_]:
        """Which intervals start on one of those days (holidays)."""
        chosen: NDArray[np.bool_] = np.array([day in days for day in self.days], dtype=np.bool_)
        return chosen[self.day_index]

    def instant(self, index: int) -> datetime:
        """When an interval starts, in UTC."""
        return self.start_utc + timedelta(seconds=self.seconds * index)


@lru_cache(maxsize=512)
def interval_calendar(start_utc: datetime, seconds: int, count: int, zone: tzinfo) -> IntervalCalendar:
    """The calendar of ``count`` intervals from an instant on; the same object for the same run."""
    days: list[date] = []
    bounds = [0]
    minutes: list[NDArray[np.int64]] = []
    end = start_utc + timedelta(seconds=seconds * count)
    day = local_day_of(start_utc, zone)
    while bounds[-1] < count:
        closes = service_day(day, zone)[1]
        until = count if closes >= end else -(-(closes - start_utc) // timedelta(seconds=seconds))
        days.append(day)
        minutes.append(_wall_minutes(start_utc, seconds, bounds[-1], until, zone))
        bounds.append(until)
        day += _ONE_DAY
    of_day = np.concatenate(minutes) if minutes else np.zeros(0, dtype=np.int64)
    day_index = np.repeat(np.arange(len(days), dtype=np.int64), np.diff(bounds))
    weekdays = np.array([each.weekday() for each in days], dtype=np.int64)
    months = np.array([each.month for each in days], dtype=np.int64)
    arrays = {
        "bounds": np.array(bounds, dtype=np.int64),
        "day_index": day_index,
        "hour": of_day // 60,
        "minute": of_day % 60,
        "weekday": weekdays[day_index],
        "month": months[day_index],
    }
    for array in arrays.values():
        array.flags.writeable = False
    return IntervalCalendar(
        start_utc=start_utc,
        seconds=seconds,
        count=count,
        zone=zone,
        days=tuple(days),
        clock_days=tuple(days),
        clock_bounds=arrays["bounds"],
        as_days=tuple(days),
        **arrays,
    )


@lru_cache(maxsize=64)
def _shown_over(calendar: IntervalCalendar, period: Period) -> IntervalCalendar:
    """A run's calendar with its days laid over a period's in order, as evenly as whole days go."""
    own, wanted = len(calendar.days), period.days
    places = [place * wanted // own for place in range(own)]
    days = tuple(period.each_day())
    first_of = np.searchsorted(np.array(places), np.arange(wanted + 1))
    return replace(
        calendar,
        days=days,
        bounds=calendar.bounds[first_of],
        day_index=np.array(places, dtype=np.int64)[calendar.day_index],
        clock_days=calendar.days,
        clock_bounds=calendar.bounds,
        as_days=tuple(days[place] for place in places),
    )


def _wall_minutes(start: datetime, seconds: int, first: int, until: int, zone: tzinfo) -> NDArray[np.int64]:
    """Minutes since midnight on the wall clock at the start of each interval of one local day."""
    if until == first:
        return np.zeros(0, dtype=np.int64)
    opens = (start + timedelta(seconds=seconds * first)).astimezone(zone)
    last = (start + timedelta(seconds=seconds * (until - 1))).astimezone(zone)
    if opens.utcoffset() == last.utcoffset():
        offset = opens.hour * 3600 + opens.minute * 60 + opens.second
        return (offset + seconds * np.arange(until - first, dtype=np.int64)) // 60
    walls = [(start + timedelta(seconds=seconds * index)).astimezone(zone) for index in range(first, until)]
    return np.array([wall.hour * 60 + wall.minute for wall in walls], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class IntervalUse:
    """A run of interval values: whole counts, each worth ``scale`` of ``unit``, in local time ``zone``.

    ``values`` are 64-bit whole numbers and never change; ``quality`` (one code each) is None where all
    are measured. Raises ``TypeError`` or ``ValueError`` for anything else.
    """

    values: NDArray[np.int64]
    unit: str
    seconds: int
    start_utc: datetime
    zone: tzinfo
    scale: Decimal = Decimal(1)
    quality: NDArray[np.uint8] | None = None
    #: The period it is shown over instead of its own, if any.
    over: Period | None = None
    #: The sum of all counts, and the largest of them; worked out when asked for first.
    _sums: list[int] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        if self.values.dtype != np.int64 or self.values.ndim != 1:
            raise TypeError("interval values are one row of 64-bit whole numbers")
        if self.start_utc.utcoffset() != timedelta(0):
            raise ValueError("start_utc must be in UTC")
        if self.seconds <= 0 or not self.scale.is_finite() or self.scale <= 0:
            raise ValueError("seconds and scale must be more than zero")
        if self.quality is not None and len(self.quality) != len(self.values):
            raise ValueError("quality needs one code for each value")
        kept = self.values.view()
        kept.flags.writeable = False
        object.__setattr__(self, "values", kept)

    @property
    def calendar(self) -> IntervalCalendar:
        """The local clock of each interval, shared with every equal run."""
        own = interval_calendar(self.start_utc, self.seconds, len(self.values), self.zone)
        return own if self.over is None else _shown_over(own, self.over)

    @property
    def end_utc(self) -> datetime:
        """The instant the last interval ends."""
        return self.start_utc + timedelta(seconds=self.seconds * len(self.values))

    @property
    def missing_count(self) -> int:
        """How many intervals have no value."""
        return 0 if self.quality is None else int(np.count_nonzero(self.quality == Quality.MISSING))

    def quantity(self, counts: int) -> Decimal:
        """So many counts in ``unit``."""
        return counts * self.scale

    @property
    def counts(self) -> int:
        """Exact sum in whole counts."""
        return self._known()[0]

    @property
    def largest(self) -> int:
        """The largest count, whatever its sign."""
        return self._known()[1]

    def _known(self) -> list[int]:
        if not self._sums:
            values = self.values
            largest = max(int(values.max()), -int(values.min())) if values.size else 0
            self._sums.extend((exact_sum(values), largest))
        return self._sums

    def total(self) -> Decimal:
        """Exact sum, in ``unit``."""
        return self.quantity(self.counts)

    def sum_where(self, mask: NDArray[np.bool_]) -> Decimal:
        """Exact sum of the intervals a mask chooses, in ``unit``."""
        return self.quantity(exact_sum(self.values[mask]))

    def sum_by_class(self, classes: NDArray[np.integer], count: int) -> tuple[Decimal, ...]:
        """Exact sum of each class from 0 to ``count`` - 1, in ``unit``; together they are the total."""
        return tuple(self.quantity(counts) for counts in self.counts_by_class(classes, count))

    def counts_by_class(
        self, classes: NDArray[np.integer], count: int, inside: slice = slice(None)
    ) -> tuple[int, ...]:
        """As ``sum_by_class`` in whole counts; ``inside`` chooses a stretch that ``classes`` is for."""
        values = self.values[inside]
        if len(classes) != len(values):
            raise ValueError(f"{len(classes)} classes for {len(values)} intervals")
        if self.largest * len(values) < _EXACT_IN_CONTAINER and len(values):
            # Every running sum is a whole number that a double holds exactly; bincount refuses a negative class.
            sums = np.bincount(classes, weights=values, minlength=count)
            if len(sums) != count:
                raise ValueError(f"a class is not one of 0 to {count - 1}")
            return tuple(sums.astype(np.int64).tolist())
        if len(classes) and not (classes.min() >= 0 and classes.max() < count):
            raise ValueError(f"a class is not one of 0 to {count - 1}")
        return tuple(exact_sum(values[classes == number]) for number in range(count))

    def by_day(self) -> dict[date, Decimal]:
        """Exact sum of each local day, in ``unit``."""
        calendar = self.calendar
        sums = self.counts_by_class(calendar.day_index, len(calendar.days))
        return {day: self.quantity(counts) for day, counts in zip(calendar.days, sums, strict=True)}

    def shown_over(self, period: Period) -> IntervalUse:
        """The same intervals as if they were another period's: its months and seasons, their own clock.

        Explaining a change asks what the later bill's hours would have cost in the earlier one's days.
        """
        shown = replace(self, over=period)
        shown._sums.extend(self._known())
        return shown

    def within(self, period: Period) -> IntervalUse:
        """The intervals that start on the period's days, which must all be there.

        Raises ``IntervalsMissing`` when they do not cover it.
        """
        if self.over is not None:
            if self.over != period:
                raise ValueError(f"intervals shown over {self.over} are asked for {period}")
            return self
        opens, closes = service_day(period.start, self.zone)[0], service_day(period.closed_end, self.zone)[0]
        step = timedelta(seconds=self.seconds)
        # An interval belongs to the day it starts in: in zones that are off the grid the first of a
        # period may start a little after midnight.
        first = -(-(opens - self.start_utc) // step)
        last = -(-(closes - self.start_utc) // step)
        if first < 0 or last > len(self.values):
            have = f"{self.start_utc:%Y-%m-%d %H:%M} to {self.end_utc:%Y-%m-%d %H:%M} UTC"
            raise IntervalsMissing(
                f"intervals are there from {have}, not for all of {period.start} to {period.last_day}"
            )
        if first == 0 and last == len(self.values):
            return self
        return IntervalUse(
            values=self.values[first:last],
            unit=self.unit,
            seconds=self.seconds,
            start_utc=self.start_utc + step * first,
            zone=self.zone,
            scale=self.scale,
            quality=None if self.quality is None else self.quality[first:last],
        )


def interval_use(
    days: Sequence[DayIntervals], *, unit: str, zone: tzinfo, scale: Decimal = Decimal(1)
) -> IntervalUse:
    """Day rows that follow on one another, as rating takes them.

    Raises ``ValueError`` when there are none, one is lacking in between or the interval length changes.
    """
    if not days:
        raise ValueError("no day of intervals")
    values, quality = merge_days(days)
    return IntervalUse(
        values=values,
        unit=unit,
        seconds=days[0].seconds,
        start_utc=days[0].start_utc.astimezone(UTC),
        zone=zone,
        scale=scale,
        quality=quality if quality.any() else None,
    )


def summed(intervals: Mapping[str, IntervalUse]) -> dict[str, Determinant]:
    """The determinants that intervals alone make: their sums, with the source ``interval``."""
    return {
        name: Determinant(name, use.total(), use.unit, DeterminantSource.INTERVAL)
        for name, use in intervals.items()
    }
