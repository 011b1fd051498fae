"""What a comparison came to: sums, spread, months, classes, the biggest rises and falls; and how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from meterside.kit.sql import from_json


@dataclass(frozen=True, slots=True)
class ComparisonProgress:
    """Accounts done of those planned. `accounts_per_s` is that of the last 20 seconds, None before two chunks."""

    planned: int
    done: int
    n_refused: int
    accounts_per_s: float | None

    @property
    def left_s(self) -> int | None:
        """Seconds until the end at the present rate; None where no rate is known."""
        return round((self.planned - self.done) / self.accounts_per_s) if self.accounts_per_s else None


_PROGRESS = """
    WITH chunk AS (
        SELECT n_accounts, n_refused, done_at FROM cis_studies_comparisonchunk WHERE comparison_id = %s
    ), recent AS (
        SELECT done_at, n_accounts, row_number() OVER (ORDER BY done_at) AS place
          FROM chunk WHERE done_at > (SELECT max(done_at) FROM chunk) - interval '20 seconds'
    )
    SELECT coalesce(sum(n_accounts), 0)::bigint,
           coalesce(sum(n_accounts) FILTER (WHERE done_at IS NOT NULL), 0)::bigint,
           coalesce(sum(n_refused), 0)::bigint,
           (SELECT sum(n_accounts) FILTER (WHERE place > 1)
                   / nullif(extract(epoch FROM max(done_at) - min(done_at)), 0) FROM recent)
      FROM chunk
"""


def comparison_progress(comparison_id: int) -> ComparisonProgress:
    """How far a comparison is, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, [comparison_id])
        planned, done, n_refused, rate = cursor.fetchone()
    return ComparisonProgress(planned, done, n_refused, None if rate is None else float(rate))


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of customers, or all of them (`customer_class` None). Differences are after less before, a year.

    Two in a hundred lie below `low_cents`, two above `high_cents`.
    """

    customer_class: str | None
    n_priced: int
    n_more: int
    n_less: int
    n_same: int
    before_cents: int
    after_cents: int
    median_cents: int
    least_cents: int
    most_cents: int
    low_cents: int
    high_cents: int

    @property
    def difference_cents(self) -> int:
        """How much more (negative: less) they would pay in all."""
        return self.after_cents - self.before_cents


_CLASSES = """
    SELECT customer_class, count(*), count(*) FILTER (WHERE d > 0), count(*) FILTER (WHERE d < 0),
           count(*) FILTER (WHERE d = 0), sum(before_cents)::bigint, sum(after_cents)::bigint,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY d), min(d), max(d),
           percentile_disc(0.02) WITHIN GROUP (ORDER BY d), percentile_disc(0.98) WITHIN GROUP (ORDER BY d)
      FROM (SELECT *, after_cents - before_cents AS d FROM cis_studies_comparisonaccount
             WHERE comparison_id = %s AND problem = '') a
     GROUP BY GROUPING SETS ((), (customer_class)) HAVING count(*) > 0
     ORDER BY grouping(customer_class) DESC, customer_class
"""


def by_class(comparison_id: int) -> tuple[ClassRow, ...]:
    """All accounts that could be priced first, then each class; nothing where none could."""
    with connection.cursor() as cursor:
        cursor.execute(_CLASSES, [comparison_id])
        return tuple(ClassRow(*row) for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class MonthRow:
    """What the priced accounts came to on the bills of a month (its first day)."""

    month: date
    billed_cents: int
    before_cents: int
    after_cents: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Accounts that could not be priced, by kind, with one of rating's answers."""

    problem: str
    n_accounts: int
    billed_cents: int
    detail: str


_MONTHS_AND_REFUSED = """
    SELECT (SELECT jsonb_agg(jsonb_build_array(month, billed, before, after) ORDER BY month)
              FROM (SELECT m.key AS month, sum((m.value ->> 0)::bigint) AS billed,
                           sum((m.value ->> 1)::bigint) AS before, sum((m.value ->> 2)::bigint) AS after
                      FROM cis_studies_comparisonchunk c CROSS JOIN jsonb_each(c.months) m
                     WHERE c.comparison_id = %(key)s AND c.done_at IS NOT NULL GROUP BY m.key) x),
           (SELECT jsonb_agg(jsonb_build_array(problem, n, billed, detail) ORDER BY n DESC, problem)
              FROM (SELECT problem, count(*) AS n, sum(billed_cents) AS billed, min(detail) AS detail
                      FROM cis_studies_comparisonaccount
                     WHERE comparison_id = %(key)s AND problem <> '' GROUP BY problem) y)
"""


def months_and_refused(comparison_id: int) -> tuple[tuple[MonthRow, ...], tuple[RefusedRow, ...]]:
    """Revenue by month of the bill's date; and why accounts could not be priced, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS_AND_REFUSED, {"key": comparison_id})
        months, refused = (from_json(found) or () for found in cursor.fetchone())
    return (
        tuple(MonthRow(date.fromisoformat(f"{row[0]}-01"), *row[1:]) for row in months),
        tuple(RefusedRow(*row) for row in refused),
    )


@dataclass(frozen=True, slots=True)
class Bin:
    """Accounts whose difference a year lies in [from, to); None stands for no bound."""

    from_cents: int | None
    to_cents: int | None
    n_accounts: int


_BINS = """
    SELECT greatest(%(low)s, least(%(high)s, floor((after_cents - before_cents)::numeric / %(width)s)::bigint)) AS b,
           count(*)
      FROM cis_studies_comparisonaccount WHERE comparison_id = %(key)s AND problem = '' GROUP BY b
"""
_MOST_BINS = 16


def spread(comparison_id: int, whole: ClassRow) -> tuple[Bin, ...]:
    """How the differences are spread: bins of one round width, in order; the outermost take what is beyond.

    `whole` is the comparison's row of all classes.
    """
    width = _round_width(Decimal(whole.high_cents - whole.low_cents) / _MOST_BINS)
    first, last = whole.low_cents // width, whole.high_cents // width
    least, most = whole.least_cents, whole.most_cents
    with connection.cursor() as cursor:
        cursor.execute(_BINS, {"low": first, "high": last, "width": width, "key": comparison_id})
        counts = dict(cursor.fetchall())
    return tuple(
        Bin(
            None if place == first and least < first * width else place * width,
            None if place == last and most >= (last + 1) * width else (place + 1) * width,
            counts.get(place, 0),
        )
        for place in range(first, last + 1)
    )


def _round_width(cents: Decimal) -> int:
    """The next of 1, 2, 5 x 10^n dollars that is no less; at least a dollar."""
    step = 100
    while True:
        for size in (1, 2, 5):
            if step * size >= cents:
                return step * size
        step *= 10


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of a comparison; without amounts where it could not be priced."""

    number: str
    holder_name: str
    customer_class: str
    n_segments: int
    billed_cents: int
    before_cents: int | None
    after_cents: int | None
    problem: str
    detail: str

    @property
    def difference_cents(self) -> int | None:
        """How much more (negative: less) it would pay."""
        if self.before_cents is None or self.after_cents is None:
            return None
        return self.after_cents - self.before_cents


_ACCOUNTS = """
    SELECT a.number, coalesce(nullif(n.organisation_name, ''), trim(n.given_name || ' ' || n.family_name), ''),
           c.customer_class, c.n_segments, c.billed_cents, c.before_cents, c.after_cents, c.problem, c.detail
      FROM {rows} c
      JOIN cis_registry_account a ON a.id = c.account_id
      LEFT JOIN LATERAL (
           SELECT person.* FROM cis_registry_personaccountrole o
             JOIN cis_registry_person person ON person.id = o.person_id
            WHERE o.account_id = a.id AND o.role = 'owner'
            ORDER BY upper(o.during) DESC NULLS FIRST, o.id LIMIT 1) n ON true
     ORDER BY {order}
"""
_EXTREMES = """
    (SELECT * FROM (SELECT * FROM cis_studies_comparisonaccount
                     WHERE comparison_id = %(key)s AND problem = '' AND after_cents > before_cents
                     ORDER BY after_cents - before_cents DESC, account_id LIMIT %(limit)s) rises
      UNION ALL
     SELECT * FROM (SELECT * FROM cis_studies_comparisonaccount
                     WHERE comparison_id = %(key)s AND problem = '' AND after_cents < before_cents
                     ORDER BY after_cents - before_cents, account_id LIMIT %(limit)s) falls)
"""


def biggest(comparison_id: int, *, limit: int = 20) -> tuple[tuple[AccountRow, ...], tuple[AccountRow, ...]]:
    """The accounts whose bills rise the most, and those whose bills fall the most, the most first."""
    query = _ACCOUNTS.format(rows=_EXTREMES, order="abs(c.after_cents - c.before_cents) DESC, c.account_id")
    with connection.cursor() as cursor:
        cursor.execute(query, {"key": comparison_id, "limit": limit})
        rows = [AccountRow(*row) for row in cursor.fetchall()]
    rises = tuple(row for row in rows if (row.difference_cents or 0) > 0)
    return rises, tuple(row for row in rows if (row.difference_cents or 0) < 0)


_BATCH = 1000


def all_accounts(comparison_id: int) -> Iterator[AccountRow]:
    """Every account by its number, read in batches, so that a page of a hundred thousand rows needs little room."""
    rows = "(SELECT * FROM cis_studies_comparisonaccount WHERE comparison_id = %s)"
    last = ""
    while True:
        query = _ACCOUNTS.format(rows=rows, order="a.number").replace("ORDER BY a.number", "") + (
            " WHERE a.number > %s ORDER BY a.number LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(query, [comparison_id, last, _BATCH])
            found = [AccountRow(*row) for row in cursor.fetchall()]
        yield from found
        if len(found) < _BATCH:
            return
        last = found[-1].number


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """A comparison as a list shows it. What begins with `before` is None where it is against what was billed."""

    public_id: UUID
    status: str
    as_of: datetime
    before_status: str | None
    before_since: date | None
    before_created_at: datetime | None
    after_status: str
    after_since: date
    after_created_at: datetime
    difference_cents: int | None


_LINES = """
    SELECT c.public_id, c.status, c.as_of, b.status, lower(b.during), b.created_at,
           a.status, lower(a.during), a.created_at,
           (SELECT sum(after_cents - before_cents)::bigint FROM cis_studies_comparisonaccount
             WHERE comparison_id = c.id AND problem = '' AND c.status = 'done')
      FROM cis_studies_ratecomparison c
      JOIN cis_tariffs_tariffversion a ON a.id = c.after_id
      LEFT JOIN cis_tariffs_tariffversion b ON b.id = c.before_id
     WHERE c.tariff_id = %s ORDER BY c.id DESC LIMIT %s
"""


def comparisons_of(tariff_id: int, *, limit: int = 10) -> tuple[ComparisonLine, ...]:
    """A tariff's comparisons, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [tariff_id, limit])
        return tuple(ComparisonLine(*row) for row in cursor.fetchall())


@dataclass(frozen=True, slots=True)
class TariffLine:
    """A tariff as the list shows it. `next_since` is the day its next published version begins."""

    public_id: UUID
    code: str
    name: str
    name_es: str
    commodity: str
    in_force_since: date | None
    next_since: date | None
    waiting: tuple[str, ...]
    n_agreements: int


_TARIFFS = """
    SELECT t.public_id, t.code, t.name, t.name_es, t.commodity,
           (SELECT lower(during) FROM cis_tariffs_tariffversion v
             WHERE v.tariff_id = t.id AND v.status = 'published' AND v.during @> %(today)s),
           (SELECT min(lower(during)) FROM cis_tariffs_tariffversion v
             WHERE v.tariff_id = t.id AND v.status = 'published' AND lower(v.during) > %(today)s),
           (SELECT jsonb_agg(DISTINCT v.status) FROM cis_tariffs_tariffversion v
             WHERE v.tariff_id = t.id AND v.status IN ('draft', 'proposed')),
           (SELECT count(*) FROM cis_agreements_agreementtariff g
              JOIN cis_agreements_serviceagreement s ON s.id = g.agreement_id
             WHERE g.tariff_id = t.id AND g.during @> %(today)s AND s.during @> %(today)s)
      FROM cis_tariffs_tariff t ORDER BY t.commodity, t.code
"""


def tariff_lines(*, today: date) -> tuple[TariffLine, ...]:
    """Every tariff, by commodity and code."""
    with connection.cursor() as cursor:
        cursor.execute(_TARIFFS, {"today": today})
        rows = [(*row[:7], tuple(from_json(row[7]) or ()), row[8]) for row in cursor.fetchall()]
    return tuple(TariffLine(*row) for row in rows)
