"""One chunk of accounts: reads, rating, bill, ledger and outbox in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from meterside.cis.metering.estimates.registers import policies_on
from meterside.cis.registry.models import Account
from meterside.kit import clock, crash

from ..corrections.correcting import apply_corrections, find_corrections, make_good_on
from ..inputs.reading import complete_reads
from ..inputs.sources import Sources, load_sources
from ..issuing import Billing, issue_bills, last_bills, new_bills
from ..models import Bill, BillRun, BillRunPrice
from ..segments import Draft, Terms, UnableToBill, draft_segments
from .checks import Problem, check_drafts, inactive_use, tolerances_on
from .exception_rows import sort_out


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What one chunk of a run did."""

    n_billed: int
    n_held: int
    n_skipped: int


@transaction.atomic
def bill_chunk(run: BillRun, account_ids: Sequence[int]) -> ChunkResult:
    """Bill these accounts in this run, all in one transaction. Accounts billed before are left alone.

    An account that cannot be billed, or should be looked at first, waits as an exception; the others go on.
    """
    billing = Billing.of_run(run)
    # A second worker on the account, or anything being posted to it (the ledger holds the row too), waits here:
    # the new bill must know of everything that came before it, and of nothing twice.
    list(Account.objects.select_for_update().filter(pk__in=account_ids).order_by("pk").values_list("pk"))
    crash.point("bill.after_lock")
    waiting = _without_bill(run, account_ids)
    drafts, blocking = prepare(billing, waiting)
    crash.point("bill.after_rating")
    ready = {key: found for key, found in drafts.items() if found and key not in blocking}
    if ready:
        issue_bills(billing, new_bills(billing, ready))
    return ChunkResult(
        n_billed=len(ready),
        n_held=len(blocking),
        n_skipped=len(account_ids) - len(ready) - len(blocking),
    )


class _NothingOfIt(Exception):
    """Ends a dry run's transaction, so that nothing of it stays."""


def price_chunk(run: BillRun, account_ids: Sequence[int]) -> ChunkResult:
    """Price these accounts as `bill_chunk` would bill them, and keep only what it came to.

    All is done as for bills: reads are estimated, earlier bills put right, exceptions found. Then all of it is
    taken back, but for one line an account.
    """
    billing = Billing.of_run(run)
    waiting = _without_bill(run, account_ids)
    rows: list[BillRunPrice] = []
    try:
        with transaction.atomic():
            list(Account.objects.select_for_update().filter(pk__in=waiting).order_by("pk").values_list("pk"))
            drafts, blocking = prepare(billing, waiting)
            rows = _prices(run, waiting, drafts, blocking)
            raise _NothingOfIt
    except _NothingOfIt:
        BillRunPrice.objects.bulk_create(rows)
    n_held = sum(1 for row in rows if row.problems)
    return ChunkResult(n_billed=len(rows) - n_held, n_held=n_held, n_skipped=len(account_ids) - len(rows))


def _prices(
    run: BillRun,
    account_ids: Sequence[int],
    drafts: Mapping[int, Sequence[Draft]],
    blocking: Mapping[int, Sequence[Problem]],
) -> list[BillRunPrice]:
    last = last_bills({key: found for key, found in drafts.items() if found})
    rows = []
    for account_id in account_ids:
        found, problems = drafts.get(account_id), blocking.get(account_id, ())
        if not found and not problems:
            continue
        statement = last[account_id].statement if found else None
        rows.append(
            BillRunPrice(
                run=run,
                account_id=account_id,
                charges_cents=sum(draft.rated.total_cents for draft in found) if found else None,
                last_charges_cents=statement["totals"]["current_charges_cents"] if statement else None,
                problems=sorted({problem.kind for problem in problems}),
            )
        )
    return rows


def _without_bill(run: BillRun, account_ids: Sequence[int]) -> list[int]:
    billed = Bill.objects.filter(run=run, account_id__in=account_ids, status="issued")
    done = set(billed.values_list("account_id", flat=True))
    return [account_id for account_id in account_ids if account_id not in done]


def prepare(
    billing: Billing, account_ids: Sequence[int]
) -> tuple[dict[int, list[Draft]], Mapping[int, list[Problem]]]:
    """Price what these accounts are billed for now, and keep what stands against it.

    Returns the priced segments by account, and what keeps accounts from their bills.
    """
    classes = dict(Account.objects.filter(pk__in=account_ids).values_list("pk", "customer_class"))
    tolerances = tolerances_on(billing.bill_date)
    sources = _put_right(billing, classes, load_sources(account_ids, billing.window))
    drafts: dict[int, list[Draft]] = {}
    problems: list[Problem] = []
    for account_id in account_ids:
        try:
            drafts[account_id] = _draft(billing, account_id, classes[account_id], sources)
        except UnableToBill as error:
            problems.append(Problem(account_id, error.agreement_id, error.kind, str(error), error.facts))
            continue
        problems += check_drafts(
            drafts[account_id],
            account_id=account_id,
            customer_class=classes[account_id],
            tolerances=tolerances,
        )
    problems += inactive_use(account_ids, until=billing.window.closed_end, tolerances=tolerances)
    return drafts, sort_out(billing.run_id, account_ids, problems)


def _put_right(billing: Billing, classes: Mapping[int, str], sources: Sources) -> Sources:
    """Have metering estimate what is missing, and put earlier bills right where their reads have changed."""
    today = clock.today(settings.UTILITY.zone)
    estimates = policies_on(billing.bill_date)
    sources = complete_reads(
        sources,
        billing.window,
        classes=classes,
        policies=estimates,
        today=today,
        read_window=billing.read_window,
    )
    policies = make_good_on(billing.bill_date)
    found = find_corrections(list(classes), policies=policies, today=billing.bill_date)
    if apply_corrections(found, on=billing.bill_date):
        sources = load_sources(list(classes), billing.window)
    return sources


def _draft(billing: Billing, account_id: int, customer_class: str, sources: Sources) -> list[Draft]:
    terms = Terms(billing.cycle, billing.bill_date, customer_class)
    found = []
    for agreement in sources.agreements[account_id]:
        unbilled = agreement.unbilled(billing.window)
        if unbilled is not None:
            found += draft_segments(agreement, unbilled, terms, sources)
    return found
