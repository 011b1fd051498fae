"""The source of CSV files read by a mapping. Without a mapping it recognises nothing and reads nothing."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO

from meterside.connectors.metering.shared.source import UTC_OPTIONS, SourceBase
from meterside.connectors.metering.shared.text import MAX_BYTES, measured, plain_head
from meterside.contracts.metering import Feed, Reason, SourceOptions, UnableToReadFile

from .mapping import NAMES, CsvMapping, mapping_of
from .reading import read_csv


class GenericCsv(SourceBase):
    """Reads a table of reads by the mapping in its options' details."""

    format_name = "generic_csv"
    OPTIONS = NAMES
    mended_by = frozenset({"qualities", "missing"})

    def __init__(self, options: SourceOptions = UTC_OPTIONS, *, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(options)
        self._mapping: CsvMapping | None = mapping_of(options) if options.details else None
        self._max_bytes = max_bytes

    def recognises(self, head: bytes) -> bool:
        """Whether the header has the columns that the mapping names."""
        mapping = self._mapping
        if mapping is None or not mapping.header_lines:
            return False
        lines = plain_head(head).split(b"\n", mapping.header_lines)
        if len(lines) <= mapping.header_lines:
            return False
        header = lines[mapping.header_lines - 1].decode("utf-8", "replace")
        names = {name.strip().strip('"') for name in header.split(mapping.delimiter)}
        return {mapping.channel, mapping.stamp, mapping.value} <= names

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file. Raises UnableToReadFile."""
        file = measured(stream, name=name, max_bytes=self._max_bytes)
        if self._mapping is None:
            words = "A CSV needs a mapping that says what its columns are. Make one for its source first."
            raise UnableToReadFile(line=0, reason=Reason.NOT_THIS_FORMAT, words=words, file=file)
        return read_csv(stream, file=file, mapping=self._mapping, now=now)
