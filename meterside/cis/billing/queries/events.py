"""What happened to a bill, in order: estimates, exceptions and decisions, approval, issue, payments, late fees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class BillEvent:
    """One thing that happened. `kind` is a stable word; `detail` names it further (a method, a kind, a day)."""

    at: datetime
    kind: str
    by: str
    amount_cents: int | None
    detail: str
    reason: str


def bill_events(bill_id: int) -> tuple[BillEvent, ...]:
    """Everything that led to a bill and followed from it, oldest first, in one query.

    Payments are those between the bill and the account's next one. Kinds: estimated, counted, run.STATUS, exception,
    exception.STATUS, issued, told, payment, return, adjustment, late_fee, late_fee_back, waived, corrected.STATUS,
    cancelled.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"bill": bill_id})
        return tuple(BillEvent(*row[:6]) for row in cursor.fetchall())


_EVENTS = """
    WITH b AS (
        SELECT b.*, coalesce((b.statement ->> 'last_transaction')::bigint, 0) AS knew,
               (SELECT (n.statement ->> 'last_transaction')::bigint FROM cis_billing_bill n
                 WHERE n.account_id = b.account_id AND n.id > b.id ORDER BY n.id LIMIT 1) AS next_knew
          FROM cis_billing_bill b WHERE b.id = %(bill)s)
    SELECT e.made_at AS at, CASE WHEN e.method = 'in_window' THEN 'counted' ELSE 'estimated' END AS kind,
           '' AS by, NULL::bigint AS amount_cents,
           d.badge || ', ' || e.local_day || ', ' || coalesce(e.basis ->> 'read_on', e.method) AS detail,
           '' AS reason, 1 AS nth, e.id
      FROM b JOIN cis_billing_billsegment s ON s.bill_id = b.id
      JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = s.agreement_id
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
      JOIN cis_registry_device d ON d.id = i.device_id
      JOIN cis_registry_register g ON g.device_id = d.id
      JOIN cis_metering_readestimate e ON e.register_id = g.id
       AND (e.local_day = upper(s.period) OR e.local_day = lower(s.period))
    UNION
    SELECT s.at, 'run.' || s.status_to, s.by, NULL, '', s.reason, 2, s.id
      FROM b JOIN cis_billing_billrunstep s ON s.run_id = b.run_id
     WHERE s.status_to IN ('priced', 'approved', 'running') AND s.at <= b.issued_at
    UNION
    SELECT x.created_at, 'exception', '', NULL, x.kind, x.detail, 3, x.id
      FROM b JOIN cis_billing_billexception x
        ON x.account_id = b.account_id AND x.run_id IS NOT DISTINCT FROM b.run_id AND x.created_at <= b.issued_at
     WHERE b.run_id IS NOT NULL
    UNION
    SELECT s.at, 'exception.' || s.status_to, s.by, NULL, x.kind, s.reason, 4, s.id
      FROM b JOIN cis_billing_billexception x
        ON x.account_id = b.account_id AND x.run_id = b.run_id AND x.created_at <= b.issued_at
      JOIN cis_billing_billexceptionstep s ON s.exception_id = x.id AND s.status_to <> 'open'
    UNION
    SELECT b.issued_at, 'issued', '', b.total_due_cents, '', '', 5, b.id FROM b
    UNION
    SELECT o.delivered_at, 'told', '', NULL, '', '', 6, o.id
      FROM b JOIN spine_outboxmessage o ON o.message_id = b.message_id WHERE o.delivered_at IS NOT NULL
    UNION
    SELECT t.recorded_at, t.kind, t.recorded_by, p.amount_cents, t.effective_on::text, t.note, 7, t.id
      FROM b JOIN cis_ledger_posting p ON p.account_id = b.account_id AND p.ledger_account_id = 'receivable'
      JOIN cis_ledger_transaction t ON t.id = p.transaction_id
     WHERE t.kind IN ('payment', 'return', 'adjustment') AND t.id > b.knew
       AND (b.next_knew IS NULL OR t.id <= b.next_knew)
    UNION
    SELECT f.charged_at, 'late_fee', f.charged_by, f.amount_cents, (f.since - 1)::text, '', 8, f.id
      FROM b JOIN cis_billing_latefee f ON f.bill_id = b.id
    UNION
    SELECT f.reversed_at, 'late_fee_back', f.reversed_by, -f.amount_cents, f.taken_back, f.reason, 9, f.id
      FROM b JOIN cis_billing_latefee f ON f.bill_id = b.id WHERE f.reversed_at IS NOT NULL
    UNION
    SELECT w.at, 'waived', w.by, NULL, '', w.reason, 10, w.id
      FROM b JOIN cis_billing_latefeewaiver w ON w.bill_id = b.id
    UNION
    SELECT c.found_at, 'corrected.open', '', c.difference_cents, c.method, '', 11, c.id
      FROM b JOIN cis_billing_billcorrection c ON c.bill_id = b.id
    UNION
    SELECT c.decided_at, 'corrected.' || c.status, c.decided_by, c.amount_cents, c.method, c.reason, 12, c.id
      FROM b JOIN cis_billing_billcorrection c ON c.bill_id = b.id WHERE c.decided_at IS NOT NULL
    UNION
    SELECT c.at, 'cancelled', c.by, NULL, coalesce(n.number::text, ''), c.reason, 13, c.id
      FROM b JOIN cis_billing_billcancellation c ON c.bill_id = b.id
      LEFT JOIN cis_billing_bill n ON n.id = c.replaced_by_id
     ORDER BY 1, 7, 8
"""
