"""A version tried on one account: twelve months as billed, and as the version would have priced them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db import connection

from meterside.cis.tariffs.models import TariffVersion
from meterside.cis.tariffs.queries import dated_series, engine_tariff
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.kit.addresses.parse import parse_address
from meterside.kit.addresses.reading import UnableToReadAddress

from .past import past_segments
from .replay import CannotReplay, PastSegment, replayed, timeless

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class TriedMonth:
    """One bill segment. `rated` is None where the version could not price it or one before it."""

    bill_id: UUID
    bill_number: int
    bill_date: date
    period: Period
    tariff_code: str
    billed_cents: int
    rated: RatedSegment | None

    @property
    def difference_cents(self) -> int | None:
        """How much more (negative: less) it would have been."""
        return None if self.rated is None else self.rated.total_cents - self.billed_cents


@dataclass(frozen=True, slots=True)
class Trial:
    """A year of an account. `problem` and `detail` say why the version cannot price it; both are empty where it can."""

    months: tuple[TriedMonth, ...]
    problem: str = ""
    detail: str = ""

    @property
    def billed_cents(self) -> int:
        """The year as billed."""
        return sum(month.billed_cents for month in self.months)

    @property
    def tried_cents(self) -> int | None:
        """The year as the version prices it; None where it cannot."""
        if self.problem:
            return None
        return sum(month.rated.total_cents for month in self.months if month.rated is not None)


_YEAR = """
    SELECT s.id, b.public_id, b.number, lower(s.period), upper(s.period), s.tariff_code
      FROM cis_billing_billsegment s
      JOIN cis_billing_bill b ON b.id = s.bill_id
      JOIN cis_agreements_serviceagreement g ON g.id = s.agreement_id
     WHERE b.account_id = %s AND g.service = %s AND s.status = 'issued' AND b.status = 'issued' AND b.origin = 'ours'
       AND b.bill_date > (SELECT max(bill_date) FROM cis_billing_bill WHERE account_id = %s AND status = 'issued')
                         - interval '1 year'
"""


def try_version(version: TariffVersion, *, account_id: int) -> Trial:
    """The account's last year of the version's commodity, priced by the version. Nothing is stored."""
    with connection.cursor() as cursor:
        cursor.execute(_YEAR, [account_id, version.tariff.commodity, account_id])
        about = {row[0]: row[1:] for row in cursor.fetchall()}
    segments = past_segments(list(about))
    tariff = timeless(engine_tariff(version))
    series = dated_series(tariff.series_named()) if tariff.series_named() else {}
    found: dict[int, RatedSegment] = {}
    problem, detail = "", ""
    try:
        for _agreement, group in groupby(segments, key=lambda one: one.agreement_id):
            own = list(group)
            for segment, rated in zip(own, replayed(own, tariff, series), strict=True):
                found[segment.id] = rated
    except CannotReplay as error:
        problem, detail = error.kind, error.detail
    return Trial(_months(segments, about, found), problem, detail)


def _months(
    segments: Sequence[PastSegment],
    about: Mapping[int, tuple[UUID, int, date, date, str]],
    found: Mapping[int, RatedSegment],
) -> tuple[TriedMonth, ...]:
    months = []
    for segment in segments:
        bill_id, number, start, end, code = about[segment.id]
        months.append(
            TriedMonth(
                bill_id=bill_id,
                bill_number=number,
                bill_date=segment.bill_date,
                period=Period(start, end),
                tariff_code=code,
                billed_cents=segment.total_cents,
                rated=found.get(segment.id),
            )
        )
    return tuple(sorted(months, key=lambda one: (one.period.start, one.bill_number)))


@dataclass(frozen=True, slots=True)
class AtAddress:
    """An account with service at an address."""

    number: str
    address_line: str
    unit: str
    is_open: bool


_AT = """
    SELECT DISTINCT a.number, p.address_line, p.unit, upper_inf(g.during)
      FROM cis_registry_premise p
      JOIN cis_agreements_serviceagreement g ON g.premise_id = p.id
      JOIN cis_registry_account a ON a.id = g.account_id
     WHERE p.house_number = %s AND p.street_core = %s AND (%s = '' OR p.unit = %s) AND (%s = '' OR p.zip5 = %s)
     ORDER BY p.address_line, p.unit, upper_inf(g.during) DESC, a.number LIMIT %s
"""


def accounts_at(typed: str, *, limit: int = 20) -> tuple[AtAddress, ...]:
    """Accounts served at the address that was typed, open ones first; nothing where it is no address."""
    try:
        parsed = parse_address(typed)
    except UnableToReadAddress:
        return ()
    keys = parsed.keys
    with connection.cursor() as cursor:
        cursor.execute(
            _AT,
            [keys.house_number, keys.street_core, keys.unit, keys.unit, keys.zip5, keys.zip5, limit],
        )
        rows = [AtAddress(*row) for row in cursor.fetchall()]
    first: dict[tuple[str, str, str], AtAddress] = {}
    for row in rows:
        first.setdefault((row.number, row.address_line, row.unit), row)
    return tuple(first.values())
