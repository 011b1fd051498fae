"""Columns of reads laid into local days at once: what `to_day_rows` does read by read, for millions of them.

Reads are scattered into one matrix a day, a row a channel. A channel with anything out of the plain (a read off
its day's grid, two values for one interval) is left to the layout that goes read by read and can say why.
Nothing is estimated here: a slot without a read is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.contracts.metering import DayBlock, Gap, LaidOut, ReadColumns
from meterside.engine.interval import Quality
from meterside.engine.period import local_day_of, service_day

LOCAL_DAY_S = 86_400
#: Reads placed at a time: what a step holds beside the columns stays small, and in the processor's own memory.
_AT_ONCE: Final = 1 << 18


def lay_out(columns: ReadColumns, zone: ZoneInfo, *, only: NDArray[np.bool_] | None = None) -> LaidOut:
    """The reads of the channels in the mask `only` (all of them without one) in local days of `zone`."""
    troubled = np.zeros(len(columns.names), dtype=np.bool_)
    only_at = _all_or(columns, only)
    channel, start_s = columns.channel[only_at], columns.start_s[only_at]
    value = columns.value[only_at]
    quality = None if columns.quality is None or not columns.quality.any() else columns.quality[only_at]
    if not len(start_s):
        return LaidOut((), troubled, 0, 0, (), 0)
    if columns.interval_s > LOCAL_DAY_S:
        troubled[channel] = True
        return LaidOut((), troubled, 0, 0, (), 0)
    days, bounds = _days(int(start_s.min()), int(start_s.max()), zone)
    placed = _placed(channel, start_s, bounds, columns.interval_s, troubled)
    found: list[tuple[DayBlock, NDArray[np.int32]]] = []
    for day_index in np.flatnonzero(placed.reads_of).tolist():
        seconds = int(bounds[day_index + 1] - bounds[day_index])
        count = 1 if columns.interval_s == LOCAL_DAY_S else max(1, seconds // columns.interval_s)
        at = placed.of_day(day_index, count)
        rows = (channel[at], placed.slot[at], value[at], None if quality is None else quality[at])
        first = datetime.fromtimestamp(int(bounds[day_index]), UTC)
        block, filled = _block(days[day_index], first, columns.interval_s, count, rows, troubled)
        if columns.drift_s is not None:
            block = replace(block, drift_s=_drift(block, rows[0], columns.drift_s[only_at][at]))
        found.append((block, filled))
    return _without_troubled(columns, found, troubled)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Each read's local day and its slot in it; and how many reads each day has."""

    day_of: NDArray[np.int32]
    slot: NDArray[np.int32]
    reads_of: NDArray[np.int64]

    def of_day(self, day_index: int, count: int) -> slice | NDArray[np.intp]:
        """Which reads are of a day of `count` slots: all of them without a copy, where they are."""
        is_here = self.slot < count
        if len(self.reads_of) > 1:
            is_here &= self.day_of == day_index
        return slice(None) if is_here.all() else np.flatnonzero(is_here)


def _placed(
    channel: NDArray[np.int32],
    start_s: NDArray[np.int64],
    bounds: NDArray[np.int64],
    interval_s: int,
    troubled: NDArray[np.bool_],
) -> _Placed:
    """Where every read belongs; marks channels with a read off its day's grid."""
    size = len(start_s)
    placed = _Placed(np.empty(size, np.int32), np.empty(size, np.int32), np.zeros(len(bounds) - 1, np.int64))
    for at in _pieces(size):
        day = np.searchsorted(bounds, start_s[at], side="right") - 1
        slot, is_off = _slots(start_s[at] - bounds[day], bounds[day + 1] - bounds[day], interval_s)
        troubled[channel[at][is_off]] = True
        placed.day_of[at], placed.slot[at] = day, slot
        placed.reads_of[:] += np.bincount(day, minlength=len(placed.reads_of))
    return placed


def _pieces(size: int) -> Iterator[slice]:
    for start in range(0, size, _AT_ONCE):
        yield slice(start, start + _AT_ONCE)


def _all_or(columns: ReadColumns, only: NDArray[np.bool_] | None) -> slice | NDArray[np.intp]:
    return slice(None) if only is None or bool(only.all()) else np.flatnonzero(only[columns.channel])


def _days(first_s: int, last_s: int, zone: ZoneInfo) -> tuple[list[date], NDArray[np.int64]]:
    """The local days from the one of an instant to that of another, and the second each starts, one more."""
    day = local_day_of(datetime.fromtimestamp(first_s, UTC), zone)
    last = local_day_of(datetime.fromtimestamp(last_s, UTC), zone)
    days = [day + timedelta(days=k) for k in range((last - day).days + 1)]
    starts = [int(service_day(each, zone)[0].timestamp()) for each in (*days, last + timedelta(days=1))]
    return days, np.array(starts, dtype=np.int64)


def _slots(
    offset_s: NDArray[np.int64], day_s: NDArray[np.int64], interval_s: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if interval_s == LOCAL_DAY_S:
        return np.zeros(len(offset_s), np.int64), offset_s != 0
    slot = offset_s // interval_s
    return slot, (slot * interval_s != offset_s) | (offset_s + interval_s > day_s)


def _block(
    day: date,
    first: datetime,
    interval_s: int,
    count: int,
    rows: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.uint8] | None],
    troubled: NDArray[np.bool_],
) -> tuple[DayBlock, NDArray[np.int32]]:
    """The block of one day and how many reads each of its slots has; marks channels with two values for one."""
    channel, slot, value, codes = rows
    is_here = np.zeros(len(troubled), dtype=np.bool_)
    is_here[channel] = True
    present = np.flatnonzero(is_here).astype(np.int32)
    row_of = np.cumsum(is_here, dtype=np.int64) - 1
    size = len(present) * count
    values, filled = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int32)
    quality = np.zeros(size, dtype=np.uint8)
    for at in _pieces(len(channel)):
        cells = row_of[channel[at]] * count + slot[at]
        low = int(cells.min())
        counted = np.bincount(cells - low)
        filled[low : low + len(counted)] += counted
        values[cells] = value[at]
        if codes is not None:
            quality[cells] = codes[at]
    if len(channel) and filled.max() > 1:
        for at in _pieces(len(channel)):
            cells = row_of[channel[at]] * count + slot[at]
            differs = values[cells] != value[at]
            if codes is not None:
                differs |= quality[cells] != codes[at]
            troubled[channel[at][differs]] = True
    quality[filled == 0] = Quality.MISSING
    shape = (len(present), count)
    kept = quality.reshape(shape) if quality.any() else None
    block = DayBlock(day, first, interval_s, present, values.reshape(shape), kept)
    return block, filled.reshape(shape)


def _drift(
    block: DayBlock, channel: NDArray[np.int32], drift_s: NDArray[np.int16]
) -> NDArray[np.int64] | None:
    """Of each row of a block how far off its stamps lay at most, either way; None where none lay off."""
    if not drift_s.any():
        return None
    most = np.zeros(len(block.channel), dtype=np.int64)
    np.maximum.at(most, np.searchsorted(block.channel, channel), np.abs(drift_s.astype(np.int64)))
    return most


def _without_troubled(
    columns: ReadColumns, found: list[tuple[DayBlock, NDArray[np.int32]]], troubled: NDArray[np.bool_]
) -> LaidOut:
    blocks: list[DayBlock] = []
    reads = duplicates = total = 0
    for block, filled in found:
        good = ~troubled[block.channel]
        if not good.all():
            quality = None if block.quality is None else block.quality[good]
            if quality is not None and not quality.any():
                quality = None
            block = replace(
                block,
                channel=block.channel[good],
                values=block.values[good],
                quality=quality,
                drift_s=None if block.drift_s is None else block.drift_s[good],
            )
            filled = filled[good]
        if not len(block.channel):
            continue
        slots = int(np.count_nonzero(filled))
        again = int(filled.sum()) - slots
        if again:
            block = replace(block, n_duplicates=np.maximum(filled - 1, 0).sum(axis=1))
        blocks.append(block)
        reads += slots
        duplicates += again
        total += int(block.values.sum())
    return LaidOut(tuple(blocks), troubled, reads, duplicates, tuple(_gaps(columns, blocks)), total)


def _gaps(columns: ReadColumns, blocks: list[DayBlock]) -> list[Gap]:
    """Slots without a read between a channel's first and last one, joined over midnight."""
    spans: dict[int, list[tuple[int, int]]] = {}
    is_holed = np.zeros(len(columns.names), dtype=np.bool_)
    for block in blocks:
        if block.quality is not None:
            missing: NDArray[np.bool_] = block.quality == Quality.MISSING
            is_holed[block.channel[missing.any(axis=1)]] = True
    several = np.zeros(len(columns.names), dtype=np.int64)
    for block in blocks:
        several[block.channel] += 1
    wanted = is_holed | ((several > 0) & (len(blocks) > 1) & (several < len(blocks)))
    for block in blocks:
        start_s, step = int(block.start_utc.timestamp()), block.interval_s
        for row in np.flatnonzero(wanted[block.channel]).tolist():
            there = (
                np.arange(block.values.shape[1])
                if block.quality is None
                else np.flatnonzero(block.quality[row] != Quality.MISSING)
            )
            known = spans.setdefault(int(block.channel[row]), [])
            edges = np.flatnonzero(np.diff(there) > 1)
            lows, highs = np.append(0, edges + 1), np.append(edges, len(there) - 1)
            length = step
            if step == LOCAL_DAY_S:
                length = 0
            for low, high in zip(there[lows].tolist(), there[highs].tolist(), strict=True):
                known.append((start_s + low * step, start_s + high * step + length))
    if columns.interval_s == LOCAL_DAY_S:
        return []
    return [
        Gap(columns.names[channel], before[1], after[0])
        for channel, known in sorted(spans.items())
        for before, after in pairwise(known)
        if after[0] > before[1]
    ]
