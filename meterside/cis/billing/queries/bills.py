"""Reads of bills for the account's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.contracts.cis import AccountRef, BillFollowing, BillRef, BillSummary, BillView
from meterside.kit.sql import from_json

from ..charges.queries import LATE_FEE_SQL, late_fee_views

_SUMMARY = """
    SELECT b.public_id, b.number, b.bill_date, b.due_date,
           (b.statement -> 'period' ->> 0)::date, (b.statement -> 'period' ->> 1)::date,
           b.current_charges_cents, b.total_due_cents, b.status = 'cancelled', b.origin
"""


def _summary(row: tuple[Any, ...]) -> BillSummary:
    return BillSummary(BillRef(row[0]), *row[1:10])


def bills_of(account_id: int, *, offset: int, limit: int) -> tuple[tuple[BillSummary, ...], int]:
    """An account's bills, latest first, and how many there are in all."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMMARY + ", count(*) OVER () FROM cis_billing_bill b WHERE b.account_id = %s "
            "ORDER BY b.bill_date DESC, b.id DESC OFFSET %s LIMIT %s",
            [account_id, offset, limit],
        )
        rows = cursor.fetchall()
        total = rows[0][10] if rows else 0
        if offset and not rows:  # past the end there is no row to say it
            cursor.execute("SELECT count(*) FROM cis_billing_bill WHERE account_id = %s", [account_id])
            ((total,),) = cursor.fetchall()
    return tuple(_summary(row) for row in rows), total


_LATE_FEES = """
    (SELECT jsonb_agg({FEE} ORDER BY f.id) FROM cis_billing_latefee f WHERE f.bill_id = b.id)
""".replace("{FEE}", LATE_FEE_SQL)


_FOLLOWING = """
    (SELECT jsonb_build_array(n.public_id, n.bill_date, n.statement -> 'past_due_cents') FROM cis_billing_bill n
      WHERE n.account_id = b.account_id AND n.status = 'issued' AND (n.bill_date, n.id) > (b.bill_date, b.id)
      ORDER BY n.bill_date, n.id LIMIT 1)
"""


def _following(row: Sequence[Any] | None) -> BillFollowing | None:
    return None if row is None else BillFollowing(BillRef(UUID(row[0])), date.fromisoformat(row[1]), row[2])


def bill_of(account_ref: UUID, bill_ref: UUID) -> BillView | None:
    """One bill with its statement, if it is that account's."""
    found = bill_beside(account_ref, bill_ref, "NULL", {})
    return None if found is None else found[0]


def bill_beside(
    account_ref: UUID, bill_ref: UUID, columns: str, given: Mapping[str, Any]
) -> tuple[BillView, tuple[Any, ...]] | None:
    """The same with `columns` of the account's row `a`, and what they are `given`, asked in the same query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMMARY
            + f", b.statement, a.number, {_LATE_FEES}, {_FOLLOWING}, {columns} FROM cis_billing_bill b "
            "JOIN cis_registry_account a ON a.id = b.account_id "
            "WHERE a.public_id = %(account)s AND b.public_id = %(bill)s",
            {"account": account_ref, "bill": bill_ref, **given},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    view = BillView(
        summary=_summary(row),
        account=AccountRef(account_ref),
        account_number=row[11],
        statement=from_json(row[10]),
        late_fees=late_fee_views(row[12]),
        followed_by=_following(from_json(row[13])),
    )
    return view, row[14:]


@dataclass(frozen=True, slots=True)
class LatestBills:
    """The latest issued bill with its statement, and the one before it."""

    latest: BillView | None
    previous: BillSummary | None


def latest_bills(account_id: int, account_ref: UUID, account_number: str) -> LatestBills:
    """What home shows of an account's bills, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMMARY
            + """, CASE WHEN row_number() OVER w = 1 THEN b.statement END
              FROM cis_billing_bill b WHERE b.account_id = %s AND b.status = 'issued'
            WINDOW w AS (ORDER BY b.bill_date DESC, b.id DESC)
             ORDER BY b.bill_date DESC, b.id DESC LIMIT 2
            """,
            [account_id],
        )
        rows = cursor.fetchall()
    summaries = [_summary(row) for row in rows]
    latest = (
        BillView(
            summary=summaries[0],
            account=AccountRef(account_ref),
            account_number=account_number,
            statement=from_json(rows[0][10]),
        )
        if rows
        else None
    )
    return LatestBills(
        latest=latest,
        previous=summaries[1] if len(summaries) > 1 else None,
    )
