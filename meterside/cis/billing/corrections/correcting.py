"""Bills whose reads have changed since: what they should have charged, and how it is put right, by policy.

An estimate that is worked out anew, a read that is taken late, an hour that comes late: all the same here. One
correction a bill gathers them; it comes with the account's next bill, or makes the bill again. Worked examples:
docs/algorithms/billing.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.ledger.corrections import post_correction
from meterside.cis.registry.models import Account
from meterside.cis.tariffs.models import Tariff
from meterside.engine.determinant import DeterminantSource
from meterside.engine.period import Period
from meterside.engine.tariff.model import Tariff as EngineTariff
from meterside.spine import audit

from ..inputs.freezing import thaw_inputs
from ..inputs.measuring import UnableToMeasure
from ..inputs.quantities import Quantities, quantities_of, seen
from ..inputs.sources import Sources, load_sources
from ..lifecycles import CorrectionStatus
from ..models import BillCorrection, BillSegment, MakeGoodPolicy
from ..segments import UnableToBill, price
from .rebilling import ReasonNeeded, rebill
from .rows import charges_of, decide, gather

_ACCOUNTS_AT_ONCE: Final = 200
#: What comes from meters, and so from reads that may change; a winter average does not.
_METERED: Final = frozenset({DeterminantSource.REGISTER, DeterminantSource.INTERVAL, DeterminantSource.GIVEN})


class MakeGoodPolicies:
    """The policies in force on a day; the one of a customer class counts before the one of all."""

    def __init__(self, rows: Sequence[MakeGoodPolicy]) -> None:
        self._rows = {row.customer_class: row for row in rows}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def of(self, customer_class: str) -> MakeGoodPolicy | None:
        """The policy that counts, or None: bills stay as they are."""
        return self._rows.get(customer_class) or self._rows.get("")


def make_good_on(day: date) -> MakeGoodPolicies:
    """The policies in force on a day."""
    return MakeGoodPolicies(list(MakeGoodPolicy.objects.filter(during__contains=day)))


@transaction.atomic
def set_make_good_policy(
    *,
    since: date,
    customer_class: str = "",
    rebill_above_cents: int | None = None,
    least_cents: int = 1,
    back_bill_days: int | None = None,
    reason: str = "",
) -> MakeGoodPolicy:
    """From a day on, put bills right in this way; an earlier policy ends before it. Raises IntegrityError."""
    of_this = MakeGoodPolicy.objects.select_for_update().filter(
        customer_class=customer_class, during__contains=since
    )
    for row in of_this.exclude(during__startswith=since):
        row.during = DateRange(row.during.lower, since)
        row.save(update_fields=["during"])
    policy = MakeGoodPolicy.objects.create(
        customer_class=customer_class,
        during=DateRange(since, None),
        rebill_above_cents=rebill_above_cents,
        least_cents=least_cents,
        back_bill_days=back_bill_days,
    )
    audit.record(
        action="make_good_policy.set", subject_type="make_good_policy", subject_id=policy.pk,
        customer_class=customer_class, rebill_above_cents=rebill_above_cents, least_cents=least_cents,
        back_bill_days=back_bill_days, reason=reason,
    )  # fmt: skip
    return policy


# Segments that still stand and in whose days a read, or a day of intervals, has more than one version.
_CHANGED = """
    SELECT s.id FROM cis_billing_billsegment s
      JOIN cis_billing_bill b ON b.id = s.bill_id
      JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = s.agreement_id AND l.during && s.period
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
      JOIN cis_registry_register g ON g.device_id = i.device_id
      JOIN cis_metering_registerread r ON r.register_id = g.id AND r.version > 1
       AND r.local_day BETWEEN lower(s.period) AND upper(s.period)
     WHERE b.account_id = ANY(%(accounts)s) AND s.status = 'issued' AND b.origin = 'ours'
    UNION
    SELECT s.id FROM cis_billing_billsegment s
      JOIN cis_billing_bill b ON b.id = s.bill_id
      JOIN cis_agreements_agreementservicepoint l ON l.agreement_id = s.agreement_id AND l.during && s.period
      JOIN cis_registry_deviceinstallation i ON i.service_point_id = l.service_point_id
      JOIN cis_registry_channel c ON c.device_id = i.device_id
      JOIN cis_metering_intervalday d ON d.channel_id = c.id AND d.version > 1
       AND d.local_day >= lower(s.period) AND d.local_day < upper(s.period)
     WHERE b.account_id = ANY(%(accounts)s) AND s.status = 'issued' AND b.origin = 'ours'
"""


_ACCOUNTS_WITH_CHANGES = """
    SELECT DISTINCT b.account_id FROM (CHANGED) c
      JOIN cis_billing_billsegment s ON s.id = c.id JOIN cis_billing_bill b ON b.id = s.bill_id
     ORDER BY 1
""".replace("CHANGED", _CHANGED.replace("b.account_id = ANY(%(accounts)s) AND ", ""))


def find_corrections(
    account_ids: Collection[int], *, policies: MakeGoodPolicies, today: date
) -> list[BillCorrection]:
    """The open corrections of these accounts' bills, as their reads stand now; one a bill, however much has changed.

    One whose reads are again as they were billed is closed. The caller holds the accounts' rows.
    """
    if not policies:
        return []
    segments = _changed_segments(account_ids)
    if not segments:
        return []
    accounts = {row.pk: row for row in Account.objects.filter(pk__in={s.bill.account_id for s in segments})}
    sources, tariffs = _sources(segments)
    by_bill: dict[int, list[BillSegment]] = {}
    for segment in segments:
        by_bill.setdefault(segment.bill_id, []).append(segment)
    found = []
    for bill_id, own in by_bill.items():
        policy = policies.of(accounts[own[0].bill.account_id].customer_class)
        if policy is not None:
            row = _correct_bill(bill_id, own, policy, sources, tariffs, today)
            found += [row] if row is not None else []
    return found


def look_for_corrections(*, today: date) -> int:
    """Find what has changed on any account's bills, so that staff see it before the next run; returns how many."""
    policies = make_good_on(today)
    if not policies:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS_WITH_CHANGES)
        accounts = [row[0] for row in cursor.fetchall()]
    n_found = 0
    for first in range(0, len(accounts), _ACCOUNTS_AT_ONCE):
        some = accounts[first : first + _ACCOUNTS_AT_ONCE]
        with transaction.atomic():
            list(Account.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))
            n_found += len(find_corrections(some, policies=policies, today=today))
    return n_found


def _changed_segments(account_ids: Collection[int]) -> list[BillSegment]:
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"accounts": list(account_ids)})
        keys = [row[0] for row in cursor.fetchall()]
    rows = BillSegment.objects.filter(pk__in=keys).select_related("bill", "agreement")
    return list(rows.order_by("bill_id", "agreement_id", "period"))


def _sources(segments: Sequence[BillSegment]) -> tuple[Sources, Mapping[str, EngineTariff]]:
    codes = {segment.tariff_code for segment in segments}
    keys = list(Tariff.objects.filter(code__in=codes).values_list("pk", flat=True))
    days = {day for segment in segments for day in (segment.period.lower, segment.period.upper)}
    sources = load_sources(
        sorted({segment.bill.account_id for segment in segments}),
        Period(min(days), max(days)),
        again={segment.agreement_id for segment in segments},
        also_tariffs=keys,
        also_days=days,
    )
    return sources, {tariff.code: tariff for tariff in sources.tariffs.values()}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a segment from corrections before: the use last looked at, and what was put right.

    `seen` names all that was looked at, hours and received energy with it.
    """

    quantity: Decimal | None
    seen: str
    difference_cents: int
    tax_cents: int


def _known(segment: BillSegment, before: Sequence[BillCorrection], tariff: EngineTariff) -> _Known:
    priced = thaw_inputs(segment.inputs, tariff)
    metered = {name: item for name, item in priced.determinants.items() if item.source in _METERED}
    used, look = priced.determinants.get("usage"), seen(metered, priced.intervals)
    quantity = used.quantity if used else None
    difference = tax = 0
    for row in before:
        for item in row.segments:
            if item["segment"] != segment.pk:
                continue
            quantity, look = Decimal(item["after"]), item.get("seen", look)
            if row.status == CorrectionStatus.APPLIED:
                difference, tax = difference + item["difference_cents"], tax + item["all_tax_cents"]
    return _Known(quantity, look, difference, tax)


def _correct_bill(
    bill_id: int,
    segments: Sequence[BillSegment],
    policy: MakeGoodPolicy,
    sources: Sources,
    tariffs: Mapping[str, EngineTariff],
    today: date,
) -> BillCorrection | None:
    before = list(
        BillCorrection.objects.filter(bill_id=bill_id, status__in=["applied", "dismissed"]).order_by("id")
    )
    items, is_new_state = [], False
    for segment in segments:
        known = _known(segment, before, tariffs[segment.tariff_code])
        item = _correct_segment(segment, known, policy, sources, tariffs, today)
        if item is not None:
            is_new_state = is_new_state or item.pop("is_new_state")
            items.append(item)
    difference = sum(item["difference_cents"] for item in items)
    amount = sum(item["amount_cents"] for item in items)
    if not items or (abs(amount) < policy.least_cents and not is_new_state):
        for row in BillCorrection.objects.filter(bill_id=bill_id, status=CorrectionStatus.OPEN):
            decide(row, CorrectionStatus.DISMISSED, reason="too little is left of it")
        return None
    limit = policy.rebill_above_cents
    is_large = limit is not None and abs(amount) > limit
    return gather(
        bill_id,
        method="rebill" if is_large or is_new_state else "next_bill",
        difference_cents=difference,
        amount_cents=amount,
        segments=items,
    )


def _correct_segment(
    segment: BillSegment,
    known: _Known,
    policy: MakeGoodPolicy,
    sources: Sources,
    tariffs: Mapping[str, EngineTariff],
    today: date,
) -> dict[str, Any] | None:
    """What this segment should have charged otherwise; None where its use is as it was looked at last."""
    period = Period(segment.period.lower, segment.period.upper)
    agreement = next(
        (one for one in sources.agreements[segment.bill.account_id] if one.id == segment.agreement_id), None
    )
    if agreement is None:
        return None
    tariff = tariffs[segment.tariff_code]
    try:
        found = quantities_of(agreement, tariff, period, sources)
    except UnableToMeasure:
        return None  # what cannot be measured any more is no reason to change what was billed
    used, look = found.measured.determinant, seen(found.determinants, found.intervals)
    if used is None or look == known.seen:
        return None
    rated = _price_again(segment, tariff, found)
    if rated is None:
        return None
    total_cents, all_tax_cents, state = rated
    was = segment.rated["lines"]
    difference = total_cents - segment.total_cents - known.difference_cents
    tax = all_tax_cents - sum(line["amount_cents"] for line in was if line.get("is_tax")) - known.tax_cents
    limit = policy.back_bill_days
    is_too_old = limit is not None and period.closed_end < today - timedelta(days=limit) and difference > 0
    return {
        "segment": segment.pk,
        "agreement": segment.agreement_id,
        "service": segment.agreement.service,
        "period": [period.start.isoformat(), period.closed_end.isoformat()],
        "before": str(known.quantity),
        "after": str(used.quantity),
        "unit": used.unit,
        "seen": look,
        "difference_cents": difference,
        "all_tax_cents": tax,
        "amount_cents": 0 if is_too_old else difference,
        "income_cents": 0 if is_too_old else difference - tax,
        "tax_cents": 0 if is_too_old else tax,
        "is_new_state": state != segment.rated["state_out"],
    }


def _price_again(
    segment: BillSegment, tariff: EngineTariff, found: Quantities
) -> tuple[int, int, dict[str, str]] | None:
    """Total, tax and state of a segment priced as it was, but for what its meters say."""
    inputs = thaw_inputs(segment.inputs, tariff)
    kept = {name: item for name, item in inputs.determinants.items() if item.source not in _METERED}
    inputs = replace(
        inputs,
        determinants={**kept, **found.determinants},
        daily_usage=found.daily,
        intervals=found.intervals,
    )
    try:
        rated = price(segment.agreement_id, inputs)
    except UnableToBill:
        return None
    tax = sum(line.amount_cents for line in rated.lines if line.is_tax)
    return rated.total_cents, tax, rated.state_out.to_dict()


def apply_corrections(found: Sequence[BillCorrection], *, on: date) -> set[int]:
    """Put these bills right: the small ones post their difference, the large ones make their bills again, one bill
    for all of an account. Returns the accounts that have a new bill. In the caller's transaction.

    A bill that cannot be priced again keeps its correction open.
    """
    for row in found:
        if row.method == "next_bill":
            post_correction(
                source_id=str(row.pk),
                account_id=row.bill.account_id,
                charges=charges_of(row),
                effective_on=on,
                note=str(row.bill.number),
            )
            decide(row, CorrectionStatus.APPLIED)
    by_account: dict[int, list[BillCorrection]] = {}
    for row in found:
        if row.method == "rebill":
            by_account.setdefault(row.bill.account_id, []).append(row)
    return {account_id for account_id, rows in by_account.items() if _make_again(rows, on)}


def _make_again(rows: Sequence[BillCorrection], on: date) -> bool:
    try:
        with transaction.atomic():
            for row in rows:
                decide(row, CorrectionStatus.APPLIED)
            bill = rebill(bill_ids=[row.bill_id for row in rows], reason="reads have changed", bill_date=on)
            BillCorrection.objects.filter(pk__in=[row.pk for row in rows]).update(replaced_by=bill)
    except UnableToBill:
        return False
    return True


@transaction.atomic
def dismiss_correction(correction_id: int, *, reason: str) -> BillCorrection:
    """Leave the bill as it is, though its reads have changed. Raises ReasonNeeded, MoveNotAllowed."""
    if not reason.strip():
        raise ReasonNeeded
    row = BillCorrection.objects.select_for_update(of=("self",)).select_related("bill").get(pk=correction_id)
    decide(row, CorrectionStatus.DISMISSED, reason=reason)
    return row
