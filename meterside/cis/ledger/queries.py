"""Reads of the books. Every balance is a sum of postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from meterside.contracts.cis import PaymentView

from .models import Posting


def balances_cents(account_ids: Sequence[int]) -> Mapping[int, int]:
    """What each account owes, in cents; negative is credit. Accounts without postings owe nothing."""
    rows = (
        Posting.objects.filter(ledger_account_id="receivable", account_id__in=account_ids)
        .values_list("account_id")
        .annotate(total=Sum("amount_cents"))
    )
    sums = {account_id: total for account_id, total in rows if account_id is not None}
    return {account_id: sums.get(account_id, 0) for account_id in account_ids}


@dataclass(frozen=True, slots=True)
class Activity:
    """One change of an account's receivable that is not a bill. Positive is owed."""

    account_id: int
    transaction_id: int
    kind: str
    effective_on: str
    amount_cents: int
    note: str


def activity_since(after_transaction: Mapping[int, int]) -> Mapping[int, list[Activity]]:
    """Payments, returns, adjustments and cancelled bills of each account after a transaction id (0: all of them)."""
    found: dict[int, list[Activity]] = {account_id: [] for account_id in after_transaction}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.account_id, t.id, t.kind, t.effective_on::text, sum(p.amount_cents)::bigint, t.note
              FROM unnest(%s::bigint[], %s::bigint[]) AS since (account_id, transaction_id)
              JOIN cis_ledger_posting p
                ON p.account_id = since.account_id AND p.ledger_account_id = 'receivable'
              JOIN cis_ledger_transaction t ON t.id = p.transaction_id
             WHERE t.id > since.transaction_id AND t.kind <> 'bill'
             GROUP BY p.account_id, t.id
             ORDER BY t.effective_on, t.id
            """,
            [list(after_transaction), list(after_transaction.values())],
        )
        for row in cursor.fetchall():
            found[row[0]].append(Activity(*row))
    return found


_PAYMENT_COLUMNS = """
    p.payment_id, p.amount_cents, p.paid_at, p.channel, p.tender, p.tender_label, p.reference,
    s.status, s.at, s.reason
"""
_PAYMENTS = """
      FROM cis_ledger_payment p
      JOIN LATERAL (
           SELECT status, at, reason FROM cis_ledger_paymentstatus
            WHERE payment_id = p.id ORDER BY id DESC LIMIT 1
      ) s ON true
"""


def payments_of(account_id: int, *, offset: int, limit: int) -> tuple[tuple[PaymentView, ...], int]:
    """An account's payments, latest first, and how many there are in all."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_PAYMENT_COLUMNS}, count(*) OVER () {_PAYMENTS} WHERE p.account_id = %s "
            "ORDER BY p.paid_at DESC, p.id DESC OFFSET %s LIMIT %s",
            [account_id, offset, limit],
        )
        rows = cursor.fetchall()
        total = rows[0][10] if rows else 0
        if offset and not rows:  # past the end there is no row to say it
            cursor.execute("SELECT count(*) FROM cis_ledger_payment WHERE account_id = %s", [account_id])
            ((total,),) = cursor.fetchall()
    return tuple(PaymentView(*row[:10]) for row in rows), total


# For a query with an account `a`: the columns of its latest payment as `paid`, all empty where there is none.
LAST_PAYMENT = f"""
      LEFT JOIN LATERAL (
           SELECT {_PAYMENT_COLUMNS} {_PAYMENTS}
            WHERE p.account_id = a.id ORDER BY p.paid_at DESC, p.id DESC LIMIT 1
      ) paid ON true
"""


def payment_view(payment_id: UUID) -> PaymentView | None:
    """One payment as it stands now, or None."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_PAYMENT_COLUMNS} {_PAYMENTS} WHERE p.payment_id = %s", [payment_id])
        row = cursor.fetchone()
    return PaymentView(*row) if row else None


def unsettled_cents(account_id: int) -> int:
    """Payments of the account that were accepted and have neither reached the bank nor come back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(p.amount_cents), 0) FROM cis_ledger_payment p
             WHERE p.account_id = %s AND NOT EXISTS (
                   SELECT FROM cis_ledger_paymentstatus s
                    WHERE s.payment_id = p.id AND s.status IN ('settled', 'returned'))
            """,
            [account_id],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
