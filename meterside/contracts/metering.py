"""What the product asks of a source of meter data that comes as a file.

A source reads a file into a `Feed` (`MeterFileSource.parse`): usage points, their channels, whole numbers in
the channel's own least unit, and every row it refused with the line it stands on. It converts nothing and
guesses nothing: a unit it does not know, a net of delivered and received, a cut file are refused by name.
`to_day_rows` then lays the reads of one channel into local service days of the premise. Both are pure, and
neither depends on the order of rows or entries in the file.

Who stores the rows, matches channels to registered ones and remembers file hashes is not said here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from meterside.engine.interval import DayIntervals, Quality

EXCERPT_MAX_CHARS = 200
"""A refusal quotes at most this much of the file, so that a hostile row cannot fill the record of it."""


class Commodity(StrEnum):
    """What a channel measures. The words are those of the registry's service points."""

    ELECTRIC = "electric"
    GAS = "gas"
    WATER = "water"
    SEWER = "sewer"


class FlowDirection(StrEnum):
    """Delivered to the customer, or received from them. Netting is a tariff's rule, never an import's."""

    DELIVERED = "delivered"
    RECEIVED = "received"


class Reason(StrEnum):
    """Why something was not loaded. The code is stable (a clerk filters by it); words beside it explain."""

    # the file as a whole
    UNREADABLE = "file_unreadable"
    TOO_LARGE = "file_too_large"
    COMPRESSED = "file_compressed"
    CUT_OFF = "file_cut_off"
    NOT_WELL_FORMED = "not_well_formed"
    FORBIDDEN_MARKUP = "forbidden_markup"
    NOT_THIS_FORMAT = "not_this_format"
    NO_READS = "no_reads"
    # a channel
    NO_READING_TYPE = "no_reading_type"
    READING_TYPE_CONFLICT = "reading_type_conflict"
    UNSUPPORTED_UNIT = "unsupported_unit"
    UNSUPPORTED_MULTIPLIER = "unsupported_multiplier"
    UNSUPPORTED_DIRECTION = "unsupported_direction"
    UNSUPPORTED_COMMODITY = "unsupported_commodity"
    COMMODITY_CONFLICT = "commodity_conflict"
    NOT_INTERVAL_USE = "not_interval_use"
    UNSUPPORTED_INTERVAL = "unsupported_interval"
    UNIT_SUSPECT = "unit_suspect"
    UNIT_MISMATCH = "unit_mismatch"
    UNKNOWN_CHANNEL = "unknown_channel"
    # a read
    LONGER_THAN_A_DAY = "longer_than_a_day"
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    MALFORMED_READ = "malformed_read"
    NO_TIME = "no_time"
    ZERO_DURATION = "zero_duration"
    STAMP_TOO_OLD = "stamp_too_old"
    STAMP_IN_FUTURE = "stamp_in_future"
    NEGATIVE_USE = "negative_use"
    BACKFLOW = "backflow"
    FORECAST = "forecast"
    QUESTIONABLE = "questionable"
    UNKNOWN_QUALITY = "unknown_quality"
    CONFLICTING_VALUE = "conflicting_value"
    OVERLAP = "overlap"
    OFF_THE_GRID = "off_the_grid"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The file itself. `sha256` (hex) is empty for a file not read to its end: too large, or unknown."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row, channel or file that was not loaded: kept, to be released once the cause is mended."""

    line: int
    reason: Reason
    words: str
    excerpt: str = ""
    channel_id: str = ""


class UnableToReadFile(Exception):
    """The file is held: nothing of it was loaded. Says at which line, why, and in words for a clerk."""

    def __init__(self, *, line: int, reason: Reason, words: str, file: FileFacts | None = None) -> None:
        super().__init__(f"line {line}: {words}")
        self.line = line
        self.reason = reason
        self.words = words
        self.file = file


class UnableToCombine(Exception):
    """Reads of different channels, or of one channel in different units, cannot become one series."""


_ENGINE_CODES = {
    ("Wh", 3): "kWh",
    ("Wh", 6): "MWh",
    ("varh", 3): "kvarh",
    ("gal", 3): "kgal",
    ("cf", 2): "ccf",
    ("cf", 3): "mcf",
    ("therm", 1): "dth",
}


@dataclass(frozen=True, slots=True)
class ReadUnit:
    """A unit of measure times a power of ten: values are whole numbers of it. 10^3 Wh is not 1 Wh, ever."""

    symbol: str
    power_of_ten: int = 0

    @property
    def code(self) -> str:
        """The engine's code where it has one (`Wh`, `kWh`, `kgal`), else spelt out (`10^-3 therm`)."""
        if self.power_of_ten == 0:
            return self.symbol
        spelt = f"10^{self.power_of_ten} {self.symbol}"
        return _ENGINE_CODES.get((self.symbol, self.power_of_ten), spelt)


class IntervalRead(NamedTuple):
    """One value over [start, start + duration). `updated_ms`: when its source last stated it (0: unsaid)."""

    start_s: int
    duration_s: int
    value: int
    quality: Quality = Quality.MEASURED
    updated_ms: int = 0
    line: int = 0

    @property
    def start_utc(self) -> datetime:
        """The first instant of the interval, zoned UTC."""
        return datetime.fromtimestamp(self.start_s, UTC)


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What the file says about local time. Stamps are UTC all the same; these only serve as a cross-check."""

    standard_offset_s: int
    dst_offset_s: int
    dst_start_rule: str
    dst_end_rule: str


@dataclass(frozen=True, slots=True)
class SummaryFact:
    """A total the source states for a period, [start, end): a fact to check reads against, never a read."""

    kind: str
    start_s: int
    end_s: int
    value: int
    unit: ReadUnit
    line: int


@dataclass(frozen=True, slots=True)
class ChannelReads:
    """Interval reads of one channel as the file has them, refused rows left out.

    `interval_s` is the channel's nominal interval: 86,400 means a local day (23 to 25 hours long), more than
    that a billing period. `reads` are sorted by content, so two orders of one file give equal objects but for
    line numbers.
    """

    external_id: str
    usage_point_id: str
    commodity: Commodity
    unit: ReadUnit
    direction: FlowDirection
    interval_s: int
    reads: tuple[IntervalRead, ...]

    def refuse_unless(self, *, unit_code: str, direction: FlowDirection) -> Refusal | None:
        """A refusal of the whole channel when the registry expects another unit or direction, else None.

        kWh where Wh is registered would bill a thousandth: such a channel is held, never converted.
        """
        if (self.unit.code, self.direction) == (unit_code, direction):
            return None
        words = (
            f"The file says {self.unit.code} {self.direction}, this channel is registered as "
            f"{unit_code} {direction}. Nothing was converted."
        )
        line = self.reads[0].line if self.reads else 0
        return Refusal(line, Reason.UNIT_MISMATCH, words, channel_id=self.external_id)


@dataclass(frozen=True, slots=True)
class UsagePointFeed:
    """A service point as the source knows it; `external_id` is its own name for it."""

    external_id: str
    channels: tuple[ChannelReads, ...]
    zone_facts: ZoneFacts | None = None
    summaries: tuple[SummaryFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """All that a file says. No channel in any usage point means the file is held; `refusals` say why.

    `rows` counts every reading in the file, those of refused channels too.
    """

    file: FileFacts
    rows: int
    usage_points: tuple[UsagePointFeed, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def channels(self) -> tuple[ChannelReads, ...]:
        """Every channel of every usage point."""
        return tuple(channel for point in self.usage_points for channel in point.channels)


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
class Gap:
    """Slots between a channel's first and last read with no value: for metering to estimate, [start, end)."""

    channel_id: str
    start_s: int
    end_s: int


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
    commodity: Commodity
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


class MeterFileSource(Protocol):
    """A kind of meter file. An implementation is a folder in `connectors/metering/` with a manifest."""

    @property
    def format_name(self) -> str:
        """The word for `--format`, e.g. `green_button`."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (64 kB or all of it) looks like one of this kind."""

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """Read a whole file. Raises UnableToReadFile when it cannot be read to its end.

        `now` is what stamps are judged against. A feed without a channel has nothing to load; its refusals
        say why.
        """

    def to_day_rows(self, channels: Sequence[ChannelReads], zone: ZoneInfo) -> DayRows:
        """Lay the reads of one channel, from one or more files, into local service days of `zone`.

        Raises UnableToCombine when they are not of one channel and unit.
        """

    def report(self, feed: Feed, laid_out: Sequence[DayRows], zone: ZoneInfo) -> FileReport:
        """What the file brought, its channels laid out (one DayRows each) for premises in `zone`."""
