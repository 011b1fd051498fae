"""Checks of interval readings as they come from a file, before they become day rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from meterside.engine.interval import Quality


class FindingKind(StrEnum):
    """What was wrong with a reading, or with the place of one."""

    GAP = "gap"  #: no reading where one belongs
    DUPLICATE = "duplicate"  #: a second reading of one interval
    ZERO_LENGTH = "zero_length"  #: a reading that lasts no time
    MULTIPLE_LENGTH = "multiple_length"  #: one reading over several intervals, split
    OVERLAP = "overlap"  #: starts inside an interval already read
    WRONG_LENGTH = "wrong_length"  #: lasts no whole number of intervals
    OFF_GRID = "off_grid"  #: starts between the steps of the series


@dataclass(frozen=True, slots=True)
class IntervalReading:
    """One reading: when it starts (UTC), how long it lasts, a whole count of the least unit."""

    start_utc: datetime
    seconds: int
    value: int
    quality: Quality = Quality.MEASURED

    @property
    def end_utc(self) -> datetime:
        """The instant it ends."""
        return self.start_utc + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, where, and the readings set aside because of it (quarantined)."""

    kind: FindingKind
    start_utc: datetime
    seconds: int
    quarantined: tuple[IntervalReading, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedIntervals:
    """Readings on one even grid, in order; what was missing or set aside is in ``findings``."""

    seconds: int
    readings: tuple[IntervalReading, ...]
    findings: tuple[Finding, ...]

    def of_kind(self, kind: FindingKind) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)


def check_intervals(readings: Iterable[IntervalReading], seconds: int) -> CheckedIntervals:
    """Sort readings onto a grid of ``seconds``; nothing is dropped unseen.

    A reading as long as several intervals is shared over them (whole counts, the first ones take
    the remainder) and marked derived. A second reading of one interval, one of no length, one
    that overlaps or does not fit the grid is quarantined: the first to come stays.
    """
    raise NotImplementedError


def fill_gaps(checked: CheckedIntervals) -> tuple[IntervalReading, ...]:
    """The readings with every gap filled, marked estimated."""
    raise NotImplementedError
