"""Billing a cycle: reads, rating, bill, ledger and outbox in one transaction for each chunk of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.ledger.operations import BillPosting, Charge, post_bills
from meterside.cis.ledger.queries import Activity, activity_since
from meterside.cis.registry.models import Account
from meterside.cis.registry.queries import AccountRow, accounts_by_id
from meterside.engine.period import Period
from meterside.kit import clock
from meterside.kit.sql import copy_in, from_json, next_keys, to_json
from meterside.spine import audit, outbox

from .calendar import due_date
from .models import Bill, BillCycle, BillHold, BillRun, BillSegment
from .print_facts import load_print_facts
from .segments import Draft, UnableToBill, draft_segments
from .sources import load_sources
from .statement import make_statement

BILLS_ISSUED = "bills.issued"


class RunOverlaps(Exception):
    """Another run of this cycle bills some of these days already."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What one chunk of a run did."""

    n_billed: int
    n_held: int
    n_skipped: int


def set_up_cycle(*, code: str, name: str, read_day: int) -> BillCycle:
    """A bill cycle, whose meters are read on a day of the month (at most 28). The same again changes nothing."""
    cycle, _ = BillCycle.objects.get_or_create(code=code, defaults={"name": name, "read_day": read_day})
    return cycle


def open_run(*, cycle: str, window: Period, bill_date: date) -> BillRun:
    """The run of a cycle for a window: a new one, or the same one again if it was opened before.

    Raises RunOverlaps when the window cuts across another run's.
    """
    during = DateRange(window.start, window.closed_end)
    known = BillRun.objects.filter(cycle_id=cycle, window__overlap=during).first()
    if known is not None:
        if known.window != during:
            raise RunOverlaps(f"{cycle}: {known.window}")
        return known
    run = BillRun.objects.create(
        cycle=BillCycle.objects.get(pk=cycle),
        window=during,
        bill_date=bill_date,
        due_date=due_date(bill_date),
        started_at=clock.now(),
        n_accounts=Account.objects.filter(bill_cycle=cycle).count(),
    )
    audit.record(action="bill_run.opened", subject_type="bill_run", subject_id=run.pk, cycle=cycle)
    return run


def finish_run(run: BillRun) -> None:
    """Mark the run as done with, and count its accounts as they are now; a repeat changes nothing."""
    BillRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(
        finished_at=clock.now(), n_accounts=Account.objects.filter(bill_cycle=run.cycle_id).count()
    )


@dataclass(frozen=True, slots=True)
class _LastBill:
    """What a new bill follows on: the account's last bill and the last transaction it knew of."""

    total_due_cents: int
    transaction_id: int
    statement: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _NewBill:
    account: AccountRow
    drafts: list[Draft]
    activity: Sequence[Activity]
    last: _LastBill


@transaction.atomic
def bill_chunk(run: BillRun, account_ids: Sequence[int]) -> ChunkResult:
    """Bill these accounts in this run, all in one transaction. Accounts billed before are left alone.

    An account that cannot be billed is held with its reason; the others go on.
    """
    window = Period(run.window.lower, run.window.upper)
    # A second worker on the account, or anything being posted to it (the ledger holds the row too), waits here:
    # the new bill must know of everything that came before it, and of nothing twice.
    list(Account.objects.select_for_update().filter(pk__in=account_ids).order_by("pk").values_list("pk"))
    done = set(
        Bill.objects.filter(run=run, account_id__in=account_ids, status="issued").values_list(
            "account_id", flat=True
        )
    )
    waiting = [account_id for account_id in account_ids if account_id not in done]
    sources = load_sources(waiting, window)
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
                    window=window,
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
    BillHold.objects.bulk_create(held, ignore_conflicts=True)
    billed = {account_id: found for account_id, found in drafts.items() if found}
    if billed:
        last = _last_bills(list(billed))
        activity = activity_since({account_id: last[account_id].transaction_id for account_id in billed})
        _issue(
            run,
            [_NewBill(accounts[key], found, activity[key], last[key]) for key, found in billed.items()],
        )
        BillHold.objects.filter(run=run, account_id__in=billed, resolved_at__isnull=True).update(
            resolved_at=clock.now()
        )
    return ChunkResult(
        n_billed=len(billed), n_held=len(held), n_skipped=len(account_ids) - len(billed) - len(held)
    )


def _last_bills(account_ids: Sequence[int]) -> dict[int, _LastBill]:
    """Each account's last issued bill. Its ledger transaction marks what that bill knew of."""
    found = dict.fromkeys(account_ids, _LastBill(0, 0, None))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id, b.total_due_cents, b.statement,
                   (b.statement ->> 'last_transaction')::bigint
              FROM unnest(%s::bigint[]) AS a (id)
              JOIN LATERAL (
                   SELECT * FROM cis_billing_bill WHERE account_id = a.id AND status = 'issued'
                    ORDER BY bill_date DESC, id DESC LIMIT 1
              ) b ON true
            """,
            [list(account_ids)],
        )
        for account_id, total_due_cents, statement, transaction_id in cursor.fetchall():
            found[account_id] = _LastBill(total_due_cents, transaction_id or 0, from_json(statement))
    return found


def _issue(run: BillRun, new: Sequence[_NewBill]) -> None:
    numbers = _next_numbers(len(new))
    facts = load_print_facts({item.account.id: item.drafts for item in new}, on=run.bill_date)
    bills = []
    for key, number, item in zip(next_keys(Bill, len(new)), numbers, new, strict=True):
        totals = _totals(item)
        statement = make_statement(
            number=number,
            account_number=item.account.number,
            holder_name=item.account.holder_name,
            bill_date=run.bill_date,
            due_date=run.due_date,
            totals=totals,
            activity=item.activity,
            drafts=item.drafts,
            previous=item.last.statement,
        )
        late = facts[item.account.id].add_to(statement, previous=item.last.statement)
        statement["last_transaction"] = max(
            [item.last.transaction_id, *(row.transaction_id for row in item.activity)]
        )
        bills.append(
            Bill(
                pk=key,
                number=number,
                account_id=item.account.id,
                run=run,
                bill_date=run.bill_date,
                due_date=run.due_date,
                late_date=late.after if late else None,
                amount_after_late_cents=late.amount_cents if late else None,
                issued_at=clock.now(),
                statement=statement,
                **totals,
            )
        )
    copy_in(Bill, _BILL_COLUMNS, [_bill_row(bill) for bill in bills])
    copy_in(
        BillSegment,
        _SEGMENT_COLUMNS,
        [
            (
                bill.pk,
                draft.agreement.id,
                DateRange(draft.inputs.period.start, draft.inputs.period.closed_end),
                "issued",
                draft.tariff.code,
                draft.rated.total_cents,
                to_json(draft.frozen_inputs()),
                to_json(draft.rated.to_dict()),
            )
            for bill, item in zip(bills, new, strict=True)
            for draft in item.drafts
        ],
    )
    post_bills([_posting(bill, item) for bill, item in zip(bills, new, strict=True)])
    outbox.put(
        topic=BILLS_ISSUED,
        payload={
            "bill_date": run.bill_date.isoformat(),
            "bills": [
                {
                    "account": str(item.account.public_id),
                    "bill": str(bill.public_id),
                    "number": bill.number,
                    "total_due_cents": bill.total_due_cents,
                    "due_date": bill.due_date.isoformat(),
                }
                for bill, item in zip(bills, new, strict=True)
            ],
        },
    )
    audit.record(
        action="bills.issued",
        subject_type="bill_run",
        subject_id=run.pk,
        count=len(bills),
        first_number=numbers[0],
        current_charges_cents=sum(bill.current_charges_cents for bill in bills),
    )


_BILL_COLUMNS = tuple(field.attname for field in Bill._meta.local_concrete_fields)
_SEGMENT_COLUMNS = (
    "bill_id", "agreement_id", "period", "status", "tariff_code", "total_cents", "inputs", "rated",
)  # fmt: skip


def _bill_row(bill: Bill) -> list[Any]:
    return [to_json(bill.statement) if name == "statement" else getattr(bill, name) for name in _BILL_COLUMNS]


def _next_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_bill_number') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _totals(item: _NewBill) -> dict[str, int]:
    paid = sum(row.amount_cents for row in item.activity if row.kind in ("payment", "return"))
    adjusted = sum(row.amount_cents for row in item.activity if row.kind not in ("payment", "return"))
    current = sum(draft.rated.total_cents for draft in item.drafts)
    return {
        "previous_balance_cents": item.last.total_due_cents,
        "payments_cents": paid,
        "adjustments_cents": adjusted,
        "current_charges_cents": current,
        "total_due_cents": item.last.total_due_cents + paid + adjusted + current,
    }


def _posting(bill: Bill, item: _NewBill) -> BillPosting:
    return BillPosting(
        bill_id=bill.pk,
        bill_public_id=bill.public_id,
        account_id=item.account.id,
        bill_date=bill.bill_date,
        charges=tuple(
            Charge(
                agreement_id=draft.agreement.id,
                service=draft.agreement.service,
                income_cents=draft.income_cents,
                tax_cents=draft.tax_cents,
            )
            for draft in item.drafts
        ),
    )
