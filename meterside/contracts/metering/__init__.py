"""What the product asks of a source of meter data that comes as a file.

A source reads a file into a `Feed` (`MeterFileSource.parse`): usage points, their channels, whole numbers in
the channel's own least unit, and every row it refused with the line it stands on. It converts nothing and
guesses nothing: a unit it does not know, a net of delivered and received, a cut file are refused by name.
`to_day_rows` then lays the reads of one channel into local service days of the premise. Both are pure, and
neither depends on the order of rows or entries in the file.

Who stores the rows, matches channels to registered ones and remembers file hashes is not said here.
"""

from .dials import (
    DialRead,
    ReadKind,
    RegisterReads,
    RouteDial,
    RouteFileWriter,
    RouteStop,
)
from .feeds import (
    EventKind,
    Feed,
    MeterEvent,
    UsagePointFeed,
)
from .reads import (
    BoundaryReads,
    ChannelReads,
    DayBlock,
    Gap,
    IntervalRead,
    LaidOut,
    ReadColumns,
    ReadUnit,
    SummaryFact,
    ZoneFacts,
    steps_s,
)
from .refusals import (
    DIAL_WENT_BACK,
    EXCERPT_MAX_CHARS,
    Commodity,
    FileFacts,
    FlowDirection,
    Reason,
    Refusal,
    UnableToCombine,
    UnableToReadFile,
)
from .reports import (
    ChannelSummary,
    Correction,
    DayRows,
    FileReport,
    FileStatus,
)
from .sources import (
    MeterFileSource,
    SourceOptions,
    UnusableOptions,
)

__all__ = [
    "DIAL_WENT_BACK",
    "EXCERPT_MAX_CHARS",
    "BoundaryReads",
    "ChannelReads",
    "ChannelSummary",
    "Commodity",
    "Correction",
    "DayBlock",
    "DayRows",
    "DialRead",
    "EventKind",
    "Feed",
    "FileFacts",
    "FileReport",
    "FileStatus",
    "FlowDirection",
    "Gap",
    "IntervalRead",
    "LaidOut",
    "MeterEvent",
    "MeterFileSource",
    "ReadColumns",
    "ReadKind",
    "ReadUnit",
    "Reason",
    "Refusal",
    "RegisterReads",
    "RouteDial",
    "RouteFileWriter",
    "RouteStop",
    "SourceOptions",
    "SummaryFact",
    "UnableToCombine",
    "UnableToReadFile",
    "UnusableOptions",
    "UsagePointFeed",
    "ZoneFacts",
    "steps_s",
]
