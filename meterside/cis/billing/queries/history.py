"""A bill's history: what it charged and from which reads, what was posted, told, cancelled, replaced and corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.kit.sql import from_json


@dataclass(frozen=True, slots=True)
class BillLine:
    """One of an account's bills, as a list shows it."""

    public_id: UUID
    number: int
    kind: str
    status: str
    bill_date: date
    start: date | None
    end: date | None
    charges_cents: int
    total_due_cents: int


_BILLS = """
    SELECT b.public_id, b.number, b.kind, b.status, b.bill_date, (b.statement -> 'period' ->> 0)::date,
           (b.statement -> 'period' ->> 1)::date, b.current_charges_cents, b.total_due_cents
      FROM cis_billing_bill b
"""


def bills_of_account(account_id: int, *, limit: int = 24) -> tuple[BillLine, ...]:
    """An account's bills in the order they were issued, the latest first, cancelled ones too."""
    with connection.cursor() as cursor:
        cursor.execute(_BILLS + " WHERE b.account_id = %s ORDER BY b.id DESC LIMIT %s", [account_id, limit])
        return tuple(BillLine(*row) for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account that was searched for."""

    id: int
    public_id: UUID
    number: str
    holder_name: str
    cycle: str
    customer_class: str
    balance_cents: int


def find_account(typed: str) -> FoundAccount | None:
    """The account of that number, or of the bill of that number."""
    digits = "".join(letter for letter in typed if letter.isdigit())[:18]
    if not digits:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id, a.public_id, a.number,
                   coalesce(nullif(p.organisation_name, ''), trim(p.given_name || ' ' || p.family_name), ''),
                   a.bill_cycle, a.customer_class,
                   (SELECT coalesce(sum(amount_cents), 0)::bigint FROM cis_ledger_posting
                     WHERE account_id = a.id AND ledger_account_id = 'receivable')
              FROM cis_registry_account a
              LEFT JOIN LATERAL (
                   SELECT person.* FROM cis_registry_personaccountrole r
                     JOIN cis_registry_person person ON person.id = r.person_id
                    WHERE r.account_id = a.id AND r.role = 'owner'
                    ORDER BY upper(r.during) DESC NULLS FIRST, r.id LIMIT 1) p ON true
             WHERE a.number = %s OR a.id = (SELECT account_id FROM cis_billing_bill WHERE number = %s)
             LIMIT 1
            """,
            [digits, int(digits)],
        )
        row = cursor.fetchone()
    return FoundAccount(*row) if row else None


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """What a bill charged for one agreement and period. `determinants` carry the reads that prove the use."""

    service: str
    start: date
    end: date
    status: str
    tariff_code: str
    total_cents: int
    determinants: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PostingLine:
    """One leg in the books that has to do with a bill."""

    transaction_id: int
    kind: str
    effective_on: date
    recorded_at: datetime
    by: str
    ledger_code: str
    fund: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction of a bill."""

    public_id: UUID
    status: str
    method: str
    difference_cents: int
    amount_cents: int
    found_at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class BillHistory:
    """All that is known of a bill. `cancelled` is when, by whom and why; `told` when the message of it went out.

    `late_fees` are reference, cents and status of those charged on it; `is_waived` says that none will be.
    """

    id: int
    line: BillLine
    account_number: str
    account_ref: UUID
    run_ref: UUID | None
    issued_at: datetime
    origin: str
    cancelled: tuple[datetime, str, str] | None
    replaced_by: tuple[UUID, int] | None
    replaces: tuple[tuple[UUID, int, int], ...]
    told: tuple[str, datetime, datetime | None, int] | None
    late_date: date | None
    late_fees: tuple[tuple[UUID, int, str], ...]
    is_waived: bool
    segments: tuple[SegmentLine, ...]
    postings: tuple[PostingLine, ...]
    corrections: tuple[CorrectionLine, ...]


_HISTORY = (  # put together from our own constants
    _BILLS.replace(  # noqa: S608
        "      FROM",
        """, b.id, a.number, a.public_id, r.public_id, b.issued_at, b.origin,
           c.at, c.by, c.reason, n.public_id, n.number, o.topic, o.created_at, o.delivered_at, o.attempts,
           (SELECT jsonb_agg(jsonb_build_array(old.public_id, old.number, old.current_charges_cents) ORDER BY old.id)
              FROM cis_billing_billcancellation gone JOIN cis_billing_bill old ON old.id = gone.bill_id
             WHERE gone.replaced_by_id = b.id),
           b.late_date,
           (SELECT jsonb_agg(jsonb_build_array(f.public_id, f.amount_cents, f.status) ORDER BY f.id)
              FROM cis_billing_latefee f WHERE f.bill_id = b.id),
           EXISTS (SELECT FROM cis_billing_latefeewaiver w WHERE w.bill_id = b.id)
      FROM""",
    )
    + """
      JOIN cis_registry_account a ON a.id = b.account_id
      LEFT JOIN cis_billing_billrun r ON r.id = b.run_id
      LEFT JOIN cis_billing_billcancellation c ON c.bill_id = b.id
      LEFT JOIN cis_billing_bill n ON n.id = c.replaced_by_id
      LEFT JOIN spine_outboxmessage o ON o.message_id = b.message_id
     WHERE b.public_id = %s
"""
)


def bill_history(public_id: UUID) -> BillHistory | None:
    """Everything about one bill but its events, in four queries; None where there is none of that reference."""
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, [public_id])
        row = cursor.fetchone()
        if row is None:
            return None
        bill_id = row[9]
        cursor.execute(_SEGMENTS, [bill_id])
        segments = tuple(SegmentLine(*(*one[:6], tuple(from_json(one[6])))) for one in cursor.fetchall())
        cursor.execute(_POSTINGS, [str(public_id), bill_id, bill_id])
        postings = tuple(PostingLine(*one) for one in cursor.fetchall())
        cursor.execute(_CORRECTIONS, [bill_id])
        corrections = tuple(CorrectionLine(*one) for one in cursor.fetchall())
    return BillHistory(
        id=bill_id,
        line=BillLine(*row[:9]),
        account_number=row[10],
        account_ref=row[11],
        run_ref=row[12],
        issued_at=row[13],
        origin=row[14],
        cancelled=(row[15], row[16], row[17]) if row[15] else None,
        replaced_by=(row[18], row[19]) if row[18] else None,
        replaces=tuple((UUID(ref), number, cents) for ref, number, cents in from_json(row[24]) or ()),
        late_date=row[25],
        late_fees=tuple((UUID(ref), cents, status) for ref, cents, status in from_json(row[26]) or ()),
        is_waived=row[27],
        told=(row[20], row[21], row[22], row[23]) if row[20] else None,
        segments=segments,
        postings=postings,
        corrections=corrections,
    )


_SEGMENTS = """
    SELECT a.service, lower(s.period), upper(s.period), s.status, s.tariff_code, s.total_cents,
           s.inputs -> 'determinants'
      FROM cis_billing_billsegment s JOIN cis_agreements_serviceagreement a ON a.id = s.agreement_id
     WHERE s.bill_id = %s ORDER BY a.service, s.period
"""
_POSTINGS = """
    SELECT t.id, t.kind, t.effective_on, t.recorded_at, t.recorded_by, p.ledger_account_id, p.fund,
           p.amount_cents
      FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
     WHERE (t.source = 'bill' AND t.source_id = %s)
        OR (t.source = 'correction' AND t.source_id IN (
            SELECT id || suffix FROM cis_billing_billcorrection, (VALUES (''), (':undone')) v (suffix)
             WHERE bill_id = %s))
        OR (t.source = 'late_fee' AND t.source_id IN (
            SELECT public_id::text FROM cis_billing_latefee WHERE bill_id = %s))
     ORDER BY t.id, p.id
"""
_CORRECTIONS = """
    SELECT public_id, status, method, difference_cents, amount_cents, found_at, decided_by, reason
      FROM cis_billing_billcorrection WHERE bill_id = %s ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One move in the life of a run or of an exception."""

    status_from: str
    status_to: str
    at: datetime
    by: str
    reason: str


def run_steps(run_id: int) -> tuple[StepLine, ...]:
    """The moves of a run, the latest first."""
    return _steps("cis_billing_billrunstep", "run_id", run_id)


def exception_steps(exception_id: int) -> tuple[StepLine, ...]:
    """The moves of an exception, the latest first."""
    return _steps("cis_billing_billexceptionstep", "exception_id", exception_id)


def _steps(table: str, column: str, key: int) -> tuple[StepLine, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT status_from, status_to, at, by, reason FROM {table} "  # noqa: S608 - names of our own
            f"WHERE {column} = %s ORDER BY id DESC LIMIT 50",
            [key],
        )
        return tuple(StepLine(*row) for row in cursor.fetchall())
