"""The Green Button file source: what `contracts.metering.MeterFileSource` asks, a few lines each."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from meterside.connectors.metering.shared.source import UTC_OPTIONS, SourceBase
from meterside.contracts.metering import Feed, SourceOptions

from .mapping import feed_of
from .parser import MAX_BYTES, read_entries


class GreenButtonFile(SourceBase):
    """Reads NAESB ESPI Atom files of electricity, gas, water and sewer use. They say all there is to say."""

    format_name = "green_button"

    def __init__(self, options: SourceOptions = UTC_OPTIONS, *, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(options)
        self._max_bytes = max_bytes

    def recognises(self, head: bytes) -> bool:
        """Whether the first bytes look like an Atom document, in any encoding that expat reads."""
        text = head.replace(b"\x00", b"").lower()
        return b"http://www.w3.org/2005/atom" in text or b"http://naesb.org/espi" in text

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file. Raises UnableToReadFile when it cannot be read to its end."""
        file, entries = read_entries(stream, name=name, max_bytes=self._max_bytes)
        return feed_of(file, entries, now=now)
