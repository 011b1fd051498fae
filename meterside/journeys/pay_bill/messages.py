"""The gateway's messages: kept as they came, once, and only then acted on."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from meterside.contracts.cis import Cis
from meterside.contracts.payments import EventKind, MalformedWebhook, PaymentGateway
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.kit import clock, crash
from meterside.portal.payments import queries
from meterside.spine import inbox
from meterside.spine.models import InboxMessage
from meterside.spine.queue import defer

from .catching_up import ChargeMismatch, catch_up

log = logging.getLogger(__name__)
MESSAGES_JOB = "payments:messages"
UNKNOWN = "unknown"


def receive_message(
    *, gateway: PaymentGateway, headers: Mapping[str, str], body: bytes, now: datetime
) -> bool:
    """Keep a message; False when it was kept before. Raises a kind of WebhookRefused, and keeps nothing."""
    envelope = gateway.verify_webhook(headers=headers, body=body, now=now)
    with transaction.atomic():
        is_new = inbox.keep(
            source=_source(gateway),
            external_id=envelope.event_id,
            kind=envelope.kind,
            body=body.decode("utf-8", "replace"),
        )
        defer(MESSAGES_JOB, queueing_lock=MESSAGES_JOB)
        crash.point("hook.before_keep_commit")
    crash.point("hook.after_keep_commit")
    return is_new


def process_messages(*, cis: Cis, gateway: PaymentGateway) -> int:
    """Act on what was kept; returns how many messages. What fails stays, and is raised at the end."""

    def handle(message: InboxMessage) -> str:
        result = _act_on(message, cis=cis, gateway=gateway)
        crash.point("hook.before_event_commit")
        return result

    done = inbox.process_waiting(_source(gateway), handle)
    if done:
        crash.point("hook.after_event_commit")
    return done


def _source(gateway: PaymentGateway) -> str:
    return f"payments.{gateway.name}"


def _act_on(message: InboxMessage, *, cis: Cis, gateway: PaymentGateway) -> str:
    """Returns a word for what was done; a message that fits nothing of ours is put aside, with the reason."""
    try:
        event = gateway.read_event(message.body)
        if event.kind is EventKind.UNKNOWN or event.charge is None:
            return UNKNOWN
        before = queries.attempt(event.charge.attempt_id).status
        after = catch_up(
            cis=cis,
            gateway=gateway.name,
            charge=event.charge,
            how=f"the gateway's message {message.kind}",
            now=clock.now(),
        ).status
    except (MalformedWebhook, queries.NoSuchAttempt, ChargeMismatch, MoveNotAllowed) as error:
        log.error("message %s of %s is put aside: %r", message.external_id, message.source, error)
        return f"quarantined: {type(error).__name__}"
    return str(after) if after != before else "nothing new"
