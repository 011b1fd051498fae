"""Checks of interval readings as they come from a file, before they become day rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from meterside.engine.interval import Quality

_ONE_SECOND = timedelta(seconds=1)


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
    """Put readings onto a grid of ``seconds``; nothing is dropped unseen.

    A reading as long as several intervals is shared over them (whole counts, the first ones take
    the remainder) and marked derived. A second reading of one interval, one of no length, one
    that overlaps or does not fit the grid is quarantined: of several with one start the longest
    stays, and of equals the first to come. Findings are in order of time.
    """
    if seconds <= 0:
        raise ValueError("an interval lasts more than no seconds")
    grid = _Grid(seconds)
    ordered = sorted(readings, key=lambda reading: (reading.start_utc, -reading.seconds))
    for reading in ordered:
        grid.place(reading)
    return CheckedIntervals(seconds, tuple(grid.kept), tuple(grid.findings))


@dataclass(slots=True)
class _Grid:
    """Readings kept so far, in order, and what was found on the way."""

    seconds: int
    kept: list[IntervalReading] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def place(self, reading: IntervalReading) -> None:
        """Keep, split or set aside the next reading in order of time."""
        fault = self._fault(reading)
        if fault is not None:
            self.findings.append(Finding(fault, reading.start_utc, reading.seconds, (reading,)))
            return
        if self.kept and reading.start_utc > self.kept[-1].end_utc:
            missing = (reading.start_utc - self.kept[-1].end_utc) // _ONE_SECOND
            self.findings.append(Finding(FindingKind.GAP, self.kept[-1].end_utc, missing))
        count = reading.seconds // self.seconds
        if count == 1:
            self.kept.append(reading)
            return
        finding = Finding(FindingKind.MULTIPLE_LENGTH, reading.start_utc, reading.seconds, (reading,))
        self.findings.append(finding)
        self.kept.extend(split_reading(reading, self.seconds))

    def _fault(self, reading: IntervalReading) -> FindingKind | None:
        """Why a reading cannot be kept, if it cannot."""
        if reading.seconds == 0:
            return FindingKind.ZERO_LENGTH
        if reading.seconds < 0 or reading.seconds % self.seconds:
            return FindingKind.WRONG_LENGTH
        if not self.kept:
            return None
        if (reading.start_utc - self.kept[0].start_utc) % timedelta(seconds=self.seconds):
            return FindingKind.OFF_GRID
        last = self.kept[-1]
        if reading.start_utc >= last.end_utc:
            return None
        same = reading.start_utc == last.start_utc and reading.seconds == last.seconds
        # A part of a longer reading is no reading of its own interval that could be said twice.
        whole = last.quality is not Quality.DERIVED
        return FindingKind.DUPLICATE if same and whole else FindingKind.OVERLAP


def split_reading(reading: IntervalReading, seconds: int) -> list[IntervalReading]:
    """A reading over several intervals as one for each, marked derived; their values sum to it exactly."""
    count = reading.seconds // seconds
    share, left = divmod(abs(reading.value), count)
    sign = -1 if reading.value < 0 else 1
    return [
        IntervalReading(
            start_utc=reading.start_utc + timedelta(seconds=seconds * index),
            seconds=seconds,
            value=sign * (share + (1 if index < left else 0)),
            quality=Quality.DERIVED,
        )
        for index in range(count)
    ]


def fill_gaps(checked: CheckedIntervals) -> tuple[IntervalReading, ...]:
    """The readings with every gap filled along a line between its neighbours, marked estimated.

    A value is the whole count nearest the line (half up). Good for a few intervals; longer gaps
    want an estimate from like days, which is the metering room's business.
    """
    filled: list[IntervalReading] = []
    step = timedelta(seconds=checked.seconds)
    for reading in checked.readings:
        if filled and filled[-1].end_utc < reading.start_utc:
            before = filled[-1]
            count = (reading.start_utc - before.end_utc) // step
            for index in range(1, count + 1):
                rise = (reading.value - before.value) * index
                value = before.value + (2 * rise + count + 1) // (2 * (count + 1))
                start = before.end_utc + step * (index - 1)
                filled.append(IntervalReading(start, checked.seconds, value, Quality.ESTIMATED))
        filled.append(reading)
    return tuple(filled)
