"""Re-proving the books: every rule as a query that finds what breaks it, whoever wrote it and however."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """`sql` selects one text for each thing that breaks the rule."""

    code: str
    words: str
    sql: str


RULES = (
    Rule(
        "sums_to_zero",
        "Each transaction has two or more postings that sum to zero",
        """
        SELECT 'transaction ' || t.id || ': ' || count(p.id) || ' postings, ' || coalesce(sum(p.amount_cents), 0)
               || ' cents' AS broken
          FROM cis_ledger_transaction t LEFT JOIN cis_ledger_posting p ON p.transaction_id = t.id
         GROUP BY t.id HAVING coalesce(sum(p.amount_cents), 0) <> 0 OR count(p.id) < 2
        """,
    ),
    Rule(
        "bill_adds_up",
        "Each bill's segments sum to its charges, and its parts to its total",
        """
        SELECT 'bill ' || b.number || ': segments ' || coalesce(sum(s.total_cents), 0) || ', charges '
               || b.current_charges_cents AS broken
          FROM cis_billing_bill b LEFT JOIN cis_billing_billsegment s ON s.bill_id = b.id
         WHERE b.origin = 'ours'
         GROUP BY b.id
        HAVING coalesce(sum(s.total_cents), 0) <> b.current_charges_cents
            OR b.total_due_cents <> b.previous_balance_cents + b.payments_cents + b.adjustments_cents
               + b.current_charges_cents
            OR (b.statement -> 'totals' ->> 'total_due_cents')::bigint <> b.total_due_cents
        """,
    ),
    Rule(
        "segment_adds_up",
        "Each segment's lines sum to its total",
        """
        SELECT 'segment ' || s.id || ': lines ' || l.cents || ', total ' || s.total_cents AS broken
          FROM cis_billing_billsegment s
         CROSS JOIN LATERAL (
               SELECT coalesce(sum((line ->> 'amount_cents')::bigint), 0) AS cents
                 FROM jsonb_array_elements(s.rated -> 'lines') line
         ) l
         WHERE l.cents <> s.total_cents
        """,
    ),
    Rule(
        "bill_is_posted",
        "Each bill's receivable, by agreement, is what its segments charge; nothing else carries its number",
        """
        SELECT 'bill ' || coalesce(s.bill_id, p.bill_id) || ' agreement ' || coalesce(s.agreement_id, p.agreement_id)
               || ': charged ' || coalesce(s.cents, 0) || ', posted ' || coalesce(p.cents, 0) AS broken
          FROM (SELECT s.bill_id, s.agreement_id, sum(s.total_cents) AS cents
                  FROM cis_billing_billsegment s JOIN cis_billing_bill b ON b.id = s.bill_id
                 WHERE b.status = 'issued' AND s.status = 'issued' GROUP BY 1, 2) s
          FULL JOIN (SELECT bill_id, agreement_id, sum(amount_cents) AS cents FROM cis_ledger_posting
                      WHERE ledger_account_id = 'receivable' AND bill_id IS NOT NULL GROUP BY 1, 2) p
            ON p.bill_id = s.bill_id AND p.agreement_id = s.agreement_id
         WHERE coalesce(s.cents, 0) <> coalesce(p.cents, 0)
        """,
    ),
    Rule(
        "bill_account",
        "A bill's postings are on the bill's account and on agreements of that account",
        """
        SELECT 'posting ' || p.id AS broken
          FROM cis_ledger_posting p
          LEFT JOIN cis_billing_bill b ON b.id = p.bill_id
          LEFT JOIN cis_agreements_serviceagreement a ON a.id = p.agreement_id
         WHERE p.bill_id IS NOT NULL
           AND (b.id IS NULL OR a.id IS NULL OR a.account_id <> b.account_id
                OR (p.ledger_account_id = 'receivable' AND p.account_id <> b.account_id))
        """,
    ),
    Rule(
        "bill_follows_bill",
        "Each bill begins with what the one issued before it ended with, cancelled since or not",
        """
        SELECT 'bill ' || number || ': begins with ' || previous_balance_cents || ', the last ended with '
               || was AS broken
          FROM (SELECT number, previous_balance_cents, origin,
                       coalesce(lag(total_due_cents) OVER (PARTITION BY account_id ORDER BY id), 0) AS was
                  FROM cis_billing_bill) b
         WHERE origin = 'ours' AND previous_balance_cents <> was
        """,
    ),
    Rule(
        "bill_tells_all",
        "Each account's last bill, standing or not, and what was posted after all it knew of, make its balance",
        """
        SELECT 'account ' || b.account_id || ': bill ' || b.number || ' and after it '
               || b.total_due_cents + p.after_cents || ', balance ' || p.cents AS broken
          FROM (SELECT DISTINCT ON (account_id) account_id, number, origin, total_due_cents,
                       coalesce((statement ->> 'last_transaction')::bigint, 0) AS knew
                  FROM cis_billing_bill ORDER BY account_id, id DESC) b
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(p.amount_cents), 0)::bigint AS cents,
                      coalesce(sum(p.amount_cents) FILTER (
                          WHERE t.id > b.knew AND t.kind <> 'bill'), 0)::bigint AS after_cents
                 FROM cis_ledger_posting p JOIN cis_ledger_transaction t ON t.id = p.transaction_id
                WHERE p.account_id = b.account_id AND p.ledger_account_id = 'receivable'
         ) p
         WHERE b.origin = 'ours' AND b.total_due_cents + p.after_cents <> p.cents
        """,
    ),
    Rule(
        "cancelled_whole",
        "A cancelled bill has its cancellation, all its segments are cancelled, and its postings taken back leg by leg",
        """
        SELECT 'bill ' || b.number || ' is ' || b.status || ': ' || coalesce(c.n, 0) || ' cancellations, '
               || coalesce(s.standing, 0) || ' standing and ' || coalesce(s.gone, 0) || ' cancelled segments, '
               || coalesce(t.left_over, 0) || ' legs not taken back, ' || coalesce(t.taken, 0) || ' taken back'
               AS broken
          FROM cis_billing_bill b
          LEFT JOIN (SELECT bill_id, count(*) AS n FROM cis_billing_billcancellation GROUP BY 1) c ON c.bill_id = b.id
          LEFT JOIN (SELECT bill_id, count(*) FILTER (WHERE status = 'issued') AS standing,
                            count(*) FILTER (WHERE status = 'cancelled') AS gone
                       FROM cis_billing_billsegment GROUP BY 1) s ON s.bill_id = b.id
          LEFT JOIN (
               SELECT l.source_id, count(*) FILTER (WHERE l.cents <> 0) AS left_over,
                      max(l.taken) AS taken
                 FROM (SELECT t.source_id, p.ledger_account_id, p.account_id, p.agreement_id,
                              sum(p.amount_cents) AS cents, count(*) FILTER (WHERE t.kind = 'bill_cancel') AS taken
                         FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
                        WHERE t.source = 'bill' GROUP BY 1, 2, 3, 4) l
                GROUP BY 1) t ON t.source_id = b.public_id::text
         WHERE CASE WHEN b.status = 'cancelled'
                    THEN coalesce(c.n, 0) <> 1 OR coalesce(s.standing, 0) > 0 OR coalesce(t.left_over, 0) > 0
                    ELSE coalesce(c.n, 0) > 0 OR coalesce(s.gone, 0) > 0 OR coalesce(t.taken, 0) > 0 END
        """,
    ),
    Rule(
        "correction_is_posted",
        "A correction on the next bill is posted to the cent, and taken back with the bill it put right",
        """
        SELECT 'correction ' || coalesce(c.id::text, t.of) || ' is ' || coalesce(c.status, 'unknown') || ': posted '
               || coalesce(t.cents, 0) || ', decided ' || coalesce(c.cents, 0) AS broken
          FROM (SELECT id, status, CASE WHEN status = 'applied' AND method = 'next_bill' THEN amount_cents ELSE 0 END
                       AS cents
                  FROM cis_billing_billcorrection) c
          FULL JOIN (SELECT split_part(t.source_id, ':', 1) AS of, sum(p.amount_cents) AS cents
                       FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
                      WHERE t.kind = 'correction' AND p.ledger_account_id = 'receivable' GROUP BY 1) t
            ON t.of = c.id::text
         WHERE coalesce(t.cents, 0) <> coalesce(c.cents, 0) OR c.id IS NULL
        """,
    ),
    Rule(
        "late_fee_is_posted",
        "A late fee is posted to the cent on its bill's account while it stands, and once",
        """
        SELECT 'late fee ' || coalesce(f.ref, t.ref) || ': charged ' || coalesce(f.once, 0) || ', stands '
               || coalesce(f.cents, 0) || '; posted ' || coalesce(t.once, 0) || ', left ' || coalesce(t.cents, 0)
               AS broken
          FROM (SELECT f.public_id::text AS ref, b.account_id, f.amount_cents AS once,
                       CASE WHEN f.status = 'charged' THEN f.amount_cents ELSE 0 END AS cents
                  FROM cis_billing_latefee f JOIN cis_billing_bill b ON b.id = f.bill_id) f
          FULL JOIN (SELECT t.source_id AS ref, sum(p.amount_cents) AS cents,
                            sum(p.amount_cents) FILTER (WHERE t.kind = 'late_fee') AS once,
                            min(p.account_id) AS account_id, max(p.account_id) AS last_account_id
                       FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
                      WHERE t.source = 'late_fee' AND p.ledger_account_id = 'receivable' GROUP BY 1) t ON t.ref = f.ref
         WHERE f.once IS DISTINCT FROM t.once OR f.cents IS DISTINCT FROM t.cents
            OR f.account_id <> t.account_id OR f.account_id <> t.last_account_id
        """,
    ),
    Rule(
        "late_fee_as_printed",
        "A late fee on a bill of which nothing was paid is what the bill said; one stands only on a bill that stands",
        """
        SELECT 'late fee ' || f.public_id || ' on bill ' || b.number || ' (' || b.status || '): ' || f.amount_cents
               || ', printed ' || coalesce(b.amount_after_late_cents - b.total_due_cents, 0) AS broken
          FROM cis_billing_latefee f JOIN cis_billing_bill b ON b.id = f.bill_id
         WHERE f.since <= coalesce(b.late_date, f.since)
            OR (f.status = 'charged' AND b.status <> 'issued')
            OR f.left_cents > (b.statement -> 'late' ->> 'asked_cents')::bigint
            OR (f.left_cents = (b.statement -> 'late' ->> 'asked_cents')::bigint
                AND f.amount_cents IS DISTINCT FROM b.amount_after_late_cents - b.total_due_cents)
        """,
    ),
    Rule(
        "deposit_is_posted",
        "A deposit is owed while it is asked for, a liability while it is held, and neither afterwards",
        """
        SELECT 'deposit ' || coalesce(d.ref, t.ref) || ' is ' || coalesce(d.status, 'unknown') || ', '
               || coalesce(d.cents, 0) || ': receivable ' || coalesce(t.receivable, 0) || ', billed '
               || coalesce(t.billed, 0) || ', held ' || coalesce(t.held, 0) AS broken
          FROM (SELECT public_id::text AS ref, account_id, status, amount_cents AS cents FROM cis_billing_deposit) d
          FULL JOIN (SELECT split_part(t.source_id, ':', 1) AS ref,
                            coalesce(sum(p.amount_cents) FILTER (WHERE p.ledger_account_id = 'receivable'), 0)
                              AS receivable,
                            coalesce(sum(p.amount_cents) FILTER (WHERE p.ledger_account_id = 'deposit.billed'), 0)
                              AS billed,
                            coalesce(sum(p.amount_cents) FILTER (WHERE p.ledger_account_id = 'deposit'), 0) AS held,
                            min(p.account_id) AS account_id, max(p.account_id) AS last_account_id
                       FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
                      WHERE t.source = 'deposit' AND t.kind <> 'deposit_interest' GROUP BY 1) t ON t.ref = d.ref
         WHERE d.ref IS NULL OR t.ref IS NULL OR d.account_id <> t.account_id OR d.account_id <> t.last_account_id
            OR t.receivable <> CASE WHEN d.status IN ('asked', 'held') THEN d.cents ELSE 0 END
            OR t.billed <> CASE WHEN d.status = 'asked' THEN -d.cents ELSE 0 END
            OR t.held <> CASE WHEN d.status = 'held' THEN -d.cents ELSE 0 END
        """,
    ),
    Rule(
        "deposit_interest_is_posted",
        "Interest of a deposit is posted to the cent, for each day since it was paid once, without a gap",
        """
        SELECT 'deposit ' || d.public_id || ': interest ' || i.cents || ' in ' || i.days || ' days until '
               || coalesce(i.until::text, 'none') || ', posted ' || coalesce(t.cents, 0) || ', known until '
               || coalesce(d.interest_until::text, 'none') AS broken
          FROM cis_billing_deposit d
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_cents), 0) AS cents, coalesce(sum(upper(days) - lower(days)), 0) AS days,
                      min(lower(days)) AS first, max(upper(days)) AS until
                 FROM cis_billing_depositinterest WHERE deposit_id = d.id) i
          LEFT JOIN (SELECT split_part(t.source_id, ':', 1) AS ref, -sum(p.amount_cents) AS cents
                       FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
                      WHERE t.source = 'deposit' AND t.kind = 'deposit_interest'
                        AND p.ledger_account_id = 'receivable' GROUP BY 1) t ON t.ref = d.public_id::text
         WHERE i.cents <> coalesce(t.cents, 0)
            OR (d.status IN ('held', 'returned')
                AND (d.interest_until <> coalesce(i.until, d.paid_on)
                     OR (i.until IS NOT NULL AND i.days <> i.until - i.first)))
        """,
    ),
    Rule(
        "payment_is_posted",
        "Each payment is accepted once; what is posted for it follows its steps, to the cent",
        """
        SELECT 'payment ' || y.payment_id AS broken
          FROM cis_ledger_payment y
          LEFT JOIN LATERAL (
               SELECT count(*) FILTER (WHERE s.status = 'accepted') AS accepted,
                      count(*) FILTER (WHERE s.status = 'settled') AS settled,
                      count(*) FILTER (WHERE s.status = 'returned') AS returned
                 FROM cis_ledger_paymentstatus s WHERE s.payment_id = y.id
          ) s ON true
          LEFT JOIN LATERAL (
               SELECT coalesce(sum(p.amount_cents) FILTER (WHERE p.ledger_account_id = 'receivable'), 0) AS receivable,
                      coalesce(sum(p.amount_cents) FILTER (WHERE p.ledger_account_id = 'clearing'), 0) AS clearing,
                      coalesce(sum(p.amount_cents) FILTER (WHERE p.ledger_account_id = 'bank'), 0) AS bank,
                      count(*) FILTER (WHERE p.ledger_account_id = 'receivable' AND p.account_id <> y.account_id)
                        AS astray
                 FROM cis_ledger_transaction t JOIN cis_ledger_posting p ON p.transaction_id = t.id
                WHERE t.source = 'payment' AND t.source_id = y.payment_id::text
          ) p ON true
         WHERE s.accepted <> 1 OR s.settled > 1 OR s.returned > 1 OR p.astray > 0
            OR p.receivable <> CASE WHEN s.returned = 1 THEN 0 ELSE -y.amount_cents END
            OR p.clearing <> CASE WHEN s.settled = 1 OR s.returned = 1 THEN 0 ELSE y.amount_cents END
            OR p.bank <> CASE WHEN s.settled = 1 AND s.returned = 0 THEN y.amount_cents ELSE 0 END
        """,
    ),
    Rule(
        "balance_is_explained",
        "Each account's balance is its bills, less its payments, and its adjustments: nothing else",
        """
        SELECT 'account ' || a.number || ': balance ' || coalesce(r.cents, 0) || ', explained ' ||
               coalesce(b.cents, 0) - coalesce(y.cents, 0) + coalesce(o.cents, 0) AS broken
          FROM cis_registry_account a
          LEFT JOIN (SELECT account_id, sum(amount_cents) AS cents FROM cis_ledger_posting
                      WHERE ledger_account_id = 'receivable' GROUP BY 1) r ON r.account_id = a.id
          LEFT JOIN (SELECT account_id, sum(current_charges_cents) AS cents FROM cis_billing_bill
                      WHERE status = 'issued' AND origin = 'ours' GROUP BY 1) b ON b.account_id = a.id
          LEFT JOIN (SELECT y.account_id, sum(y.amount_cents) AS cents FROM cis_ledger_payment y
                      WHERE NOT EXISTS (SELECT FROM cis_ledger_paymentstatus s
                                         WHERE s.payment_id = y.id AND s.status = 'returned')
                      GROUP BY 1) y ON y.account_id = a.id
          LEFT JOIN (SELECT p.account_id, sum(p.amount_cents) AS cents
                       FROM cis_ledger_posting p JOIN cis_ledger_transaction t ON t.id = p.transaction_id
                      WHERE p.ledger_account_id = 'receivable' AND t.kind IN (
                             'adjustment', 'correction', 'opening', 'late_fee', 'late_fee_reversal', 'deposit',
                             'deposit_cancel', 'deposit_interest', 'deposit_refund')
                      GROUP BY 1) o ON o.account_id = a.id
         WHERE coalesce(r.cents, 0) <> coalesce(b.cents, 0) - coalesce(y.cents, 0) + coalesce(o.cents, 0)
        """,
    ),
    Rule(
        "clearing_is_on_the_way",
        "What stands in clearing is just the payments that are on the way",
        """
        SELECT 'clearing ' || c.cents || ', on the way ' || y.cents AS broken
          FROM (SELECT coalesce(sum(amount_cents), 0) AS cents FROM cis_ledger_posting
                 WHERE ledger_account_id = 'clearing') c,
               (SELECT coalesce(sum(y.amount_cents), 0) AS cents FROM cis_ledger_payment y
                 WHERE NOT EXISTS (SELECT FROM cis_ledger_paymentstatus s
                                    WHERE s.payment_id = y.id AND s.status IN ('settled', 'returned'))) y
         WHERE c.cents <> y.cents
        """,
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: how many things break it, and the first of them in words."""

    code: str
    words: str
    n_broken: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BooksProof:
    """The whole proof. `totals_cents` is the trial balance by ledger account."""

    findings: tuple[Finding, ...]
    n_transactions: int
    n_postings: int
    n_bills: int
    n_payments: int
    totals_cents: dict[str, int]

    @property
    def holds(self) -> bool:
        return sum(self.totals_cents.values()) == 0 and all(not finding.n_broken for finding in self.findings)


def prove_books() -> BooksProof:
    """Run every rule over all entries, and the trial balance, in one repeatable snapshot of the caller's choosing."""
    findings = []
    with connection.cursor() as cursor:
        for rule in RULES:
            cursor.execute(
                f"SELECT broken, count(*) OVER () FROM ({rule.sql}) found LIMIT %s",  # noqa: S608 - ours above
                [_SHOWN],
            )
            rows = cursor.fetchall()
            findings.append(
                Finding(rule.code, rule.words, rows[0][1] if rows else 0, tuple(row[0] for row in rows))
            )
        cursor.execute(
            "SELECT ledger_account_id, sum(amount_cents)::bigint FROM cis_ledger_posting GROUP BY 1 ORDER BY 1"
        )
        totals = dict(cursor.fetchall())
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM cis_ledger_transaction), (SELECT count(*) FROM cis_ledger_posting),
                   (SELECT count(*) FROM cis_billing_bill), (SELECT count(*) FROM cis_ledger_payment)
            """
        )
        n_transactions, n_postings, n_bills, n_payments = cursor.fetchone()
    return BooksProof(
        findings=tuple(findings),
        n_transactions=n_transactions,
        n_postings=n_postings,
        n_bills=n_bills,
        n_payments=n_payments,
        totals_cents=totals,
    )
