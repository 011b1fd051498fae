"""The source of pushed messages: typed JSON, numbers taken exactly, problems by their place in the message."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

from pydantic import ValidationError

from meterside.connectors.metering.shared.rows import (
    ChannelKey,
    Gathered,
    NotWhole,
    RegisterKey,
    whole_value,
)
from meterside.connectors.metering.shared.source import SourceBase
from meterside.connectors.metering.shared.text import measured, plain_head
from meterside.connectors.metering.shared.units import whole_unit
from meterside.contracts.metering import (
    Commodity,
    DialRead,
    Feed,
    FlowDirection,
    IntervalRead,
    MeterEvent,
    Reason,
    UnableToReadFile,
)
from meterside.engine.interval import Quality

from .document import IntervalRun, ReadsMessage, RegisterRun

MAX_BYTES = 16 * 1024 * 1024
_TOLD = 5
_QUALITIES = {
    "measured": Quality.MEASURED,
    "estimated": Quality.ESTIMATED,
    "edited": Quality.EDITED,
    "derived": Quality.DERIVED,
}


class JsonPush(SourceBase):
    """Reads pushed messages. A refusal's line is the place of the reading, counted through the message."""

    format_name = "json_push"

    def recognises(self, head: bytes) -> bool:
        """Whether the bytes begin as such a message does."""
        text = plain_head(head).lstrip()
        return text.startswith(b"{") and b'"message_id"' in text

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a message. Raises UnableToReadFile for one that is not as the description says."""
        file = measured(stream, name=name, max_bytes=MAX_BYTES)
        try:
            message = ReadsMessage.model_validate_json(stream.read())
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            is_cut = any(problem["type"] == "json_invalid" for problem in problems)
            reason = Reason.NOT_WELL_FORMED if is_cut else Reason.NOT_UNDERSTOOD
            told = "; ".join(f"{_path(one['loc'])}: {one['msg']}" for one in problems[:_TOLD])
            more = f"; and {len(problems) - _TOLD:,} more" if len(problems) > _TOLD else ""
            raise UnableToReadFile(line=0, reason=reason, words=f"{told}{more}", file=file) from None
        found = Gathered(file, now)
        found.made_at_s = int(message.made_at.timestamp()) if message.made_at else 0
        number = 0
        for index, run in enumerate(message.intervals):
            number = _intervals(f"intervals.{index}", run, number, found)
        for index, register in enumerate(message.registers):
            number = _register(f"registers.{index}", register, number, found)
        for event in message.events:
            number += 1
            at_s = int(event.at.timestamp())
            trouble = found.stamp_trouble(at_s, at_s)
            if trouble is not None:
                found.refuse(number, *trouble, f"{event.meter} {event.kind}", meter_id=event.meter)
                continue
            found.events.append(MeterEvent(event.meter, at_s, event.kind, event.code, event.words, number))
        return found.feed()


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "message"


def _intervals(path: str, run: IntervalRun, number: int, found: Gathered) -> int:
    unit, decimals = whole_unit(run.unit)
    channel = run.channel or run.meter
    key = ChannelKey(
        run.meter, channel, _service(run.commodity), unit, FlowDirection(run.direction), run.interval_s
    )
    if run.qualities is not None and len(run.qualities) != len(run.values):
        words = f"There are {len(run.values):,} values and {len(run.qualities):,} qualities."
        found.rows += len(run.values)
        found.refuse(number + 1, Reason.COUNT_DIFFERS, words, path, meter_id=run.meter, field="qualities")
        return number + len(run.values)
    start_s = int(run.start.timestamp())
    for index, value in enumerate(run.values):
        number += 1
        if value is None:
            found.no_reads += 1
            continue
        raw = f"{path}.values.{index}: {value}"
        whole = _whole(value, decimals, number, raw, run.meter, found)
        if whole is not None:
            quality = _QUALITIES[run.qualities[index]] if run.qualities else Quality.MEASURED
            at_s = start_s + index * run.interval_s
            made_ms = found.made_at_s * 1000
            found.read(key, IntervalRead(at_s, run.interval_s, whole, quality, made_ms, number), raw)
    return number


def _register(path: str, run: RegisterRun, number: int, found: Gathered) -> int:
    unit, decimals = whole_unit(run.unit)
    key = RegisterKey(
        run.meter, run.register_code, _service(run.commodity), unit, FlowDirection(run.direction)
    )
    for index, read in enumerate(run.reads):
        number += 1
        raw = f"{path}.reads.{index}: {read.value}"
        whole = _whole(read.value, decimals, number, raw, run.meter, found)
        if whole is not None:
            found.dial(key, DialRead(int(read.at.timestamp()), whole, read.kind, number), raw)
    return number


def _whole(value: Decimal, decimals: int, number: int, raw: str, meter: str, found: Gathered) -> int | None:
    try:
        return whole_value(str(value), decimals=decimals)
    except NotWhole as error:
        found.rows += 1
        found.refuse(number, error.reason, error.words, raw, meter_id=meter, field="value")
        return None


def _service(name: str | None) -> Commodity | None:
    return Commodity(name) if name else None
