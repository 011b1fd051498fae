"""The staging table of day rows: filled by COPY, emptied into the store set-wise (`storing`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.engine.interval import DayIntervals, Quality

from . import copy_rows
from .day_arrays import EPOCH, DayArrays

_CREATE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_day (
        channel_id bigint, first_at timestamptz, total bigint, stated_at timestamptz, local_day date,
        interval_s integer, width smallint, is_incomplete boolean, reads bytea, quality bytea
    ) ON COMMIT DELETE ROWS
"""
_COPY = "COPY staged_day FROM STDIN (FORMAT BINARY)"
_TYPES = (
    "int8", "timestamptz", "int8", "timestamptz", "date", "int4", "int2", "bool", "bytea", "bytea",
)  # fmt: skip
#: Rows whose every read was measured, that hold something else, that hold nothing at all: fields differ.
_MEASURED, _MARKED, _EMPTY = 0, 1, 2
_DTYPES: Final = {1: "<i1", 2: "<i2", 4: "<i4", 8: "<i8"}


def open_stage() -> None:
    """An empty staging table in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        cursor.execute("DELETE FROM staged_day")


def stage_rows(rows: Sequence[tuple[int, DayIntervals]], stated_at: datetime) -> None:
    """Stage day rows as (channel id, day)."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for channel_id, day in rows:
            copy.write_row(
                (
                    channel_id, day.start_utc, day.total(), stated_at, day.day, day.seconds, day.width,
                    bool(day.missing_count()), day.values, day.quality,
                )
            )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PackedDays:
    """A block as COPY takes it: `days` as version 1 of days that are new, `totals` of their months; and the block
    itself, for days that are not new after all."""

    block: DayArrays
    months: tuple[date, ...]
    days: tuple[bytes, ...]
    totals: tuple[bytes, ...]


COPY_DAYS = """
    COPY cis_metering_intervalday (channel_id, first_at, total, stated_at, file_id, local_day, version, interval_s,
                                   width, origin, reads, quality) FROM STDIN (FORMAT BINARY)
"""
COPY_TOTALS = "COPY staged_total FROM STDIN (FORMAT BINARY)"
_CREATE_TOTALS = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_total (
        channel_id bigint, month date, total bigint, n_not_measured integer, n_incomplete integer
    ) ON COMMIT DELETE ROWS
"""


def pack_block(block: DayArrays, *, stated_at: datetime, origin: str, file_id: int | None) -> PackedDays:
    """Arrays in COPY's binary form, made as arrays too: rows of one width and shape together. Asks nobody anything."""
    days, totals = [copy_rows.HEAD], [copy_rows.HEAD]
    name = origin.encode("ascii")
    for rows in _alike(block):
        days.append(
            copy_rows.binary_rows(
                len(rows.keys),
                [
                    (">i8", rows.keys),
                    (">i8", copy_rows.instants(rows.first_s)),
                    (">i8", rows.totals),
                    (">i8", copy_rows.instant(stated_at)),
                    (">i8", file_id),
                    (">i4", copy_rows.dates(rows.days)),
                    (">i4", 1),
                    (">i4", block.seconds),
                    (">i2", rows.width),
                    (f"S{len(name)}", name),
                    (rows.reads.dtype.str, rows.reads),
                    (f"V{block.values.shape[1]}", rows.codes),
                ],
            )
        )
        totals.append(
            copy_rows.binary_rows(
                len(rows.keys),
                [
                    (">i8", rows.keys),
                    (">i4", copy_rows.dates(_months(rows.days))),
                    (">i8", rows.totals),
                    (">i4", int(rows.codes is not None)),
                    (">i4", rows.is_incomplete),
                ],
            )
        )
    months = {(EPOCH + timedelta(days=int(day))).replace(day=1) for day in np.unique(block.days)}
    parts = (*days, copy_rows.TAIL), (*totals, copy_rows.TAIL)
    return PackedDays(block, tuple(sorted(months)), *parts)


def stage_block(block: DayArrays, stated_at: datetime) -> None:
    """Stage a block of which some days may be there already."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(copy_rows.HEAD)
        for rows in _alike(block):
            copy.write(
                copy_rows.binary_rows(
                    len(rows.keys),
                    [
                        (">i8", rows.keys),
                        (">i8", copy_rows.instants(rows.first_s)),
                        (">i8", rows.totals),
                        (">i8", copy_rows.instant(stated_at)),
                        (">i4", copy_rows.dates(rows.days)),
                        (">i4", block.seconds),
                        (">i2", rows.width),
                        ("u1", rows.is_incomplete),
                        (rows.reads.dtype.str, rows.reads),
                        (f"V{block.values.shape[1]}", rows.codes),
                    ],
                )
            )
        copy.write(copy_rows.TAIL)


def stage_totals(packed: PackedDays) -> None:
    """Stage what a block's new days add to their months."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE_TOTALS)
        cursor.execute("DELETE FROM staged_total")
        with cursor.copy(COPY_TOTALS) as copy:
            for part in packed.totals:
                copy.write(part)


@dataclass(frozen=True, slots=True, eq=False)
class _Alike:
    """Rows of a block of one width and kind, as columns. `codes` is None where there are none."""

    keys: NDArray[np.int64]
    first_s: NDArray[np.int64]
    days: NDArray[np.int64]
    totals: NDArray[np.int64]
    width: int
    reads: NDArray[np.void]
    codes: NDArray[np.void] | None
    is_incomplete: NDArray[np.bool_]


def _alike(block: DayArrays) -> Iterator[_Alike]:
    widths, kinds = _widths(block.values), np.full(len(block), _MEASURED, dtype=np.int64)
    if block.quality is not None:
        kinds[(block.quality != Quality.MEASURED).any(axis=1)] = _MARKED
        kinds[(block.quality == Quality.MISSING).all(axis=1)] = _EMPTY
    for width in np.unique(widths).tolist():
        for kind in (_MEASURED, _MARKED, _EMPTY):
            chosen = np.flatnonzero((widths == width) & (kinds == kind))
            if len(chosen):
                yield _rows_alike(block, chosen, width, kind)


def _rows_alike(block: DayArrays, chosen: NDArray[np.int64], width: int, kind: int) -> _Alike:
    values, is_incomplete = block.values[chosen], np.zeros(len(chosen), dtype=np.bool_)
    codes = None
    if kind != _MEASURED and block.quality is not None:
        marks = block.quality[chosen]
        codes, is_incomplete = copy_rows.opaque(marks), (marks == Quality.MISSING).any(axis=1)
    return _Alike(
        keys=block.channel_ids[chosen],
        first_s=block.first_s[chosen],
        days=block.days[chosen],
        totals=values.sum(axis=1),
        width=width,
        reads=copy_rows.opaque(values.astype(_DTYPES[width])),
        codes=codes,
        is_incomplete=is_incomplete,
    )


def _months(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first day of each day's month, both counted from 1970-01-01."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    found: NDArray[np.int64] = months.astype("datetime64[D]").astype(np.int64)
    return found


def _widths(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The narrowest width in bytes that holds every value of a row, as `engine.interval.width_for` says."""
    high, low = values.max(axis=1), values.min(axis=1)
    reach = np.maximum(high, -(low + 1))
    return np.select([reach < 2**7, reach < 2**15, reach < 2**31], [1, 2, 4], 8)
