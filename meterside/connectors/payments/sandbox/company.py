"""The sandbox company: its books, and the protocol a merchant speaks with it (plain data in, plain data out).

It keeps its own sessions and charges and knows of the merchant only what the protocol says. Every change of a
charge commits together with the message that tells of it. Calls made inside somebody else's transaction are
refused: a real gateway could not be rolled back either.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from meterside.kit import clock, crash
from meterside.spine.queue import defer

from .bank import TestMethod, method
from .models import Charge, DueStep, HostedSession, WebhookMessage

TICK_JOB = "payments:sandbox_tick"
SESSION_LASTS = timedelta(minutes=30)
_TELLING = {
    "accepted": "charge.accepted",
    "settled": "charge.settled",
    "declined": "charge.declined",
    "returned": "charge.returned",
}


class Refused(Exception):
    """The company does not do that; the message is for the merchant's engineers."""


class SessionIsClosed(Exception):
    """The page cannot be paid on any more."""


def delay() -> timedelta:
    """How long the pretended bank takes for a step."""
    return timedelta(seconds=settings.PAYMENTS.sandbox_delay_s)


def open_session(request: Mapping[str, Any]) -> dict[str, Any]:
    """Begin a session for a merchant's reference, or give back the one there is. Raises Refused."""
    now = clock.now()
    with transaction.atomic(durable=True):
        session, _ = HostedSession.objects.get_or_create(
            merchant=request["merchant"],
            merchant_reference=UUID(request["reference"]),
            defaults={
                "token": secrets.token_urlsafe(24),
                "amount_cents": request["amount_cents"],
                "description": request["description"],
                "payer_name": request["payer_name"],
                "return_url": request["return_url"],
                "language": request["language"],
                "created_at": now,
                "expires_at": now + SESSION_LASTS,
            },
        )
        if session.amount_cents != request["amount_cents"]:
            raise Refused("the reference was used with another amount")
        crash.point("sandbox.before_session_commit")
    return {
        "session": session.token,
        "url": reverse("sandbox_gateway", kwargs={"token": session.token}),
        "expires_at": session.expires_at.isoformat(),
    }


def find(merchant: str, reference: UUID) -> dict[str, Any] | None:
    """How a session of that reference stands, or None. A session past its time is closed first."""
    with transaction.atomic(durable=True):
        session = _lock(HostedSession.objects.filter(merchant=merchant, merchant_reference=reference))
        if session is None:
            return None
        if session.closed_at is None and session.expires_at <= clock.now():
            _close(session, "expired")
        return describe(session)


def cancel(merchant: str, reference: UUID) -> dict[str, Any] | None:
    """Close a session nobody has paid in; one that was paid stays as it is. None when there is none."""
    with transaction.atomic(durable=True):
        session = _lock(HostedSession.objects.filter(merchant=merchant, merchant_reference=reference))
        if session is None:
            return None
        if session.closed_at is None:
            _close(session, "cancelled")
        return describe(session)


def page(token: str) -> HostedSession | None:
    """The session behind an address of the hosted page."""
    return HostedSession.objects.filter(token=token).first()


def is_payable(session: HostedSession) -> bool:
    """Whether the page still takes money."""
    return session.closed_at is None and clock.now() < session.expires_at


def leave(token: str) -> str:
    """The customer cancelled on the page; returns where they go. What was paid stays paid."""
    with transaction.atomic(durable=True):
        session = _lock(HostedSession.objects.filter(token=token))
        if session is None:
            raise SessionIsClosed
        if session.closed_at is None:
            _close(session, "cancelled")
        return session.return_url


def submit(token: str, *, method_key: str, memo: str) -> str:
    """The customer pays; returns where they go. The second time, whatever they click, nothing is taken.

    Raises SessionIsClosed, and Refused for a method the page does not have.
    """
    chosen = method(method_key)
    if chosen is None:
        raise Refused(f"no method {method_key!r}")
    now = clock.now()
    with transaction.atomic(durable=True):
        session = _lock(HostedSession.objects.filter(token=token))
        if session is None:
            raise SessionIsClosed
        if session.close_reason == "paid":
            return session.return_url
        if not is_payable(session):
            raise SessionIsClosed
        charge = _charge(session, chosen, memo=memo, now=now)
        session.closed_at, session.close_reason = now, "paid"
        session.save(update_fields=["closed_at", "close_reason"])
        _tell(charge)
        _plan(charge, chosen)
        crash.point("sandbox.before_charge_commit")
    crash.point("sandbox.after_charge_commit")
    return session.return_url


def _charge(session: HostedSession, chosen: TestMethod, *, memo: str, now: datetime) -> Charge:
    first = chosen.outcomes[0]
    return Charge.objects.create(
        session=session,
        reference=f"SBX-{secrets.token_hex(5).upper()}",
        method=chosen.key,
        memo=memo,
        state=first.state,
        code=first.code,
        submitted_at=now,
        accepted_at=now if first.state == "accepted" else None,
        ended_at=now if first.state == "declined" else None,
    )


def _plan(charge: Charge, chosen: TestMethod) -> None:
    for position, outcome in enumerate(chosen.outcomes[1:]):
        due_at = charge.submitted_at + outcome.delays * delay()
        DueStep.objects.create(
            charge=charge, position=position, state=outcome.state, code=outcome.code, due_at=due_at
        )
        defer(TICK_JOB, at=due_at, queueing_lock=f"{TICK_JOB}:{charge.pk}:{position}")


def carry_out_due_steps(*, limit: int = 500) -> int:
    """Let time do to charges what is due; returns how many steps were made, each in its own transaction."""
    for done in range(limit):
        with transaction.atomic(durable=True):
            step = (
                DueStep.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(done_at__isnull=True, due_at__lte=clock.now())
                .order_by("due_at", "id")
                .first()
            )
            if step is None:
                return done
            _carry_out(step)
            crash.point("sandbox.before_step_commit")
        crash.point("sandbox.after_step_commit")
    return limit


def _carry_out(step: DueStep) -> None:
    charge = Charge.objects.select_for_update().get(pk=step.charge_id)
    now = clock.now()
    stamp = {"accepted": "accepted_at", "settled": "settled_at", "returned": "ended_at"}[step.state]
    charge.state, charge.code = step.state, step.code
    setattr(charge, stamp, now)
    charge.save(update_fields=["state", "code", stamp])
    step.done_at = now
    step.save(update_fields=["done_at"])
    _tell(charge)


def close_expired_sessions(*, limit: int = 500) -> int:
    """Close sessions nobody paid in before their time ran out; returns how many."""
    for done in range(limit):
        with transaction.atomic(durable=True):
            session = _lock(
                HostedSession.objects.filter(closed_at__isnull=True, expires_at__lte=clock.now()),
                skip_locked=True,
            )
            if session is None:
                return done
            _close(session, "expired")
    return limit


def _lock(sessions: Any, *, skip_locked: bool = False) -> HostedSession | None:
    found: HostedSession | None = sessions.select_for_update(skip_locked=skip_locked).order_by("id").first()
    return found


def _close(session: HostedSession, reason: str) -> None:
    session.closed_at, session.close_reason = clock.now(), reason
    session.save(update_fields=["closed_at", "close_reason"])
    _message(session, "session.closed")


def _tell(charge: Charge) -> None:
    kind = _TELLING.get(charge.state)
    if kind is not None:
        _message(charge.session, kind)


def _message(session: HostedSession, kind: str) -> None:
    now, event_id = clock.now(), uuid4()
    body = {
        "id": str(event_id),
        "type": kind,
        "created": now.isoformat(),
        "live": False,
        "merchant": session.merchant,
        "data": describe(session),
    }
    WebhookMessage.objects.create(
        event_id=event_id,
        session=session,
        kind=kind,
        body=json.dumps(body, separators=(",", ":")),
        created_at=now,
        next_attempt_at=now,
    )
    defer(TICK_JOB, queueing_lock=TICK_JOB)


def describe(session: HostedSession) -> dict[str, Any]:
    """A session and its charge in the words of the protocol."""
    told: dict[str, Any] = {
        "reference": str(session.merchant_reference),
        "amount_cents": session.amount_cents,
        "state": "open",
    }
    charge = Charge.objects.filter(session=session).first()
    if charge is None:
        return told | ({"state": "closed", "closed": session.close_reason} if session.closed_at else {})
    used = method(charge.method)
    return told | {
        "state": charge.state,
        "charge": charge.reference,
        "method": {"type": used.tender, "label": used.label} if used else None,
        "submitted_at": charge.submitted_at.isoformat(),
        "accepted_at": charge.accepted_at.isoformat() if charge.accepted_at else None,
        "settled_at": charge.settled_at.isoformat() if charge.settled_at else None,
        "ended_at": charge.ended_at.isoformat() if charge.ended_at else None,
        "code": charge.code,
    }
