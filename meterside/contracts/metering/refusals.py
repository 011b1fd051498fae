"""What a file is, and why it or something of it was not loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EXCERPT_MAX_CHARS = 200
"""A refusal quotes at most this much of the file, so that a hostile row cannot fill the record of it."""


DIAL_WENT_BACK = (
    "The dial shows less than an interval before: it rolled over, was changed, or was read wrongly."
)


class Commodity(StrEnum):
    """What a channel measures. The words are those of the registry's service points."""

    ELECTRIC = "electric"
    GAS = "gas"
    WATER = "water"
    SEWER = "sewer"


class FlowDirection(StrEnum):
    """Delivered to the customer, or received from them. Netting is a tariff's rule, never an import's."""

    DELIVERED = "delivered"
    RECEIVED = "received"


class Reason(StrEnum):
    """Why something was not loaded. The code is stable (a clerk filters by it); words beside it explain."""

    # the file as a whole
    UNREADABLE = "file_unreadable"
    TOO_LARGE = "file_too_large"
    COMPRESSED = "file_compressed"
    CUT_OFF = "file_cut_off"
    NOT_WELL_FORMED = "not_well_formed"
    FORBIDDEN_MARKUP = "forbidden_markup"
    NOT_THIS_FORMAT = "not_this_format"
    NO_READS = "no_reads"
    WRONG_ENCODING = "wrong_encoding"
    MISSING_COLUMN = "missing_column"
    ANOTHER_UTILITY = "another_utility"
    NAME_SEEN_WITH_OTHER_CONTENT = "name_seen_with_other_content"
    NOT_UNDERSTOOD = "not_understood"
    # a channel
    NO_READING_TYPE = "no_reading_type"
    READING_TYPE_CONFLICT = "reading_type_conflict"
    UNSUPPORTED_UNIT = "unsupported_unit"
    UNSUPPORTED_MULTIPLIER = "unsupported_multiplier"
    UNSUPPORTED_DIRECTION = "unsupported_direction"
    UNSUPPORTED_COMMODITY = "unsupported_commodity"
    COMMODITY_CONFLICT = "commodity_conflict"
    NOT_INTERVAL_USE = "not_interval_use"
    UNSUPPORTED_INTERVAL = "unsupported_interval"
    UNIT_SUSPECT = "unit_suspect"
    UNIT_MISMATCH = "unit_mismatch"
    UNKNOWN_CHANNEL = "unknown_channel"
    MULTIPLIER_DIFFERS = "multiplier_differs"
    UNKNOWN_REGISTER = "unknown_register"
    REGISTER_DIFFERS = "register_differs"
    # a read
    LONGER_THAN_A_DAY = "longer_than_a_day"
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    MALFORMED_READ = "malformed_read"
    NO_TIME = "no_time"
    ZERO_DURATION = "zero_duration"
    STAMP_TOO_OLD = "stamp_too_old"
    STAMP_IN_FUTURE = "stamp_in_future"
    NEGATIVE_USE = "negative_use"
    BACKFLOW = "backflow"
    FORECAST = "forecast"
    QUESTIONABLE = "questionable"
    UNKNOWN_QUALITY = "unknown_quality"
    CONFLICTING_VALUE = "conflicting_value"
    OVERLAP = "overlap"
    OFF_THE_GRID = "off_the_grid"
    COUNT_DIFFERS = "count_differs"
    NO_SUCH_LOCAL_TIME = "no_such_local_time"
    AMBIGUOUS_LOCAL_TIME = "ambiguous_local_time"
    VALUE_TOO_LARGE = "value_too_large"
    SPIKE = "spike"
    DIAL_WENT_BACK = "dial_went_back"
    NO_READ_TAKEN = "no_read_taken"
    OUT_OF_RANGE = "out_of_range"
    MONTH_ARCHIVED = "month_archived"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The file itself. `sha256` (hex) is empty for a file not read to its end: too large, or unknown.

    Where such a file is kept on record it is known by another hash (`cis/metering/files/originals.py`).
    """

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row, channel or file that was not loaded: kept, to be released once the cause is mended."""

    line: int
    reason: Reason
    words: str
    excerpt: str = ""
    channel_id: str = ""
    field: str = ""


class UnableToReadFile(Exception):
    """The file is held: nothing of it was loaded. Says at which line, why, and in words for a clerk."""

    def __init__(self, *, line: int, reason: Reason, words: str, file: FileFacts | None = None) -> None:
        super().__init__(f"line {line}: {words}")
        self.line = line
        self.reason = reason
        self.words = words
        self.file = file


class UnableToCombine(Exception):
    """Reads of different channels, or of one channel in different units, cannot become one series."""
