"""What the product asks of a source of meter data that comes as a file.

A source reads a file into a `Feed` (`MeterFileSource.parse`): usage points, their channels, whole numbers in
the channel's own least unit, and every row it refused with the line it stands on. It converts nothing and
guesses nothing: a unit it does not know, a net of delivered and received, a cut file are refused by name.
`to_day_rows` then lays the reads of one channel into local service days of the premise. Both are pure, and
neither depends on the order of rows or entries in the file.

Who stores the rows, matches channels to registered ones and remembers file hashes is not said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, BinaryIO, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

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
    WRONG_ENCODING = "wrong_encoding"
    MISSING_COLUMN = "missing_column"
    ANOTHER_UTILITY = "another_utility"
    NAME_SEEN_WITH_OTHER_CONTENT = "name_seen_with_other_content"
    NOT_UNDERSTOOD = "not_understood"
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
    MULTIPLIER_DIFFERS = "multiplier_differs"
    UNKNOWN_REGISTER = "unknown_register"
    REGISTER_DIFFERS = "register_differs"
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
    COUNT_DIFFERS = "count_differs"
    NO_SUCH_LOCAL_TIME = "no_such_local_time"
    AMBIGUOUS_LOCAL_TIME = "ambiguous_local_time"
    VALUE_TOO_LARGE = "value_too_large"
    SPIKE = "spike"
    DIAL_WENT_BACK = "dial_went_back"
    NO_READ_TAKEN = "no_read_taken"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The file itself. `sha256` (hex) is empty for a file not read to its end: too large, or unknown.

    Where such a file is kept on record it is known by another hash (`cis/metering/originals.py`).
    """

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
    field: str = ""


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
    commodity: Commodity | None
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


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumns:
    """Interval reads of many channels of one kind as columns: what a head-end's daily file becomes.

    `names` are channels as the source calls them, `meters` the meter of each ("" where the channel's name is
    all there is); read k is of channel `names[channel[k]]`, over [start_s, start_s + interval_s). Stamps are
    UTC seconds, values whole counts of `unit`, never negative; quality is one code a read, or None where
    every read is measured. What a source calls missing is no read. Rows that could not be read are refusals
    of the feed and not here. Two reads of one interval may both be here. `multiplier_applied` says whether
    the meter's multiplier is in the values already (None: the source does not say).
    """

    names: tuple[str, ...]
    meters: tuple[str, ...]
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection
    interval_s: int
    channel: NDArray[np.int32]
    start_s: NDArray[np.int64]
    value: NDArray[np.int64]
    line: NDArray[np.int64]
    quality: NDArray[np.uint8] | None = None
    multiplier_applied: bool | None = None

    def __len__(self) -> int:
        return len(self.start_s)

    def of_channel(self, index: int) -> ChannelReads:
        """One channel's reads as single reads, sorted by content."""
        return self._single(index, np.flatnonzero(self.channel == index))

    def single_channels(self, only: NDArray[np.bool_] | None = None) -> tuple[ChannelReads, ...]:
        """Every channel that has reads (or those of a mask over `names`) as single reads, by place."""
        order = np.argsort(self.channel, kind="stable")
        starts = np.searchsorted(self.channel[order], np.arange(len(self.names) + 1))
        return tuple(
            self._single(index, order[starts[index] : starts[index + 1]])
            for index in range(len(self.names))
            if starts[index] < starts[index + 1] and (only is None or only[index])
        )

    def _single(self, index: int, at: NDArray[np.intp]) -> ChannelReads:
        quality = np.zeros(len(at), np.uint8) if self.quality is None else self.quality[at]
        reads = (
            IntervalRead(start, self.interval_s, value, Quality(code), 0, line)
            for start, value, code, line in zip(
                self.start_s[at].tolist(),
                self.value[at].tolist(),
                quality.tolist(),
                self.line[at].tolist(),
                strict=True,
            )
        )
        return ChannelReads(
            external_id=self.names[index],
            usage_point_id=self.meters[index],
            commodity=self.commodity,
            unit=self.unit,
            direction=self.direction,
            interval_s=self.interval_s,
            reads=tuple(sorted(reads)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DayBlock:
    """One local day of many channels on one grid: a row a channel, a column an interval.

    `channel` are places in `ReadColumns.names`; `quality` is None where every value of the block is measured.
    A slot that no read fills holds 0 with quality MISSING. `n_duplicates` says how many reads of each row came
    twice or more, saying the same; None where none did.
    """

    local_day: date
    start_utc: datetime
    interval_s: int
    channel: NDArray[np.int32]
    values: NDArray[np.int64]
    quality: NDArray[np.uint8] | None
    n_duplicates: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LaidOut:
    """Columns laid into days. `troubled` is a mask over the columns' names: channels with anything out of the
    plain, which have to be laid out read by read; nothing of them is in `blocks`, `reads` or `total`.
    """

    blocks: tuple[DayBlock, ...]
    troubled: NDArray[np.bool_]
    reads: int = 0
    duplicates: int = 0
    gaps: tuple[Gap, ...] = ()
    total: int = 0


class ReadKind(StrEnum):
    """How a dial's value came to be, as the registry knows it."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"
    CUSTOMER = "customer"
    INITIAL = "initial"
    FINAL = "final"


class DialRead(NamedTuple):
    """What a dial showed at an instant, a whole number of its register's `ReadUnit`."""

    read_at_s: int
    value: int
    kind: ReadKind = ReadKind.ACTUAL
    line: int = 0


@dataclass(frozen=True, slots=True)
class RegisterReads:
    """Dial reads of one register. `register` is its code at the meter, "" where the meter has just one."""

    meter_id: str
    register: str
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection
    reads: tuple[DialRead, ...]


@dataclass(frozen=True, slots=True)
class RouteDial:
    """One dial to be read on a route: counts as they stand on it.

    The range is what is expected; `low_count` is above `high_count` where the dial turns over. None: not known.
    """

    register: str
    unit: str
    units_per_count: int
    dials: int
    last_count: int | None = None
    low_count: int | None = None
    high_count: int | None = None


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One stop of a reading route, in walking order."""

    sequence: int
    meter_id: str
    commodity: str
    address: str
    note: str
    dials: tuple[RouteDial, ...]


class RouteFileWriter(Protocol):
    """Writes the file that a handheld or drive-by reader takes along; its source reads what comes back."""

    def write(self, *, route: str, day: date, stops: Sequence[RouteStop]) -> bytes:
        """The file of one route on one day. Text that does not fit a column is cut, a number never."""


class EventKind(StrEnum):
    """What a meter says happened. An unknown one keeps its own code beside UNKNOWN."""

    POWER_FAIL = "power_fail"
    POWER_RESTORED = "power_restored"
    LEAK = "leak"
    BACKFLOW = "backflow"
    REVERSE_FLOW = "reverse_flow"
    TAMPER = "tamper"
    LOW_BATTERY = "low_battery"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """Something a meter or its reader tells beside its reads. `code` and `words` are the source's own."""

    meter_id: str
    at_s: int
    kind: EventKind
    code: str = ""
    words: str = ""
    line: int = 0


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

    `rows` counts every reading in the file, those of refused channels too. A bulk file has its interval reads
    in `columns`, others in `usage_points`; dial reads and events stand beside them. `no_reads` counts places
    where the source itself says that it has no read. `made_at_s` is when the source made the file (0: unsaid).
    """

    file: FileFacts
    rows: int
    usage_points: tuple[UsagePointFeed, ...]
    refusals: tuple[Refusal, ...] = ()
    columns: tuple[ReadColumns, ...] = ()
    registers: tuple[RegisterReads, ...] = ()
    events: tuple[MeterEvent, ...] = ()
    no_reads: int = 0
    made_at_s: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to load."""
        return not (self.usage_points or self.columns or self.registers or self.events)

    @property
    def channels(self) -> tuple[ChannelReads, ...]:
        """Every channel with its reads one by one; for bulk files that takes long, `columns` does not."""
        single = [channel for point in self.usage_points for channel in point.channels]
        return (*single, *(channel for columns in self.columns for channel in columns.single_channels()))


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


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What one source of files needs said beside its format, by the utility or a clerk.

    `zone` is what local stamps are in; `details` is the connector's own (a column mapping, a prefix of ids).
    """

    zone: ZoneInfo
    details: Mapping[str, Any] = field(default_factory=dict)


class UnusableOptions(ValueError):
    """The options of a source are not what its connector needs; names the `field` and says why."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(f"{field}: {words}")
        self.field = field
        self.words = words


class MeterFileSource(Protocol):
    """A kind of meter file. An implementation is a folder in `connectors/metering/` with a manifest."""

    @property
    def format_name(self) -> str:
        """The word for `--format`, e.g. `green_button`."""

    def configured(self, options: SourceOptions) -> MeterFileSource:
        """The same kind of source for one sender's files. Raises UnusableOptions."""

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

    def lay_out(
        self, columns: ReadColumns, zone: ZoneInfo, *, only: NDArray[np.bool_] | None = None
    ) -> LaidOut:
        """Lay bulk reads into local days of `zone`: those of the channels in the mask `only`, or of all.

        Nothing is estimated: a slot without a read is missing.
        """

    def report(
        self, feed: Feed, laid_out: Sequence[DayRows], zone: ZoneInfo, *, bulk: Sequence[LaidOut] = ()
    ) -> FileReport:
        """What the file brought, its channels laid out (one DayRows each) for premises in `zone`.

        `bulk` is what became of `feed.columns`, one each, where they were laid out as such.
        """
