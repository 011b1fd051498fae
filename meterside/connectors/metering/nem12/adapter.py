"""The NEM12 and NEM13 source: a state machine over record numbers, days of values in market time."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import BinaryIO

from meterside.connectors.metering.shared.rows import (
    ChannelKey,
    Gathered,
    NotWhole,
    RegisterKey,
    whole_value,
)
from meterside.connectors.metering.shared.source import SourceBase
from meterside.connectors.metering.shared.text import measured, plain_head, slabs
from meterside.contracts.metering import (
    Commodity,
    DialRead,
    Feed,
    FileFacts,
    IntervalRead,
    ReadKind,
    Reason,
    UnableToReadFile,
)
from meterside.engine.interval import Quality

from .codes import DIRECTIONS, MARKET_TIME, NO_READ, OTHER_SUFFIXES, QUALITIES, UNITS, VARIABLE, UnitCode

MAX_BYTES = 512 * 1024 * 1024
_MINUTES_A_DAY = 24 * 60
_LENGTHS_MIN = (5, 10, 15, 30, 60)


class _Refused(Exception):
    def __init__(self, reason: Reason, words: str, field: str = "") -> None:
        super().__init__(words)
        self.reason, self.words, self.field = reason, words, field


@dataclass(slots=True)
class _Day:
    """A 300 record and the 400 records that say how good parts of it are."""

    line: int
    day: date
    values: list[str]
    quality: str
    updated_ms: int
    raw: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """What a 200 record says of the days behind it; with `trouble` they are put aside."""

    key: ChannelKey | None = None
    code: UnitCode | None = None
    length_min: int = 0
    nmi: str = ""
    trouble: _Refused | None = None
    day: _Day | None = None


class Nem12File(SourceBase):
    """Reads NEM12 and NEM13 files."""

    format_name = "nem12"

    def recognises(self, head: bytes) -> bool:
        """Whether the file begins with a NEM12 or NEM13 header."""
        return plain_head(head).startswith((b"100,NEM12,", b"100,NEM13,"))

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file, which a 900 record ends. Raises UnableToReadFile."""
        file = measured(stream, name=name, max_bytes=MAX_BYTES)
        found, block, is_ended, is_begun = Gathered(file, now), _Block(), False, False
        for slab in slabs(stream, file, is_whole=_is_end):
            for number, line in slab.lines():
                if not line.strip():
                    continue
                if is_ended:
                    raise _held(number, Reason.NOT_WELL_FORMED, "There are rows behind the end record.", file)
                fields = _split(line)
                if not is_begun:
                    _begin(number, fields, found)
                    is_begun = True
                elif fields[0] == "900":
                    _close(block, found)
                    is_ended = True
                else:
                    block = _record(number, fields, line, block, found)
        if not is_ended:
            raise _held(0, Reason.CUT_OFF, "The file has no end record (900): it was cut off.", file)
        return found.feed()


def _is_end(line: str) -> bool:
    """The end record says that the file is whole, with or without a line end behind it."""
    return line.strip() == "900"


def _held(line: int, reason: Reason, words: str, file: FileFacts) -> UnableToReadFile:
    return UnableToReadFile(line=line, reason=reason, words=words, file=file)


def _split(line: str) -> list[str]:
    try:
        rows = list(csv.reader([line]))
    except csv.Error:
        return [""]
    return [part.strip() for part in rows[0]] if rows and rows[0] else [""]


def _begin(number: int, fields: list[str], found: Gathered) -> None:
    if fields[0] != "100" or len(fields) < 3 or fields[1] not in ("NEM12", "NEM13"):
        words = "The file does not begin with a NEM12 or NEM13 header."
        raise _held(number, Reason.NOT_THIS_FORMAT, words, found.file)
    made_at = _moment(fields[2])
    found.made_at_s = int(made_at.timestamp()) if made_at else 0


def _record(number: int, fields: list[str], line: str, block: _Block, found: Gathered) -> _Block:
    kind = fields[0]
    try:
        if kind == "200":
            _close(block, found)
            return _block_of(fields)
        if kind == "300":
            _close(block, found)
            block.day = _day_of(number, fields, line, block)
        elif kind == "400":
            _quality_of(fields, block)
        elif kind == "250":
            _close(block, found)
            _accumulation(number, fields, line, found)
            return _Block()
        elif kind not in ("500", "550"):
            raise _Refused(Reason.NOT_UNDERSTOOD, f"There is no record {kind[:10]!r} in this format.")
    except _Refused as error:
        found.rows += 1
        found.refuse(number, error.reason, error.words, line, meter_id=block.nmi, field=error.field)
    return block


def _block_of(fields: list[str]) -> _Block:
    fields = fields + [""] * (10 - len(fields))
    block = _Block(nmi=fields[1])
    suffix, letter = fields[4], fields[4][:1].upper()
    code = UNITS.get(fields[7].upper())
    length = int(fields[8]) if fields[8].isascii() and fields[8].isdigit() and len(fields[8]) < 4 else 0
    if not fields[1]:
        block.trouble = _Refused(Reason.UNKNOWN_CHANNEL, "The record names no meter (NMI).", "NMI")
    elif letter not in DIRECTIONS:
        what = OTHER_SUFFIXES.get(letter, "unknown")
        block.trouble = _Refused(
            Reason.UNSUPPORTED_DIRECTION,
            f"The suffix {suffix[:5]!r} is {what}, not use to bill.",
            "NMISuffix",
        )
    elif code is None:
        words = f"The unit {fields[7][:10]!r} is not known."
        block.trouble = _Refused(Reason.UNSUPPORTED_UNIT, words, "UOM")
    elif length not in _LENGTHS_MIN:
        words = f"The interval length {fields[8][:5]!r} is not 5, 10, 15, 30 or 60 minutes."
        block.trouble = _Refused(Reason.UNSUPPORTED_INTERVAL, words, "IntervalLength")
    else:
        block.code, block.length_min = code, length
        block.key = ChannelKey(
            fields[1], f"{fields[1]}:{suffix}", Commodity.ELECTRIC, code.unit, DIRECTIONS[letter], length * 60
        )
    return block


def _day_of(number: int, fields: list[str], line: str, block: _Block) -> _Day | None:
    if block.trouble is not None:
        raise block.trouble
    if block.key is None:
        raise _Refused(Reason.NOT_UNDERSTOOD, "A day's record comes before the record that says whose.")
    count = _MINUTES_A_DAY // block.length_min
    if len(fields) < 2 + count + 1:
        words = f"The day has {max(0, len(fields) - 3)} values at most; it needs {count}."
        raise _Refused(Reason.COUNT_DIFFERS, words)
    day = _moment(fields[1])
    if day is None:
        raise _Refused(Reason.NO_TIME, "The record has no date.", "IntervalDate")
    rest = fields[2 + count :] + [""] * 4
    if not (rest[0][:1] in QUALITIES or rest[0][:1] in (VARIABLE, NO_READ)):
        if not rest[0][:1].isalpha():
            words = f"There is no quality behind {count} values: the day has another number of them."
            raise _Refused(Reason.COUNT_DIFFERS, words)
        words = f"The quality {rest[0][:5]!r} is not known."
        raise _Refused(Reason.UNKNOWN_QUALITY, words, "QualityMethod")
    updated = _moment(rest[3])
    updated_ms = int(updated.timestamp() * 1000) if updated else 0
    return _Day(number, day.date(), fields[2 : 2 + count], rest[0], updated_ms, line)


def _quality_of(fields: list[str], block: _Block) -> None:
    if block.day is None:
        raise _Refused(Reason.NOT_UNDERSTOOD, "A quality record comes without a day before it.")
    count = len(block.day.values)
    texts = (fields + [""] * 4)[1:3]
    first, last = (int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0 for text in texts)
    quality = (fields + [""] * 4)[3]
    if not (1 <= first <= last <= count) or not (quality[:1] in QUALITIES or quality[:1] == NO_READ):
        raise _Refused(
            Reason.UNKNOWN_QUALITY, "The quality record names no intervals of its day, or no quality."
        )
    block.day.spans.append((first, last, quality[:1]))


def _close(block: _Block, found: Gathered) -> None:
    """A day is whole when the record behind its qualities comes: take its reads."""
    day, key, code = block.day, block.key, block.code
    block.day = None
    if day is None or key is None or code is None:
        return
    letters = ["" if day.quality[:1] == VARIABLE else day.quality[:1]] * len(day.values)
    for first, last, letter in day.spans:
        letters[first - 1 : last] = [letter] * (last - first + 1)
    midnight = datetime(day.day.year, day.day.month, day.day.day, tzinfo=MARKET_TIME)
    start_s = int(midnight.timestamp())
    for index, (text, letter) in enumerate(zip(day.values, letters, strict=True)):
        at_s = start_s + index * key.interval_s
        raw = f"{day.day.isoformat()} interval {index + 1}: {text} {letter}"
        if letter == NO_READ:
            found.no_reads += 1
            continue
        try:
            if letter not in QUALITIES:
                words = "No quality record says how good the interval is."
                raise NotWhole(Reason.UNKNOWN_QUALITY, words)
            value = whole_value(text, decimals=code.decimals)
        except NotWhole as error:
            found.rows += 1
            found.refuse(day.line, error.reason, error.words, raw, meter_id=key.meter_id)
            continue
        read = IntervalRead(at_s, key.interval_s, value, QUALITIES[letter], day.updated_ms, day.line)
        found.read(key, read, raw)


def _accumulation(number: int, fields: list[str], line: str, found: Gathered) -> None:
    """A 250 record: two dial reads and the use between them, which must be their difference."""
    fields = fields + [""] * (23 - len(fields))
    nmi, suffix, code = fields[1], fields[4], UNITS.get(fields[19].upper())
    direction = DIRECTIONS.get(suffix[:1].upper() if not suffix[:1].isdigit() else fields[7].upper())
    if not nmi:
        raise _Refused(Reason.UNKNOWN_CHANNEL, "The record names no meter (NMI).", "NMI")
    if code is None:
        raise _Refused(Reason.UNSUPPORTED_UNIT, f"The unit {fields[19][:10]!r} is not known.", "UOM")
    if direction is None:
        words = f"Neither the suffix {suffix[:5]!r} nor the direction {fields[7][:5]!r} is known."
        raise _Refused(Reason.UNSUPPORTED_DIRECTION, words, "NMISuffix")
    reads = []
    for place in (8, 13):
        moment, quality = _moment(fields[place + 1]), QUALITIES.get(fields[place + 2][:1])
        if moment is None or quality is None:
            raise _Refused(Reason.NO_TIME, "A dial read has no time, or no known quality.")
        try:
            value = whole_value(fields[place], decimals=code.decimals)
        except NotWhole as error:
            raise _Refused(error.reason, error.words) from None
        kind = ReadKind.ACTUAL if quality is Quality.MEASURED else ReadKind.ESTIMATED
        reads.append(DialRead(int(moment.timestamp()), value, kind, number))
    try:
        said = whole_value(fields[18], decimals=code.decimals)
    except NotWhole as error:
        raise _Refused(error.reason, error.words, "Quantity") from None
    if reads[1].value - reads[0].value != said:
        words = (
            "The quantity is not the difference of the two dial reads: a multiplier, or a dial gone round."
        )
        raise _Refused(Reason.REGISTER_DIFFERS, words, "Quantity")
    key = RegisterKey(nmi, fields[3], Commodity.ELECTRIC, code.unit, direction)
    for read in reads:
        found.dial(key, read, line)


def _moment(text: str) -> datetime | None:
    """A date of 8 digits, or a date and time of 12 or 14, in market time."""
    formats = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
    if len(text) not in formats or not (text.isascii() and text.isdigit()):
        return None
    try:
        made = datetime.strptime(text, formats[len(text)]).replace(tzinfo=MARKET_TIME)
        return made if made > datetime(1, 1, 2, tzinfo=MARKET_TIME) + timedelta(days=1) else None
    except (ValueError, OverflowError):
        return None
