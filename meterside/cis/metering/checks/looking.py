"""Rules that need more than a file: days that did not come, registers beside their intervals. Looked at every night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection, transaction

from meterside.engine.validation import DialMove, SumCheck, dial_move, register_against_sum
from meterside.engine.validation_rule import RuleKind, ValidationRule
from meterside.kit import clock

from ..estimates.register_use import RegisterWindow, register_windows
from .checking import Finding
from .customers import customers_of
from .intake import keep_findings
from .rules import RuleBook, rules_on

#: Days further back are not asked for any more: whoever wants them estimates them.
_GAP_DAYS: Final = 35
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Looked:
    """How many exceptions were found, and how many open ones have mended themselves since."""

    found: int
    mended: int


# Channels whose meter hung all of a day, and of which the day is not there, or has a hole.
_GAPS = """
    SELECT c.id, w.day::date, d.commodity, v.quality IS NOT NULL
      FROM generate_series(%s::date, %s::date, interval '1 day') w (day)
     CROSS JOIN cis_registry_channel c
      JOIN cis_registry_device d ON d.id = c.device_id
      JOIN cis_registry_deviceinstallation i ON i.device_id = d.id
      JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
      JOIN cis_registry_premise p ON p.id = s.premise_id
      LEFT JOIN LATERAL (
           SELECT k.quality, k.version FROM cis_metering_intervalday k
            WHERE k.channel_id = c.id AND k.local_day = w.day::date ORDER BY k.version DESC LIMIT 1) v ON true
     WHERE i.during @> (w.day::timestamp AT TIME ZONE p.zone)
       AND i.during @> ((w.day + interval '1 day')::timestamp AT TIME ZONE p.zone - interval '1 second')
       AND (v.version IS NULL OR position('\\x04'::bytea IN v.quality) > 0)
     ORDER BY w.day, c.id
"""
_MENDED = """
    UPDATE cis_metering_readexception e
       SET status = 'mended', decided_at = %s, decided_by = 'system'
     WHERE e.status = 'open' AND e.rule = 'gap' AND EXISTS (
           SELECT FROM (SELECT k.quality FROM cis_metering_intervalday k
                         WHERE k.channel_id = e.channel_id AND k.local_day = e.local_day
                         ORDER BY k.version DESC LIMIT 1) v
            WHERE v.quality IS NULL OR position('\\x04'::bytea IN v.quality) = 0)
"""


@transaction.atomic
def look_for_gaps(*, today: date) -> Looked:
    """Ask for days that should have come by now, by the rules of each day; close what has come meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_MENDED, [clock.now()])
        n_mended = int(cursor.rowcount)
    first, last = today - timedelta(days=_GAP_DAYS), today - timedelta(days=1)
    books = {day: rules_on(day) for day in (first + timedelta(days=n) for n in range(_GAP_DAYS))}
    if not any(book.minds(RuleKind.GAP) for book in books.values()):
        return Looked(0, n_mended)
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, [first, last])
        rows = cursor.fetchall()
    by_day: dict[date, list[tuple[int, str, bool]]] = {}
    for channel_id, day, commodity, is_in_part in rows:
        by_day.setdefault(day, []).append((channel_id, commodity, is_in_part))
    n_found = sum(keep_findings(list(_gaps(day, some, books[day], today))) for day, some in by_day.items())
    return Looked(n_found, n_mended)


def _gaps(day: date, rows: Sequence[tuple[int, str, bool]], book: RuleBook, today: date) -> Iterator[Finding]:
    customers = customers_of([channel_id for channel_id, _, _ in rows], day)
    for (channel_id, commodity, is_in_part), customer_class in zip(rows, customers.classes, strict=True):
        rule = book.of(commodity, str(customer_class)).get(RuleKind.GAP)
        # Where nobody has the service nobody waits for its reads.
        if rule is not None and customer_class and day < today - timedelta(days=rule.grace_days):
            yield Finding(channel_id, day, RuleKind.GAP, {"in_part": is_in_part})


_NEW_READS = """
    SELECT c.id, d.commodity, r.local_day, g.dials, r.dial_count, p.dial_count,
           coalesce((SELECT m.value FROM cis_registry_multiplier m
                      WHERE m.device_id = d.id AND m.during @> (r.local_day - 1)), 1)
      FROM cis_metering_registerread r
      JOIN cis_registry_register g ON g.id = r.register_id
      JOIN cis_registry_device d ON d.id = g.device_id
      JOIN cis_registry_channel c ON c.device_id = d.id AND c.direction = g.direction AND c.unit = g.unit
      JOIN LATERAL (SELECT b.dial_count FROM cis_metering_registerread b
                     WHERE b.register_id = r.register_id AND b.local_day < r.local_day AND b.kind <> 'estimated'
                     ORDER BY b.local_day DESC, b.version DESC LIMIT 1) p ON true
     WHERE r.recorded_at >= %s AND r.recorded_at < %s AND r.kind NOT IN ('estimated', 'initial')
     ORDER BY c.id, r.local_day
"""


@dataclass(frozen=True, slots=True)
class _NewRead:
    channel_id: int
    commodity: str
    local_day: date
    dials: int
    count: int
    before: int
    multiplier: Decimal

    @property
    def last_day(self) -> date:
        """The last day before the read, whose use it counts."""
        return self.local_day - timedelta(days=1)


@transaction.atomic
def look_at_registers(*, since: datetime, until: datetime) -> int:
    """Hold registers that were read in [since, until) against the intervals of the same time; returns what is new."""
    with connection.cursor() as cursor:
        cursor.execute(_NEW_READS, [since, until])
        reads = [_NewRead(*row) for row in cursor.fetchall()]
    books: dict[date, RuleBook] = {}
    n_found = 0
    for start in range(0, len(reads), _AT_ONCE):
        some = reads[start : start + _AT_ONCE]
        books |= {day: rules_on(day) for day in {read.last_day for read in some} - books.keys()}
        windows = register_windows([(read.channel_id, read.last_day) for read in some])
        classes = _classes(some, books)
        found = list[Finding]()
        for read in some:
            key = (read.channel_id, read.last_day)
            rules = books[read.last_day].of(read.commodity, classes.get(key, ""))
            found += _of_read(read, windows.get(key), rules)
        n_found += keep_findings(found)
    return n_found


def _classes(reads: Sequence[_NewRead], books: Mapping[date, RuleBook]) -> dict[tuple[int, date], str]:
    """Whose service each read's day was, by channel and day; only of days whose rules ask for it."""
    by_day: dict[date, list[int]] = {}
    for read in reads:
        if books[read.last_day].minds_classes:
            by_day.setdefault(read.last_day, []).append(read.channel_id)
    return {
        (channel_id, day): str(customer_class)
        for day, channel_ids in by_day.items()
        for channel_id, customer_class in zip(
            channel_ids, customers_of(channel_ids, day).classes, strict=True
        )
    }


def _of_read(
    read: _NewRead, window: RegisterWindow | None, rules: Mapping[RuleKind, ValidationRule]
) -> Iterator[Finding]:
    rollover = rules.get(RuleKind.ROLLOVER)
    if rollover is not None:
        move = dial_move(read.before, read.count, dials=read.dials, most=rollover.above)
        if move is not DialMove.FORWARD:
            facts = {"before": read.before, "now": read.count, "move": move.value}
            yield Finding(read.channel_id, read.last_day, RuleKind.ROLLOVER, facts)
        if move is DialMove.WENT_BACK:
            return  # its difference means nothing
    if window is None or any(total.quality == "missing" for total in window.totals):
        return
    if len(window.totals) == (window.end - window.start).days:
        yield from _of_sum(read, window, rules.get(RuleKind.REGISTER_SUM), rules.get(RuleKind.MULTIPLIER))


def _of_sum(
    read: _NewRead, window: RegisterWindow, sums: ValidationRule | None, factors: ValidationRule | None
) -> Iterator[Finding]:
    rule = sums or factors
    if rule is None:
        return
    total = sum(day.total for day in window.totals)
    check = register_against_sum(
        Decimal(window.use), total, multiplier=read.multiplier, percent=rule.percent, above=rule.above
    )
    kind = {SumCheck.MULTIPLIER: RuleKind.MULTIPLIER, SumCheck.DIFFERS: RuleKind.REGISTER_SUM}.get(check)
    if kind is None or (kind is RuleKind.MULTIPLIER and factors is None):
        kind = None if check is SumCheck.AGREES or sums is None else RuleKind.REGISTER_SUM
    if kind is not None:
        facts = {
            "register": window.use,
            "intervals": total,
            "from": window.start.isoformat(),
            "to": window.end.isoformat(),
        }
        yield Finding(read.channel_id, read.last_day, kind, facts)
