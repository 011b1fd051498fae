"""Interval values of a channel, a local day at a time: packed whole numbers with quality beside them.

A day row holds the values of one service day: 24 hourly ones, 23 or 25 when the clock changes.
Values are whole counts of the channel's own least unit (Wh, gal...), packed little-endian and
signed in the narrowest width that holds them all, so that sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from meterside.engine.period import local_day_of, service_day

#: Packed value widths in bytes, narrowest first, with the largest magnitude each holds.
WIDTHS = (1, 2, 4, 8)
_DTYPES = {1: "<i1", 2: "<i2", 4: "<i4", 8: "<i8"}


class Quality(IntEnum):
    """How a value came to be; stored as one byte, left out where a whole day is measured."""

    MEASURED = 0
    ESTIMATED = 1
    EDITED = 2
    DERIVED = 3
    MISSING = 4


@dataclass(frozen=True, slots=True)
class DayIntervals:
    """The intervals of one local day of a channel.

    ``start_utc`` is the instant the first interval begins, ``seconds`` the length of each.
    ``values`` are packed numbers of ``width`` bytes; ``quality`` is one byte each, or None when
    all are measured. A missing interval holds 0 with quality MISSING.
    """

    day: date
    start_utc: datetime
    seconds: int
    width: int
    values: bytes
    quality: bytes | None = None

    def __post_init__(self) -> None:
        if self.width not in WIDTHS:
            raise ValueError(f"width must be one of {WIDTHS}, not {self.width}")
        if self.seconds <= 0:
            raise ValueError("an interval lasts more than no seconds")
        if self.start_utc.utcoffset() != timedelta(0):
            raise ValueError("start_utc must be in UTC")
        if len(self.values) % self.width:
            raise ValueError("values are not whole numbers of that width")
        if self.quality is not None and len(self.quality) != self.count:
            raise ValueError("quality needs one byte for each value")

    @property
    def count(self) -> int:
        """Number of intervals."""
        return len(self.values) // self.width

    @property
    def end_utc(self) -> datetime:
        """The instant the last interval ends."""
        return self.start_utc + timedelta(seconds=self.seconds * self.count)

    def array(self) -> NDArray[np.int64]:
        """The values as 64-bit numbers."""
        return unpack_values(self.values, self.width)

    def quality_array(self) -> NDArray[np.uint8]:
        """One quality code for each value."""
        if self.quality is None:
            return np.zeros(self.count, dtype=np.uint8)
        return np.frombuffer(self.quality, dtype=np.uint8)

    def total(self) -> int:
        """Exact sum of the values that are there."""
        return exact_sum(self.array())

    def missing_count(self) -> int:
        """How many intervals have no value."""
        return 0 if self.quality is None else self.quality.count(bytes([Quality.MISSING]))


def exact_sum(values: NDArray[np.int64]) -> int:
    """Sum without overflow: NumPy's own where it is safe, else Python's."""
    if not values.size:
        return 0
    largest = max(abs(int(values.max())), abs(int(values.min())))
    if largest * values.size < 2**63:
        return int(values.sum(dtype=np.int64))
    return sum(int(value) for value in values)


def width_for(values: NDArray[np.int64]) -> int:
    """The narrowest width in bytes that holds every value."""
    if not values.size:
        return 1
    low, high = int(values.min()), int(values.max())
    for width in WIDTHS:
        bound = 1 << (8 * width - 1)
        if -bound <= low and high < bound:
            return width
    raise AssertionError("64-bit values always fit in 8 bytes")


def pack_values(values: Sequence[int] | NDArray[np.int64]) -> tuple[int, bytes]:
    """Whole numbers as ``(width, bytes)``. Raises ``TypeError`` for anything but whole numbers."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"interval values are whole numbers, not {array.dtype}")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 2**63:
        raise OverflowError("interval value beyond 63 bits")
    whole = array.astype(np.int64)
    width = width_for(whole)
    return width, whole.astype(_DTYPES[width]).tobytes()


def unpack_values(packed: bytes, width: int) -> NDArray[np.int64]:
    """The numbers that ``pack_values`` packed."""
    return np.frombuffer(packed, dtype=_DTYPES[width]).astype(np.int64)


def pack_quality(quality: Iterable[int]) -> bytes | None:
    """One byte a value, or None when every value is measured. Unknown codes raise ``ValueError``."""
    packed = bytes(Quality(code).value for code in quality)
    return packed if any(packed) else None


def day_intervals(
    day: date,
    start_utc: datetime,
    seconds: int,
    values: Sequence[int] | NDArray[np.int64],
    quality: Iterable[int] | None = None,
) -> DayIntervals:
    """Pack one day's values."""
    width, packed = pack_values(values)
    return DayIntervals(
        day=day,
        start_utc=start_utc,
        seconds=seconds,
        width=width,
        values=packed,
        quality=None if quality is None else pack_quality(quality),
    )


def split_by_day(
    start_utc: datetime,
    seconds: int,
    values: Sequence[int] | NDArray[np.int64],
    quality: Sequence[int] | None,
    zone: tzinfo,
) -> list[DayIntervals]:
    """Cut a gapless run of values into local days; each interval belongs to the day it starts in."""
    array = np.asarray(values)
    days: list[DayIntervals] = []
    index, instant = 0, start_utc.astimezone(UTC)
    step = timedelta(seconds=seconds)
    while index < len(array):
        day = local_day_of(instant, zone)
        _, day_end = service_day(day, zone)
        count = min(-(-(day_end - instant) // step), len(array) - index)
        codes = None if quality is None else quality[index : index + count]
        days.append(day_intervals(day, instant, seconds, array[index : index + count], codes))
        index += count
        instant += step * count
    return days


def merge_days(days: Sequence[DayIntervals]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Values and qualities of days that follow on one another, as two arrays.

    Raises ``ValueError`` when the interval length changes or a day does not start where the one
    before it ended.
    """
    for before, after in pairwise(days):
        if after.seconds != before.seconds:
            raise ValueError(f"interval length changes on {after.day}")
        if after.start_utc != before.end_utc:
            raise ValueError(f"{after.day} does not start where {before.day} ended")
    if not days:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    values = np.concatenate([day.array() for day in days])
    return values, np.concatenate([day.quality_array() for day in days])
