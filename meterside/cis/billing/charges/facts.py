"""What a statement says of late fees, deposits and interest among its adjustments: which bill, what of, which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from meterside.cis.ledger.queries import Activity
from meterside.kit.sql import from_json

_LATE_FEES = ("late_fee", "late_fee_reversal")
_DEPOSITS = ("deposit", "deposit_cancel", "deposit_interest", "deposit_refund")


def charge_facts(activity: Iterable[Activity]) -> Mapping[int, dict[str, Any]]:
    """By transaction what explains it; asks only where there is such an entry, one query for each sort."""
    of_sort: dict[str, list[int]] = {"fee": [], "deposit": []}
    for row in activity:
        if row.kind in _LATE_FEES:
            of_sort["fee"].append(row.transaction_id)
        elif row.kind in _DEPOSITS:
            of_sort["deposit"].append(row.transaction_id)
    found: dict[int, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        if of_sort["fee"]:
            cursor.execute(_FEES, [of_sort["fee"]])
            for key, bill_date, after, left_cents, base_cents, rule, taken_back in cursor.fetchall():
                found[key] = {
                    "bill_date": bill_date.isoformat(),
                    "after": after.isoformat(),
                    "left_cents": left_cents,
                    "base_cents": base_cents,
                    "rule": from_json(rule),
                    "taken_back": taken_back,
                }
        if of_sort["deposit"]:
            cursor.execute(_OF_DEPOSITS, [of_sort["deposit"]])
            for key, amount_cents, basis, paid_on, outcome, days, lines in cursor.fetchall():
                found[key] = {
                    "deposit_cents": amount_cents,
                    "basis": from_json(basis),
                    "paid_on": paid_on.isoformat() if paid_on else None,
                    "outcome": outcome,
                    "days": from_json(days),
                    "lines": from_json(lines),
                }
    return found


_FEES = """
    SELECT t.id, b.bill_date, f.since - 1, f.left_cents, f.base_cents, f.rule,
           CASE WHEN t.kind = 'late_fee_reversal' THEN f.taken_back ELSE '' END
      FROM cis_ledger_transaction t
      JOIN cis_billing_latefee f ON f.public_id = t.source_id::uuid
      JOIN cis_billing_bill b ON b.id = f.bill_id
     WHERE t.id = ANY(%s)
"""
_OF_DEPOSITS = """
    SELECT t.id, d.amount_cents, d.basis, d.paid_on, d.outcome,
           jsonb_build_array(lower(i.days), upper(i.days)), i.lines
      FROM cis_ledger_transaction t
      JOIN cis_billing_deposit d ON d.public_id = split_part(t.source_id, ':', 1)::uuid
      LEFT JOIN cis_billing_depositinterest i ON i.transaction_id = t.id
     WHERE t.id = ANY(%s)
"""
