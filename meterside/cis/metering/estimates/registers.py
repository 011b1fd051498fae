"""Estimates: what a meter most likely showed where it was not read. Metering makes them, by policy, never billing.

Worked examples: docs/algorithms/billing.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Final

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.kit import clock
from meterside.spine import audit

from ..models import EstimatePolicy, ReadEstimate
from ..store.operations import NewRead, record_register_reads
from .curve import DialCurve, DialRead, a_year_before, whole
from .demand import estimate_demand

#: The shortest time between two reads that says how much is used a day.
_SHORTEST_BASIS_DAYS: Final = 15
_HISTORY_DAYS: Final = 430
#: How much later than it was due a read may come and still tell of the day.
_LATE_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class DueRead:
    """A read that was due: of which register, for which service day, which begins at `read_at`.

    A register of demand (`is_demand`) is set back when it is read: what it shows stands for itself.
    """

    register_id: int
    local_day: date
    read_at: datetime
    dials: int
    commodity: str
    customer_class: str
    is_demand: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a read was not estimated: `no_policy`, `window_open`, `too_many_estimates`, `no_basis`."""

    due: DueRead
    why: str


class Policies:
    """The policies in force on a day; the one that names more of commodity and class counts, commodity first."""

    def __init__(self, rows: Sequence[EstimatePolicy]) -> None:
        self._rows = {(row.commodity, row.customer_class): row for row in rows}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def of(self, commodity: str, customer_class: str) -> EstimatePolicy | None:
        """The policy that counts, or None: nothing is estimated."""
        for key in ((commodity, customer_class), (commodity, ""), ("", customer_class), ("", "")):
            if key in self._rows:
                return self._rows[key]
        return None


def policies_on(day: date) -> Policies:
    """The policies in force on a day."""
    return Policies(list(EstimatePolicy.objects.filter(during__contains=day)))


@transaction.atomic
def set_estimate_policy(
    *,
    since: date,
    methods: Sequence[str],
    commodity: str = "",
    customer_class: str = "",
    window_days: int = 0,
    most_in_a_row: int = 2,
    reason: str = "",
) -> EstimatePolicy:
    """From a day on, estimate missing reads in this way; an earlier policy ends before it.

    Raises IntegrityError for an unknown method, or a day before the last change.
    """
    of_this = EstimatePolicy.objects.select_for_update().filter(
        commodity=commodity, customer_class=customer_class, during__contains=since
    )
    for row in of_this.exclude(during__startswith=since):
        row.during = DateRange(row.during.lower, since)
        row.save(update_fields=["during"])
    policy = EstimatePolicy.objects.create(
        commodity=commodity,
        customer_class=customer_class,
        during=DateRange(since, None),
        methods=list(methods),
        window_days=window_days,
        most_in_a_row=most_in_a_row,
    )
    audit.record(
        action="estimate_policy.set",
        subject_type="estimate_policy",
        subject_id=policy.pk,
        commodity=commodity,
        customer_class=customer_class,
        methods=list(methods),
        window_days=window_days,
        most_in_a_row=most_in_a_row,
        reason=reason,
    )
    return policy


def estimate_reads(due: Sequence[DueRead], *, policies: Policies, today: date) -> list[Refused]:
    """Estimate the reads that are due and missing, where the policy lets us; returns those that were not.

    An estimate is a read of kind `estimated`, with a note of how it came about. In the caller's transaction.
    """
    curves = _curves(due)
    refused, reads, notes = [], list[NewRead](), list[tuple[str, dict[str, str]]]()
    for one in due:
        policy = policies.of(one.commodity, one.customer_class)
        curve = curves[one.register_id]
        why = _why_not(one, policy, curve, today)
        estimate = estimate_demand if one.is_demand else _estimate
        made = None if why or policy is None else estimate(one.local_day, curve, policy)
        if made is None:
            refused.append(Refused(one, why or "no_basis"))
            continue
        method, value, basis = made
        count = whole(value) % 10**one.dials
        reads.append(NewRead(one.register_id, one.read_at, one.local_day, count, "estimated"))
        notes.append((method, basis))
    keep_with_notes(reads, notes)
    return refused


def _why_not(one: DueRead, policy: EstimatePolicy | None, curve: DialCurve, today: date) -> str:
    if policy is None:
        return "no_policy"
    if today < one.local_day + timedelta(days=policy.window_days):
        return "window_open"
    if curve.before(one.local_day) is None:
        return "no_basis"
    return "too_many_estimates" if _in_a_row(curve, one.local_day) >= policy.most_in_a_row else ""


def _in_a_row(curve: DialCurve, day: date) -> int:
    """How many estimates stand at the end of the reads before a day, without one that was taken between them."""
    count = 0
    for read in reversed([read for read in curve.reads if read.day < day]):
        if read.kind != "estimated":
            break
        count += 1
    return count


_Made = tuple[str, Fraction, dict[str, str]]


def _estimate(day: date, curve: DialCurve, policy: EstimatePolicy) -> _Made | None:
    """The first of the policy's methods that has a basis: its name, the unrolled count, the numbers behind it."""
    last = curve.before(day)
    if last is None:
        return None
    for method in policy.methods:
        if method == "near_read":
            made = _near_read(day, curve, policy.window_days)
        elif method in ("last_year", "last_year_scaled"):
            made = _last_year(day, curve, last, is_scaled=method == "last_year_scaled")
        elif method == "recent":
            made = _recent(day, curve, last)
        else:
            made = None  # like_days is for intervals
        if made is not None:
            return method, *made
    return None


def expected_count(day: date, curve: DialCurve) -> tuple[str, Fraction] | None:
    """What a dial should show on a day from its reads before: the method and the unrolled count, or None.

    The methods of an estimate that look back, the most telling first; no policy is asked, nothing is kept.
    """
    last = curve.before(day)
    if last is None:
        return None
    for method, made in (
        ("last_year_scaled", _last_year(day, curve, last, is_scaled=True)),
        ("last_year", _last_year(day, curve, last, is_scaled=False)),
        ("recent", _recent(day, curve, last)),
    ):
        if made is not None:
            return method, made[0]
    return None


_Worked = tuple[Fraction, dict[str, str]]


def _near_read(day: date, curve: DialCurve, window_days: int) -> _Worked | None:
    """A read some days early or late: the straight line through it and the read before it."""
    near = [
        index
        for index, read in enumerate(curve.reads)
        if index > 0 and read.kind != "estimated" and abs((read.day - day).days) <= window_days
    ]
    if not near:
        return None
    index = min(near, key=lambda one: abs((curve.reads[one].day - day).days))
    value = curve.between(index - 1, index, day)
    if value is None or value < curve.count(index - 1):
        return None
    return value, {
        "read_on": curve.reads[index].day.isoformat(),
        "since": curve.reads[index - 1].day.isoformat(),
    }


def _last_year(day: date, curve: DialCurve, last: int, *, is_scaled: bool) -> _Worked | None:
    """The use of the same days a year ago; scaled: by how the time before compares with the time before then."""
    since = curve.reads[last].day
    use = _use(curve, a_year_before(since), a_year_before(day))
    if use is None:
        return None
    basis = {"since": since.isoformat(), "use_a_year_ago": str(use)}
    if is_scaled:
        first = _basis_start(curve, last)
        if first is None:
            return None
        start = curve.reads[first].day
        now, then = _use(curve, start, since), _use(curve, a_year_before(start), a_year_before(since))
        if now is None or not then:
            return None
        use = use * now / then
        basis |= {"use_before": str(now), "use_before_a_year_ago": str(then)}
    return curve.count(last) + use, basis


def _recent(day: date, curve: DialCurve, last: int) -> _Worked | None:
    """The use a day of the time before, for these days too."""
    first = _basis_start(curve, last)
    if first is None:
        return None
    value = curve.between(first, last, day)
    if value is None:
        return None
    return value, {"from": curve.reads[first].day.isoformat(), "to": curve.reads[last].day.isoformat()}


def _basis_start(curve: DialCurve, last: int) -> int | None:
    """The latest read that lies far enough before another to say how much is used a day."""
    for index in range(last - 1, -1, -1):
        if (curve.reads[last].day - curve.reads[index].day).days >= _SHORTEST_BASIS_DAYS:
            return index
    return None


def _use(curve: DialCurve, start: date, end: date) -> Fraction | None:
    first, second = curve.at(start), curve.at(end)
    return None if first is None or second is None else second - first


def restate_estimates(register_ids: Sequence[int], *, until: date) -> set[int]:
    """Work out estimates anew that now lie between two reads that were taken; returns the registers concerned.

    The line between the two is straight: what was used since the last read that was taken is spread over the days.
    """
    found = _between_actuals(register_ids, until)
    reads, notes, changed = list[NewRead](), list[tuple[str, dict[str, str]]](), set[int]()
    for register_id, day, read_at, count, dials, first_day, first, last_day, last in found:
        rise = (last - first) % 10**dials
        gap = (last_day - first_day).days
        restated = whole(first + Fraction(rise * (day - first_day).days, gap)) % 10**dials
        if restated == count:
            continue
        reads.append(NewRead(register_id, read_at, day, restated, "estimated"))
        notes.append(("between_reads", {"from": first_day.isoformat(), "to": last_day.isoformat()}))
        changed.add(register_id)
    keep_with_notes(reads, notes)
    return changed


_LATEST = """
    SELECT DISTINCT ON (register_id, local_day) register_id, local_day, read_at, dial_count, kind
      FROM cis_metering_registerread
     WHERE register_id = ANY(%s) AND local_day > %s AND local_day <= %s
     ORDER BY register_id, local_day, version DESC
"""
_BETWEEN = """
    WITH latest AS MATERIALIZED ({latest})
    SELECT e.register_id, e.local_day, e.read_at, e.dial_count, g.dials,
           b.local_day, b.dial_count, a.local_day, a.dial_count
      FROM latest e JOIN cis_registry_register g ON g.id = e.register_id
      JOIN LATERAL (SELECT local_day, dial_count FROM latest
                     WHERE register_id = e.register_id AND local_day < e.local_day AND kind <> 'estimated'
                     ORDER BY local_day DESC LIMIT 1) b ON true
      JOIN LATERAL (SELECT local_day, dial_count FROM latest
                     WHERE register_id = e.register_id AND local_day > e.local_day AND kind <> 'estimated'
                     ORDER BY local_day LIMIT 1) a ON true
     WHERE e.kind = 'estimated' AND g.quantity <> 'demand'
     ORDER BY e.register_id, e.local_day
""".replace("{latest}", _LATEST)

_Between = tuple[int, date, datetime, int, int, date, int, date, int]


def _between_actuals(register_ids: Sequence[int], until: date) -> list[_Between]:
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN, [list(register_ids), until - timedelta(days=_HISTORY_DAYS), until])
        return list(cursor.fetchall())


def _curves(due: Sequence[DueRead]) -> Mapping[int, DialCurve]:
    """What is known of these registers, in one query: a good year back, and some days on for a read that came late."""
    if not due:
        return {}
    days = [one.local_day for one in due]
    return dial_curves(
        {one.register_id: one.dials for one in due}, min(days), max(days) + timedelta(days=_LATE_DAYS)
    )


def dial_curves(dials: Mapping[int, int], first: date, last: date) -> Mapping[int, DialCurve]:
    """Reads of registers (each with its number of dials) from a good year before `first` until `last`, in one query."""
    reads: dict[int, list[DialRead]] = {register_id: [] for register_id in dials}
    if dials:
        start = first - timedelta(days=_HISTORY_DAYS)
        with connection.cursor() as cursor:
            cursor.execute(_LATEST, [list(dials), start, last])
            for register_id, day, _at, count, kind in cursor.fetchall():
                reads[register_id].append(DialRead(day, count, kind))
    return {register_id: DialCurve(reads[register_id], dials=dials[register_id]) for register_id in dials}


def keep_with_notes(reads: Sequence[NewRead], notes: Sequence[tuple[str, dict[str, str]]]) -> None:
    """Keep reads that metering made itself, each with the method and the numbers behind it."""
    if not reads:
        return
    record_register_reads(reads)
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.nth, max(r.version)
              FROM unnest(%s::bigint[], %s::date[]) WITH ORDINALITY AS d (register_id, local_day, nth)
              JOIN cis_metering_registerread r ON r.register_id = d.register_id AND r.local_day = d.local_day
             GROUP BY d.nth ORDER BY d.nth
            """,
            [[read.register_id for read in reads], [read.local_day for read in reads]],
        )
        versions = [row[1] for row in cursor.fetchall()]
    ReadEstimate.objects.bulk_create(
        ReadEstimate(
            register_id=read.register_id,
            local_day=read.local_day,
            version=version,
            method=method,
            basis=basis,
            made_at=now,
        )
        for read, version, (method, basis) in zip(reads, versions, notes, strict=True)
    )
    audit.record(
        action="reads.estimated", subject_type="register", subject_id=reads[0].register_id, count=len(reads)
    )
