"""Reads of messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from meterside.contracts.messaging import OutgoingMessage

from .models import Notice


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One message as a page shows it."""

    message_id: UUID
    kind: str
    channel: str
    to: str
    language: str
    subject: str
    body: str
    is_secret: bool
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingNotice:
    """A message to hand to its channel."""

    message: OutgoingMessage
    is_secret: bool
    created_at: datetime


def latest(*, offset: int, limit: int) -> tuple[NoticeView, ...]:
    """All messages to somebody, newest first: for the demo's inbox only."""
    rows = Notice.objects.exclude(to="").order_by("-created_at", "-id")[offset : offset + limit]
    return tuple(_view(row) for row in rows)


def notice(message_id: UUID) -> NoticeView | None:
    """One message, or None."""
    row = Notice.objects.filter(message_id=message_id).first()
    return None if row is None else _view(row)


def waiting(message_id: UUID) -> WaitingNotice | None:
    """A message that was neither sent nor refused, or None."""
    row = Notice.objects.filter(message_id=message_id, status="waiting").first()
    if row is None:
        return None
    return WaitingNotice(
        message=OutgoingMessage(
            message_id=row.message_id,
            kind=row.kind,
            to=row.to,
            subject=row.subject,
            body=row.body,
            language=row.language,
        ),
        is_secret=row.is_secret,
        created_at=row.created_at,
    )


def _view(row: Notice) -> NoticeView:
    return NoticeView(
        message_id=row.message_id,
        kind=row.kind,
        channel=row.channel,
        to=row.to,
        language=row.language,
        subject=row.subject,
        body=row.body,
        is_secret=row.is_secret,
        status=row.status,
        created_at=row.created_at,
    )
