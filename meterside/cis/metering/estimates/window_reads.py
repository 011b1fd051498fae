"""Reads taken some days early or late that count for the day they were due: those inside the cycle's read window.

The read counts as it is, without a line drawn: what was used in the days between comes with the next bill. It is kept
as a read of its own of the due day, with a note of the read it stands for; the read itself stays where it was taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from ..store.operations import NewRead
from .registers import DueRead, keep_with_notes

#: How the note of such a read calls it.
IN_WINDOW = "in_window"


@dataclass(frozen=True, slots=True)
class ReadWindow:
    """How many days before and after the day it was due a read still counts for it."""

    before_days: int = 0
    after_days: int = 0

    def __bool__(self) -> bool:
        return bool(self.before_days or self.after_days)

    def days(self, day: date) -> tuple[date, date]:
        """The first and the last day on which a read counts for this one."""
        return day - timedelta(days=self.before_days), day + timedelta(days=self.after_days)


#: Only a read of the day itself counts.
NO_WINDOW: Final = ReadWindow()


def count_window_reads(due: Sequence[DueRead], window: ReadWindow) -> set[tuple[int, date]]:
    """Let the nearest read inside the window (the earlier of two) stand for each of these that is missing.

    Returns register and day of those that are there now. In the caller's transaction.
    """
    if not due or not window:
        return set()
    by_key = {(one.register_id, one.local_day): one for one in due}
    reads, notes = list[NewRead](), list[tuple[str, dict[str, str]]]()
    for register_id, day, taken_on, count, kind in _nearest(due, window):
        one = by_key[register_id, day]
        reads.append(NewRead(register_id, one.read_at, day, count, kind))
        notes.append((IN_WINDOW, {"read_on": taken_on.isoformat()}))
    keep_with_notes(reads, notes)
    return {(read.register_id, read.local_day) for read in reads}


def _nearest(due: Sequence[DueRead], window: ReadWindow) -> list[tuple[int, date, date, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (d.register_id, d.day) d.register_id, d.day, r.local_day, r.dial_count, r.kind
              FROM unnest(%s::bigint[], %s::date[]) AS d (register_id, day)
              JOIN LATERAL (
                   SELECT DISTINCT ON (local_day) local_day, dial_count, kind FROM cis_metering_registerread
                    WHERE register_id = d.register_id AND local_day BETWEEN d.day - %s AND d.day + %s
                    ORDER BY local_day, version DESC) r ON r.kind IN ('actual', 'customer')
             ORDER BY d.register_id, d.day, abs(r.local_day - d.day), r.local_day
            """,
            [
                [one.register_id for one in due],
                [one.local_day for one in due],
                window.before_days,
                window.after_days,
            ],
        )
        return list(cursor.fetchall())


def recount_window_reads(register_ids: Collection[int], *, since: date, until: date) -> set[int]:
    """Follow reads that were corrected after they had counted for another day; returns the registers concerned."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.register_id, e.local_day, r.read_at, s.dial_count, s.kind, e.basis ->> 'read_on'
              FROM (SELECT DISTINCT ON (register_id, local_day) register_id, local_day, version, method, basis
                      FROM cis_metering_readestimate
                     WHERE register_id = ANY(%(keys)s) AND local_day BETWEEN %(since)s AND %(until)s
                     ORDER BY register_id, local_day, version DESC) e
              JOIN LATERAL (SELECT read_at, dial_count, version FROM cis_metering_registerread
                             WHERE register_id = e.register_id AND local_day = e.local_day
                             ORDER BY version DESC LIMIT 1) r ON r.version = e.version
              JOIN LATERAL (SELECT dial_count, kind FROM cis_metering_registerread
                             WHERE register_id = e.register_id AND local_day = (e.basis ->> 'read_on')::date
                             ORDER BY version DESC LIMIT 1) s ON s.dial_count <> r.dial_count
             WHERE e.method = %(method)s
            """,
            {"keys": sorted(register_ids), "since": since, "until": until, "method": IN_WINDOW},
        )
        rows: list[tuple[int, date, datetime, int, str, str]] = list(cursor.fetchall())
    reads = [NewRead(key, read_at, day, count, kind) for key, day, read_at, count, kind, _ in rows]
    keep_with_notes(reads, [(IN_WINDOW, {"read_on": taken_on}) for *_, taken_on in rows])
    return {read.register_id for read in reads}
