"""One chunk of accounts: reads, rating, bill, ledger and outbox in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from meterside.cis.ledger.queries import activity_since
from meterside.cis.registry.models import Account
from meterside.cis.registry.queries import accounts_by_id
from meterside.kit import clock, crash

from .issuing import Billing, NewBill, issue_bills, last_bills
from .models import Bill, BillHold, BillRun
from .segments import Draft, UnableToBill, draft_segments
from .sources import load_sources


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What one chunk of a run did."""

    n_billed: int
    n_held: int
    n_skipped: int


@transaction.atomic
def bill_chunk(run: BillRun, account_ids: Sequence[int]) -> ChunkResult:
    """Bill these accounts in this run, all in one transaction. Accounts billed before are left alone.

    An account that cannot be billed is held with its reason; the others go on.
    """
    billing = Billing.of_run(run)
    # A second worker on the account, or a payment being posted to it (its foreign key locks the row too), waits
    # here: the new bill must know of everything that came before it, and of nothing twice.
    list(Account.objects.select_for_update().filter(pk__in=account_ids).order_by("pk").values_list("pk"))
    crash.point("bill.after_lock")
    done = set(
        Bill.objects.filter(run=run, account_id__in=account_ids, status="issued").values_list(
            "account_id", flat=True
        )
    )
    waiting = [account_id for account_id in account_ids if account_id not in done]
    sources = load_sources(waiting, billing.window)
    accounts = accounts_by_id(waiting, today=run.bill_date)
    drafts: dict[int, list[Draft]] = {}
    held = []
    for account_id in waiting:
        try:
            drafts[account_id] = [
                draft
                for agreement in sources.agreements[account_id]
                for draft in draft_segments(
                    agreement,
                    window=billing.window,
                    bill_date=run.bill_date,
                    customer_class=accounts[account_id].customer_class,
                    sources=sources,
                )
            ]
        except UnableToBill as error:
            held.append(
                BillHold(
                    run=run,
                    account_id=account_id,
                    agreement_id=error.agreement_id,
                    reason=error.reason,
                    detail=str(error),
                    created_at=clock.now(),
                )
            )
    crash.point("bill.after_rating")
    BillHold.objects.bulk_create(held, ignore_conflicts=True)
    billed = {account_id: found for account_id, found in drafts.items() if found}
    if billed:
        last = last_bills(list(billed))
        activity = activity_since({account_id: last[account_id].transaction_id for account_id in billed})
        issue_bills(
            billing,
            [NewBill(accounts[key], found, activity[key], last[key]) for key, found in billed.items()],
        )
        BillHold.objects.filter(run=run, account_id__in=billed, resolved_at__isnull=True).update(
            resolved_at=clock.now()
        )
    return ChunkResult(
        n_billed=len(billed), n_held=len(held), n_skipped=len(account_ids) - len(billed) - len(held)
    )
