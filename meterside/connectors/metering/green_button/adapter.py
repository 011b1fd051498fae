"""The Green Button file source: what `contracts.metering.MeterFileSource` asks, a few lines each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from meterside.connectors.metering import report_of, to_day_rows
from meterside.contracts.metering import ChannelReads, DayRows, Feed, FileReport, SourceOptions

from .mapping import feed_of
from .parser import MAX_BYTES, read_entries


class GreenButtonFile:
    """Reads NAESB ESPI Atom files of electricity, gas, water and sewer use."""

    format_name = "green_button"

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes

    def configured(self, options: SourceOptions) -> GreenButtonFile:
        """Green Button files say everything themselves."""
        return self

    def recognises(self, head: bytes) -> bool:
        """Whether the first bytes look like an Atom document, in any encoding that expat reads."""
        text = head.replace(b"\x00", b"").lower()
        return b"http://www.w3.org/2005/atom" in text or b"http://naesb.org/espi" in text

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file. Raises UnableToReadFile when it cannot be read to its end."""
        file, entries = read_entries(stream, name=name, max_bytes=self._max_bytes)
        return feed_of(file, entries, now=now)

    def to_day_rows(self, channels: Sequence[ChannelReads], zone: ZoneInfo) -> DayRows:
        """The shared layout; Green Button needs nothing of its own: stamps are UTC and start the interval."""
        return to_day_rows(channels, zone)

    def report(self, feed: Feed, laid_out: Sequence[DayRows], zone: ZoneInfo) -> FileReport:
        """The shared report."""
        return report_of(feed, laid_out, zone)
