"""What staff do about interval data: accept what was held, write values, estimate anew; every edit can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from meterside.engine.interval import Quality, day_intervals, unpack_values
from meterside.engine.period import service_day
from meterside.kit import clock
from meterside.spine import actor, audit

from ..estimates.days import DueDay, estimate_days
from ..models import ReadEdit, ReadException
from ..store.queries import interval_days
from ..store.restating import stand_again
from ..store.storing import store_days


class ReasonNeeded(Exception):
    """Nobody changes what a meter said without a reason that others can read."""


class NoSuchInterval(Exception):
    """The day has no interval there."""


class CannotEstimate(Exception):
    """There are not enough like days to estimate from."""


class AlreadyDecided(Exception):
    """Somebody has decided this meanwhile."""


class AlreadyUndone(Exception):
    """Somebody has undone this edit meanwhile."""


@transaction.atomic
def accept_reads(exception_id: int, *, reason: str = "") -> ReadException:
    """It is right as the meter said it; values that were held back stand from now on.

    Raises AlreadyDecided, ReasonNeeded where something was held, ReadException.DoesNotExist.
    """
    found = _undecided(exception_id)
    edit = None
    if found.held_reads is not None and found.held_width is not None and found.held_slots is not None:
        values = unpack_values(bytes(found.held_reads), found.held_width)
        slots = np.frombuffer(bytes(found.held_slots), dtype=np.uint8) == 1
        codes = np.where(slots, Quality.MEASURED, Quality.MISSING)
        edit = _edit(found.channel_id, found.local_day, "accept", reason)
        _write(edit, np.where(slots, values, 0), codes)
    return _decide(found, "accepted", reason, edit)


@transaction.atomic
def edit_reads(
    *, channel_id: int, day: date, values: Mapping[int, int], reason: str, exception_id: int | None = None
) -> ReadEdit:
    """Write values over intervals of a day, by place from 0; they stand over all reads until they are undone.

    Raises ReasonNeeded, NoSuchInterval, AlreadyDecided.
    """
    found = None if exception_id is None else _undecided(exception_id)
    edit = _edit(channel_id, day, "edit", reason)
    count = _grid(channel_id, day)[2]
    if not values or not all(0 <= place < count for place in values):
        raise NoSuchInterval
    written = np.zeros(count, dtype=np.int64)
    codes = np.full(count, Quality.MISSING, dtype=np.uint8)
    for place, value in values.items():
        written[place], codes[place] = value, Quality.EDITED
    _write(edit, written, codes)
    if found is not None:
        _decide(found, "edited", reason, edit)
    return edit


@transaction.atomic
def estimate_again(
    *, channel_id: int, day: date, zone: ZoneInfo, reason: str, exception_id: int | None = None
) -> ReadEdit:
    """Set aside what a day says, and let estimates of like days stand in its place until that is undone.

    Raises ReasonNeeded, CannotEstimate, AlreadyDecided.
    """
    found = None if exception_id is None else _undecided(exception_id)
    edit = _edit(channel_id, day, "re_estimate", reason)
    _, seconds, _ = _grid(channel_id, day)
    due = DueDay(channel_id, day, seconds, zone)
    if estimate_days([due], anew=edit.pk):
        raise CannotEstimate
    if found is not None:
        _decide(found, "estimated", reason, edit)
    return edit


@transaction.atomic
def undo_edit(edit_id: int, *, reason: str) -> ReadEdit:
    """Take an edit back: the day stands as if it had never been made. Its exception, if any, waits again.

    Raises ReasonNeeded, AlreadyUndone, ReadEdit.DoesNotExist.
    """
    if not reason.strip():
        raise ReasonNeeded
    edit = ReadEdit.objects.select_for_update().get(pk=edit_id)
    if edit.undone_at is not None:
        raise AlreadyUndone
    edit.undone_at, edit.undone_by = clock.now(), str(actor.current())
    edit.save(update_fields=["undone_at", "undone_by"])
    stand_again([(edit.channel_id, edit.local_day)])
    for found in edit.exceptions.select_for_update():
        others = ReadException.objects.filter(
            channel_id=found.channel_id, local_day=found.local_day, rule=found.rule, status="open"
        )
        if not others.exists():
            found.status, found.edit, found.decided_at, found.decided_by = "open", None, None, ""
            found.save(update_fields=["status", "edit", "decided_at", "decided_by"])
    audit.record(
        action="read_edit.undone",
        subject_type="read_edit",
        subject_id=edit.pk,
        channel=edit.channel_id,
        day=edit.local_day.isoformat(),
        reason=reason,
    )
    return edit


def _undecided(exception_id: int) -> ReadException:
    found = ReadException.objects.select_for_update().get(pk=exception_id)
    if found.status != "open":
        raise AlreadyDecided
    return found


def _decide(found: ReadException, status: str, reason: str, edit: ReadEdit | None) -> ReadException:
    found.status, found.reason, found.edit = status, reason, edit
    found.decided_at, found.decided_by = clock.now(), str(actor.current())
    found.save(update_fields=["status", "reason", "edit", "decided_at", "decided_by"])
    audit.record(
        action=f"read_exception.{status}",
        subject_type="read_exception",
        subject_id=found.pk,
        rule=found.rule,
        channel=found.channel_id,
        day=found.local_day.isoformat(),
        reason=reason,
    )
    return found


def _edit(channel_id: int, day: date, kind: str, reason: str) -> ReadEdit:
    if not reason.strip():
        raise ReasonNeeded
    edit = ReadEdit.objects.create(
        channel_id=channel_id,
        local_day=day,
        kind=kind,
        reason=reason,
        made_by=str(actor.current()),
        made_at=clock.now(),
    )
    audit.record(
        action=f"read_edit.{kind}",
        subject_type="read_edit",
        subject_id=edit.pk,
        channel=channel_id,
        day=day.isoformat(),
        reason=reason,
    )
    return edit


def _write(edit: ReadEdit, values: NDArray[np.int64], codes: NDArray[Any]) -> None:
    first_at, seconds, count = _grid(edit.channel_id, edit.local_day)
    if len(values) != count:
        raise NoSuchInterval
    row = day_intervals(edit.local_day, first_at, seconds, values, codes.tolist())
    store_days([(edit.channel_id, row)], origin="edit", edit_id=edit.pk)


def _grid(channel_id: int, day: date) -> tuple[datetime, int, int]:
    """First instant, interval in seconds and count of a day as it stands; of one without data, made empty first."""
    stored = interval_days([channel_id], day, day + timedelta(days=1))[channel_id]
    if stored:
        return stored[0].start_utc, stored[0].seconds, stored[0].count
    with connection.cursor() as cursor:
        cursor.execute(_ZONE, [channel_id])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchInterval
    seconds, zone = row[0], ZoneInfo(row[1])
    first, last = service_day(day, zone)
    count = 1 if seconds == 86_400 else int((last - first).total_seconds()) // seconds
    empty = day_intervals(day, first.astimezone(UTC), seconds, [0] * count, [Quality.MISSING] * count)
    store_days([(channel_id, empty)])
    return empty.start_utc, seconds, count


_ZONE = """
    SELECT c.interval_s, p.zone FROM cis_registry_channel c
      JOIN cis_registry_deviceinstallation i ON i.device_id = c.device_id
      JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
      JOIN cis_registry_premise p ON p.id = s.premise_id
     WHERE c.id = %s ORDER BY i.during DESC LIMIT 1
"""
