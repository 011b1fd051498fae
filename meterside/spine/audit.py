"""The audit line that every write that matters leaves."""

from __future__ import annotations

from typing import Any

from meterside.kit import clock

from . import actor
from .models import AuditEntry


def record(*, action: str, subject_type: str, subject_id: object, **detail: Any) -> None:
    """Write one line in the caller's transaction. `detail` holds no secret and no whole personal record."""
    who = actor.current()
    AuditEntry.objects.create(
        at=clock.now(),
        actor_kind=who.kind,
        actor_id=who.id,
        action=action,
        subject_type=subject_type,
        subject_id=str(subject_id),
        detail=detail,
    )
