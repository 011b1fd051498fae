"""What every vendor's adapter has alike: options, the shared layout, the shared report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.connectors.metering import report_of, to_day_rows
from meterside.contracts.metering import (
    ChannelReads,
    DayRows,
    Feed,
    FileReport,
    LaidOut,
    ReadColumns,
    SourceOptions,
    UnusableOptions,
)

from .columns import lay_out

UTC_OPTIONS = SourceOptions(ZoneInfo("UTC"))


class SourceBase:
    """A kind of meter file; a vendor adds `format_name`, `recognises` and `parse`."""

    OPTIONS: frozenset[str] = frozenset()
    """The names of the details that `configured` takes."""
    mended_by: frozenset[str] = frozenset()
    """Those of them that move no read and alter no value: a file that is partly loaded may be read by new ones."""

    def __init__(self, options: SourceOptions = UTC_OPTIONS) -> None:
        unknown = sorted(set(options.details) - self.OPTIONS)
        if unknown:
            known = ", ".join(sorted(self.OPTIONS)) or "none"
            raise UnusableOptions(unknown[0], f"no such option; there are: {known}")
        self._options = options

    def configured(self, options: SourceOptions) -> Self:
        """The same kind for one sender's files. Raises UnusableOptions."""
        return type(self)(options)

    @property
    def options(self) -> SourceOptions:
        """What it was configured with."""
        return self._options

    def to_day_rows(self, channels: Sequence[ChannelReads], zone: ZoneInfo) -> DayRows:
        """The shared layout."""
        return to_day_rows(channels, zone)

    def lay_out(
        self, columns: ReadColumns, zone: ZoneInfo, *, only: NDArray[np.bool_] | None = None
    ) -> LaidOut:
        """The shared layout of bulk reads."""
        return lay_out(columns, zone, only=only)

    def report(
        self, feed: Feed, laid_out: Sequence[DayRows], zone: ZoneInfo, *, bulk: Sequence[LaidOut] = ()
    ) -> FileReport:
        """The shared report."""
        return report_of(feed, laid_out, zone, bulk=bulk)
