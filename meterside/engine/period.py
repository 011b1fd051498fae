"""Half-open periods of days, and service days in a local zone (23, 24 or 25 hours long).

A scalar read of date D closes ``[.., D)`` and opens ``[D, ..)``; pages print D-1 as the last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_ONE_DAY = timedelta(days=1)
_ONE_SECOND = timedelta(seconds=1)


class OpenPeriod(ValueError):
    """The period has no end yet, so the question has no answer."""


@dataclass(frozen=True, slots=True, order=False)
class Period:
    """Days from ``start`` up to, not including, ``end``; ``end`` is None while it runs on."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"period must end after it starts: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        """Number of days; ``OpenPeriod`` when there is no end."""
        return (self.closed_end - self.start).days

    @property
    def closed_end(self) -> date:
        """The end, which must be there; ``OpenPeriod`` otherwise."""
        if self.end is None:
            raise OpenPeriod(f"period from {self.start} has no end")
        return self.end

    @property
    def last_day(self) -> date:
        """The last day inside: what a page prints as "to"."""
        return self.closed_end - _ONE_DAY

    def contains(self, day: date) -> bool:
        """Whether that day lies inside."""
        return self.start <= day and (self.end is None or day < self.end)

    def covers(self, other: Period) -> bool:
        """Whether every day of ``other`` lies inside."""
        if self.start > other.start:
            return False
        return self.end is None or (other.end is not None and other.end <= self.end)

    def overlap(self, other: Period) -> Period | None:
        """The days both share, or None."""
        start = max(self.start, other.start)
        if self.end is None:
            end = other.end
        elif other.end is None:
            end = self.end
        else:
            end = min(self.end, other.end)
        if end is not None and end <= start:
            return None
        return Period(start, end)

    def split(self, days: Iterable[date]) -> list[Period]:
        """Cut before each of those days (days outside are ignored); the parts in order."""
        cuts = sorted({day for day in days if day > self.start and (self.end is None or day < self.end)})
        starts = [self.start, *cuts]
        ends: list[date | None] = [*cuts, self.end]
        return [Period(start, end) for start, end in zip(starts, ends, strict=True)]

    def each_day(self) -> Iterator[date]:
        """Every day in order."""
        day, end = self.start, self.closed_end
        while day < end:
            yield day
            day += _ONE_DAY


def period_between_reads(previous_read: date, present_read: date) -> Period:
    """The days billed between two scalar reads: the first read's day belongs to this period."""
    return Period(previous_read, present_read)


def service_day(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """First instant of a local day and of the next one, both UTC.

    Clock changes make the day 23 or 25 hours long. The zone is given, never looked up.
    """
    return _local_midnight_utc(day, zone), _local_midnight_utc(day + _ONE_DAY, zone)


def service_day_seconds(day: date, zone: tzinfo) -> int:
    """Length of a local day: 82,800, 86,400 or 90,000 seconds in zones that change by an hour."""
    start, end = service_day(day, zone)
    return (end - start) // _ONE_SECOND


def service_day_hours(day: date, zone: tzinfo) -> int:
    """Whole hours in a local day: 23, 24 or 25."""
    return service_day_seconds(day, zone) // 3600


def local_day_of(instant_utc: datetime, zone: tzinfo) -> date:
    """The service day an instant falls in; the instant must know its zone."""
    if instant_utc.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant_utc.astimezone(zone).date()


@lru_cache(maxsize=8192)
def _local_midnight_utc(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
