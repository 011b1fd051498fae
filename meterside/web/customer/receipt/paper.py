"""What a receipt says, whoever took the payment: ours with its steps, or one the CIS tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from meterside.contracts.cis import AccountRef, Cis, Page, PaymentView
from meterside.engine.payment import AttemptStatus
from meterside.journeys.pay_bill.words import return_kind
from meterside.portal.payments import queries
from meterside.portal.payments.queries import AttemptView

_PAGE_ROWS = 100
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """One payment on one sheet. `status` is accepted, settled or returned.

    `failure` is why it was returned: a kind of FailureReason, or empty where nobody said.
    """

    payment_id: UUID
    account: AccountRef
    amount_cents: int
    paid_at: datetime
    method: str
    channel: str
    reference: str
    status: AttemptStatus
    settled_at: datetime | None
    returned_at: datetime | None
    failure: str


def of_attempt(attempt: AttemptView) -> Receipt:
    """The receipt of a payment made here; it must have been accepted."""
    at = {step.status_to: step.at for step in queries.steps_of(attempt.id)}
    return Receipt(
        payment_id=attempt.id,
        account=attempt.account,
        amount_cents=attempt.amount_cents,
        paid_at=attempt.paid_at or attempt.status_at,
        method=attempt.tender_label,
        channel="portal",
        reference=attempt.reference,
        status=attempt.status,
        settled_at=at.get(AttemptStatus.SETTLED),
        returned_at=at.get(AttemptStatus.RETURNED),
        failure=attempt.failure,
    )


def of_cis(cis: Cis, *, account: AccountRef, payment_id: UUID) -> Receipt | None:
    """The receipt of a payment of that account, made elsewhere; None when the account has no such payment.

    It is looked for among the account's own payments, so that another account's id finds nothing.
    Raises CisUnavailable.
    """
    for number in range(_MOST_PAGES):
        rows = cis.payments(account, page=Page(offset=number * _PAGE_ROWS, limit=_PAGE_ROWS))
        for row in rows.items:
            if row.payment_id == payment_id:
                return _of_row(account, row)
        if (number + 1) * _PAGE_ROWS >= rows.total:
            return None
    return None


def _of_row(account: AccountRef, row: PaymentView) -> Receipt:
    status = AttemptStatus(row.status)
    return Receipt(
        payment_id=row.payment_id,
        account=account,
        amount_cents=row.amount_cents,
        paid_at=row.paid_at,
        method=row.tender_label,
        channel=row.channel,
        reference=row.reference,
        status=status,
        settled_at=row.status_at if status is AttemptStatus.SETTLED else None,
        returned_at=row.status_at if status is AttemptStatus.RETURNED else None,
        failure=return_kind(row.status_reason) if status is AttemptStatus.RETURNED else "",
    )
