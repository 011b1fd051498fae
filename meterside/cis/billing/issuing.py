"""Issuing bills: rows, postings and outbox, many bills at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.ledger.operations import BillPosting, Charge, post_bills
from meterside.cis.ledger.queries import Activity
from meterside.cis.registry.queries import AccountRow
from meterside.engine.period import Period
from meterside.kit import clock, crash
from meterside.kit.sql import copy_in, from_json, next_keys, to_json
from meterside.spine import audit, outbox

from .models import Bill, BillRun, BillSegment
from .segments import Draft
from .statement import make_statement

BILLS_ISSUED = "bills.issued"


@dataclass(frozen=True, slots=True)
class Billing:
    """What the bills that are made together have in common. `run_id` is None off the cycle."""

    window: Period
    bill_date: date
    due_date: date
    run_id: int | None

    @classmethod
    def of_run(cls, run: BillRun) -> Self:
        """The bills of a cycle's run."""
        return cls(Period(run.window.lower, run.window.upper), run.bill_date, run.due_date, run.pk)


@dataclass(frozen=True, slots=True)
class LastBill:
    """What a new bill follows on: the account's last bill and the last transaction it knew of."""

    total_due_cents: int
    transaction_id: int
    statement: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class NewBill:
    """An account with all that its bill is made of."""

    account: AccountRow
    drafts: list[Draft]
    activity: Sequence[Activity]
    last: LastBill


def last_bills(account_ids: Sequence[int]) -> dict[int, LastBill]:
    """Each account's last issued bill. Its ledger transaction marks what that bill knew of."""
    found = dict.fromkeys(account_ids, LastBill(0, 0, None))
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
            found[account_id] = LastBill(total_due_cents, transaction_id or 0, from_json(statement))
    return found


def issue_bills(billing: Billing, new: Sequence[NewBill]) -> list[Bill]:
    """Write these bills with their segments, post them, and tell the outbox; returns them."""
    numbers = _next_numbers(len(new))
    bills = []
    for key, number, item in zip(next_keys(Bill, len(new)), numbers, new, strict=True):
        totals = _totals(item)
        statement = make_statement(
            number=number,
            account_number=item.account.number,
            holder_name=item.account.holder_name,
            bill_date=billing.bill_date,
            due_date=billing.due_date,
            totals=totals,
            activity=item.activity,
            drafts=item.drafts,
            previous=item.last.statement,
        )
        statement["last_transaction"] = max(
            [item.last.transaction_id, *(row.transaction_id for row in item.activity)]
        )
        bills.append(
            Bill(
                pk=key,
                number=number,
                account_id=item.account.id,
                run_id=billing.run_id,
                bill_date=billing.bill_date,
                due_date=billing.due_date,
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
    crash.point("bill.after_bills")
    post_bills([_posting(bill, item) for bill, item in zip(bills, new, strict=True)])
    crash.point("bill.after_postings")
    outbox.put(
        topic=BILLS_ISSUED,
        payload={
            "bill_date": billing.bill_date.isoformat(),
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
    crash.point("bill.after_outbox")
    audit.record(
        action="bills.issued",
        subject_type="bill_run",
        subject_id=billing.run_id or "",
        count=len(bills),
        first_number=numbers[0],
        current_charges_cents=sum(bill.current_charges_cents for bill in bills),
    )
    return bills


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


def _totals(item: NewBill) -> dict[str, int]:
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


def _posting(bill: Bill, item: NewBill) -> BillPosting:
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
