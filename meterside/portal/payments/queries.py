"""Reads of the portal's payments; results are frozen. Whether the caller may see them, the caller has checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from meterside.contracts.cis import AccountRef
from meterside.engine.payment import NO_MONEY_MOVED, UNKNOWN_OUTCOME, AttemptStatus

from .models import AttemptStep, PaymentAttempt

REPEAT_WINDOW = timedelta(minutes=10)
"""An equal payment this recent is asked about before another is taken."""


class NoSuchAttempt(LookupError):
    """No attempt has that id."""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt with what its intent asked for. `id` is the payment's id everywhere.

    `failure` is a kind of `contracts.payments.FailureReason`, `failure_code` the gateway's own word.
    """

    id: UUID
    intent_id: UUID
    account: AccountRef
    login_id: int
    key: str
    amount_cents: int
    number: int
    gateway: str
    status: AttemptStatus
    created_at: datetime
    status_at: datetime
    session_url: str
    reference: str
    tender: str
    tender_label: str
    paid_at: datetime | None
    failure: str
    failure_code: str

    @property
    def is_open(self) -> bool:
        """Whether the outcome is not known yet."""
        return self.status in UNKNOWN_OUTCOME


@dataclass(frozen=True, slots=True)
class StepView:
    """One move of an attempt: who, when, why."""

    status_from: str
    status_to: AttemptStatus
    at: datetime
    actor: str
    why: str


def view_of(row: PaymentAttempt) -> AttemptView:
    """The frozen view of a row whose intent is loaded."""
    return AttemptView(
        id=row.public_id,
        intent_id=row.intent.public_id,
        account=AccountRef(row.intent.account_ref),
        login_id=row.intent.login_id,
        key=row.intent.key,
        amount_cents=row.intent.amount_cents,
        number=row.number,
        gateway=row.gateway,
        status=AttemptStatus(row.status),
        created_at=row.created_at,
        status_at=row.status_at,
        session_url=row.session_url,
        reference=row.reference,
        tender=row.tender,
        tender_label=row.tender_label,
        paid_at=row.paid_at,
        failure=row.failure,
        failure_code=row.failure_code,
    )


def attempt(attempt_id: UUID) -> AttemptView:
    """One attempt, whoever made it: the caller checks the account. Raises NoSuchAttempt."""
    row = PaymentAttempt.objects.select_related("intent").filter(public_id=attempt_id).first()
    if row is None:
        raise NoSuchAttempt(str(attempt_id))
    return view_of(row)


def steps_of(attempt_id: UUID) -> tuple[StepView, ...]:
    """Every move of an attempt, oldest first."""
    rows = AttemptStep.objects.filter(attempt__public_id=attempt_id).order_by("id")
    return tuple(
        StepView(
            status_from=row.status_from,
            status_to=AttemptStatus(row.status_to),
            at=row.at,
            actor=row.actor,
            why=row.why,
        )
        for row in rows
    )


def unposted_of(account: AccountRef, *, since: datetime) -> tuple[AttemptView, ...]:
    """Attempts the CIS does not know: on the way, refused or given up, latest first, at most 20."""
    unposted = UNKNOWN_OUTCOME | NO_MONEY_MOVED
    rows = (
        PaymentAttempt.objects.select_related("intent")
        .filter(
            intent__account_ref=account,
            status__in=[str(status) for status in unposted],
            created_at__gte=since,
        )
        .order_by("-id")[:20]
    )
    return tuple(view_of(row) for row in rows)


def equal_payment(
    account: AccountRef, *, amount_cents: int, now: datetime, not_intent: UUID | None = None
) -> AttemptView | None:
    """The latest payment of the same amount that may make another one a mistake.

    That is one accepted within REPEAT_WINDOW, or one whose outcome is still unknown, however old: it may
    yet be paid.
    """
    rows = (
        PaymentAttempt.objects.select_related("intent")
        .filter(intent__account_ref=account, intent__amount_cents=amount_cents)
        .filter(
            Q(status__in=[str(status) for status in UNKNOWN_OUTCOME])
            | Q(status__in=["accepted", "settled"], paid_at__gte=now - REPEAT_WINDOW)
        )
        .order_by("-id")
    )
    if not_intent is not None:
        rows = rows.exclude(intent__public_id=not_intent)
    row = rows.first()
    return view_of(row) if row else None
