"""What a dry run came to: the difference against the last bills, in all and by account, the largest first."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class PriceSummary:
    """A dry run in all. Sums and counts of changes are of accounts that have a last bill to compare with.

    `n_held` accounts would wait for somebody; they count in no sum.
    """

    n_priced: int
    charges_cents: int
    n_compared: int
    compared_cents: int
    last_cents: int
    n_more: int
    n_less: int
    n_first: int
    n_held: int

    @property
    def difference_cents(self) -> int:
        """How much more (negative: less) the compared accounts would be charged."""
        return self.compared_cents - self.last_cents


_SUMMARY = """
    SELECT count(*) FILTER (WHERE problems = '{}'),
           coalesce(sum(charges_cents) FILTER (WHERE problems = '{}'), 0)::bigint,
           count(*) FILTER (WHERE compared), coalesce(sum(charges_cents) FILTER (WHERE compared), 0)::bigint,
           coalesce(sum(last_charges_cents) FILTER (WHERE compared), 0)::bigint,
           count(*) FILTER (WHERE compared AND charges_cents > last_charges_cents),
           count(*) FILTER (WHERE compared AND charges_cents < last_charges_cents),
           count(*) FILTER (WHERE problems = '{}' AND last_charges_cents IS NULL),
           count(*) FILTER (WHERE problems <> '{}')
      FROM (SELECT *, problems = '{}' AND last_charges_cents IS NOT NULL AS compared
              FROM cis_billing_billrunprice WHERE run_id = %s) p
"""


def price_summary(run_id: int) -> PriceSummary:
    """A dry run in all, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, [run_id])
        return PriceSummary(*cursor.fetchone())


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One account of a dry run."""

    account_number: str
    holder_name: str
    charges_cents: int | None
    last_charges_cents: int | None
    problems: tuple[str, ...]

    @property
    def difference_cents(self) -> int | None:
        """How much more (negative: less) than the last bill; None where there is nothing to compare."""
        if self.charges_cents is None or self.last_charges_cents is None:
            return None
        return self.charges_cents - self.last_charges_cents


_CHANGES = """
    SELECT a.number, coalesce(nullif(n.organisation_name, ''), trim(n.given_name || ' ' || n.family_name), ''),
           p.charges_cents, p.last_charges_cents, p.problems
      FROM cis_billing_billrunprice p
      JOIN cis_registry_account a ON a.id = p.account_id
      LEFT JOIN LATERAL (
           SELECT person.* FROM cis_registry_personaccountrole o
             JOIN cis_registry_person person ON person.id = o.person_id
            WHERE o.account_id = a.id AND o.role = 'owner'
            ORDER BY upper(o.during) DESC NULLS FIRST, o.id LIMIT 1) n ON true
     WHERE p.run_id = %s
     ORDER BY abs(p.charges_cents - p.last_charges_cents) DESC NULLS LAST, p.charges_cents DESC NULLS LAST, a.number
    OFFSET %s LIMIT %s
"""


def largest_changes(run_id: int, *, offset: int = 0, limit: int = 25) -> tuple[PriceRow, ...]:
    """Accounts of a dry run, the largest changes first, then first bills, then what could not be priced."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [run_id, offset, limit])
        return tuple(PriceRow(row[0], row[1], row[2], row[3], tuple(row[4])) for row in cursor.fetchall())
