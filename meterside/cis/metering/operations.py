"""Writes to meter data. Originals stay: a correction is a new version beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from meterside.engine.interval import DayIntervals
from meterside.kit import clock
from meterside.kit.sql import copy_in
from meterside.spine import audit

from .models import MeterFile, QuarantinedRow, RegisterRead
from .telling import tell_stored


class FileAlreadyReceived(Exception):
    """A file with the same content was received before; nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewRead:
    """A dial's value at an instant; `local_day` is the service day it starts."""

    register_id: int
    read_at: datetime
    local_day: date
    dial_count: int
    kind: str = "actual"


_READ_COLUMNS = (
    "register_id", "read_at", "local_day", "dial_count", "kind", "version", "origin", "file_id", "recorded_at",
)  # fmt: skip


def record_register_reads(reads: Sequence[NewRead], *, file: MeterFile | None = None) -> int:
    """Keep reads; returns how many were new. The same read again changes nothing.

    Another value for the same register and instant becomes the next version of that read; so does a read that was
    taken where one was estimated, though it says the same.
    """
    now = clock.now()
    known: dict[tuple[int, datetime], tuple[int, int, str]] = {}
    with transaction.atomic():
        stored = RegisterRead.objects.filter(
            register_id__in={read.register_id for read in reads}, read_at__in={read.read_at for read in reads}
        ).order_by("version")
        for register_id, read_at, version, value, kind in stored.values_list(
            "register_id", "read_at", "version", "dial_count", "kind"
        ):
            known[(register_id, read_at)] = (version, value, kind)
        new = []
        for read in reads:
            version, known_count, kind = known.get((read.register_id, read.read_at), (0, None, ""))
            if known_count == read.dial_count and (kind != "estimated" or read.kind == kind):
                continue
            known[(read.register_id, read.read_at)] = (version + 1, read.dial_count, read.kind)
            new.append(
                (
                    read.register_id,
                    read.read_at,
                    read.local_day,
                    read.dial_count,
                    read.kind,
                    version + 1,
                    "ours",
                    file.pk if file else None,
                    now,
                )
            )
        if new:
            copy_in(RegisterRead, _READ_COLUMNS, new)
    return len(new)


def prepare_months(start: date, end: date) -> None:
    """Make room for day rows from `start` to `end`, both included, ahead of those who store them at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT metering_ensure_month(day::date) FROM generate_series("
            "date_trunc('month', %s::timestamp), %s::timestamp, interval '1 month') day",
            [start, end],
        )


@dataclass(frozen=True, slots=True)
class DaysStored:
    """What became of day rows: new days, corrected days (a new version), and days that were there already."""

    new: int
    corrected: int
    unchanged: int


def store_days(rows: Sequence[tuple[int, DayIntervals]], *, file: MeterFile | None = None) -> DaysStored:
    """Keep day rows as (channel id, day). The same day with the same reads changes nothing.

    Rows are staged by COPY and merged in one statement, so that a chunk is stored whole or not at all.
    """
    if not rows:
        return DaysStored(0, 0, 0)
    with transaction.atomic(), connection.cursor() as cursor:
        for month in sorted({day.day.replace(day=1) for _, day in rows}):
            cursor.execute("SELECT metering_ensure_month(%s)", [month])
        cursor.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS staged_day (
                channel_id bigint, local_day date, interval_s integer, first_at timestamptz,
                width smallint, reads bytea, quality bytea, total bigint
            ) ON COMMIT DELETE ROWS
            """
        )
        cursor.execute("DELETE FROM staged_day")
        with cursor.copy("COPY staged_day FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "date", "int4", "timestamptz", "int2", "bytea", "bytea", "int8"])
            for channel_id, day in rows:
                copy.write_row(
                    (
                        channel_id,
                        day.day,
                        day.seconds,
                        day.start_utc,
                        day.width,
                        day.values,
                        day.quality,
                        day.total(),
                    )
                )
        cursor.execute(
            """
            WITH latest AS (
                SELECT s.*, k.version, (k.reads, k.quality, k.first_at, k.interval_s)
                       IS NOT DISTINCT FROM (s.reads, s.quality, s.first_at, s.interval_s) AS is_same
                  FROM staged_day s
                  LEFT JOIN LATERAL (
                       SELECT d.version, d.reads, d.quality, d.first_at, d.interval_s
                         FROM cis_metering_intervalday d
                        WHERE d.channel_id = s.channel_id AND d.local_day = s.local_day
                        ORDER BY d.version DESC LIMIT 1
                  ) k ON true
            ), added AS (
                INSERT INTO cis_metering_intervalday
                       (channel_id, local_day, version, interval_s, first_at, width, reads, quality, total, file_id)
                SELECT channel_id, local_day, coalesce(version, 0) + 1, interval_s, first_at, width, reads,
                       quality, total, %s
                  FROM latest WHERE NOT (version IS NOT NULL AND is_same)
                RETURNING version
            )
            SELECT count(*) FILTER (WHERE version = 1), count(*) FILTER (WHERE version > 1) FROM added
            """,
            [file.pk if file else None],
        )
        new, corrected = cursor.fetchone()
        if new or corrected:
            tell_stored({channel_id for channel_id, _ in rows}, last_day=max(day.day for _, day in rows))
    return DaysStored(new=new, corrected=corrected, unchanged=len(rows) - new - corrected)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, with its line in the file and the reason in a word and in a sentence."""

    line: int
    reason: str
    words: str
    raw: str


@transaction.atomic
def receive_file(
    *,
    sha256: str,
    name: str,
    format: str,
    size_bytes: int,
    days: Sequence[tuple[int, DayIntervals]],
    refused: Sequence[RefusedRow],
    report: dict[str, object],
) -> tuple[MeterFile, DaysStored]:
    """Keep a file whole: its day rows, and the rows that were refused. Raises FileAlreadyReceived."""
    file, created = MeterFile.objects.get_or_create(
        sha256=sha256,
        defaults={
            "name": name,
            "format": format,
            "size_bytes": size_bytes,
            "received_at": clock.now(),
            "status": "partly_quarantined" if refused else "accepted",
            "report": report,
        },
    )
    if not created:
        raise FileAlreadyReceived(name)
    stored = store_days(days, file=file)
    QuarantinedRow.objects.bulk_create(
        QuarantinedRow(file=file, line=row.line, reason=row.reason, words=row.words, raw=row.raw)
        for row in refused
    )
    audit.record(
        action="meter_file.received",
        subject_type="meter_file",
        subject_id=file.pk,
        days=stored.new,
        refused=len(refused),
    )
    return file, stored


def hold_file(*, sha256: str, name: str, format: str, size_bytes: int, reason: str) -> MeterFile:
    """Keep that a file came and could not be read; nothing of it is loaded."""
    file, _ = MeterFile.objects.get_or_create(
        sha256=sha256,
        defaults={
            "name": name,
            "format": format,
            "size_bytes": size_bytes,
            "received_at": clock.now(),
            "status": "held",
            "report": {"reason": reason},
        },
    )
    return file
