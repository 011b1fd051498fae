"""The CMEP source: interval-ending local stamps, register rows beside interval rows, no-reads left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import BinaryIO

from meterside.connectors.metering.shared.rows import (
    ChannelKey,
    Gathered,
    NotWhole,
    RegisterKey,
    settled,
    whole_value,
)
from meterside.connectors.metering.shared.source import UTC_OPTIONS, SourceBase
from meterside.connectors.metering.shared.stamps import NoInstant, instant_of
from meterside.connectors.metering.shared.text import measured, plain_head, slabs
from meterside.contracts.metering import (
    DialRead,
    Feed,
    IntervalRead,
    ReadKind,
    Reason,
    Refusal,
    SourceOptions,
    UnableToReadFile,
    UnusableOptions,
)
from meterside.engine.interval import Quality

from .codes import COMMODITIES, NO_READ, REGISTER, UNITS, UnitCode, quality_of
from .rows import RECORD, BadRow, Row, row_of, stamp_of

MAX_BYTES = 512 * 1024 * 1024


class CmepFile(SourceBase):
    """Reads CMEP files. Options: `receiver` the file must name, `bare_prefix` of meter ids that come without."""

    format_name = "cmep"
    OPTIONS = frozenset({"receiver", "bare_prefix"})
    mended_by = OPTIONS

    def __init__(self, options: SourceOptions = UTC_OPTIONS, *, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(options)
        self._receiver = str(options.details.get("receiver", ""))
        self._prefix = str(options.details.get("bare_prefix", ""))
        self._max_bytes = max_bytes
        self._instants: dict[str, tuple[int, int | None] | None] = {}
        if self._prefix and not (self._prefix.isalpha() and len(self._prefix) <= 8):
            raise UnusableOptions("bare_prefix", "up to eight letters")

    def recognises(self, head: bytes) -> bool:
        """Whether the first line is a CMEP row."""
        return plain_head(head).lstrip().startswith(f"{RECORD},".encode())

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file. Raises UnableToReadFile."""
        file = measured(stream, name=name, max_bytes=self._max_bytes)
        found = Gathered(file, now)
        self._instants.clear()
        is_first = True
        for slab in slabs(stream, file):
            for number, line in slab.lines():
                if not line.strip():
                    continue
                if is_first and not line.startswith(f"{RECORD},"):
                    words = f"The file is no CMEP: its first row does not begin with {RECORD}."
                    raise UnableToReadFile(line=number, reason=Reason.NOT_THIS_FORMAT, words=words, file=file)
                is_first = False
                self._take(number, line, found)
        _check_registers(found)
        return found.feed()

    def _take(self, number: int, line: str, found: Gathered) -> None:
        meter_id = ""
        try:
            row = row_of(line)
            meter_id = self._meter_id(row.meter_id)
            if self._receiver and row.receiver != self._receiver:
                words = f"The file is for {row.receiver[:40]!r}, this source's are for {self._receiver!r}."
                raise UnableToReadFile(
                    line=number, reason=Reason.ANOTHER_UTILITY, words=words, file=found.file
                )
            self._reads_of(number, meter_id, row, found)
        except BadRow as error:
            found.rows += 1
            found.refuse(number, error.reason, error.words, line, meter_id=meter_id, field=error.field)

    def _meter_id(self, said: str) -> str:
        return f"{self._prefix}{said}" if self._prefix and said[:1].isdigit() else said

    def _reads_of(self, number: int, meter_id: str, row: Row, found: Gathered) -> None:
        if row.commodity not in COMMODITIES:
            words = f"The commodity {row.commodity[:10]!r} is not known."
            raise BadRow(Reason.UNSUPPORTED_COMMODITY, words, "commodity")
        is_register = row.units.endswith(REGISTER)
        code = UNITS.get(row.units.removesuffix(REGISTER))
        if code is None:
            raise BadRow(Reason.UNSUPPORTED_UNIT, f"The unit {row.units[:20]!r} is not known.", "units")
        updated_ms = self._updated_ms(row)
        found.made_at_s = max(found.made_at_s, updated_ms // 1000)
        instants = settled(
            [self._candidate(stamp) for stamp, _, _ in row.triplets], interval_s=row.interval_s
        )
        commodity = COMMODITIES[row.commodity]
        register = RegisterKey(meter_id, "", commodity, code.unit, code.direction)
        channel = self._channel_key(meter_id, row, code)
        for triplet, at_s in zip(row.triplets, instants, strict=True):
            raw = ",".join(triplet)
            if triplet[1].startswith(NO_READ):
                # A placeholder: 0 on an interval channel, an old value on a register.
                found.no_reads += 1
                continue
            quality = quality_of(triplet[1])
            trouble = None
            if at_s is None or quality is None:
                trouble = self._trouble(triplet[0], at_s, triplet[1], quality)
            value = 0
            if trouble is None:
                try:
                    value = whole_value(triplet[2], decimals=code.decimals)
                except NotWhole as error:
                    trouble = error.reason, error.words, "value"
            if trouble is not None or at_s is None or quality is None:
                reason, words, field = trouble or (Reason.NO_TIME, "The read has no time.", "stamp")
                found.rows += 1
                found.refuse(number, reason, words, raw, meter_id=meter_id, field=field)
            elif is_register:
                kind = ReadKind.ESTIMATED if quality is Quality.ESTIMATED else ReadKind.ACTUAL
                found.dial(register, DialRead(at_s, value, kind, number), raw)
            else:
                # The stamp ends the interval: 00:00 is yesterday's last one.
                read = IntervalRead(at_s - row.interval_s, row.interval_s, value, quality, updated_ms, number)
                found.read(channel, read, raw)

    def _channel_key(self, meter_id: str, row: Row, code: UnitCode) -> ChannelKey:
        commodity = COMMODITIES[row.commodity]
        name = f"{meter_id}:{row.units}"
        return ChannelKey(meter_id, name, commodity, code.unit, code.direction, row.interval_s)

    def _updated_ms(self, row: Row) -> int:
        if row.made_at is None:
            return 0
        try:
            return instant_of(row.made_at, zone=self._options.zone).at_s * 1000
        except NoInstant:
            return 0

    def _candidate(self, text: str) -> tuple[int, int | None] | None:
        """The instants a stamp may mean, worked out once a file: all meters have the same stamps."""
        if text not in self._instants:
            stamp = stamp_of(text)
            try:
                found = None if stamp is None else instant_of(stamp, zone=self._options.zone)
            except NoInstant:
                found = None
            self._instants[text] = found
        return self._instants[text]

    def _trouble(
        self, text: str, at_s: int | None, code: str, quality: Quality | None
    ) -> tuple[Reason, str, str] | None:
        if at_s is None:
            stamp = stamp_of(text)
            if stamp is None:
                return Reason.NO_TIME, "The stamp is not twelve digits of a date and a time.", "stamp"
            try:
                instant_of(stamp, zone=self._options.zone)
            except NoInstant as error:
                return error.reason, error.words, "stamp"
            words = (
                "The hour comes twice when the clocks go back, and no read beside it tells which one this is."
            )
            return Reason.AMBIGUOUS_LOCAL_TIME, words, "stamp"
        if quality is None:
            words = f"The quality code {code[:10]!r} is not one to load: raw with flags set, or unknown."
            return Reason.UNKNOWN_QUALITY, words, "quality"
        return None


def _check_registers(found: Gathered) -> None:
    """Intervals between two dial reads, all there, must sum to what the dial moved; else they are put aside."""
    channels_of: dict[str, list[ChannelKey]] = {}
    for channel in found.channels:
        channels_of.setdefault(channel.meter_id, []).append(channel)
    for key, dials in found.registers.items():
        marks = sorted({(dial.read_at_s, dial.value, dial.line) for dial in dials})
        for channel in channels_of.get(key.meter_id, []):
            if channel.unit == key.unit and channel.direction is key.direction:
                for before, after in pairwise(marks):
                    _check_span(found, channel, before, after)


def _check_span(
    found: Gathered,
    channel: ChannelKey,
    before: tuple[int, int, int],
    after: tuple[int, int, int],
) -> None:
    (start_s, first, _), (end_s, last, line) = before, after
    reads = found.channels.get(channel, [])
    inside = [read for read in reads if start_s <= read.start_s and read.start_s + read.duration_s <= end_s]
    if start_s == end_s or sum(read.duration_s for read in _once(inside)) != end_s - start_s:
        return
    total = sum(read.value for read in _once(inside))
    if last >= first and total != last - first:
        words = (
            f"The intervals sum to {total}, and the dial moved by {last - first} {channel.unit.code} from "
            f"{first} to {last}: one of them is wrong."
        )
        raw = f"{channel.channel_id} {len(inside)} reads"
        found.refusals.append(Refusal(line, Reason.REGISTER_DIFFERS, words, raw, channel.channel_id, "value"))
        aside = set(inside)
        found.channels[channel] = [read for read in reads if read not in aside]
        if not found.channels[channel]:
            del found.channels[channel]


def _once(reads: Iterable[IntervalRead]) -> list[IntervalRead]:
    """One read for each interval, the one stated last."""
    latest: dict[int, IntervalRead] = {}
    for read in sorted(reads, key=lambda read: (read.start_s, read.updated_ms)):
        latest[read.start_s] = read
    return list(latest.values())
