"""Months of interval days written to Parquet, read back and compared before they may go, and brought in again.

A month is a file: every version and every original of its days, as the store has them. Totals of months stay in the
database, so years past can still be shown by month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
from django.db import connection, transaction

from meterside.kit import clock
from meterside.spine import audit

from ..models import ArchivedMonth

_ROWS_A_TIME: Final = 50_000
_DAYS: Final = "cis_metering_intervalday"
_SAID: Final = "cis_metering_restatedday"
_SCHEMA: Final[dict[str, Any]] = {
    "channel_id": pl.Int64, "local_day": pl.Date, "version": pl.Int32, "nth": pl.Int32, "interval_s": pl.Int32,
    "first_at": pl.Datetime("us", "UTC"), "stated_at": pl.Datetime("us", "UTC"), "origin": pl.String,
    "width": pl.Int16, "reads": pl.Binary, "quality": pl.Binary, "total": pl.Int64, "file_id": pl.Int64,
    "edit_id": pl.Int64,
}  # fmt: skip
_SHARED: Final = (
    "channel_id", "local_day", "interval_s", "first_at", "stated_at", "origin", "width", "reads", "quality",
    "file_id",
)  # fmt: skip
_OF_TABLE: Final = {_DAYS: (*_SHARED, "version", "total"), _SAID: (*_SHARED, "nth", "edit_id")}
_TYPES: Final = {
    "channel_id": "int8", "local_day": "date", "version": "int4", "nth": "int4", "interval_s": "int4",
    "first_at": "timestamptz", "stated_at": "timestamptz", "origin": "text", "width": "int2", "reads": "bytea",
    "quality": "bytea", "total": "int8", "file_id": "int8", "edit_id": "int8",
}  # fmt: skip


class ArchiveDiffers(Exception):
    """What was read back is not what is in the store; the month stays where it is."""


class MonthIsThere(Exception):
    """The month has days in the store already; an archive is brought in where there are none."""


class NotAnArchive(Exception):
    """The file is no archive of interval days."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A month in a file: its standing and earlier versions and its originals, and the exact sum of all versions."""

    month: date
    file: Path
    n_days: int
    n_originals: int
    total: int


def months_before(before: date) -> list[date]:
    """The months that end before a day and have room in the store, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_date(right(inhrelid::regclass::text, 6), 'YYYYMM') FROM pg_inherits"
            " WHERE inhparent = %s::regclass ORDER BY 1",
            [_DAYS],
        )
        return [month for (month,) in cursor.fetchall() if _after(month) <= before]


def write_month(month: date, folder: Path) -> Archived:
    """Write a month's file whole, or not at all, and read it back. Raises ArchiveDiffers, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"interval-days-{month:%Y-%m}.parquet"
    part = file.with_suffix(".part")
    with transaction.atomic():
        _same_snapshot()
        frame = pl.concat([_read(table, month) for table in (_DAYS, _SAID)])
        frame.write_parquet(part, compression="zstd", statistics=True)
        back = pl.read_parquet(part)
        if not back.equals(frame):
            part.unlink()
            raise ArchiveDiffers(file.name)
    part.replace(file)
    return _archived(month, file, frame)


def _same_snapshot() -> None:
    """Both tables as of one instant. In a transaction that has begun (as in tests) what it sees has to do."""
    with connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _read(table: str, month: date) -> pl.DataFrame:
    names = _OF_TABLE[table]
    number = "version" if table == _DAYS else "nth"
    frames = [pl.DataFrame(schema=_SCHEMA)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM {table} WHERE local_day >= %s AND local_day < %s"  # noqa: S608
            f" ORDER BY channel_id, local_day, {number}",
            [month, _after(month)],
        )
        while rows := cursor.fetchmany(_ROWS_A_TIME):
            columns = dict(zip(names, zip(*rows, strict=True), strict=True))
            frames.append(
                pl.DataFrame(
                    {name: _column(columns.get(name), len(rows), kind) for name, kind in _SCHEMA.items()}
                )
            )
    return pl.concat(frames)


def _column(values: Any, count: int, kind: Any) -> pl.Series:
    if values is None:
        return pl.Series([None] * count, dtype=kind)
    if kind == pl.Binary:
        values = [None if value is None else bytes(value) for value in values]
    return pl.Series(values, dtype=kind)


def _archived(month: date, file: Path, frame: pl.DataFrame) -> Archived:
    days = frame.filter(pl.col("version").is_not_null())
    return Archived(month, file, len(days), len(frame) - len(days), int(days["total"].sum()))


def drop_month(archived: Archived) -> None:
    """Take an archived month out of the store, as the owner of the tables. Raises ArchiveDiffers.

    The file is read and counted against the store once more: what came since it was written keeps the month.
    """
    month = archived.month
    with transaction.atomic(), connection.cursor() as cursor:
        for table in (_DAYS, _SAID):
            cursor.execute(f"LOCK TABLE {table}_{month:%Y%m} IN ACCESS EXCLUSIVE MODE")
        frame = pl.concat([_read(table, month) for table in (_DAYS, _SAID)])
        if not pl.read_parquet(archived.file).equals(frame):
            raise ArchiveDiffers(archived.file.name)
        for table in (_DAYS, _SAID):
            cursor.execute(f"DROP TABLE {table}_{month:%Y%m}")
        ArchivedMonth.objects.create(
            month=month, file=archived.file.name, n_days=archived.n_days, archived_at=clock.now()
        )
        audit.record(
            action="interval_days.archived",
            subject_type="month",
            subject_id=f"{month:%Y-%m}",
            file=archived.file.name,
            days=archived.n_days,
        )


def restore_month(file: Path) -> Archived:
    """Bring an archived month back, as it was. Raises MonthIsThere, NotAnArchive, OSError."""
    try:
        frame = pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        raise NotAnArchive(file.name) from error
    if frame.schema != pl.Schema(_SCHEMA) or not len(frame):
        raise NotAnArchive(file.name)
    month = frame["local_day"].min()
    if not isinstance(month, date):
        raise NotAnArchive(file.name)
    month = month.replace(day=1)
    with transaction.atomic(), connection.cursor() as cursor:
        ArchivedMonth.objects.filter(month=month).delete()
        cursor.execute("SELECT metering_ensure_month(%s)", [month])
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {_DAYS} WHERE local_day >= %s AND local_day < %s)",  # noqa: S608
            [month, _after(month)],
        )
        if cursor.fetchone()[0]:
            raise MonthIsThere(f"{month:%Y-%m}")
        for table, number in ((_DAYS, "version"), (_SAID, "nth")):
            names = _OF_TABLE[table]
            rows = frame.filter(pl.col(number).is_not_null()).select(names)
            statement = f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                copy.set_types([_TYPES[name] for name in names])
                for row in _rows(rows):
                    copy.write_row(row)
        audit.record(
            action="interval_days.restored",
            subject_type="month",
            subject_id=f"{month:%Y-%m}",
            file=file.name,
        )
    return _archived(month, file, frame)


def _rows(frame: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    for part in frame.iter_slices(_ROWS_A_TIME):
        yield from part.iter_rows()


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
