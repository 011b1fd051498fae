"""What became of a file: days, gaps, corrections, what was put aside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meterside.engine.interval import DayIntervals

from .reads import Gap, IntervalRead
from .refusals import Commodity, FileFacts, FlowDirection, Refusal, UnableToReadFile


@dataclass(frozen=True, slots=True)
class Correction:
    """Two values for one interval, the later stated one standing; the earlier is kept as a version."""

    channel_id: str
    start_s: int
    duration_s: int
    was: int
    now: int
    was_line: int
    now_line: int


@dataclass(frozen=True, slots=True)
class DayRows:
    """The day rows of one channel and what happened on the way to them.

    Each row is a whole local day from midnight on; what the file does not hold is 0 with quality MISSING.
    A channel of daily reads has one value a day, `seconds` 86,400 even on days of 23 and 25 hours. `reads`
    of the file stand in the rows or in `period_reads`: reads longer than a day (a month's use), which have
    no place in a day and stay as they are. `derived` counts the slots a longer read was split over.
    """

    channel_id: str
    rows: tuple[DayIntervals, ...]
    period_reads: tuple[IntervalRead, ...] = ()
    reads: int = 0
    duplicates: int = 0
    derived: int = 0
    estimated: int = 0
    corrections: tuple[Correction, ...] = ()
    gaps: tuple[Gap, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class FileStatus(StrEnum):
    """A file is a unit: accepted, accepted with rows put aside, or held with nothing loaded."""

    ACCEPTED = "accepted"
    PARTLY_QUARANTINED = "partly_quarantined"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """What one channel brought; `total` is in `unit_code`, over day rows and period reads."""

    channel_id: str
    commodity: Commodity | None
    direction: FlowDirection
    unit_code: str
    interval_s: int
    total: int


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a file brought, for the clerk who sent it.

    While no whole channel is refused, `rows` = `reads` + `duplicates` + corrections + quarantined.
    """

    file: FileFacts
    status: FileStatus
    rows: int = 0
    reads: int = 0
    dial_reads: int = 0
    events: int = 0
    no_reads: int = 0
    days: int = 0
    periods: int = 0
    duplicates: int = 0
    derived: int = 0
    estimated: int = 0
    corrections: tuple[Correction, ...] = ()
    gaps: tuple[Gap, ...] = ()
    quarantined: tuple[Refusal, ...] = ()
    channels: tuple[ChannelSummary, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of_held(cls, error: UnableToReadFile) -> FileReport:
        """The report of a file that could not be read to its end."""
        file = error.file or FileFacts("", "", 0)
        refusal = Refusal(error.line, error.reason, error.words)
        return cls(file=file, status=FileStatus.HELD, quarantined=(refusal,))
