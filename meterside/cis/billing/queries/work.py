"""Reads for the people who run billing: runs, what they hold, and the trial balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.kit.sql import from_json


@dataclass(frozen=True, slots=True)
class RunRow:
    """One bill run: its window is [start, end); `finished_at` is None until it was done once.

    `held` is how many accounts wait, by kind of exception, the most first.
    """

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
    due_date: date
    approved_by: str
    is_approved: bool
    held: tuple[tuple[str, int], ...]


_RUNS = """
    SELECT r.id, r.cycle_id, lower(r."window"), upper(r."window"), r.bill_date, r.n_accounts,
           b.n, b.cents, h.n, r.finished_at, r.status, r.public_id, r.due_date, r.approved_by,
           r.approved_at IS NOT NULL, k.kinds
      FROM ({runs}) r
     CROSS JOIN LATERAL (
           SELECT count(*) AS n, coalesce(sum(current_charges_cents), 0)::bigint AS cents
             FROM cis_billing_bill WHERE run_id = r.id AND status = 'issued') b
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT account_id) AS n FROM cis_billing_billexception
            WHERE run_id = r.id AND resolved_at IS NULL AND kind <> 'inactive_use') h
     CROSS JOIN LATERAL (
           SELECT jsonb_agg(jsonb_build_array(kind, n) ORDER BY n DESC, kind) AS kinds
             FROM (SELECT kind, count(DISTINCT account_id) AS n FROM cis_billing_billexception
                    WHERE run_id = r.id AND resolved_at IS NULL GROUP BY kind) x) k
     ORDER BY r.bill_date DESC, r.id DESC
"""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One bill cycle: how many accounts, and to which day it was opened last (None: never)."""

    code: str
    name: str
    read_day: int
    n_accounts: int
    opened_to: date | None


def cycles() -> tuple[CycleRow, ...]:
    """Every bill cycle, by code."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.code, c.name, c.read_day,
                   (SELECT count(*) FROM cis_registry_account a WHERE a.bill_cycle = c.code),
                   (SELECT max(upper(r."window")) FROM cis_billing_billrun r WHERE r.cycle_id = c.code)
              FROM cis_billing_billcycle c ORDER BY c.code
            """
        )
        return tuple(CycleRow(*row) for row in cursor.fetchall())


def recent_runs(limit: int = 12) -> tuple[RunRow, ...]:
    """The latest runs, newest first."""
    chosen = "SELECT * FROM cis_billing_billrun ORDER BY bill_date DESC, id DESC LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(_RUNS.format(runs=chosen), [limit])
        return tuple(_run_row(row) for row in cursor.fetchall())


def _run_row(row: tuple[Any, ...]) -> RunRow:
    held = tuple((kind, count) for kind, count in from_json(row[15]) or ())
    return RunRow(*(*row[:15], held))


def run_row(run_id: int) -> RunRow:
    """One run. Raises LookupError when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS.format(runs="SELECT * FROM cis_billing_billrun WHERE id = %s"), [run_id])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no bill run {run_id}")
    return _run_row(row)


def run_of_ref(public_id: UUID) -> RunRow | None:
    """The run of a reference, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RUNS.format(runs="SELECT * FROM cis_billing_billrun WHERE public_id = %s"), [public_id]
        )
        row = cursor.fetchone()
    return _run_row(row) if row else None


def held_by_kind(run_id: int | None = None) -> dict[str, int]:
    """How many accounts of a run, or of all runs, wait, by kind, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT kind, count(DISTINCT account_id) FROM cis_billing_billexception
             WHERE status IN ('open', 'held') AND (%s::bigint IS NULL OR run_id = %s)
             GROUP BY 1 ORDER BY 2 DESC, 1
            """,
            [run_id, run_id],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """An account that waits for somebody: `kind` is a stable word, `facts` the numbers to say it with."""

    id: int
    public_id: UUID
    account_number: str
    holder_name: str
    service: str
    cycle: str
    kind: str
    detail: str
    facts: Mapping[str, str]
    status: str
    created_at: datetime
    reason: str
    by: str


_EXCEPTIONS = """
    SELECT x.id, x.public_id, a.number,
           coalesce(nullif(p.organisation_name, ''), trim(p.given_name || ' ' || p.family_name), ''),
           coalesce(s.service, ''), coalesce(r.cycle_id, ''), x.kind, x.detail, x.facts, x.status, x.created_at,
           coalesce(t.reason, ''), coalesce(t.by, ''), count(*) OVER ()
      FROM cis_billing_billexception x
      JOIN cis_registry_account a ON a.id = x.account_id
      LEFT JOIN cis_billing_billrun r ON r.id = x.run_id
      LEFT JOIN cis_agreements_serviceagreement s ON s.id = x.agreement_id
      LEFT JOIN LATERAL (
           SELECT person.* FROM cis_registry_personaccountrole o
             JOIN cis_registry_person person ON person.id = o.person_id
            WHERE o.account_id = a.id AND o.role = 'owner'
            ORDER BY upper(o.during) DESC NULLS FIRST, o.id LIMIT 1) p ON true
      LEFT JOIN LATERAL (
           SELECT reason, by FROM cis_billing_billexceptionstep
            WHERE exception_id = x.id AND status_to = x.status ORDER BY id DESC LIMIT 1) t ON true
     WHERE x.status IN ('open', 'held') {where}
     ORDER BY x.created_at, x.id OFFSET %s LIMIT %s
"""


def open_exceptions(
    *, run_id: int | None = None, kind: str = "", account: str = "", offset: int = 0, limit: int = 50
) -> tuple[tuple[ExceptionRow, ...], int]:
    """Accounts that wait for somebody, oldest first, and how many there are in all."""
    where = ""
    values: list[int | str] = []
    if run_id is not None:
        where, values = where + " AND x.run_id = %s", [*values, run_id]
    if kind:
        where, values = where + " AND x.kind = %s", [*values, kind]
    if account:
        where, values = where + " AND a.number = %s", [*values, account]
    with connection.cursor() as cursor:
        cursor.execute(_EXCEPTIONS.format(where=where), [*values, offset, limit])
        rows = cursor.fetchall()
    found = tuple(ExceptionRow(*(*row[:8], from_json(row[8]), *row[9:13])) for row in rows)
    return found, rows[0][13] if rows else 0


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
