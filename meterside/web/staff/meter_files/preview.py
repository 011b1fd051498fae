"""The first rows of a file as they would be understood: what a clerk looks at before anything is loaded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from meterside.contracts.metering import (
    Feed,
    MeterFileSource,
    ReadUnit,
    Reason,
    UnableToReadFile,
)
from meterside.engine.interval import Quality

SHOWN = 12
_HEAD_BYTES = 64 * 1024
_WHOLE_BYTES = 2 * 1024 * 1024
"""A file whose head alone cannot be read (XML) is read whole up to this size."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row: a read with its first and last instant, a dial's value at one instant, or a refusal."""

    line: int
    meter: str
    start: datetime | None = None
    end: datetime | None = None
    value: int | None = None
    unit: ReadUnit | None = None
    direction: str = ""
    quality: Quality | None = None
    kind: str = ""
    reason: Reason | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, or why nothing can be shown."""

    rows: tuple[PreviewRow, ...] = ()
    held: UnableToReadFile | None = None


def preview_of(
    source: MeterFileSource, original: BinaryIO, *, name: str, now: datetime, zone: ZoneInfo
) -> Preview:
    """The first rows of a file. Reads its beginning only, where its format can be read so."""
    original.seek(0)
    head = original.read(_HEAD_BYTES)
    if len(head) == _HEAD_BYTES and not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        head = head[: head.rfind(b"\n") + 1]
    elif len(head) == _HEAD_BYTES:
        head += original.read(_WHOLE_BYTES - _HEAD_BYTES)
    try:
        feed = source.parse(io.BytesIO(head), name=name, now=now)
    except UnableToReadFile as error:
        return Preview(held=error)
    rows = sorted(_rows(feed, zone), key=lambda row: (row.line, row.start or _NEVER, row.meter))
    return Preview(rows=tuple(rows[:SHOWN]))


_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _rows(feed: Feed, zone: ZoneInfo) -> Iterator[PreviewRow]:
    for channel in feed.channels:
        for read in channel.reads[: 10 * SHOWN]:
            yield PreviewRow(
                line=read.line,
                meter=channel.usage_point_id or channel.external_id,
                start=datetime.fromtimestamp(read.start_s, zone),
                end=datetime.fromtimestamp(read.start_s + read.duration_s, zone),
                value=read.value,
                unit=channel.unit,
                direction=channel.direction.value,
                quality=read.quality,
            )
    for register in feed.registers:
        for dial in register.reads[:SHOWN]:
            yield PreviewRow(
                line=dial.line,
                meter=f"{register.meter_id} {register.register}".strip(),
                start=datetime.fromtimestamp(dial.read_at_s, zone),
                value=dial.value,
                unit=register.unit,
                direction=register.direction.value,
                kind=dial.kind.value,
            )
    for refusal in feed.refusals[:SHOWN]:
        yield PreviewRow(refusal.line, refusal.channel_id, reason=refusal.reason, words=refusal.words)
