"""What a unit of use costs on each day, and in each period of the clock, of a segment priced by its hours.

The prose and a worked table are in docs/algorithms/usage.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterside.engine.clock_class import interval_classes
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.rated import RatedLine, RatedSegment
from meterside.engine.tariff.model import Tariff
from meterside.engine.terms.schedule import Schedule
from meterside.engine.terms.version import TariffVersion

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class HourPrices:
    """Cents a unit of use: on each day by its own hours, and in each period of the rate's first schedule."""

    by_day: Mapping[date, Decimal]
    by_period: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Clocked:
    """A line by the clock: its charge, and what was counted in its period on each of its days."""

    line: RatedLine
    schedule: str
    period: str
    counts: Mapping[date, int]

    @property
    def where(self) -> tuple[str, str, Period]:
        """Lines of several tiers share their hours."""
        return self.line.component, self.period, self.line.span


def hour_prices(
    tariff: Tariff, rated: RatedSegment, idle: RatedSegment, hours: IntervalUse, *, quantity: Decimal
) -> HourPrices | None:
    """How what use costs falls on days and hours; `quantity` is the whole use, `idle` the same segment without any.

    A line by the clock falls on the hours of its period, by their use; what else goes by use falls on all alike; a
    percentage (a tax) on what it is taken of. So days sum to what use costs. None where the rate goes by no clock, or
    nothing was used.
    """
    by_day = dict(zip(hours.calendar.days, _by_day(hours), strict=True))
    total = sum(by_day.values())
    clocked = [one for one in _clocked(tariff, rated, hours) if sum(one.counts.values()) > 0]
    if not clocked or total <= 0 or quantity <= 0:
        return None
    one_count = quantity / total
    cents: dict[date, Decimal] = defaultdict(Decimal)
    for one in clocked:
        a_count = Decimal(one.line.amount_cents) / sum(one.counts.values())
        for day, count in one.counts.items():
            cents[day] += a_count * count
    use_cents = rated.total_cents - idle.total_cents
    before = use_cents - (_percent_cents(rated) - _percent_cents(idle))
    if before <= 0:
        return None
    rest = (before - sum(one.line.amount_cents for one in clocked)) / quantity
    times = Decimal(use_cents) / before
    return HourPrices(
        {
            day: (cents[day] / (count * one_count) + rest) * times
            for day, count in by_day.items()
            if count > 0
        },
        {name: (price + rest) * times for name, price in _by_period(clocked, one_count).items()},
    )


def _percent_cents(rated: RatedSegment) -> int:
    return sum(line.amount_cents for line in rated.lines if line.kind == "percent")


def _by_day(hours: IntervalUse) -> tuple[int, ...]:
    return hours.counts_by_class(hours.calendar.day_index, len(hours.calendar.days))


def _by_period(clocked: list[_Clocked], one_count: Decimal) -> dict[str, Decimal]:
    """Cents a unit in each period of the first charge's schedule, of all charges that go by it."""
    schedule = clocked[0].schedule
    cents: dict[tuple[str, str], int] = defaultdict(int)
    counts: dict[tuple[str, str], dict[Period, int]] = defaultdict(dict)
    for one in clocked:
        if one.schedule == schedule:
            component, period, span = one.where
            cents[component, period] += one.line.amount_cents
            counts[component, period][span] = sum(one.counts.values())
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (component, period), amount in cents.items():
        found[period] += amount / (sum(counts[component, period].values()) * one_count)
    return dict(found)


def _clocked(tariff: Tariff, rated: RatedSegment, hours: IntervalUse) -> Iterator[_Clocked]:
    tables: dict[tuple[str, date], list[tuple[int, ...]]] = {}
    for line in rated.lines:
        version = tariff.version_on(line.version_from)
        charge = version.component(line.component) if version else None
        if version is None or not isinstance(charge, TimeOfUseCharge) or charge.determinant != "usage":
            continue
        schedule = version.schedule(charge.schedule)
        if schedule is None:
            continue
        key = (schedule.name, version.effective_from)
        if key not in tables:
            tables[key] = _table(schedule, version, hours)
        period = dict(line.facts)["period"]
        number = schedule.index(period)
        days = zip(hours.calendar.days, tables[key], strict=True)
        counts = {day: row[number] for day, row in days if line.span.contains(day) and row[number]}
        yield _Clocked(line, schedule.name, period, counts)


def _table(schedule: Schedule, version: TariffVersion, hours: IntervalUse) -> list[tuple[int, ...]]:
    """What was counted on each day in each period."""
    calendar, width = hours.calendar, len(schedule.periods)
    classes = calendar.day_index * width + interval_classes(schedule, version, calendar)
    counts = hours.counts_by_class(classes, len(calendar.days) * width)
    return [counts[first : first + width] for first in range(0, len(counts), width)]
