"""Reads of late fees and deposits for pages: what stands on a bill, what an account has left as a deposit."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from meterside.contracts.cis import DepositView, LateFeeView
from meterside.engine.deposit import refundable_on
from meterside.kit.sql import from_json

from .deposit_rows import late_days
from .policies import deposit_rules_on

#: Late fee `f` of bill `b`, as `late_fee_views` reads a list of them.
LATE_FEE_SQL: Final = """
    jsonb_build_array(f.amount_cents, f.charged_on, b.bill_date, f.since - 1, f.left_cents, f.base_cents, f.rule,
                      f.reversed_at::date)
"""


def late_fee_views(value: Any) -> tuple[LateFeeView, ...]:
    """A list of `LATE_FEE_SQL`."""
    return tuple(
        LateFeeView(
            amount_cents=row[0],
            charged_on=date.fromisoformat(row[1]),
            bill_date=date.fromisoformat(row[2]),
            after=date.fromisoformat(row[3]),
            left_cents=row[4],
            base_cents=row[5],
            rule=row[6],
            taken_back_on=date.fromisoformat(row[7]) if row[7] else None,
        )
        for row in from_json(value) or ()
    )


def deposits_of(account_ref: UUID, *, today: date) -> tuple[DepositView, ...]:
    """An account's deposits, the latest first; of a held one the day it goes back, as far as is known now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.account_id, a.customer_class, d.status, d.amount_cents, d.asked_on, d.paid_on, d.ended_on,
                   d.outcome, d.interest_until,
                   (SELECT coalesce(sum(i.amount_cents), 0)::bigint FROM cis_billing_depositinterest i
                     WHERE i.deposit_id = d.id)
              FROM cis_billing_deposit d JOIN cis_registry_account a ON a.id = d.account_id
             WHERE a.public_id = %s ORDER BY d.id DESC
            """,
            [account_ref],
        )
        rows = cursor.fetchall()
    return tuple(_deposit(row, today) for row in rows)


def _deposit(row: tuple[Any, ...], today: date) -> DepositView:
    account_id, customer_class, status, amount_cents, asked_on, paid_on, ended_on, outcome, until, cents = row
    goes_back_on = None
    rule = deposit_rules_on(today).of(customer_class) if status == "held" else None
    if rule is not None and rule.refund_after_months:
        late = late_days(account_id, since=paid_on, today=today)
        goes_back_on = refundable_on(rule, paid_on=paid_on, late_on=late)
    return DepositView(
        status=status,
        amount_cents=amount_cents,
        asked_on=asked_on,
        paid_on=paid_on,
        interest_cents=cents,
        interest_until=until,
        goes_back_on=goes_back_on,
        ended_on=ended_on,
        outcome=outcome,
    )
