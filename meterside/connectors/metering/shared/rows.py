"""Gathers what formats say row by row: reads by channel, dial reads by register, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from meterside.contracts.metering import (
    ChannelReads,
    Commodity,
    DialRead,
    Feed,
    FileFacts,
    FlowDirection,
    IntervalRead,
    MeterEvent,
    ReadUnit,
    Reason,
    Refusal,
    RegisterReads,
    UnableToReadFile,
    UsagePointFeed,
)

from .stamps import EARLIEST_S, newest_end_s
from .text import excerpt

MAX_REFUSALS = 20_000
MAX_VALUE = 2**53
_TEXT_MAX = 40
_PLAIN_DIGITS = 9


class ChannelKey(NamedTuple):
    """What makes reads one channel."""

    meter_id: str
    channel_id: str
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection
    interval_s: int


class RegisterKey(NamedTuple):
    """What makes dial reads one register."""

    meter_id: str
    register: str
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection


class NotWhole(ValueError):
    """A text is no whole number of the unit; `reason` and `words` say why."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


def whole_value(text: str, *, decimals: int) -> int:
    """A decimal text as a whole number of its last decimal, exactly. Raises NotWhole."""
    text = text.strip()
    whole, point, rest = text.partition(".")
    is_plain = len(rest) <= decimals and len(whole) <= _PLAIN_DIGITS and text.isascii() and whole.isdigit()
    if is_plain and (rest.isdigit() or not point):
        # Nearly all values are written so, and need no decimal arithmetic.
        return int(whole + rest.ljust(decimals, "0"))
    if not text or len(text) > _TEXT_MAX or not text.isascii() or set(text) - set("0123456789.-+eE"):
        raise NotWhole(Reason.NOT_A_WHOLE_NUMBER, "The value is no number." if text else "There is no value.")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise NotWhole(Reason.NOT_A_WHOLE_NUMBER, "The value is no number.") from None
    if abs(value.adjusted()) > _TEXT_MAX or abs(value) * 10**decimals >= MAX_VALUE:
        raise NotWhole(Reason.VALUE_TOO_LARGE, "The value is larger than any meter counts.")
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        words = f"The value has more than {decimals} decimals; it was not rounded."
        raise NotWhole(Reason.NOT_A_WHOLE_NUMBER, words)
    return int(scaled)


@dataclass(slots=True)
class Gathered:
    """The reads of one file on their way to a feed."""

    file: FileFacts
    now: datetime
    channels: dict[ChannelKey, list[IntervalRead]] = field(default_factory=dict)
    registers: dict[RegisterKey, list[DialRead]] = field(default_factory=dict)
    events: list[MeterEvent] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    no_reads: int = 0
    made_at_s: int = 0
    newest_s: int = field(init=False)

    def __post_init__(self) -> None:
        self.newest_s = newest_end_s(self.now)

    def refuse(
        self, line: int, reason: Reason, words: str, raw: str, *, meter_id: str = "", field: str = ""
    ) -> None:
        """Put a row aside. Raises UnableToReadFile when so many are that the file is not understood."""
        if len(self.refusals) >= MAX_REFUSALS:
            words = f"More than {MAX_REFUSALS:,} rows are in trouble; the last one: {words}"
            raise UnableToReadFile(line=line, reason=Reason.NOT_UNDERSTOOD, words=words, file=self.file)
        self.refusals.append(Refusal(line, reason, words, excerpt(raw), excerpt(meter_id, 60), field))

    def read(self, key: ChannelKey, read: IntervalRead, raw: str) -> None:
        """Take an interval read, or put it aside where no meter can have it."""
        self.rows += 1
        trouble = self.stamp_trouble(read.start_s, read.start_s + read.duration_s) or _below_zero(
            read.value, key.commodity
        )
        if trouble is None:
            self.channels.setdefault(key, []).append(read)
        else:
            self.refuse(read.line, *trouble, raw, meter_id=key.meter_id)

    def dial(self, key: RegisterKey, read: DialRead, raw: str) -> None:
        """Take a dial read, or put it aside."""
        self.rows += 1
        trouble = self.stamp_trouble(read.read_at_s, read.read_at_s)
        if trouble is None and read.value < 0:
            trouble = Reason.NEGATIVE_USE, "A dial shows nothing below zero."
        if trouble is None:
            self.registers.setdefault(key, []).append(read)
        else:
            self.refuse(read.line, *trouble, raw, meter_id=key.meter_id)

    def stamp_trouble(self, start_s: int, end_s: int) -> tuple[Reason, str] | None:
        """Why nothing can have been read from one instant to another, or None."""
        if start_s < EARLIEST_S:
            return Reason.STAMP_TOO_OLD, "The read is from before 2000: a clock that was never set."
        if end_s > self.newest_s:
            return Reason.STAMP_IN_FUTURE, "The read ends after this file came."
        return None

    def feed(self) -> Feed:
        """All of it, in an order that does not depend on the file's."""
        points: dict[str, list[ChannelReads]] = {}
        for key, reads in sorted(self.channels.items()):
            made = ChannelReads(
                external_id=key.channel_id,
                usage_point_id=key.meter_id,
                commodity=key.commodity,
                unit=key.unit,
                direction=key.direction,
                interval_s=key.interval_s,
                reads=tuple(sorted(reads)),
            )
            points.setdefault(key.meter_id, []).append(made)
        refusals = self.refusals
        if not (points or self.registers or self.events or refusals):
            refusals = [Refusal(0, Reason.NO_READS, "The file has no reads: there is nothing to import.")]
        return Feed(
            file=self.file,
            rows=self.rows,
            usage_points=tuple(UsagePointFeed(name, tuple(found)) for name, found in sorted(points.items())),
            refusals=tuple(sorted(refusals, key=lambda refusal: (refusal.line, refusal.excerpt))),
            registers=tuple(
                RegisterReads(*key, reads=tuple(sorted(reads)))
                for key, reads in sorted(self.registers.items())
            ),
            events=tuple(sorted(self.events, key=lambda event: (event.meter_id, event.at_s, event.code))),
            no_reads=self.no_reads,
            made_at_s=self.made_at_s,
            notes=tuple(self.notes),
        )


def _below_zero(value: int, commodity: Commodity | None) -> tuple[Reason, str] | None:
    if value >= 0:
        return None
    if commodity is Commodity.WATER:
        return Reason.BACKFLOW, "The value is below zero: water that flows back."
    return Reason.NEGATIVE_USE, "The value is below zero."


def settled(candidates: Sequence[tuple[int, int | None] | None], *, interval_s: int) -> list[int | None]:
    """Instants of stamps that follow one another in a row: an hour that comes twice is told by its neighbours.

    Each candidate is (instant, the other instant or None), or None where there is none. None comes out where
    neither the stamp before nor the one behind settles it.
    """
    if all(candidate is not None and candidate[1] is None for candidate in candidates):
        return [candidate[0] for candidate in candidates if candidate is not None]
    known: list[int | None] = []
    for index, candidate in enumerate(candidates):
        if candidate is None or candidate[1] is None:
            known.append(None if candidate is None else candidate[0])
            continue
        before = known[index - 1] if index else None
        fitting = [
            at for at in candidate if at is not None and before is not None and at - before == interval_s
        ]
        known.append(fitting[0] if fitting else None)
    for index in range(len(candidates) - 2, -1, -1):
        candidate, after = candidates[index], known[index + 1]
        if known[index] is None and candidate is not None and after is not None:
            fitting = [at for at in candidate if at is not None and after - at == interval_s]
            known[index] = fitting[0] if fitting else None
    return known
