"""The staging table of day rows: filled by COPY, emptied into the store set-wise (`storing`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.engine.interval import DayIntervals, Quality

from .day_arrays import DayArrays

_CREATE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_day (
        channel_id bigint, first_at timestamptz, total bigint, stated_at timestamptz, through_at timestamptz,
        local_day date, interval_s integer, width smallint, is_incomplete boolean, reads bytea, quality bytea
    ) ON COMMIT DELETE ROWS
"""
_COPY = "COPY staged_day FROM STDIN (FORMAT BINARY)"
_TYPES = (
    "int8", "timestamptz", "int8", "timestamptz", "timestamptz", "date", "int4", "int2", "bool", "bytea", "bytea",
)  # fmt: skip
_BINARY_HEAD: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_BINARY_TAIL: Final = b"\xff\xff"
#: PostgreSQL counts microseconds and days from 2000-01-01.
_POSTGRES_EPOCH_S: Final = 946_684_800
_POSTGRES_EPOCH_DAY: Final = date(2000, 1, 1)
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
                    channel_id, day.start_utc, day.total(), stated_at, known_until(day), day.day, day.seconds,
                    day.width, bool(day.missing_count()), day.values, day.quality,
                )
            )  # fmt: skip


def known_until(day: DayIntervals) -> datetime | None:
    """Where a day's last interval with a value ends."""
    if day.quality is None:
        return day.end_utc
    held = len(day.quality.rstrip(bytes([Quality.MISSING])))
    return day.start_utc + timedelta(seconds=day.seconds * held) if held else None


def stage_block(block: DayArrays, stated_at: datetime) -> None:
    """Stage arrays: the rows become COPY's binary form as arrays too, those of one width and shape together."""
    if not len(block):
        return
    widths = _widths(block.values)
    kinds = np.full(len(block), _MEASURED, dtype=np.int64)
    if block.quality is not None:
        kinds[(block.quality != Quality.MEASURED).any(axis=1)] = _MARKED
        kinds[(block.quality == Quality.MISSING).all(axis=1)] = _EMPTY
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_BINARY_HEAD)
        for width in np.unique(widths):
            for kind in (_MEASURED, _MARKED, _EMPTY):
                chosen = np.flatnonzero((widths == width) & (kinds == kind))
                if len(chosen):
                    copy.write(_binary_rows(block, chosen, int(width), kind, stated_at))
        copy.write(_BINARY_TAIL)


def _widths(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The narrowest width in bytes that holds every value of a row, as `engine.interval.width_for` says."""
    high, low = values.max(axis=1), values.min(axis=1)
    reach = np.maximum(high, -(low + 1))
    return np.select([reach < 2**7, reach < 2**15, reach < 2**31], [1, 2, 4], 8)


def _binary_rows(
    block: DayArrays, chosen: NDArray[np.int64], width: int, kind: int, stated_at: datetime
) -> bytes:
    """Rows of one width in COPY's binary form: each field is its length in bytes and its value, big end first."""
    rows = np.zeros(len(chosen), dtype=_row_type(block.values.shape[1], width, kind))
    for name, of_field in (rows.dtype.fields or {}).items():
        if not name.endswith(_LENGTH) and name != "n_fields":
            rows[name + _LENGTH] = of_field[0].itemsize
    for name in ("through_at", "quality"):
        if name not in (rows.dtype.names or ()):
            rows[name + _LENGTH] = -1  # NULL
    values = block.values[chosen]
    rows["n_fields"] = len(_TYPES)
    rows["channel_id"] = block.channel_ids[chosen]
    rows["first_at"] = (block.first_s[chosen] - _POSTGRES_EPOCH_S) * 1_000_000
    rows["total"] = values.sum(axis=1)
    rows["stated_at"] = _microseconds(stated_at)
    rows["local_day"] = block.days[chosen] - (_POSTGRES_EPOCH_DAY - date(1970, 1, 1)).days
    rows["interval_s"] = block.seconds
    rows["width"] = width
    rows["reads"] = values.astype(_DTYPES[width]).view(rows.dtype["reads"]).reshape(-1)
    held = np.full(len(chosen), values.shape[1], dtype=np.int64)
    if kind != _MEASURED and block.quality is not None:
        codes = np.ascontiguousarray(block.quality[chosen])
        rows["quality"] = codes.view(rows.dtype["quality"]).reshape(-1)
        known = codes != Quality.MISSING
        rows["is_incomplete"] = ~known.all(axis=1)
        held -= known[:, ::-1].argmax(axis=1)
    if kind != _EMPTY:
        ends = block.first_s[chosen] + held * block.seconds
        rows["through_at"] = (ends - _POSTGRES_EPOCH_S) * 1_000_000
    return rows.tobytes()


_LENGTH: Final = "_length"


def _row_type(count: int, width: int, kind: int) -> np.dtype[np.void]:
    fields = [
        ("channel_id", ">i8"), ("first_at", ">i8"), ("total", ">i8"), ("stated_at", ">i8"), ("through_at", ">i8"),
        ("local_day", ">i4"), ("interval_s", ">i4"), ("width", ">i2"), ("is_incomplete", "u1"),
        ("reads", f"V{width * count}"), ("quality", f"V{count}"),
    ]  # fmt: skip
    absent = {_MEASURED: {"quality"}, _MARKED: set(), _EMPTY: {"through_at"}}[kind]
    said: list[tuple[str, str]] = [("n_fields", ">i2")]
    for name, form in fields:
        said.append((name + _LENGTH, ">i4"))
        if name not in absent:
            said.append((name, form))
    return np.dtype(said)


def _microseconds(instant: datetime) -> int:
    passed = instant - datetime(2000, 1, 1, tzinfo=instant.tzinfo)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
