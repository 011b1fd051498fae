"""Late fees: charged once, taken back, waived. What was printed is what is charged (docs/algorithms/late-fees.md)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from meterside.cis.ledger.late_fees import FeePosting, post_late_fees, reverse_late_fees
from meterside.cis.registry.models import Account
from meterside.kit import clock, crash
from meterside.spine import actor, audit, outbox

from ..lifecycles import LateFeeStatus
from ..models import Bill, LateFee, LateFeeWaiver
from .late_fee_rows import FeeDue, fees_due, fees_paid_in_time

T = TypeVar("T")

FEES_CHARGED: Final = "late_fees.charged"
FEES_TAKEN_BACK: Final = "late_fees.taken_back"
_BILLS_AT_ONCE: Final = 1000
_FEES_AT_ONCE: Final = 100


class LateFeeError(Exception):
    """The late fee is left as it is; the message says why."""


class NoLateFee(LateFeeError):
    """No late fee of that reference, or none can come on that bill."""


class LateFeeAlreadyReversed(LateFeeError):
    """It was taken back already."""


class LateFeeAlreadyCharged(LateFeeError):
    """It is charged: take it back instead."""


class LateFeeAlreadyWaived(LateFeeError):
    """It was waived already."""


class FeeReasonNeeded(LateFeeError):
    """A late fee is not taken back or waived without saying why."""


@dataclass(frozen=True, slots=True)
class FeesDone:
    """What a night's work came to."""

    n_charged: int
    charged_cents: int
    n_taken_back: int
    taken_back_cents: int


def charge_late_fees(*, today: date, account_ids: Collection[int] | None = None) -> FeesDone:
    """Take back fees on what proves paid in time, and charge the fees that are due, a hundred a transaction.

    Killed anywhere and called again it goes on; nobody is charged twice. With `account_ids` only theirs.
    """
    n_back = back_cents = 0
    for standing in _parts(fees_paid_in_time(today=today, account_ids=account_ids)):
        for fee in _take_back_in_time([one.id for one in standing], today):
            n_back, back_cents = n_back + 1, back_cents + fee.amount_cents
    n_charged = charged_cents = 0
    after: int | None = 0
    while after is not None:
        looked = fees_due(today=today, after_bill=after, limit=_BILLS_AT_ONCE, account_ids=account_ids)
        for part in _parts(looked.due):
            for due in _charge(part, today):
                n_charged, charged_cents = n_charged + 1, charged_cents + due.fee.amount_cents
        after = looked.last_bill
    return FeesDone(n_charged, charged_cents, n_back, back_cents)


def _parts(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + _FEES_AT_ONCE] for start in range(0, len(items), _FEES_AT_ONCE)]


def _hold(account_ids: Collection[int]) -> None:
    """Bills and entries of these accounts wait until this transaction ends, and it for those under way."""
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=set(account_ids)).order_by("pk")
    list(rows.values_list("pk"))
    crash.point("late_fee.after_lock")


@transaction.atomic
def _charge(found: Sequence[FeeDue], today: date) -> Sequence[FeeDue]:
    """Charge what of this is still due once the accounts are held."""
    _hold({one.account_id for one in found})
    due = fees_due(today=today, limit=len(found), bill_ids=[one.bill_id for one in found]).due
    if not due:
        return ()
    now, who = clock.now(), str(actor.current())
    refs = [uuid4() for _ in due]
    keys = post_late_fees(
        [
            FeePosting(str(ref), one.account_id, one.fee.amount_cents, today, str(one.bill_number))
            for ref, one in zip(refs, due, strict=True)
        ]
    )
    crash.point("late_fee.after_postings")
    LateFee.objects.bulk_create(
        LateFee(
            public_id=ref,
            bill_id=one.bill_id,
            number=one.number,
            since=one.fee.since,
            charged_on=today,
            left_cents=one.left_cents,
            base_cents=one.fee.base_cents,
            amount_cents=one.fee.amount_cents,
            rule=one.rule,
            transaction_id=key,
            charged_at=now,
            charged_by=who,
        )
        for ref, key, one in zip(refs, keys, due, strict=True)
    )
    told = [(ref, one) for ref, one in zip(refs, due, strict=True) if one.is_told]
    if told:
        outbox.put(topic=FEES_CHARGED, payload={"fees": [_told(ref, one) for ref, one in told]})
    audit.record(
        action="late_fees.charged",
        subject_type="batch",
        subject_id=today.isoformat(),
        count=len(due),
        amount_cents=sum(one.fee.amount_cents for one in due),
        bills=[one.bill_number for one in due],
    )
    crash.point("late_fee.before_commit")
    return due


def _told(ref: UUID, one: FeeDue) -> dict[str, object]:
    return {
        "fee": str(ref),
        "account": str(one.account_ref),
        "bill": str(one.bill_ref),
        "bill_date": one.bill_date.isoformat(),
        "amount_cents": one.fee.amount_cents,
        "left_cents": one.left_cents,
    }


@transaction.atomic
def _take_back_in_time(fee_ids: Sequence[int], today: date) -> list[LateFee]:
    """Take these back where that is still right; what is still owed then is charged anew."""
    accounts = LateFee.objects.filter(pk__in=fee_ids).values_list("bill__account_id", flat=True)
    _hold(list(accounts))
    still = [one.id for one in fees_paid_in_time(today=today, fee_ids=fee_ids)]
    return _reverse(still, today, kind="paid_in_time", reason="paid in time")


@transaction.atomic
def reverse_late_fee(*, fee_ref: UUID, reason: str) -> LateFee:
    """Take a late fee back; none is charged on that bill again.

    Raises FeeReasonNeeded, NoLateFee, LateFeeAlreadyReversed.
    """
    if not reason.strip():
        raise FeeReasonNeeded
    fee = LateFee.objects.filter(public_id=fee_ref).select_related("bill").first()
    if fee is None:
        raise NoLateFee(str(fee_ref))
    _hold([fee.bill.account_id])
    done = _reverse([fee.pk], clock.today(settings.UTILITY.zone), kind="staff", reason=reason.strip())
    if not done:
        raise LateFeeAlreadyReversed(str(fee_ref))
    return done[0]


def reverse_fees_of_bills(bill_ids: Collection[int], *, on: date, reason: str) -> None:
    """Take the late fees of bills back with the bills. The caller holds the accounts."""
    fees = LateFee.objects.filter(bill_id__in=bill_ids, status=LateFeeStatus.CHARGED)
    _reverse(list(fees.values_list("pk", flat=True)), on, kind="bill_cancelled", reason=reason)


def _reverse(fee_ids: Sequence[int], on: date, *, kind: str, reason: str) -> list[LateFee]:
    """Take back those of these fees that stand; the caller holds their accounts."""
    standing = LateFee.objects.filter(pk__in=fee_ids, status=LateFeeStatus.CHARGED)
    fees = list(standing.select_related("bill__account").order_by("pk"))
    if not fees:
        return []
    reverse_late_fees(
        [
            FeePosting(str(fee.public_id), fee.bill.account_id, fee.amount_cents, on, str(fee.bill.number))
            for fee in fees
        ]
    )
    n_reversed = LateFee.objects.filter(pk__in=[fee.pk for fee in fees], status=LateFeeStatus.CHARGED).update(
        status=LateFeeStatus.REVERSED,
        taken_back=kind,
        reversed_at=clock.now(),
        reversed_by=str(actor.current()),
        reason=reason,
    )
    if n_reversed != len(fees):
        raise LateFeeAlreadyReversed("by somebody else meanwhile")
    for fee in fees:
        audit.record(
            action="late_fee.reversed",
            subject_type="bill",
            subject_id=fee.bill.public_id,
            number=fee.bill.number,
            amount_cents=fee.amount_cents,
            taken_back=kind,
            reason=reason,
        )
    told = [fee for fee in fees if kind != "bill_cancelled" and fee.rule.get("notice", True)]
    if told:  # a cancelled bill has a message of its own
        outbox.put(
            topic=FEES_TAKEN_BACK,
            payload={
                "fees": [
                    {
                        "fee": str(fee.public_id),
                        "account": str(fee.bill.account.public_id),
                        "bill": str(fee.bill.public_id),
                        "bill_date": fee.bill.bill_date.isoformat(),
                        "amount_cents": fee.amount_cents,
                    }
                    for fee in told
                ]
            },
        )
    return fees


@transaction.atomic
def waive_late_fee(*, bill_ref: UUID, reason: str) -> LateFeeWaiver:
    """Say before it is charged that no late fee comes on a bill.

    Raises FeeReasonNeeded, NoLateFee, LateFeeAlreadyCharged, LateFeeAlreadyWaived.
    """
    if not reason.strip():
        raise FeeReasonNeeded
    bill = Bill.objects.filter(public_id=bill_ref, status="issued", late_date__isnull=False).first()
    if bill is None:
        raise NoLateFee(str(bill_ref))
    _hold([bill.account_id])
    if bill.late_fees.exists():
        raise LateFeeAlreadyCharged(str(bill.number))
    try:
        with transaction.atomic():
            waiver = LateFeeWaiver.objects.create(
                bill=bill, at=clock.now(), by=str(actor.current()), reason=reason.strip()
            )
    except IntegrityError as error:
        raise LateFeeAlreadyWaived(str(bill.number)) from error
    audit.record(
        action="late_fee.waived",
        subject_type="bill",
        subject_id=bill.public_id,
        number=bill.number,
        reason=reason.strip(),
    )
    return waiver
