"""Issuing bills: rows, postings and outbox, many bills at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.ledger.operations import BillPosting, Charge, post_bills
from meterside.cis.ledger.queries import Activity, activity_since
from meterside.cis.metering.estimates.window_reads import NO_WINDOW, ReadWindow
from meterside.cis.registry.queries import AccountRow, accounts_by_id
from meterside.engine.period import Period
from meterside.kit import clock, crash
from meterside.kit.sql import copy_in, from_json, next_keys, to_json
from meterside.spine import audit, outbox

from .charges.deposits import apply_to_final_bills
from .charges.facts import charge_facts
from .models import Bill, BillRun, BillSegment, RatingStateEntry
from .segments import Draft
from .statement.inserts import inserts_for, inserts_on
from .statement.making import make_statement
from .statement.messages import for_account, messages_on
from .statement.print_facts import load_print_facts

BILLS_ISSUED = "bills.issued"


@dataclass(frozen=True, slots=True)
class Billing:
    """What the bills that are made together have in common. `run_id` is None off the cycle.

    `window` ends where the bills end; `cycle` is the full period of the bill cycle, for what is prorated by it.
    A missing read may be stood for by one of its `read_window`.
    """

    window: Period
    cycle: Period
    bill_date: date
    due_date: date
    run_id: int | None = None
    kind: str = "cycle"
    read_window: ReadWindow = NO_WINDOW

    @classmethod
    def of_run(cls, run: BillRun) -> Self:
        """The bills of a cycle's run."""
        window = Period(run.window.lower, run.window.upper)
        reads = ReadWindow(run.cycle.window_before_days, run.cycle.window_after_days)
        return cls(window, window, run.bill_date, run.due_date, run.pk, read_window=reads)


@dataclass(frozen=True, slots=True)
class LastBill:
    """What a new bill follows on: what the account's last bill came to, and the last transaction it knew of.

    `statement` says of the last bill which still stands what a new one is compared with (`_COMPARED`); None where
    there is none.
    """

    total_due_cents: int
    transaction_id: int
    statement: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class NewBill:
    """An account with all that its bill is made of. `replaced` are the statements it stands in place of."""

    account: AccountRow
    drafts: Sequence[Draft]
    activity: Sequence[Activity]
    last: LastBill
    kind: str
    replaced: tuple[Mapping[str, Any], ...] = ()


def new_bills(billing: Billing, drafts: Mapping[int, Sequence[Draft]]) -> list[NewBill]:
    """What bills of these accounts are made of, beside their priced segments."""
    accounts = accounts_by_id(list(drafts), today=billing.bill_date)
    last = last_bills(drafts)
    finals = _finals(billing, drafts)
    if finals:
        apply_to_final_bills(finals, on=billing.bill_date)
    activity = activity_since({account_id: last[account_id].transaction_id for account_id in drafts})
    return [
        NewBill(
            account=accounts[key],
            drafts=found,
            activity=activity[key],
            last=last[key],
            kind="final" if key in finals else billing.kind,
        )
        for key, found in drafts.items()
    ]


def _finals(billing: Billing, drafts: Mapping[int, Sequence[Draft]]) -> set[int]:
    """Accounts that take no service behind the window: this bill is their last."""
    ended = [
        key
        for key, found in drafts.items()
        if all(draft.agreement.during.end == draft.inputs.period.end for draft in found)
    ]
    if not ended or billing.kind == "rebill":
        return set()
    go_on = (
        ServiceAgreement.objects.filter(account_id__in=ended)
        .filter(Q(during__endswith__isnull=True) | Q(during__endswith__gt=billing.window.closed_end))
        .values_list("account_id", flat=True)
    )
    return set(ended) - set(go_on)


# What a bill is compared with is a twentieth of a statement, so that is all that is brought over.
_COMPARED = """
    jsonb_build_object(
        'number', t.number, 'bill_date', t.bill_date, 'due_date', t.due_date, 'totals', t.totals,
        'services', (SELECT jsonb_agg(jsonb_build_object(
                         'agreement', one -> 'agreement', 'service', one -> 'service',
                         'total_cents', one -> 'total_cents') ORDER BY place)
                       FROM jsonb_array_elements(t.services) WITH ORDINALITY AS listed (one, place)))
"""
_LAST = f"""
    SELECT a.id, b.total_due_cents, (b.statement ->> 'last_transaction')::bigint, s.compared
      FROM unnest(%s::bigint[], %s::date[]) AS a (id, until)
      JOIN LATERAL (
           SELECT total_due_cents, statement FROM cis_billing_bill WHERE account_id = a.id
            ORDER BY id DESC LIMIT 1) b ON true
      LEFT JOIN LATERAL (
           SELECT {_COMPARED} AS compared
             FROM (SELECT statement FROM cis_billing_bill
                    WHERE account_id = a.id AND status = 'issued'
                      AND coalesce((statement -> 'period' ->> 1)::date, bill_date) < a.until
                    ORDER BY coalesce((statement -> 'period' ->> 1)::date, bill_date) DESC, id DESC LIMIT 1) x,
                  jsonb_to_record(x.statement)
                      AS t (number bigint, bill_date text, due_date text, totals jsonb, services jsonb)) s ON true
"""  # noqa: S608 - ours above


def last_bills(drafts: Mapping[int, Sequence[Draft]]) -> dict[int, LastBill]:
    """What each account's new bill follows on.

    Bills follow each other in the order they were issued, cancelled ones too: a cancellation is an entry of its
    own between them. What a bill is compared with is another question: the last that stands and ends before it.
    """
    found = dict.fromkeys(drafts, LastBill(0, 0, None))
    ends = [max(draft.inputs.period.closed_end for draft in of_one) for of_one in drafts.values()]
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [list(drafts), ends])
        for account_id, total_due_cents, transaction_id, statement in cursor.fetchall():
            found[account_id] = LastBill(total_due_cents, transaction_id or 0, from_json(statement))
    return found


def issue_bills(billing: Billing, new: Sequence[NewBill]) -> list[Bill]:
    """Write these bills with their segments, post them, and tell the outbox; returns them."""
    message_id = uuid4()
    bills = _made(billing, new, message_id)
    copy_in(Bill, _BILL_COLUMNS, [_bill_row(bill) for bill in bills])
    _write_segments(bills, new)
    crash.point("bill.after_bills")
    post_bills([_posting(bill, item) for bill, item in zip(bills, new, strict=True)])
    crash.point("bill.after_postings")
    _tell(billing, bills, new, message_id)
    crash.point("bill.after_outbox")
    audit.record(
        action="bills.issued",
        subject_type="bill_run",
        subject_id=billing.run_id or "",
        count=len(bills),
        first_number=bills[0].number,
        current_charges_cents=sum(bill.current_charges_cents for bill in bills),
    )
    return bills


def _made(billing: Billing, new: Sequence[NewBill], message_id: UUID) -> list[Bill]:
    """The bills with their numbers, totals and frozen statements; not written yet."""
    messages, inserts = messages_on(billing.bill_date), inserts_on(billing.bill_date)
    facts = load_print_facts(
        {item.account.id: item.drafts for item in new},
        {item.account.id: item.account for item in new},
        on=billing.bill_date,
    )
    explained = charge_facts(row for item in new for row in item.activity)
    bills = []
    for key, number, item in zip(next_keys(Bill, len(new)), _next_numbers(len(new)), new, strict=True):
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
            kind=item.kind,
            replaced=item.replaced,
            messages=for_account(messages, item.account),
            inserts=inserts_for(inserts, item.account, {draft.agreement.service for draft in item.drafts}),
            charge_facts=explained,
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
                run_id=billing.run_id,
                kind=item.kind,
                bill_date=billing.bill_date,
                due_date=billing.due_date,
                late_date=late.after if late else None,
                amount_after_late_cents=late.amount_cents if late else None,
                issued_at=clock.now(),
                message_id=message_id,
                statement=statement,
                **totals,
            )
        )
    return bills


def _tell(billing: Billing, bills: Sequence[Bill], new: Sequence[NewBill], message_id: UUID) -> None:
    outbox.put(
        topic=BILLS_ISSUED,
        message_id=message_id,
        payload={
            "bill_date": billing.bill_date.isoformat(),
            "bills": [
                {
                    "account": str(item.account.public_id),
                    "bill": str(bill.public_id),
                    "number": bill.number,
                    "total_due_cents": bill.total_due_cents,
                    "due_date": bill.due_date.isoformat(),
                    **({"replaces": [one["number"] for one in item.replaced]} if item.replaced else {}),
                }
                for bill, item in zip(bills, new, strict=True)
            ],
        },
    )


_BILL_COLUMNS = tuple(field.attname for field in Bill._meta.local_concrete_fields)
_SEGMENT_COLUMNS = (
    "id", "bill_id", "agreement_id", "period", "status", "tariff_code", "total_cents", "inputs", "rated",
)  # fmt: skip


def _write_segments(bills: Sequence[Bill], new: Sequence[NewBill]) -> None:
    drafts = [(bill.pk, draft) for bill, item in zip(bills, new, strict=True) for draft in item.drafts]
    keys = next_keys(BillSegment, len(drafts))
    copy_in(
        BillSegment,
        _SEGMENT_COLUMNS,
        [
            (
                key,
                bill_id,
                draft.agreement.id,
                DateRange(draft.inputs.period.start, draft.inputs.period.closed_end),
                "issued",
                draft.tariff.code,
                draft.rated.total_cents,
                draft.inputs_json,
                draft.rated_json,
            )
            for key, (bill_id, draft) in zip(keys, drafts, strict=True)
        ],
    )
    RatingStateEntry.objects.bulk_create(
        RatingStateEntry(
            agreement_id=draft.agreement.id,
            segment_id=key,
            as_of=draft.inputs.period.closed_end,
            state=draft.rated.state_out.to_dict(),
        )
        for key, (_, draft) in zip(keys, drafts, strict=True)
        if draft.rated.state_out.values
    )


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
