"""What staff see of exceptions in interval data: what waits, and one day with all that was said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection

from meterside.engine.interval import DayIntervals, unpack_values
from meterside.kit.sql import from_json

from ..models import ReadEdit
from ..store.queries import interval_days

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """An exception in a list, with its meter and where that hangs."""

    id: int
    public_id: UUID
    rule: str
    status: str
    facts: Mapping[str, Any]
    local_day: date
    created_at: datetime
    channel_id: int
    unit: str
    direction: str
    commodity: str
    badge: str
    address: str
    zone: str
    edit_id: int | None
    reason: str


_LINES = """
    SELECT e.id, e.public_id, e.rule, e.status, e.facts, e.local_day, e.created_at, c.id, c.unit, c.direction,
           d.commodity, d.badge, coalesce(h.address_line, ''), coalesce(h.zone, 'UTC'), e.edit_id, e.reason
      FROM cis_metering_readexception e
      JOIN cis_registry_channel c ON c.id = e.channel_id
      JOIN cis_registry_device d ON d.id = c.device_id
      LEFT JOIN LATERAL (
           SELECT p.address_line, p.zone FROM cis_registry_deviceinstallation i
             JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
             JOIN cis_registry_premise p ON p.id = s.premise_id
            WHERE i.device_id = d.id ORDER BY i.during DESC LIMIT 1) h ON true
"""


def _line(row: Sequence[Any]) -> ExceptionLine:
    values = list(row)
    values[4] = from_json(row[4])
    return ExceptionLine(*values)


def waiting_exceptions(*, rule: str = "", offset: int = 0, limit: int = 25) -> list[ExceptionLine]:
    """Exceptions nobody has decided, oldest first; of one rule where that is asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_LINES} WHERE e.status = 'open' AND (%s = '' OR e.rule = %s)"
            " ORDER BY e.created_at, e.id OFFSET %s LIMIT %s",
            [rule, rule, offset, limit],
        )
        return [_line(row) for row in cursor.fetchall()]


def waiting_by_rule() -> dict[str, int]:
    """How many wait of each rule, most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, count(*) FROM cis_metering_readexception WHERE status = 'open'"
            " GROUP BY rule ORDER BY 2 DESC, 1"
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ExceptionDay:
    """An exception with its day: what stands (None where nothing came), what was held, the same day a week before."""

    line: ExceptionLine
    stands: DayIntervals | None
    held: Mapping[int, int]
    week_before: DayIntervals | None
    edits: Sequence[ReadEdit]

    @property
    def zone(self) -> ZoneInfo:
        """Where the meter hangs."""
        return ZoneInfo(self.line.zone)


def exception_day(public_id: UUID) -> ExceptionDay | None:
    """One exception, or None."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_LINES} WHERE e.public_id = %s", [public_id])
        row = cursor.fetchone()
        if row is None:
            return None
        line = _line(row)
        cursor.execute(
            "SELECT held_width, held_reads, held_slots FROM cis_metering_readexception WHERE id = %s",
            [line.id],
        )
        width, reads, slots = cursor.fetchone()
    held = {}
    if width is not None:
        values = unpack_values(bytes(reads), width)
        held = {
            int(at): int(values[at]) for at in np.flatnonzero(np.frombuffer(bytes(slots), dtype=np.uint8))
        }
    day, before = line.local_day, line.local_day - _WEEK
    days = {
        row.day: row
        for row in interval_days([line.channel_id], before, day + timedelta(days=1))[line.channel_id]
    }
    edits = list(
        ReadEdit.objects.filter(channel_id=line.channel_id, local_day=day).order_by("-made_at", "-id")
    )
    return ExceptionDay(line, days.get(day), held, days.get(before), edits)
