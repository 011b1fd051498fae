"""The store of interval days: staged by COPY, merged in a few statements, totals of months kept beside them.

A day that is new is stored as it was said, as version 1. What is said of it later is kept as it was said too
(`RestatedDay`), and where the standing day changes by it (`engine.day_fold`) it becomes the next version. Totals
of months move by the difference, in the same transaction. Why so: docs/adr/0012-interval-store.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from meterside.engine.interval import DayIntervals
from meterside.kit import clock

from ..models import ArchivedMonth, MeterFile
from .day_arrays import EPOCH, DayArrays, of_rows
from .restating import Source, restate
from .staging import COPY_DAYS, PackedDays, open_stage, pack_block, stage_block, stage_rows, stage_totals
from .telling import tell_stored

#: From so many rows on arrays cost less than rows one by one.
_MANY: Final = 200
_ORIGINS: Final = ("ours", "external", "converted", "estimate", "edit")


@dataclass(frozen=True, slots=True)
class DaysStored:
    """What became of day rows: new days, corrected days (a new version), and days that stand as before."""

    new: int
    corrected: int
    unchanged: int

    def __add__(self, other: DaysStored) -> DaysStored:
        return DaysStored(
            self.new + other.new, self.corrected + other.corrected, self.unchanged + other.unchanged
        )


def prepare_months(start: date, end: date) -> None:
    """Make room for day rows from `start` to `end`, both included, ahead of those who store them at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT metering_ensure_month(day::date) FROM generate_series("
            "date_trunc('month', %s::timestamp), %s::timestamp, interval '1 month') day",
            [start, end],
        )


def store_days(
    rows: Sequence[tuple[int, DayIntervals]],
    *,
    file: MeterFile | None = None,
    stated_at: datetime | None = None,
    origin: str = "ours",
    edit_id: int | None = None,
) -> DaysStored:
    """Keep day rows as (channel id, day), whole or not at all. The same again changes nothing.

    `stated_at` is when the source stated them: with it the order of calls does not matter. Without it what comes
    later stands. A slot that is missing says nothing, an estimate yields to a read, an edit stands over both.
    Raises MonthArchived.
    """
    if origin not in _ORIGINS:
        raise ValueError(f"unknown origin {origin}")
    stored = DaysStored(0, 0, 0)
    source = _source(origin, file, stated_at, edit_id)
    with transaction.atomic():
        for some in once_a_day(rows):
            if len(some) >= _MANY and edit_id is None:
                stored += store_packed((pack(block, source) for block in of_rows(some)), source)
                continue
            ensure_months(day.day for _, day in some)
            open_stage()
            stage_rows(some, source.stated_at)
            merged = _merge(len(some), source)
            stored += merged
            if merged.new or merged.corrected:
                tell_stored({channel_id for channel_id, _ in some}, last_day=max(day.day for _, day in some))
    return stored


def store_blocks(
    blocks: Iterable[DayArrays],
    *,
    file: MeterFile | None = None,
    stated_at: datetime | None = None,
    origin: str = "ours",
) -> DaysStored:
    """Keep day rows that come as arrays, in one transaction; each block has a channel's day once at most."""
    source = source_of(origin=origin, file=file, stated_at=stated_at)
    return store_packed((pack(block, source) for block in blocks if len(block)), source)


def source_of(*, origin: str, file: MeterFile | None, stated_at: datetime | None) -> Source:
    """Where day rows come from; without a time that was stated, as of now."""
    return _source(origin, file, stated_at, None)


def pack(block: DayArrays, source: Source) -> PackedDays:
    """A block as COPY takes it; may be done beside the database's own work."""
    return pack_block(block, stated_at=source.stated_at, origin=source.origin, file_id=source.file_id)


def store_packed(packed: Iterable[PackedDays], source: Source) -> DaysStored:
    """Keep packed day rows, in one transaction.

    Days that are new go in by COPY at once. Where any is there already the block is staged and merged, and so are
    those behind it: who tells days again tells more of them again.
    """
    stored, is_again = DaysStored(0, 0, 0), False
    with transaction.atomic():
        for some in packed:
            ensure_months(some.months)
            is_again = is_again or not _add_whole(some)
            if is_again:
                open_stage()
                stage_block(some.block, source.stated_at)
                merged = _merge(len(some.block), source)
            else:
                merged = DaysStored(len(some.block), 0, 0)
            stored += merged
            if merged.new or merged.corrected:
                last_day = EPOCH + timedelta(days=int(some.block.days.max()))
                tell_stored(np.unique(some.block.channel_ids).tolist(), last_day=last_day)
    return stored


def _add_whole(packed: PackedDays) -> bool:
    """Add a block whose days are all new; False, and nothing added, where any of them is there."""
    try:
        with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
            with cursor.copy(COPY_DAYS) as copy:
                for part in packed.days:
                    copy.write(part)
            stage_totals(packed)
            cursor.execute(_ADD_TOTALS)
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            return False
        raise
    return True


_ADD_TOTALS = """
    INSERT INTO cis_metering_monthtotal AS t
           (channel_id, total, month, n_days, n_not_measured, n_incomplete)
    SELECT channel_id, sum(total), month, count(*), sum(n_not_measured), sum(n_incomplete)
      FROM staged_total GROUP BY channel_id, month ORDER BY channel_id, month
    ON CONFLICT (channel_id, month) DO UPDATE
       SET total = t.total + excluded.total, n_days = t.n_days + excluded.n_days,
           n_not_measured = t.n_not_measured + excluded.n_not_measured,
           n_incomplete = t.n_incomplete + excluded.n_incomplete
"""


def _source(origin: str, file: MeterFile | None, stated_at: datetime | None, edit_id: int | None) -> Source:
    return Source(origin, file.pk if file else None, stated_at or clock.now(), stated_at is None, edit_id)


def once_a_day(
    rows: Sequence[tuple[int, DayIntervals]],
) -> Iterable[Sequence[tuple[int, DayIntervals]]]:
    """The rows in rounds, none of which has a channel's day twice; nearly always one round."""
    seen: dict[tuple[int, date], int] = {}
    rounds: list[list[tuple[int, DayIntervals]]] = []
    for row in rows:
        key = (row[0], row[1].day)
        nth = seen.get(key, 0)
        seen[key] = nth + 1
        if nth == len(rounds):
            rounds.append([])
        rounds[nth].append(row)
    return rounds


class MonthArchived(ValueError):
    """The month was taken out of the store; it has to be brought back before anything is added to it."""


def ensure_months(days: Iterable[date]) -> None:
    """Make room for the months of these days. Raises MonthArchived.

    Whoever reads the store first, and then has to make room in the same transaction, may wait for another that does
    the same, for ever: room is made before anything is read.
    """
    months = sorted({day.replace(day=1) for day in days})
    archived = ArchivedMonth.objects.filter(month__in=months).values_list("month", flat=True).first()
    if archived is not None:
        raise MonthArchived(f"{archived:%Y-%m} is archived; `meterside meter restore` brings it back")
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_ensure_month(month) FROM unnest(%s::date[]) month", [months])


# A new day is version 1: where there is one, nothing is added. Totals of months take what was added.
_ADD_NEW = """
    WITH added AS (
        INSERT INTO cis_metering_intervalday
               (channel_id, first_at, total, stated_at, file_id, local_day, version, interval_s, width, origin,
                reads, quality)
        SELECT channel_id, first_at, total, stated_at, %s, local_day, 1, interval_s, width, %s, reads, quality
          FROM staged_day ORDER BY channel_id, local_day
        ON CONFLICT DO NOTHING
        RETURNING channel_id, local_day
    ), summed AS (
        INSERT INTO cis_metering_monthtotal AS t
               (channel_id, total, month, n_days, n_not_measured, n_incomplete)
        SELECT s.channel_id, sum(s.total), date_trunc('month', s.local_day)::date, count(*), count(s.quality),
               count(*) FILTER (WHERE s.is_incomplete)
          FROM added JOIN staged_day s USING (channel_id, local_day)
         GROUP BY 1, 3 ORDER BY 1, 3
        ON CONFLICT (channel_id, month) DO UPDATE
           SET total = t.total + excluded.total, n_days = t.n_days + excluded.n_days,
               n_not_measured = t.n_not_measured + excluded.n_not_measured,
               n_incomplete = t.n_incomplete + excluded.n_incomplete
    )
    SELECT count(*) FROM added
"""


def _merge(n_staged: int, source: Source) -> DaysStored:
    """Bring staged rows into the store."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_NEW, [source.file_id, source.origin])
        n_new = int(cursor.fetchone()[0])
    if n_new == n_staged:
        return DaysStored(n_new, 0, 0)
    n_corrected = restate(source)
    return DaysStored(n_new, n_corrected, n_staged - n_new - n_corrected)
