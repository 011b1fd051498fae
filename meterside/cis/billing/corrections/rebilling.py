"""Cancel, and cancel and re-bill: postings taken back, a new bill in place of the old, the difference shown.

The new bill prices the same days again, from the reads, tariffs and facts of now. Where rating's state comes out
otherwise, the bills behind that started from it are billed again too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from meterside.cis.ledger.queries import activity_since
from meterside.cis.ledger.reversals import reverse_bill
from meterside.cis.registry.models import Account
from meterside.cis.registry.queries import accounts_by_id
from meterside.cis.tariffs.models import Tariff
from meterside.engine.period import Period
from meterside.engine.winter_average import PriorUse
from meterside.kit import clock
from meterside.spine import actor, audit, outbox

from ..calendar import due_date
from ..charges.late_fees import reverse_fees_of_bills
from ..inputs.source_rows import Agreement
from ..inputs.sources import load_sources
from ..issuing import Billing, NewBill, issue_bills, last_bills
from ..models import Bill, BillCancellation, BillSegment, RatingStateEntry
from ..segments import Draft, Terms, draft_segments
from .rows import undo_corrections

BILL_CANCELLED = "bill.cancelled"


class CannotCancel(Exception):
    """The bill is cancelled already, or was made by another system."""


class ReasonNeeded(Exception):
    """A bill is not taken back without saying why."""


@transaction.atomic
def cancel_bill(*, bill_id: int, reason: str) -> Bill:
    """Take a bill back without a new one: its days are billed with the next bill.

    Raises CannotCancel, ReasonNeeded, Bill.DoesNotExist.
    """
    bill = Bill.objects.get(pk=bill_id)
    _lock_account(bill.account_id)
    (bill,) = _standing([bill_id])
    _cancel([bill], reason)
    _note([bill], None, reason)
    outbox.put(
        topic=BILL_CANCELLED,
        payload={
            "account": str(bill.account.public_id),
            "bill": str(bill.public_id),
            "bill_date": bill.bill_date.isoformat(),
            "current_charges_cents": bill.current_charges_cents,
        },
    )
    return bill


@transaction.atomic
def rebill(*, bill_ids: Collection[int], reason: str, bill_date: date | None = None) -> Bill:
    """Take these bills of one account back and make one in their place, dated today unless a day is given.

    Raises CannotCancel, ReasonNeeded, UnableToBill (nothing is changed then).
    """
    first = Bill.objects.get(pk=min(bill_ids))
    _lock_account(first.account_id)
    today = bill_date or clock.today(settings.UTILITY.zone)
    old = _standing(bill_ids)
    if {bill.account_id for bill in old} != {first.account_id}:
        raise CannotCancel("bills of one account only")
    again = _draft_again(old, today)
    while more := _started_from_another_state(again):
        old = _standing({bill.pk for bill in old} | more)
        again = _draft_again(old, today)
    _cancel(old, reason)
    drafts = [draft for drafts_of in again.values() for draft in drafts_of]
    (bill,) = issue_bills(_billing(old, drafts, today), [_new_bill(old, drafts, today)])
    _note(old, bill, reason)
    return bill


def _lock_account(account_id: int) -> None:
    list(Account.objects.select_for_update().filter(pk=account_id).values_list("pk"))


def _standing(bill_ids: Collection[int]) -> list[Bill]:
    bills = list(Bill.objects.filter(pk__in=bill_ids).order_by("bill_date", "pk").select_related("account"))
    for bill in bills:
        if bill.status != "issued" or bill.origin != "ours":
            raise CannotCancel(f"bill {bill.number} is {bill.status}, made by {bill.origin}")
    return bills


def _cancel(bills: Sequence[Bill], reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded
    today = clock.today(settings.UTILITY.zone)
    undo_corrections(bills, on=today)
    for bill in bills:
        reverse_bill(bill_public_id=bill.public_id, effective_on=today, note=str(bill.number))
    keys = [bill.pk for bill in bills]
    reverse_fees_of_bills(keys, on=today, reason=reason)
    BillSegment.objects.filter(bill__in=keys).update(status="cancelled")
    Bill.objects.filter(pk__in=keys).update(status="cancelled")


def _note(bills: Sequence[Bill], replaced_by: Bill | None, reason: str) -> None:
    now, who = clock.now(), str(actor.current())
    BillCancellation.objects.bulk_create(
        BillCancellation(bill=bill, replaced_by=replaced_by, at=now, by=who, reason=reason) for bill in bills
    )
    for bill in bills:
        audit.record(
            action="bill.cancelled",
            subject_type="bill",
            subject_id=bill.public_id,
            number=bill.number,
            replaced_by=replaced_by.number if replaced_by else None,
            reason=reason,
        )


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of an agreement that a bill charged, and how it charged them."""

    bill: Bill
    agreement_id: int
    period: Period
    inputs: Mapping[str, Any]
    total_cents: int
    is_one_segment: bool


def _charged_days(bills: Sequence[Bill]) -> list[_Days]:
    """What these bills charged, by bill and agreement; parts on several rates are one."""
    by_key: dict[tuple[int, int], list[BillSegment]] = {}
    rows = BillSegment.objects.filter(bill__in=bills).order_by("agreement_id", "period")
    for row in rows:
        by_key.setdefault((row.bill_id, row.agreement_id), []).append(row)
    of_key = {bill.pk: bill for bill in bills}
    return [
        _Days(
            bill=of_key[bill_id],
            agreement_id=agreement_id,
            period=Period(parts[0].period.lower, parts[-1].period.upper),
            inputs=parts[0].inputs,
            total_cents=parts[0].total_cents,
            is_one_segment=len(parts) == 1,
        )
        for (bill_id, agreement_id), parts in sorted(
            by_key.items(), key=lambda item: (item[0][1], item[1][0].period.lower)
        )
    ]


def _draft_again(bills: Sequence[Bill], today: date) -> dict[int, list[Draft]]:
    """The same days priced from what is known now, by agreement and in order, each with the state of the one before."""
    account = bills[0].account
    days = _charged_days(bills)
    window = Period(min(one.period.start for one in days), max(one.period.closed_end for one in days))
    sources = load_sources(
        [account.pk],
        window,
        again={one.agreement_id for one in days},
        also_tariffs=_codes(days),
        also_days={day for one in days for day in (one.period.start, one.period.closed_end)},
    )
    agreements = {one.id: one for one in sources.agreements[account.pk]}
    found: dict[int, list[Draft]] = {}
    for one in days:
        agreement = agreements[one.agreement_id]
        period = agreement.during.overlap(one.period)
        own = found.setdefault(agreement.id, [])
        if period is None:
            continue
        _compare_with(agreement, one, own)
        new = draft_segments(agreement, period, _terms(one, account.customer_class, period), sources)
        sources.winter.bill_instead(agreement.id, _prior_use(new))
        own += new
    return found


def _prior_use(drafts: Sequence[Draft]) -> Iterator[PriorUse]:
    """What a winter average is worked out from, of a bill made again."""
    for draft in drafts:
        used = draft.measured.determinant
        if used is not None:
            yield PriorUse(draft.inputs.period, used.quantity, used.unit)


def _codes(days: Sequence[_Days]) -> list[int]:
    """The tariffs that were charged, which may be others than those of now."""
    codes = {one.inputs["tariff"] for one in days}
    return list(Tariff.objects.filter(code__in=codes).values_list("pk", flat=True))


def _compare_with(agreement: Agreement, one: _Days, before: Sequence[Draft]) -> None:
    """Let the agreement be compared with what was charged, and go on from the state before those days."""
    agreement.last_inputs, agreement.last_total_cents = (
        (one.inputs, one.total_cents) if one.is_one_segment else (None, 0)
    )
    if before:
        agreement.state = before[-1].rated.state_out.to_dict() or None
        return
    entry = (
        RatingStateEntry.objects.filter(
            agreement_id=agreement.id, as_of__lte=one.period.start, segment__status="issued"
        )
        .order_by("-as_of", "-id")
        .first()
    )
    agreement.state = entry.state if entry else None


def _terms(one: _Days, customer_class: str, period: Period) -> Terms:
    """The bill cycle and date of the first time: a price picked by bill date is that of the bill that was due."""
    frozen = one.inputs["cycle"]
    cycle = Period(*(date.fromisoformat(day) for day in frozen)) if frozen else period
    return Terms(cycle, one.bill.bill_date, customer_class)


def _started_from_another_state(again: Mapping[int, Sequence[Draft]]) -> set[int]:
    """Bills that still stand and whose first segment started from a state that has come out otherwise."""
    more = set()
    for agreement_id, drafts in again.items():
        if not drafts:
            continue
        end = drafts[-1].inputs.period.closed_end
        follower = BillSegment.objects.filter(
            agreement_id=agreement_id, status="issued", period__startswith=end
        ).first()
        if follower is None:
            continue
        state = drafts[-1].rated.state_out.to_dict()
        if follower.inputs.get("state_in", follower.inputs.get("state", {})) != state:
            more.add(follower.bill_id)
    return more


def _billing(old: Sequence[Bill], drafts: Sequence[Draft], today: date) -> Billing:
    window = Period(
        min(draft.inputs.period.start for draft in drafts),
        max(draft.inputs.period.closed_end for draft in drafts),
    )
    # Of one bill the new one takes the place in its run; of several it has none.
    run_id = old[0].run_id if len(old) == 1 else None
    return Billing(window, window, today, due_date(today), run_id, "rebill")


def _new_bill(old: Sequence[Bill], drafts: Sequence[Draft], today: date) -> NewBill:
    account_id = old[0].account_id
    last = last_bills({account_id: drafts})[account_id]
    return NewBill(
        account=accounts_by_id([account_id], today=today)[account_id],
        drafts=drafts,
        activity=activity_since({account_id: last.transaction_id})[account_id],
        last=last,
        kind="rebill",
        replaced=tuple(bill.statement for bill in old),
    )
