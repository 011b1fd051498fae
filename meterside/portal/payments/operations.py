"""Writes of the portal's payments. Nothing here calls a gateway or the CIS: the journey does."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from meterside.contracts.cis import AccountRef
from meterside.contracts.payments import Charge
from meterside.engine.lifecycle import check_move
from meterside.engine.payment import ATTEMPT, NO_MONEY_MOVED, UNKNOWN_OUTCOME, AttemptStatus
from meterside.spine import actor

from . import queries
from .models import AttemptStep, PaymentAttempt, PaymentIntent
from .queries import AttemptView, NoSuchAttempt, view_of

_FIRST_QUESTION_S = 60
_LONGEST_WAIT_S = 3600
_SETTLEMENT_QUESTION_S = 6 * 3600


class KeyUsedForAnotherPayment(Exception):
    """A form's key came again with another amount or account: refused, never guessed."""


class SeemsRepeated(Exception):
    """An equal payment on the account was made minutes ago or is under way; `previous` is that one."""

    def __init__(self, previous: AttemptView) -> None:
        super().__init__(str(previous.id))
        self.previous = previous


class MovedMeanwhile(Exception):
    """The attempt's status was not what the caller saw: nothing was changed."""


@transaction.atomic
def begin(
    *,
    key: str,
    login_id: int,
    account: AccountRef,
    amount_cents: int,
    gateway: str,
    now: datetime,
    knows_of: UUID | None = None,
) -> AttemptView:
    """Keep a person's wish to pay, and the attempt to carry it out; the same key gives the same attempt.

    After an attempt in which no money moved, the same key begins the next one. `knows_of` is the equal
    payment they were told of and want to repeat. Raises KeyUsedForAnotherPayment; SeemsRepeated when an
    equal payment exists that they have not been told of.
    """
    _one_at_a_time(account)
    intent = PaymentIntent.objects.filter(login_id=login_id, key=key).first()
    latest = None
    if intent is not None:
        if (intent.account_ref, intent.amount_cents) != (account, amount_cents):
            raise KeyUsedForAnotherPayment(key)
        latest = intent.attempts.select_related("intent").order_by("-number").first()
        if latest is not None and latest.status not in NO_MONEY_MOVED:
            return view_of(latest)
    previous = queries.equal_payment(
        account, amount_cents=amount_cents, now=now, not_intent=intent.public_id if intent else None
    )
    if previous is not None and previous.id != knows_of:
        raise SeemsRepeated(previous)
    if intent is None:
        intent = PaymentIntent.objects.create(
            account_ref=account,
            login_id=login_id,
            amount_cents=amount_cents,
            key=key,
            is_repeat=previous is not None,
            created_at=now,
        )
    return _new_attempt(intent, number=latest.number + 1 if latest else 1, gateway=gateway, now=now)


def _one_at_a_time(account: AccountRef) -> None:
    # Two phones that confirm in the same instant: the second waits here and then sees the first.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pay {account}"])


def _new_attempt(intent: PaymentIntent, *, number: int, gateway: str, now: datetime) -> AttemptView:
    attempt = PaymentAttempt.objects.create(
        intent=intent,
        number=number,
        gateway=gateway,
        created_at=now,
        status_at=now,
        ask_at=now + timedelta(seconds=_FIRST_QUESTION_S),
    )
    _step(attempt, status_from="", status_to=AttemptStatus.CREATED, why="confirmed on the page", now=now)
    return view_of(attempt)


def _step(
    attempt: PaymentAttempt, *, status_from: str, status_to: AttemptStatus, why: str, now: datetime
) -> None:
    AttemptStep.objects.create(
        attempt=attempt,
        status_from=str(status_from),
        status_to=str(status_to),
        at=now,
        actor=str(actor.current()),
        why=why,
    )


def lock(attempt_id: UUID) -> AttemptView:
    """Hold the attempt until the caller's transaction ends, so that one catches up at a time."""
    row = (
        PaymentAttempt.objects.select_for_update(of=("self",))
        .select_related("intent")
        .filter(public_id=attempt_id)
        .first()
    )
    if row is None:
        raise NoSuchAttempt(str(attempt_id))
    return view_of(row)


def keep_session(*, attempt_id: UUID, url: str) -> None:
    """Keep where the gateway's page of this attempt is; the second time changes nothing."""
    PaymentAttempt.objects.filter(public_id=attempt_id, session_url="").update(session_url=url)


@transaction.atomic
def move(
    *,
    attempt_id: UUID,
    status_from: AttemptStatus,
    status_to: AttemptStatus,
    why: str,
    now: datetime,
    charge: Charge | None = None,
    paid_at: datetime | None = None,
) -> None:
    """Move an attempt along the table and append the step, with what the gateway says of the charge.

    Raises MoveNotAllowed, and MovedMeanwhile when the attempt is no longer at `status_from`.
    """
    check_move(ATTEMPT, status_from, status_to)
    facts: dict[str, object] = {"status": str(status_to), "status_at": now, "asked": 0}
    facts["ask_at"] = _first_question(status_to, now)
    if charge is not None:
        facts["reference"] = charge.reference
        facts["tender"] = str(charge.tender or "")
        facts["tender_label"] = charge.tender_label
        if status_to in {AttemptStatus.FAILED, AttemptStatus.RETURNED}:
            facts |= {"failure": str(charge.reason or ""), "failure_code": charge.code}
    if status_to is AttemptStatus.ACCEPTED:
        facts |= {"paid_at": paid_at, "failure": "", "failure_code": ""}
    moved = PaymentAttempt.objects.filter(public_id=attempt_id, status=str(status_from)).update(**facts)
    if moved != 1:
        raise MovedMeanwhile(str(attempt_id))
    attempt = PaymentAttempt.objects.get(public_id=attempt_id)
    _step(attempt, status_from=status_from, status_to=status_to, why=why, now=now)


def _first_question(status: AttemptStatus, now: datetime) -> datetime | None:
    if status in UNKNOWN_OUTCOME:
        return now + timedelta(seconds=_FIRST_QUESTION_S)
    if status is AttemptStatus.ACCEPTED:
        return now + timedelta(seconds=_SETTLEMENT_QUESTION_S)
    return None


@transaction.atomic
def take_due(*, now: datetime) -> AttemptView | None:
    """The attempt whose turn it is to be asked about at the gateway, or None.

    Its next turn is set in the same step, each twice as far away, so that an answer that never comes (or a
    worker that is killed) costs nothing but time.
    """
    row = (
        PaymentAttempt.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("intent")
        .filter(ask_at__lte=now)
        .order_by("ask_at", "id")
        .first()
    )
    if row is None:
        return None
    first_s = _FIRST_QUESTION_S if row.status in UNKNOWN_OUTCOME else _SETTLEMENT_QUESTION_S
    wait_s = min(first_s * 2 ** min(row.asked, 12), max(first_s, _LONGEST_WAIT_S))
    PaymentAttempt.objects.filter(pk=row.pk).update(
        ask_at=now + timedelta(seconds=wait_s), asked=row.asked + 1
    )
    return view_of(row)
