"""Writes of messages. A message is a row first; the outbox then hands it to its channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from meterside.contracts.cis import AccountRef
from meterside.kit import clock
from meterside.spine import outbox

from .models import Notice

SEND_TOPIC = "notice.send"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be: its words, who gets it, and by which channel."""

    kind: str
    to: str
    subject: str
    body: str
    language: str
    channel: str = "email"
    account: AccountRef | None = None
    is_secret: bool = False


def write(draft: Draft, *, cause: UUID | None = None) -> UUID:
    """Keep a message and put it in the outbox, in the caller's transaction. Returns its id.

    `cause` is the event it comes from: an event that is delivered twice writes each person one message.
    """
    message_id = uuid4() if cause is None else uuid5(cause, f"{draft.kind} {draft.channel} {draft.to}")
    _, is_new = Notice.objects.get_or_create(
        message_id=message_id, defaults=_columns(draft, status="waiting", at=clock.now())
    )
    if is_new:
        outbox.put(topic=SEND_TOPIC, payload={"notice": str(message_id)}, message_id=message_id)
    return message_id


def write_to_nobody() -> None:
    """The work of a message to somebody, to nobody: so that time tells nothing about an address."""
    write(Draft(kind=NOBODY, to="", subject="", body="", language="en", is_secret=True))


def record(drafts: Sequence[Draft], *, at: datetime) -> int:
    """Keep messages of the past that are never sent; returns how many."""
    rows = [Notice(**_columns(draft, status="recorded", at=at)) for draft in drafts]
    return len(Notice.objects.bulk_create(rows))


def mark_sent(*, message_id: UUID, reference: str) -> None:
    """The channel took it; `reference` is the channel's own."""
    Notice.objects.filter(message_id=message_id, status="waiting").update(
        status="sent", channel_reference=reference, sent_at=clock.now()
    )


def mark_refused(*, message_id: UUID, reason: str) -> None:
    """The channel will never take it; `reason` is for staff."""
    Notice.objects.filter(message_id=message_id, status="waiting").update(
        status="refused", channel_reference=reason[:500]
    )


def wipe_secrets(*, before: datetime) -> int:
    """Empty the text of codes and sign-in links older than that; returns how many. The line stays."""
    return Notice.objects.filter(is_secret=True, created_at__lt=before).exclude(body="").update(body="")


def forget_nobody(*, before: datetime) -> int:
    """Delete messages to nobody older than that; returns how many."""
    deleted, _ = Notice.objects.filter(kind=NOBODY, created_at__lt=before).delete()
    return deleted


def _columns(draft: Draft, *, status: str, at: datetime) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "channel": draft.channel,
        "to": draft.to,
        "account_ref": draft.account,
        "language": draft.language,
        "subject": draft.subject,
        "body": draft.body,
        "is_secret": draft.is_secret,
        "status": status,
        "created_at": at,
    }
