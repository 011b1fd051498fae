"""Which late fees are due, and what is left of bills when their late date ends: reads, many bills at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from meterside.engine.late_fee import LateFee, late_fee
from meterside.engine.policy import late_fee_rule
from meterside.kit.sql import from_json

from .not_charged import not_charged_cents

#: Bills whose late date is longer ago get no first fee any more: banks return payments for so long.
LOOK_BACK_DAYS: Final = 70

# What took from the debt since a bill, effective by a day. A payment that came back never counted; a late fee that
# came after the bill and was taken back changes nothing of what the bill asked for.
CREDITS_SQL: Final = """
    (SELECT coalesce(-sum(p.amount_cents), 0)::bigint
       FROM cis_ledger_posting p JOIN cis_ledger_transaction t ON t.id = p.transaction_id
      WHERE p.account_id = b.account_id AND p.ledger_account_id = 'receivable' AND p.amount_cents < 0
        AND t.kind <> 'bill' AND t.effective_on <= {as_of}
        AND t.id > coalesce((b.statement ->> 'last_transaction')::bigint, 0)
        AND NOT EXISTS (
            SELECT FROM cis_ledger_transaction undone
             WHERE undone.source = t.source AND undone.source_id = t.source_id
               AND ((t.kind = 'payment' AND undone.kind = 'return')
                 OR (t.kind = 'late_fee_reversal' AND undone.kind = 'late_fee'
                     AND undone.id > coalesce((b.statement ->> 'last_transaction')::bigint, 0)))))
"""


@dataclass(frozen=True, slots=True)
class FeeDue:
    """A late fee that is due on a bill and not charged. `left_cents` is what was left of it then."""

    bill_id: int
    bill_ref: UUID
    bill_number: int
    account_id: int
    account_ref: UUID
    bill_date: date
    number: int
    left_cents: int
    fee: LateFee
    rule: dict[str, Any]
    is_told: bool


# Bills with a late amount whose date is past, that nobody waived and on which no fee of that number stands. One that
# staff took back stays back; one that was taken back because of a payment comes again when that payment returns.
_CANDIDATES = """
    WITH late AS (
        SELECT b.id, f.charged + 1 AS number, f.last_since,
               coalesce(f.last_since + e.every_days - 1, b.late_date) AS as_of
          FROM cis_billing_bill b
          LEFT JOIN LATERAL (
               SELECT count(*) FILTER (WHERE status = 'charged') AS charged,
                      count(*) FILTER (WHERE taken_back = 'staff') AS refused,
                      max(since) FILTER (WHERE status = 'charged') AS last_since
                 FROM cis_billing_latefee WHERE bill_id = b.id) f ON true
          LEFT JOIN LATERAL (
               SELECT coalesce((r.rule ->> 'once_per_bill')::boolean, true) AS once,
                      coalesce((r.rule ->> 'every_days')::integer, 30) AS every_days
                 FROM (SELECT b.statement -> 'late' -> 'rule' AS rule) r WHERE f.charged > 0) e ON true
         WHERE b.status = 'issued' AND b.late_date < %(today)s AND b.late_date >= %(first)s
           AND b.id > %(after)s AND (%(bills)s::bigint[] IS NULL OR b.id = ANY(%(bills)s))
           AND (%(accounts)s::bigint[] IS NULL OR b.account_id = ANY(%(accounts)s))
           AND f.refused = 0
           AND NOT EXISTS (SELECT FROM cis_billing_latefeewaiver w WHERE w.bill_id = b.id)
           AND (f.charged = 0 OR (
                NOT e.once AND f.last_since + e.every_days <= %(today)s
                AND NOT EXISTS (SELECT FROM cis_billing_bill n
                                 WHERE n.account_id = b.account_id AND n.id > b.id AND n.status = 'issued')))
         ORDER BY b.id LIMIT %(limit)s)
    SELECT l.id, b.public_id, b.number, b.account_id, a.public_id, b.bill_date, b.due_date, l.number, l.last_since,
           b.statement -> 'late', b.total_due_cents - {CREDITS}
      FROM late l JOIN cis_billing_bill b ON b.id = l.id JOIN cis_registry_account a ON a.id = b.account_id
     ORDER BY l.id
""".replace("{CREDITS}", CREDITS_SQL.replace("{as_of}", "l.as_of"))


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in so many bills; `last_bill` is where to go on, None behind the last."""

    due: tuple[FeeDue, ...]
    n_bills: int
    last_bill: int | None


def fees_due(
    *,
    today: date,
    after_bill: int = 0,
    limit: int = 1000,
    bill_ids: Collection[int] | None = None,
    account_ids: Collection[int] | None = None,
) -> Looked:
    """The late fees due on a day on bills behind `after_bill`, by the rule each bill printed.

    What counts is what had been paid by the end of the late date, whenever this is asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            {
                "today": today,
                "first": today - timedelta(days=LOOK_BACK_DAYS),
                "after": after_bill,
                "bills": None if bill_ids is None else list(bill_ids),
                "accounts": None if account_ids is None else list(account_ids),
                "limit": limit,
            },
        )
        rows = cursor.fetchall()
    owing = {row[3] for row in rows if row[10] > 0}
    free = not_charged_cents(sorted(owing), on=today)
    due = [found for row in rows if (found := _due(row, free.get(row[3], 0), today)) is not None]
    return Looked(tuple(due), len(rows), rows[-1][0] if len(rows) == limit else None)


def _due(row: Sequence[Any], not_charged: int, today: date) -> FeeDue | None:
    late, last_since = from_json(row[9]), row[8]
    if not late or "rule" not in late:  # a bill from before the rule was printed with it
        return None
    rule = late_fee_rule(late["rule"])
    left_cents = min(late["asked_cents"], row[10] - not_charged)
    fee = late_fee(
        rule,
        due_on=row[6],
        today=today,
        past_due_cents=left_cents,
        bill_cents=late["asked_cents"],
        charged_on=() if last_since is None else (last_since,),
    )
    if fee is None:
        return None
    return FeeDue(
        bill_id=row[0],
        bill_ref=row[1],
        bill_number=row[2],
        account_id=row[3],
        account_ref=row[4],
        bill_date=row[5],
        number=row[7],
        left_cents=left_cents,
        fee=fee,
        rule=late["rule"],
        is_told=rule.notice,
    )


@dataclass(frozen=True, slots=True)
class FeeStanding:
    """A late fee that was charged, and what it would be by what is known now."""

    id: int
    account_id: int
    amount_cents: int
    now_cents: int


_STANDING = """
    SELECT f.id, b.account_id, f.amount_cents, f.left_cents, f.rule, b.due_date,
           b.statement -> 'late' -> 'asked_cents', b.total_due_cents - {CREDITS}
      FROM cis_billing_latefee f JOIN cis_billing_bill b ON b.id = f.bill_id
     WHERE f.status = 'charged' AND f.charged_on >= %(first)s AND f.charged_on <= %(today)s
       AND (%(accounts)s::bigint[] IS NULL OR b.account_id = ANY(%(accounts)s))
       AND (%(fees)s::bigint[] IS NULL OR f.id = ANY(%(fees)s))
     ORDER BY f.id
""".replace("{CREDITS}", CREDITS_SQL.replace("{as_of}", "f.since - 1"))


def fees_paid_in_time(
    *,
    today: date,
    fee_ids: Collection[int] | None = None,
    account_ids: Collection[int] | None = None,
) -> list[FeeStanding]:
    """Fees of late that would be less, or none, now that payments are known which were made in time."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STANDING,
            {
                "today": today,
                "first": today - timedelta(days=LOOK_BACK_DAYS),
                "fees": None if fee_ids is None else list(fee_ids),
                "accounts": None if account_ids is None else list(account_ids),
            },
        )
        rows = cursor.fetchall()
    found = []
    for key, account_id, charged_cents, left_then, rule, due_on, asked_cents, left_now in rows:
        fee = late_fee(
            late_fee_rule(from_json(rule)),
            due_on=due_on,
            today=today,
            past_due_cents=min(
                left_then, left_now
            ),  # what is held back may have changed; that takes none back
            bill_cents=int(from_json(asked_cents)),
        )
        now_cents = fee.amount_cents if fee else 0
        if now_cents < charged_cents:
            found.append(FeeStanding(key, account_id, charged_cents, now_cents))
    return found
