"""What a read file comes to here: its channels and registers matched, its reads laid into days, then stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.contracts.metering import (
    ChannelReads,
    DayRows,
    Feed,
    FileReport,
    FileStatus,
    IntervalRead,
    LaidOut,
    MeterEvent,
    MeterFileSource,
    ReadColumns,
    Reason,
    Refusal,
    RegisterReads,
    UsagePointFeed,
)
from meterside.engine.interval import DayIntervals
from meterside.engine.period import local_day_of
from meterside.kit import clock

from ..checks.intake import TakenIn, take_in, take_in_rows
from ..models import DeviceEvent, MeterFile
from ..store.day_arrays import of_block
from ..store.operations import NewRead, record_register_reads
from .archived import archived_months, blocks_not_archived, rows_not_archived
from .boundary_reads import Boundaries, boundaries_of, keep_boundaries, with_use_between
from .matching import (
    ChannelBook,
    KnownChannel,
    devices_by_badge,
    dial_count,
    register_for,
    registers_of,
)
from .matching_many import NOBODY, Matched, match_columns


@dataclass(slots=True)
class Prepared:
    """A file ready to be stored: day rows and blocks by channel key, dial reads, events, and the report.

    `drifts` are seconds that stamps of a channel's day row lay off at most; blocks have theirs with them.
    """

    report: FileReport
    stated_at: datetime | None
    rows: list[tuple[int, DayIntervals]] = field(default_factory=list)
    drifts: dict[tuple[int, date], int] = field(default_factory=dict)
    blocks: list[tuple[LaidOut, NDArray[np.int64]]] = field(default_factory=list)
    boundaries: list[Boundaries] = field(default_factory=list)
    dials: list[NewRead] = field(default_factory=list)
    events: list[DeviceEvent] = field(default_factory=list)
    n_known: int = 0
    n_unknown: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        bulk = any(laid.blocks for laid, _ in self.blocks)
        return not (self.rows or bulk or self.boundaries or self.dials or self.events)

    def local_days(self) -> set[date]:
        """The days that it has anything of."""
        days = {day.day for _, day in self.rows}
        return days | {block.local_day for laid, _ in self.blocks for block in laid.blocks}


_OLDEST_MADE_S = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_CLOCKS_APART = timedelta(hours=1)
_MADE_IS_DOUBTED = (
    "When the file says it was made is not believed: it lies ahead of when the file came, or before 2000. What it "
    "says counts as of when it came."
)


def _made_at(feed: Feed, received_at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """When the file was made, if that can be: else what it says would stand against everything stated later."""
    if not feed.made_at_s:
        return None, ()
    if _OLDEST_MADE_S <= feed.made_at_s <= (received_at + _CLOCKS_APART).timestamp():
        return datetime.fromtimestamp(feed.made_at_s, UTC), ()
    return None, (_MADE_IS_DOUBTED,)


def prepare(source: MeterFileSource, feed: Feed, *, received_at: datetime | None = None) -> Prepared:
    """Match and lay out all that a file says, which came now or at `received_at`. Stores nothing."""
    stated_at, doubts = _made_at(feed, received_at or clock.now())
    made = Prepared(FileReport(feed.file, FileStatus.HELD), stated_at)
    work = _Work(source, feed, made, list(feed.refusals), archived_months())
    work.single_channels()
    work.bulk()
    work.registers()
    work.events()
    kept = replace(feed, usage_points=work.kept_points(), registers=tuple(work.kept_registers))
    kept = replace(kept, refusals=tuple(work.refusals), events=tuple(work.kept_events))
    report = source.report(kept, work.laid_out, work.zone, bulk=work.laid_bulk)
    made.report = replace(report, notes=(*report.notes, *doubts))
    return made


@dataclass(slots=True)
class _Work:
    source: MeterFileSource
    feed: Feed
    made: Prepared
    refusals: list[Refusal]
    archived: frozenset[date]
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    laid_out: list[DayRows] = field(default_factory=list)
    laid_bulk: list[LaidOut] = field(default_factory=list)
    accepted: set[int] = field(default_factory=set)
    kept_registers: list[RegisterReads] = field(default_factory=list)
    kept_events: list[MeterEvent] = field(default_factory=list)

    def single_channels(self) -> None:
        """Channels with their reads one by one."""
        channels = [channel for point in self.feed.usage_points for channel in point.channels]
        book = ChannelBook(
            (channel.external_id for channel in channels), (channel.usage_point_id for channel in channels)
        )
        for channel in channels:
            known = book.find(channel)
            if isinstance(known, Refusal):
                self._refuse(known)
            else:
                self.made.n_known += 1
                self.accepted.add(id(channel))
                self._lay(channel, known)

    def _refuse(self, refusal: Refusal) -> None:
        self.made.n_unknown += refusal.reason in (Reason.UNKNOWN_CHANNEL, Reason.UNKNOWN_REGISTER)
        self.refusals.append(refusal)

    def _lay(self, channel: ChannelReads, known: KnownChannel) -> None:
        self.zone = ZoneInfo(known.zone)
        days = self._laid([channel])
        self.refusals += [_too_long(channel, read) for read in days.period_reads]
        self.made.rows += [(known.id, day) for day in days.rows]

    def _laid(self, channels: Sequence[ChannelReads]) -> DayRows:
        """One channel's days, without those of months that are archived."""
        days = self.source.to_day_rows(channels, self.zone)
        days, refusals = rows_not_archived(days, channels[0], self.archived)
        self.refusals += refusals
        self.laid_out.append(days)
        return days

    def kept_points(self) -> tuple[UsagePointFeed, ...]:
        """The feed's usage points with the channels that were matched."""
        return tuple(
            replace(
                point, channels=tuple(channel for channel in point.channels if id(channel) in self.accepted)
            )
            for point in self.feed.usage_points
        )

    def bulk(self) -> None:
        """Columns: one look at the registry, one layout for each zone, and read by read where that is needed."""
        for columns in self.feed.columns:
            lines = _first_lines(columns)
            matched = match_columns(columns, lines)
            self.refusals += matched.refusals
            self.made.n_unknown += matched.n_unknown
            self.made.n_known += int(np.count_nonzero(matched.keys != NOBODY))
            boundaries = boundaries_of(columns, matched.keys)
            if boundaries is not None:
                self.made.boundaries.append(boundaries)
                columns, refusals = with_use_between(columns, boundaries)
                self.refusals += refusals
            self._lay_columns(columns, matched, lines)

    def _lay_columns(self, columns: ReadColumns, matched: Matched, lines: NDArray[np.int64]) -> None:
        keys, parts = matched.keys, list[LaidOut]()
        place: dict[str, int] = {}
        for name, indexes in matched.zones.items():
            only = np.zeros(len(columns.names), dtype=np.bool_)
            only[indexes] = True
            self.zone = ZoneInfo(name)
            laid = self.source.lay_out(columns, self.zone, only=only)
            laid, refusals = blocks_not_archived(laid, columns.names, lines, self.archived)
            self.refusals += refusals
            parts.append(laid)
            self.made.blocks.append((laid, keys))
            self.made.drifts |= _drifts(columns, keys, laid.troubled, self.zone)
            for channel in columns.single_channels(laid.troubled) if laid.troubled.any() else ():
                place = place or {name: at for at, name in enumerate(columns.names)}
                days = self._laid([channel])
                key = int(keys[place[channel.external_id]])
                self.made.rows += [(key, day) for day in days.rows]
        self.laid_bulk.append(_joined(parts, len(columns.names)))

    def registers(self) -> None:
        """Dial reads."""
        known = registers_of(reads.meter_id for reads in self.feed.registers)
        for reads in self.feed.registers:
            register = register_for(reads, known)
            if isinstance(register, Refusal):
                self._refuse(register)
                continue
            self.made.n_known += 1
            self.kept_registers.append(reads)
            zone = ZoneInfo(register.zone)
            for read in reads.reads:
                count = dial_count(read.value, reads.unit, register)
                at = datetime.fromtimestamp(read.read_at_s, UTC)
                if count is None or count >= 10**register.dials:
                    words = (
                        f"The register counts in {register.units_per_count:,} {register.unit} and has "
                        f"{register.dials} dials: it cannot show {read.value:,} {reads.unit.code}."
                    )
                    raw = f"{at:%Y-%m-%dT%H:%M:%SZ} {read.value}"
                    self.refusals.append(
                        Refusal(read.line, Reason.OUT_OF_RANGE, words, raw, reads.meter_id, "value")
                    )
                    continue
                day = local_day_of(at, zone)
                self.made.dials.append(NewRead(register.id, at, day, count, read.kind.value))

    def events(self) -> None:
        """What meters told."""
        devices = devices_by_badge(event.meter_id for event in self.feed.events)
        now = clock.now()
        for event in self.feed.events:
            device_id = devices.get(event.meter_id)
            if device_id is None:
                words = f"No meter here has the number {event.meter_id}."
                raw = f"{event.kind} {event.code} {event.words}"[:200]
                self._refuse(Refusal(event.line, Reason.UNKNOWN_CHANNEL, words, raw, event.meter_id))
                continue
            self.kept_events.append(event)
            at = datetime.fromtimestamp(event.at_s, UTC)
            self.made.events.append(
                DeviceEvent(
                    device_id=device_id,
                    at=at,
                    kind=event.kind.value,
                    code=event.code,
                    words=event.words,
                    recorded_at=now,
                )
            )


def _first_lines(columns: ReadColumns) -> NDArray[np.int64]:
    """The line each name first stands on; 0 for one without reads."""
    lines = np.zeros(len(columns.names), dtype=np.int64)
    # The last assignment counts: backwards, that is the first line, for lines of a file come in order.
    if columns.boundaries is not None:
        lines[columns.boundaries.channel[::-1]] = columns.boundaries.line[::-1]
    lines[columns.channel[::-1]] = columns.line[::-1]
    return lines


def _drifts(
    columns: ReadColumns, keys: NDArray[np.int64], troubled: NDArray[np.bool_], zone: ZoneInfo
) -> dict[tuple[int, date], int]:
    """How many seconds off their interval the stamps of the `troubled` lay at most, either way, by key and day."""
    if columns.drift_s is None:
        return {}
    rows = np.flatnonzero(troubled[columns.channel] & (columns.drift_s != 0))
    found: dict[tuple[int, date], int] = {}
    for key, start_s, drift_s in zip(
        keys[columns.channel[rows]].tolist(),
        columns.start_s[rows].tolist(),
        columns.drift_s[rows].tolist(),
        strict=True,
    ):
        place = key, local_day_of(datetime.fromtimestamp(start_s, UTC), zone)
        found[place] = max(found.get(place, 0), abs(drift_s))
    return found


def _joined(parts: Sequence[LaidOut], n_names: int) -> LaidOut:
    """What the layouts of several zones come to together."""
    troubled = np.zeros(n_names, dtype=np.bool_)
    for part in parts:
        troubled |= part.troubled
    return LaidOut(
        blocks=tuple(block for part in parts for block in part.blocks),
        troubled=troubled,
        reads=sum(part.reads for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        gaps=tuple(gap for part in parts for gap in part.gaps),
        total=sum(part.total for part in parts),
    )


def _too_long(channel: ChannelReads, read: IntervalRead) -> Refusal:
    words = f"A read over {read.duration_s:,} seconds has no place in a day; kept aside."
    return Refusal(
        read.line, Reason.LONGER_THAN_A_DAY, words, excerpt=str(read.value), channel_id=channel.external_id
    )


def store_prepared(prepared: Prepared, *, file: MeterFile, stated_at: datetime | None = None) -> TakenIn:
    """Store it all, in the caller's transaction."""
    stated_at = stated_at or prepared.stated_at
    blocks = (of_block(block, keys) for laid, keys in prepared.blocks for block in laid.blocks)
    taken = take_in(blocks, file=file, stated_at=stated_at)
    singly = take_in_rows(prepared.rows, file=file, stated_at=stated_at, drifts=prepared.drifts)
    for boundaries in prepared.boundaries:
        keep_boundaries(boundaries, stated_at=stated_at or clock.now())
    if prepared.dials:
        record_register_reads(prepared.dials, file=file)
    for event in prepared.events:
        event.file = file
    DeviceEvent.objects.bulk_create(prepared.events, ignore_conflicts=True)
    return TakenIn(taken.stored + singly.stored, taken.n_exceptions + singly.n_exceptions)
