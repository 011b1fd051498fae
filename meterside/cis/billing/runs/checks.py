"""Looking at bills before they are issued: what is out of the ordinary, by tolerances that are data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection

from meterside.engine.determinant import Determinant
from meterside.engine.period import Period
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert

from ..inputs.source_rows import Agreement, EarlierUse
from ..models import BillTolerance
from ..segments import Draft

#: Found, told, and no reason to hold the bill of the account it is told of.
NOT_BLOCKING: Final = frozenset({"inactive_use"})
#: What a person may accept as it is; all else needs its cause mended.
ACCEPTABLE: Final = frozenset({"first_bill", "high", "inactive_use", "low", "negative", "zero"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands against an account's bill. `fingerprint` names what was seen, so that a yes is to just that."""

    account_id: int
    agreement_id: int | None
    kind: str
    detail: str
    facts: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def is_blocking(self) -> bool:
        return self.kind not in NOT_BLOCKING


class Tolerances:
    """The tolerances in force on a day; the one that names more of service and class counts, service first."""

    def __init__(self, rows: Sequence[BillTolerance]) -> None:
        self._rows = {(row.kind, row.service, row.customer_class): row for row in rows}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def has(self, kind: str) -> bool:
        """Whether anybody's bills are looked at for this."""
        return any(known == kind for known, _, _ in self._rows)

    def of(self, kind: str, service: str, customer_class: str) -> BillTolerance | None:
        """The tolerance that counts for a segment, or None: it is not looked at for this."""
        for key in (
            (kind, service, customer_class),
            (kind, service, ""),
            (kind, "", customer_class),
            (kind, "", ""),
        ):
            if key in self._rows:
                return self._rows[key]
        return None


def tolerances_on(day: date) -> Tolerances:
    """The tolerances in force on a day."""
    return Tolerances(list(BillTolerance.objects.filter(during__contains=day)))


def check_drafts(
    drafts: Sequence[Draft], *, account_id: int, customer_class: str, tolerances: Tolerances
) -> Iterator[Problem]:
    """What is out of the ordinary in an account's priced segments."""
    if not tolerances:
        return
    for draft in drafts:
        for kind, detail, facts in _findings(draft, customer_class, tolerances):
            yield Problem(account_id, draft.agreement.id, kind, detail, facts, _fingerprint(draft))


def _fingerprint(draft: Draft) -> str:
    used = draft.measured.determinant
    period = draft.inputs.period
    return f"{period.start}/{period.closed_end} {used.quantity if used else '-'} {draft.rated.total_cents}"


_Finding = tuple[str, str, dict[str, str]]


def _findings(draft: Draft, customer_class: str, tolerances: Tolerances) -> Iterator[_Finding]:
    agreement, service = draft.agreement, draft.agreement.service
    used = draft.measured.determinant
    if agreement.last_inputs is None and tolerances.of("first_bill", service, customer_class):
        yield "first_bill", "the first bill of this agreement", {}
    if draft.rated.total_cents < 0 and tolerances.of("negative", service, customer_class):
        cents = draft.rated.total_cents
        yield "negative", f"the charges come to {cents} cents", {"amount_cents": str(cents)}
    if used is None:
        return
    earlier, basis = earlier_use(agreement)
    if earlier is None:
        return
    try:
        # Both sides times the days of both periods: whole numbers all the way, nothing is divided.
        was = convert(earlier.quantity, earlier.unit, used.unit) * draft.inputs.period.days
    except (CannotConvert, UnknownUnit):
        return
    now = used.quantity * earlier.days
    facts = _use_facts(used, draft.inputs.period, earlier, basis)
    for kind, is_out in (("high", now > was), ("low", 0 < now < was), ("zero", now == 0 < was)):
        rule = tolerances.of(kind, service, customer_class) if is_out else None
        if rule is None or abs(now - was) <= rule.least_units * earlier.days:
            continue
        limit = was * Decimal(rule.percent or 0) / 100
        if kind == "zero" or (kind == "high" and now > limit) or (kind == "low" and now < limit):
            detail = (
                f"{used.quantity} {used.unit} in {draft.inputs.period.days} days, {basis.replace('_', ' ')}: "
            )
            detail += f"{earlier.quantity} {earlier.unit} in {earlier.days} days"
            yield kind, detail, facts | ({"percent": str(rule.percent)} if rule.percent else {})


def earlier_use(agreement: Agreement) -> tuple[EarlierUse | None, str]:
    """What a new use is compared with: the same period a year ago, else the last bill."""
    if agreement.last_year is not None:
        return agreement.last_year, "last_year"
    last = agreement.last_inputs
    if last is None or not last["determinants"]:
        return None, ""
    start, end = (date.fromisoformat(day) for day in last["period"])
    used = last["determinants"][0]
    return EarlierUse(Decimal(used["quantity"]), used["unit"], (end - start).days), "last_bill"


def _use_facts(used: Determinant, period: Period, earlier: EarlierUse, basis: str) -> dict[str, str]:
    return {
        "quantity": str(used.quantity),
        "unit": used.unit,
        "days": str(period.days),
        "earlier_quantity": str(earlier.quantity),
        "earlier_unit": earlier.unit,
        "earlier_days": str(earlier.days),
        "basis": basis,
    }


# A meter whose agreement ended and that no other agreement has taken over, with a read since that shows use.
_INACTIVE = """
    SELECT a.account_id, a.id, a.service, c.customer_class, d.badge, r.unit, first.dial_count, last.dial_count,
           r.dials, r.units_per_count, first.local_day, last.local_day
      FROM cis_agreements_serviceagreement a
      JOIN cis_registry_account c ON c.id = a.account_id
      JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = a.id AND l.use = 'add'
      JOIN cis_registry_deviceinstallation i
        ON i.service_point_id = l.service_point_id AND upper(i.during) IS NULL
      JOIN cis_registry_device d ON d.id = i.device_id
      JOIN cis_registry_register r
        ON r.device_id = d.id AND r.direction = 'delivered' AND r.quantity IN ('energy', 'volume')
       AND r.time_of_use = ''
     CROSS JOIN LATERAL (
           SELECT dial_count, local_day FROM cis_metering_registerread
            WHERE register_id = r.id AND local_day = upper(a.during) ORDER BY version DESC LIMIT 1) first
     CROSS JOIN LATERAL (
           SELECT dial_count, local_day FROM cis_metering_registerread
            WHERE register_id = r.id AND local_day > upper(a.during) AND local_day <= %s AND kind <> 'estimated'
            ORDER BY local_day DESC, version DESC LIMIT 1) last
     WHERE a.account_id = ANY(%s) AND upper(a.during) <= %s
       AND NOT EXISTS (
           SELECT FROM cis_agreements_agreementservicepoint o
            WHERE o.service_point_id = l.service_point_id AND o.service = l.service AND o.use = 'add'
              AND o.during && daterange(upper(a.during), last.local_day))
     ORDER BY a.account_id, a.id
"""


def inactive_use(account_ids: Sequence[int], *, until: date, tolerances: Tolerances) -> list[Problem]:
    """Use at points whose agreement ended and that nobody has taken over, told of the last account there."""
    if not tolerances.has("inactive_use"):
        return []
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_INACTIVE, [until, list(account_ids), until])
        for row in cursor.fetchall():
            account_id, agreement_id, service, customer_class, badge, unit = row[:6]
            counts = (row[7] - row[6]) % 10 ** row[8]
            rule = tolerances.of("inactive_use", service, customer_class)
            if rule is None or counts * row[9] <= rule.least_units:
                continue
            facts = {
                "badge": badge,
                "quantity": str(counts * row[9]),
                "unit": unit,
                "start": row[10].isoformat(),
                "end": row[11].isoformat(),
            }
            detail = f"meter {badge} moved {counts * row[9]} {unit} from {row[10]} to {row[11]} without an agreement"
            fingerprint = f"{badge} {row[11]} {counts}"
            found.append(Problem(account_id, agreement_id, "inactive_use", detail, facts, fingerprint))
    return found
