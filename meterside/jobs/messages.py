"""Sends messages, writes those that events call for, and forgets what is no longer needed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from procrastinate.blueprints import Blueprint

from meterside import wiring
from meterside.journeys.notify.bills import tell_bills, tell_cancelled
from meterside.journeys.notify.charges import tell_deposit, tell_late_fees
from meterside.journeys.notify.send import send_notice
from meterside.journeys.register import messages as registration
from meterside.journeys.register import topics
from meterside.kit import clock
from meterside.portal.identity.operations import forget_attempts
from meterside.portal.notices.operations import SEND_TOPIC, forget_nobody, wipe_secrets
from meterside.spine.outbox import Envelope

from .deliver import handles

blueprint = Blueprint()

# A demo's past is told at once, long after it happened: those messages are kept, never sent.
_DEMO_PAST = timedelta(days=2)
_SECRETS_KEPT = timedelta(days=1)
_ATTEMPTS_KEPT = timedelta(days=30)


@handles(SEND_TOPIC)
def send(envelope: Envelope) -> None:
    send_notice(UUID(envelope.payload["notice"]), channel=wiring.message_channel())


@handles(topics.CODE)
def send_registration_code(envelope: Envelope) -> None:
    registration.send_code(_attempt(envelope), cause=envelope.message_id, cis=wiring.cis())


@handles(topics.EMAIL_CODE)
def send_email_code(envelope: Envelope) -> None:
    registration.send_email_code(_attempt(envelope), cause=envelope.message_id)


@handles(topics.PROVED_BY_BILL)
def tell_proved_by_bill(envelope: Envelope) -> None:
    registration.tell_proved_by_bill(_attempt(envelope), cause=envelope.message_id, cis=wiring.cis())


@handles(topics.EXHAUSTED)
def tell_exhausted(envelope: Envelope) -> None:
    registration.tell_exhausted(_attempt(envelope), cause=envelope.message_id, cis=wiring.cis())


@handles(topics.FINISHED)
def tell_registered(envelope: Envelope) -> None:
    registration.tell_finished(_attempt(envelope), cause=envelope.message_id, cis=wiring.cis())


@handles("bills.issued")
def tell_bills_issued(envelope: Envelope) -> None:
    tell_bills(envelope.payload["bills"], cause=envelope.message_id, recorded_at=_in_the_past(envelope))


@handles("late_fees.charged")
def tell_late_fees_charged(envelope: Envelope) -> None:
    tell_late_fees(envelope.payload["fees"], cause=envelope.message_id, recorded_at=_in_the_past(envelope))


@handles("late_fees.taken_back")
def tell_late_fees_taken_back(envelope: Envelope) -> None:
    tell_late_fees(
        envelope.payload["fees"],
        cause=envelope.message_id,
        taken_back=True,
        recorded_at=_in_the_past(envelope),
    )


@handles("deposit.asked")
def tell_deposit_asked(envelope: Envelope) -> None:
    tell_deposit(
        envelope.payload, cause=envelope.message_id, returned=False, recorded_at=_in_the_past(envelope)
    )


@handles("deposit.returned")
def tell_deposit_returned(envelope: Envelope) -> None:
    tell_deposit(
        envelope.payload, cause=envelope.message_id, returned=True, recorded_at=_in_the_past(envelope)
    )


def _in_the_past(envelope: Envelope) -> datetime | None:
    """The instant to keep a demo's old messages under; None for those to be sent."""
    is_past = settings.IS_DEMO and envelope.created_at < clock.now() - _DEMO_PAST
    return envelope.created_at if is_past else None


@handles("bill.cancelled")
def tell_bill_cancelled(envelope: Envelope) -> None:
    tell_cancelled(envelope.payload, cause=envelope.message_id)


@blueprint.periodic(cron="17 * * * *")
@blueprint.task(name="forget", queueing_lock="messages:forget")
def forget(timestamp: int) -> None:
    """Every hour: wipe the text of old codes and links, delete old registration attempts."""
    now = clock.now()
    wipe_secrets(before=now - _SECRETS_KEPT)
    forget_nobody(before=now - _SECRETS_KEPT)
    forget_attempts(before=now - _ATTEMPTS_KEPT)


def _attempt(envelope: Envelope) -> UUID:
    return UUID(envelope.payload["attempt"])
