"""The protocol that every kind of meter file fulfils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from .feeds import Feed
from .reads import ChannelReads, LaidOut, ReadColumns
from .reports import DayRows, FileReport


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

    @property
    def options(self) -> SourceOptions:
        """What it was configured with: kept with each file, which is read again in the same way."""

    @property
    def mended_by(self) -> frozenset[str]:
        """The details that may be mended after a file was read: none of them moves a read or alters a value."""

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
