"""What deposits need to know of an account: its bills of a year, what was paid since, which bills were paid late."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from meterside.engine.late_fee import months_after
from meterside.kit.sql import from_json

from .late_fee_rows import CREDITS_SQL


def bills_of_a_year(account_id: int, *, until: date) -> list[tuple[date, int]]:
    """Date and charges of the account's standing bills of the twelve months up to a day, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bill_date, current_charges_cents FROM cis_billing_bill "
            "WHERE account_id = %s AND status = 'issued' AND bill_date > %s AND bill_date <= %s "
            "ORDER BY bill_date, id",
            [account_id, months_after(until, -12), until],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Cover:
    """What of the debt up to a deposit is paid: `paid_on` is the day it all was, None while it is not."""

    deposit_id: int
    account_id: int
    paid_on: date | None


def covers(deposit_ids: Collection[int]) -> Mapping[int, Cover]:
    """Whether these deposits are paid: what is oldest is paid first, so all that was owed before them is too.

    A payment that came back never counted.
    """
    found: dict[int, Cover] = {}
    if not deposit_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_COVERS, [list(deposit_ids)])
        for deposit_id, account_id, asked_on, owed_cents, credits in cursor.fetchall():
            left_cents, paid_on = int(owed_cents), asked_on if owed_cents <= 0 else None
            for day, cents in from_json(credits) or ():
                left_cents -= cents
                if paid_on is None and left_cents <= 0:
                    paid_on = max(date.fromisoformat(day), asked_on)
            found[deposit_id] = Cover(deposit_id, account_id, paid_on)
    return found


_COVERS = """
    SELECT d.id, d.account_id, d.asked_on,
           (SELECT coalesce(sum(p.amount_cents), 0)::bigint FROM cis_ledger_posting p
             WHERE p.account_id = d.account_id AND p.ledger_account_id = 'receivable'
               AND p.transaction_id <= d.transaction_id),
           (SELECT jsonb_agg(jsonb_build_array(c.day, c.cents) ORDER BY c.day, c.id)
              FROM (SELECT t.id, t.effective_on AS day, -p.amount_cents AS cents
                      FROM cis_ledger_posting p JOIN cis_ledger_transaction t ON t.id = p.transaction_id
                     WHERE p.account_id = d.account_id AND p.ledger_account_id = 'receivable'
                       AND p.amount_cents < 0 AND t.id > d.transaction_id AND t.kind <> 'bill'
                       AND NOT (t.kind = 'payment' AND EXISTS (
                           SELECT FROM cis_ledger_transaction back
                            WHERE back.source = 'payment' AND back.source_id = t.source_id
                              AND back.kind = 'return'))) c)
      FROM cis_billing_deposit d WHERE d.id = ANY(%s)
"""


def late_days(account_id: int, *, since: date, today: date) -> list[date]:
    """The days on which bills of the account became late since a day: unpaid behind their late (or due) date."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, {"account": account_id, "since": since, "today": today})
        return [row[0] + timedelta(days=1) for row in cursor.fetchall()]


_LATE = """
    SELECT l.day FROM (
        SELECT coalesce(b.late_date, b.due_date) AS day, b.total_due_cents - {CREDITS} AS left_cents
          FROM cis_billing_bill b
         WHERE b.account_id = %(account)s AND b.status = 'issued'
           AND coalesce(b.late_date, b.due_date) >= %(since)s AND coalesce(b.late_date, b.due_date) < %(today)s) l
     WHERE l.left_cents > 0 ORDER BY 1
""".replace("{CREDITS}", CREDITS_SQL.replace("{as_of}", "coalesce(b.late_date, b.due_date)"))


def new_accounts(*, since: date, today: date) -> list[tuple[int, str]]:
    """Open accounts that began in [since, today] and were never asked for a deposit: key and customer class."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id, a.customer_class FROM cis_registry_account a
             WHERE lower(a.during) >= %s AND lower(a.during) <= %s AND a.during @> %s::date AND a.origin = 'ours'
               AND NOT EXISTS (SELECT FROM cis_billing_deposit d WHERE d.account_id = a.id)
             ORDER BY a.id
            """,
            [since, today, today],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]
