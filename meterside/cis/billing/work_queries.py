"""Reads for the people who run billing: runs, what they hold, and the trial balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class RunRow:
    """One bill run: its window is [start, end); `finished_at` is None while it goes on or was stopped."""

    id: int
    cycle: str
    start: date
    end: date
    bill_date: date
    n_accounts: int
    n_billed: int
    charges_cents: int
    n_held: int
    finished_at: datetime | None
    status: str
    public_id: UUID


_RUNS = """
    SELECT r.id, r.cycle_id, lower(r."window"), upper(r."window"), r.bill_date, r.n_accounts,
           b.n, b.cents, h.n, r.finished_at, r.status, r.public_id
      FROM ({runs}) r
     CROSS JOIN LATERAL (
           SELECT count(*) AS n, coalesce(sum(current_charges_cents), 0)::bigint AS cents
             FROM cis_billing_bill WHERE run_id = r.id AND status = 'issued') b
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT account_id) AS n FROM cis_billing_billhold
            WHERE run_id = r.id AND resolved_at IS NULL) h
     ORDER BY r.bill_date DESC, r.id DESC
"""


def recent_runs(limit: int = 12) -> tuple[RunRow, ...]:
    """The latest runs, newest first."""
    chosen = "SELECT * FROM cis_billing_billrun ORDER BY bill_date DESC, id DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(_RUNS.format(runs=chosen), [limit])
        return tuple(RunRow(*row) for row in cursor.fetchall())


def run_row(run_id: int) -> RunRow:
    """One run. Raises LookupError when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS.format(runs="SELECT * FROM cis_billing_billrun WHERE id = %s"), [run_id])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no bill run {run_id}")
    return RunRow(*row)


def held_by_reason(run_id: int) -> dict[str, int]:
    """How many accounts of a run wait, by reason, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reason, count(DISTINCT account_id) FROM cis_billing_billhold
             WHERE run_id = %s AND resolved_at IS NULL GROUP BY 1 ORDER BY 2 DESC, 1
            """,
            [run_id],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class HoldRow:
    """An account a run could not bill, with the reason as a stable word and in a sentence."""

    account_number: str
    cycle: str
    reason: str
    detail: str
    created_at: datetime


def open_holds(limit: int = 50) -> tuple[HoldRow, ...]:
    """Accounts that wait for somebody, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.number, r.cycle_id, h.reason, h.detail, h.created_at
              FROM cis_billing_billhold h JOIN cis_billing_billrun r ON r.id = h.run_id
              JOIN cis_registry_account a ON a.id = h.account_id
             WHERE h.resolved_at IS NULL ORDER BY h.id LIMIT %s
            """,
            [limit],
        )
        return tuple(HoldRow(*row) for row in cursor.fetchall())


def trial_balance() -> tuple[tuple[str, int], ...]:
    """Name and balance in cents of every ledger account with postings; they sum to zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.name, sum(p.amount_cents)::bigint FROM cis_ledger_posting p
              JOIN cis_ledger_ledgeraccount l ON l.code = p.ledger_account_id
             GROUP BY l.code, l.name, l.kind ORDER BY l.kind, l.code
            """
        )
        return tuple((row[0], row[1]) for row in cursor.fetchall())
