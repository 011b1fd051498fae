"""Day rows as arrays: what a head-end's file of a hundred thousand meters is stored from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from meterside.contracts.metering import DayBlock
from meterside.engine.interval import DayIntervals

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DayArrays:
    """Day rows of equal shape as arrays: a row a channel and local day, a column an interval.

    `first_s` is each day's first instant in seconds since 1970, `days` its local day counted from 1970-01-01.
    `values` are whole numbers, 0 where `quality` (one code each; None where all are measured) is MISSING. A source
    may say of each row how many reads it had twice, and how far off their grid its stamps lay.
    """

    channel_ids: NDArray[np.int64]
    first_s: NDArray[np.int64]
    days: NDArray[np.int64]
    seconds: int
    values: NDArray[np.int64]
    quality: NDArray[np.uint8] | None = None
    n_duplicates: NDArray[np.int64] | None = None
    drift_s: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.channel_ids)

    def day(self, row: int) -> date:
        """A row's local day."""
        return EPOCH + timedelta(days=int(self.days[row]))

    def rows(self, start: int, end: int) -> DayArrays:
        """Some of its rows, without a copy."""
        return DayArrays(
            channel_ids=self.channel_ids[start:end],
            first_s=self.first_s[start:end],
            days=self.days[start:end],
            seconds=self.seconds,
            values=self.values[start:end],
            quality=None if self.quality is None else self.quality[start:end],
            n_duplicates=None if self.n_duplicates is None else self.n_duplicates[start:end],
            drift_s=None if self.drift_s is None else self.drift_s[start:end],
        )


def of_block(block: DayBlock, channel_ids: NDArray[np.int64]) -> DayArrays:
    """A block of a file with the keys of the channels its names stand for, in the order of keys.

    `channel_ids` has the key of each of the file's names; the block's rows are of names that have one.
    """
    keys = channel_ids[block.channel]
    is_ordered = bool((keys[1:] > keys[:-1]).all())  # then nothing is copied
    order = slice(None) if is_ordered else np.argsort(keys, kind="stable")
    count = len(keys)
    return DayArrays(
        channel_ids=keys[order],
        first_s=np.full(count, int(block.start_utc.timestamp()), dtype=np.int64),
        days=np.full(count, (block.local_day - EPOCH).days, dtype=np.int64),
        seconds=block.interval_s,
        values=block.values[order],
        quality=None if block.quality is None else block.quality[order],
        n_duplicates=None if block.n_duplicates is None else block.n_duplicates[order],
        drift_s=None if block.drift_s is None else block.drift_s[order],
    )


def of_rows(
    rows: Sequence[tuple[int, DayIntervals]], drifts: Mapping[tuple[int, date], int] = MappingProxyType({})
) -> Iterator[DayArrays]:
    """Day rows as arrays, those of one shape together; `drifts` say of channels and days how far off stamps lay."""
    shapes: dict[tuple[int, int], list[tuple[int, DayIntervals]]] = {}
    for row in rows:
        shapes.setdefault((row[1].seconds, row[1].count), []).append(row)
    for (seconds, _), some in shapes.items():
        days = [day for _, day in some]
        marked = any(day.quality is not None for day in days)
        yield DayArrays(
            channel_ids=np.array([channel_id for channel_id, _ in some], dtype=np.int64),
            first_s=np.array([int(day.start_utc.timestamp()) for day in days], dtype=np.int64),
            days=np.array([(day.day - EPOCH).days for day in days], dtype=np.int64),
            seconds=seconds,
            values=np.stack([day.array() for day in days]),
            quality=np.stack([day.quality_array() for day in days]) if marked else None,
            drift_s=np.array([drifts.get((key, day.day), 0) for key, day in some]) if drifts else None,
        )
