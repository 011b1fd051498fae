"""What pages show of meter files: the latest, what waits in one, and who sends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.kit.sql import from_json

from ..models import MeterFile, MeterSource, QuarantinedRow


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file in a list."""

    public_id: UUID
    name: str
    format: str
    sender: str
    status: str
    received_at: datetime
    size_bytes: int
    report: dict[str, Any]
    n_waiting: int


def latest_files(*, status: str = "", offset: int = 0, limit: int = 25) -> tuple[list[FileRow], int]:
    """Files, the latest first, of one status or all; and how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT f.public_id, f.name, f.format, coalesce(s.name, ''), f.status, f.received_at, f.size_bytes, f.report,
                   (SELECT count(*) FROM cis_metering_quarantinedrow q
                     WHERE q.file_id = f.id AND q.released_at IS NULL),
                   f.total
              FROM (SELECT *, count(*) OVER () AS total FROM cis_metering_meterfile
                     WHERE %(status)s = '' OR status = %(status)s
                     ORDER BY received_at DESC, id DESC OFFSET %(offset)s LIMIT %(limit)s) f
              LEFT JOIN cis_metering_metersource s ON s.id = f.source_id
             ORDER BY f.received_at DESC, f.id DESC
            """,
            {"status": status, "offset": offset, "limit": limit},
        )
        rows = cursor.fetchall()
    found = [
        FileRow(*row[:7], from_json(row[7]) or {}, row[8])  # type: ignore[call-arg]
        for row in rows
    ]
    return found, rows[0][9] if rows else 0


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How many rows of a file wait for one reason, with some of them."""

    reason: str
    n_waiting: int
    examples: tuple[QuarantinedRow, ...]


def waiting_by_reason(file: MeterFile, *, examples: int = 5) -> list[ReasonRow]:
    """What waits in a file, by reason, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reason, n, array_agg(id ORDER BY line, id) FROM (
                SELECT id, line, reason, count(*) OVER (PARTITION BY reason) AS n,
                       row_number() OVER (PARTITION BY reason ORDER BY line, id) AS nth
                  FROM cis_metering_quarantinedrow WHERE file_id = %s AND released_at IS NULL) q
             WHERE nth <= %s GROUP BY reason, n ORDER BY n DESC, reason
            """,
            [file.pk, examples],
        )
        found = cursor.fetchall()
    rows = QuarantinedRow.objects.in_bulk([key for _, _, keys in found for key in keys])
    return [ReasonRow(reason, n, tuple(rows[key] for key in keys)) for reason, n, keys in found]


def file_of_ref(ref: UUID) -> MeterFile | None:
    """The file with that id."""
    return MeterFile.objects.select_related("source").filter(public_id=ref).first()


def files_that_wait(*, name: str = "") -> list[MeterFile]:
    """Files that are held or have rows put aside, of one name or all, the first that came first."""
    found = MeterFile.objects.select_related("source").filter(status__in=["held", "partly_quarantined"])
    if name:
        found = found.filter(name=name)
    return list(found.order_by("received_at", "id"))


def senders() -> list[MeterSource]:
    """Everybody who sends files, by name."""
    return list(MeterSource.objects.order_by("name"))
