"""Writes to the books. Each makes one transaction that sums to zero; doing a done thing raises."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from meterside.cis.registry.models import Account
from meterside.kit import clock
from meterside.kit.sql import copy_in
from meterside.spine import audit

from .entries import Entry, Leg, enter
from .models import AccountingPeriod, Payment, PaymentStatus

RECEIVABLE: Final = "receivable"
CLEARING: Final = "clearing"
BANK: Final = "bank"
TAX: Final = "tax"
ADJUSTMENT: Final = "adjustment"
OPENING: Final = "opening"


class LedgerError(Exception):
    """The books refuse; the message says why."""


class NoSuchPayment(LedgerError):
    """No payment has that id."""


class PaymentAlreadyPosted(LedgerError):
    """That payment id is in the books already."""


class PaymentAlreadySettled(LedgerError):
    """Its money has reached the bank already."""


class PaymentAlreadyReturned(LedgerError):
    """It was taken back already."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What one agreement is charged on a bill: `income_cents` for the service, `tax_cents` for others."""

    agreement_id: int
    service: str
    income_cents: int
    tax_cents: int

    @property
    def total_cents(self) -> int:
        return self.income_cents + self.tax_cents


@dataclass(frozen=True, slots=True)
class BillPosting:
    """One bill to post. Its charges may be of either sign; a charge of nothing posts nothing."""

    bill_id: int
    bill_public_id: UUID
    account_id: int
    bill_date: date
    charges: tuple[Charge, ...]


def accounting_day(day: date) -> date:
    """`day`, or today where its month is closed."""
    return accounting_days({day})[day]


def accounting_days(days: Set[date]) -> dict[date, date]:
    """The accounting day of each of these days."""
    months = {day.replace(day=1) for day in days}
    closed = set(
        AccountingPeriod.objects.filter(first_day__in=months, closed_at__isnull=False).values_list(
            "first_day", flat=True
        )
    )
    today = clock.today(settings.UTILITY.zone)
    return {day: today if day.replace(day=1) in closed else day for day in days}


def post_bills(bills: Sequence[BillPosting]) -> None:
    """Post many bills, each as a transaction of its own: receivable by agreement against income and tax.

    Must run inside the transaction that makes the bills. A bill that charges nothing has no transaction.
    """
    days = accounting_days({bill.bill_date for bill in bills})
    charged = [
        (bill, [charge for charge in bill.charges if charge.income_cents or charge.tax_cents])
        for bill in bills
    ]
    charged = [(bill, charges) for bill, charges in charged if charges]
    entries = [
        Entry(
            kind="bill",
            source="bill",
            source_id=str(bill.bill_public_id),
            effective_on=bill.bill_date,
            accounting_on=days[bill.bill_date],
            postings=[posting for charge in charges for posting in _charge_postings(bill, charge)],
        )
        for bill, charges in charged
    ]
    enter(entries)


def _charge_postings(bill: BillPosting, charge: Charge) -> list[Leg]:
    legs = [
        (RECEIVABLE, charge.total_cents, bill.account_id),
        (f"income.{charge.service}", -charge.income_cents, None),
        (TAX, -charge.tax_cents, None),
    ]
    return [
        Leg(code, cents, account_id, charge.service, charge.agreement_id, bill.bill_id)
        for code, cents, account_id in legs
        if cents
    ]


def post_payment(
    *,
    payment_id: UUID,
    account_id: int,
    amount_cents: int,
    paid_at: datetime,
    channel: str,
    tender: str,
    tender_label: str = "",
    reference: str = "",
) -> Payment:
    """Post an accepted payment to clearing, effective on the local day it was made.

    Raises PaymentAlreadyPosted when the id is known, LedgerError when the amount is not positive.
    """
    return post_payments(
        [
            Payment(
                payment_id=payment_id,
                account_id=account_id,
                amount_cents=amount_cents,
                paid_at=paid_at,
                effective_on=paid_at.astimezone(settings.UTILITY.zone).date(),
                channel=channel,
                tender=tender,
                tender_label=tender_label,
                reference=reference,
            )
        ]
    )[0]


@transaction.atomic
def post_payments(payments: Sequence[Payment]) -> list[Payment]:
    """Post many accepted payments (a lockbox file, an autopay night), each as a transaction of its own.

    Raises as `post_payment`; one refusal refuses all.
    """
    if any(payment.amount_cents <= 0 for payment in payments):
        raise LedgerError("a payment must be more than nothing")
    _hold_accounts({payment.account_id for payment in payments})
    try:
        with transaction.atomic():
            kept = Payment.objects.bulk_create(payments)
    except IntegrityError as error:
        raise PaymentAlreadyPosted(str(payments[0].payment_id)) from error
    _payment_steps(
        kept,
        status="accepted",
        kind="payment",
        at=[payment.paid_at for payment in kept],
        legs=[[(CLEARING, payment.amount_cents), (RECEIVABLE, -payment.amount_cents)] for payment in kept],
    )
    if len(kept) == 1:
        audit.record(
            action="payment.posted",
            subject_type="payment",
            subject_id=kept[0].payment_id,
            amount_cents=kept[0].amount_cents,
        )
    else:
        audit.record(
            action="payments.posted",
            subject_type="batch",
            subject_id=kept[0].reference if kept else "",
            count=len(kept),
            amount_cents=sum(payment.amount_cents for payment in kept),
        )
    return kept


def _payment_steps(
    payments: Sequence[Payment],
    *,
    status: str,
    kind: str,
    at: Sequence[datetime],
    legs: Sequence[Sequence[tuple[str, int]]],
    reason: str = "",
) -> None:
    zone = settings.UTILITY.zone
    days = [moment.astimezone(zone).date() for moment in at]
    accounting = accounting_days(set(days))
    keys = enter(
        [
            Entry(
                kind=kind,
                source="payment",
                source_id=str(payment.payment_id),
                effective_on=day,
                accounting_on=accounting[day],
                note=reason,
                postings=[
                    Leg(code, cents, payment.account_id if code == RECEIVABLE else None)
                    for code, cents in posted
                ],
            )
            for payment, day, posted in zip(payments, days, legs, strict=True)
        ]
    )
    copy_in(
        PaymentStatus,
        ("payment_id", "status", "at", "reason", "transaction_id"),
        [
            (payment.pk, status, moment, reason, key)
            for key, payment, moment in zip(keys, payments, at, strict=True)
        ],
    )


@transaction.atomic
def settle_payments(payment_ids: Sequence[UUID], *, settled_at: datetime) -> None:
    """The money of these payments reached the bank: clearing to bank.

    Raises NoSuchPayment, PaymentAlreadySettled, PaymentAlreadyReturned; one refusal refuses all.
    """
    payments = _locked(payment_ids)
    _refuse_if(payments, settled=True, returned=True)
    _payment_steps(
        payments,
        status="settled",
        kind="settlement",
        at=[settled_at] * len(payments),
        legs=[[(BANK, payment.amount_cents), (CLEARING, -payment.amount_cents)] for payment in payments],
    )


@transaction.atomic
def return_payment(*, payment_id: UUID, returned_at: datetime, reason: str) -> None:
    """The money did not arrive, or was taken back: the debt stands again.

    Raises NoSuchPayment, PaymentAlreadyReturned.
    """
    (payment,) = _locked([payment_id])
    _hold_accounts({payment.account_id})
    was_settled = _refuse_if([payment], settled=False, returned=True)
    held = BANK if was_settled else CLEARING
    _payment_steps(
        [payment],
        status="returned",
        kind="return",
        at=[returned_at],
        legs=[[(RECEIVABLE, payment.amount_cents), (held, -payment.amount_cents)]],
        reason=reason,
    )
    audit.record(action="payment.returned", subject_type="payment", subject_id=payment_id, reason=reason)


def _hold_accounts(account_ids: Set[int]) -> None:
    """Wait until no bill run is at work on these accounts, and let none begin until this transaction ends.

    To be called before the entry has its key: a bill knows what came before it by those keys, so an entry must
    not have an earlier key than one a bill has seen, and become visible later. The foreign keys do not see to
    that: they are checked, and lock, only at the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM cis_registry_account WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [sorted(account_ids)],
        )


def _locked(payment_ids: Sequence[UUID]) -> list[Payment]:
    """These payments, in their order, with nobody else at work on them until the transaction ends."""
    # Payments cannot be updated, so a row lock is not ours to take: an advisory one serves as well. All take
    # them in one order, so that two callers with payments in common cannot wait for each other.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key",
            [sorted(f"payment {payment_id}" for payment_id in payment_ids)],
        )
    found = {
        payment.payment_id: payment for payment in Payment.objects.filter(payment_id__in=list(payment_ids))
    }
    for payment_id in payment_ids:
        if payment_id not in found:
            raise NoSuchPayment(str(payment_id))
    return [found[payment_id] for payment_id in payment_ids]


def _refuse_if(payments: Sequence[Payment], *, settled: bool, returned: bool) -> bool:
    """Raise for the first payment in a status that is not wanted; returns whether any was settled."""
    of_key = {payment.pk: payment for payment in payments}
    taken = set(PaymentStatus.objects.filter(payment__in=of_key).values_list("payment_id", "status"))
    for key, payment in of_key.items():
        if returned and (key, "returned") in taken:
            raise PaymentAlreadyReturned(str(payment.payment_id))
        if settled and (key, "settled") in taken:
            raise PaymentAlreadySettled(str(payment.payment_id))
    return any(status == "settled" for _, status in taken)


@transaction.atomic
def post_adjustment(
    *, source_id: str, account_id: int, amount_cents: int, effective_on: date, note: str
) -> None:
    """Change what an account owes by `amount_cents` (negative: a credit), with the reason in `note`.

    Raises LedgerError for nothing, or for a `source_id` that was used before.
    """
    _simple(
        kind="adjustment", against=ADJUSTMENT, source_id=source_id, account_id=account_id,
        amount_cents=amount_cents, effective_on=effective_on, note=note,
    )  # fmt: skip


@transaction.atomic
def post_opening_balance(*, source_id: str, account_id: int, amount_cents: int, effective_on: date) -> None:
    """Bring an account's balance in from an older system. Raises as `post_adjustment`."""
    _simple(
        kind="opening", against=OPENING, source_id=source_id, account_id=account_id,
        amount_cents=amount_cents, effective_on=effective_on, note="",
    )  # fmt: skip


def _simple(
    *,
    kind: str,
    against: str,
    source_id: str,
    account_id: int,
    amount_cents: int,
    effective_on: date,
    note: str,
) -> None:
    if amount_cents == 0:
        raise LedgerError(f"an {kind} of nothing")
    # Before the transaction has its id, so that a bill run sees it whole or not at all.
    Account.objects.select_for_update(no_key=True).get(pk=account_id)
    try:
        with transaction.atomic():
            enter(
                [
                    Entry(
                        kind=kind,
                        source=kind,
                        source_id=source_id,
                        effective_on=effective_on,
                        accounting_on=accounting_day(effective_on),
                        note=note,
                        postings=[Leg(RECEIVABLE, amount_cents, account_id), Leg(against, -amount_cents)],
                    )
                ]
            )
    except IntegrityError as error:
        raise LedgerError(f"{kind} {source_id} is in the books already") from error
    audit.record(
        action=f"{kind}.posted", subject_type="account", subject_id=account_id, amount_cents=amount_cents
    )
