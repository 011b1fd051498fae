"""Writes to meter data. Originals stay: a correction is a new version beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from meterside.engine.interval import DayIntervals
from meterside.kit import clock
from meterside.kit.sql import copy_in
from meterside.spine import audit

from .intake import take_in_rows
from .models import MeterFile, QuarantinedRow, RegisterRead
from .storing import DaysStored, prepare_months, store_days

__all__ = [
    "DaysStored",
    "FileAlreadyReceived",
    "NewRead",
    "RefusedRow",
    "hold_file",
    "prepare_months",
    "receive_file",
    "record_register_reads",
    "store_days",
]


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
    stated_at: datetime | None = None,
) -> tuple[MeterFile, DaysStored]:
    """Keep a file whole: its day rows, and the rows that were refused. Raises FileAlreadyReceived.

    `stated_at` is when its source says it was made: of two files that differ the later stated one stands, in
    whatever order they come. A file that does not say so is taken as stated when it came.
    """
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
    stored = take_in_rows(days, file=file, stated_at=stated_at).stored
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
