"""Writes to meter data. Originals stay: a correction is a new version beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from meterside.kit import clock
from meterside.kit.sql import copy_in

from ..models import MeterFile, RegisterRead
from .storing import DaysStored, prepare_months, store_days

__all__ = [
    "DaysStored",
    "NewRead",
    "prepare_months",
    "record_register_reads",
    "store_days",
]


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
