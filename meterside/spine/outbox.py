"""The outbox: every message to the world outside this transaction is a row first.

`put` is called inside the transaction that makes the fact; `deliver_one` locks one waiting row and hands it
to a handler outside any transaction, then marks it. A handler may see the same message twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from meterside.kit import clock

from .models import OutboxMessage
from .queue import defer

DELIVER_JOB = "deliver:outbox"
_LEASE_S = 60
_LONGEST_WAIT_S = 3600


class OutsideTransaction(RuntimeError):
    """The outbox was written outside the transaction that makes the fact true."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message taken from the outbox. `attempts` counts this one."""

    row_id: int
    message_id: UUID
    topic: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime


def put(
    *, topic: str, payload: Mapping[str, Any], message_id: UUID | None = None, delivered: bool = False
) -> UUID:
    """Write one message; returns its id. `delivered` records one that this transaction itself carries out.

    Raises OutsideTransaction when no transaction is open, IntegrityError when the id was used before.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(topic)
    now = clock.now()
    message = OutboxMessage.objects.create(
        message_id=message_id or uuid4(),
        topic=topic,
        payload=dict(payload),
        created_at=now,
        next_attempt_at=now,
        delivered_at=now if delivered else None,
    )
    if not delivered:
        defer(DELIVER_JOB, queueing_lock=DELIVER_JOB)
    return message.message_id


def take(*, lease_s: int = _LEASE_S) -> Envelope | None:
    """Lease the oldest waiting message, so that a worker killed in the middle leaves it to another."""
    now = clock.now()
    with transaction.atomic():
        message = (
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(delivered_at__isnull=True, next_attempt_at__lte=now)
            .order_by("next_attempt_at", "id")
            .first()
        )
        if message is None:
            return None
        message.attempts += 1
        message.next_attempt_at = now + timedelta(seconds=lease_s)
        message.save(update_fields=["attempts", "next_attempt_at"])
    return Envelope(
        row_id=message.pk,
        message_id=message.message_id,
        topic=message.topic,
        payload=message.payload,
        attempts=message.attempts,
        created_at=message.created_at,
    )


def mark_delivered(row_id: int) -> None:
    """Say that the message arrived; saying it twice changes nothing."""
    OutboxMessage.objects.filter(pk=row_id, delivered_at__isnull=True).update(
        delivered_at=clock.now(), last_error=""
    )


def mark_failed(row_id: int, *, error: str, attempts: int) -> None:
    """Keep the message and try again later, waiting twice as long each time, at most an hour."""
    wait_s = min(2 ** min(attempts, 12), _LONGEST_WAIT_S)
    OutboxMessage.objects.filter(pk=row_id).update(
        next_attempt_at=clock.now() + timedelta(seconds=wait_s), last_error=error[:500]
    )


def deliver_waiting(handle: Callable[[Envelope], None], *, limit: int = 200) -> int:
    """Hand waiting messages to `handle`, at most `limit`; returns how many arrived.

    What a handler raises is kept on the row; the message waits and is tried again.
    """
    delivered = 0
    for _ in range(limit):
        envelope = take()
        if envelope is None:
            break
        try:
            handle(envelope)
        except Exception as error:
            mark_failed(envelope.row_id, error=f"{type(error).__name__}: {error}", attempts=envelope.attempts)
        else:
            mark_delivered(envelope.row_id)
            delivered += 1
    return delivered
