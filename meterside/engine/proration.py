"""How charges and tier widths follow the days of a period (docs/algorithms/proration.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from meterside.engine.period import Period
from meterside.engine.terms.choices import ChargePer, Proration, ProrationMethod
from meterside.engine.terms.season import Season

#: Quantities made by sharing over days are kept to six places of their unit.
SHARE_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Factor:
    """How many times an amount is charged, as an exact fraction, and the days it came from.

    ``days_basis`` is what the days were divided by; 0 where days played no part.
    """

    numerator: int
    denominator: int
    days: int = 0
    days_basis: int = 0

    def of(self, amount: Decimal) -> Decimal:
        """The amount charged."""
        if self.denominator == 1:
            return amount * self.numerator
        return amount * self.numerator / self.denominator

    @property
    def quantity(self) -> Decimal:
        """The factor as a number."""
        return self.of(Decimal(1))


@dataclass(frozen=True, slots=True)
class PeriodDays:
    """The day counts a segment is prorated with.

    ``total`` are the days of the period as dates have them; ``priced`` the days to charge for,
    which differ only while a change between two bills is explained; ``cycle`` the days of the
    cycle's full period; ``bill_months`` the months of a normal bill.
    """

    total: int
    priced: int
    cycle: int
    bill_months: int


def factor(proration: Proration, per: ChargePer, part_days: int, days: PeriodDays) -> Factor:
    """How often a charge counts for ``part_days`` of the period.

    The whole period's factor comes from the method; a part of the period (where a version or a
    season changes inside it) takes its share by days, so that the parts sum to the whole.
    """
    if per is ChargePer.DAY:
        return Factor(part_days * days.priced, days.total, part_days, 0)
    numerator, denominator, basis = _whole(proration, per, days)
    if part_days == days.total:
        shown = days.priced if basis else 0
        return _reduced(numerator, denominator, shown, basis)
    shown_basis = basis or days.total
    return _reduced(numerator * part_days, denominator * days.total, part_days, shown_basis)


def _reduced(numerator: int, denominator: int, days: int, basis: int) -> Factor:
    if numerator % denominator == 0:
        return Factor(numerator // denominator, 1, days, basis)
    return Factor(numerator, denominator, days, basis)


def _whole(proration: Proration, per: ChargePer, days: PeriodDays) -> tuple[int, int, int]:
    """Numerator, denominator and days basis for the period as a whole."""
    per_bill = per is ChargePer.BILL
    times = 1 if per_bill else days.bill_months
    window = proration.tolerance_days
    method = proration.method
    if method is ProrationMethod.NONE or (window is not None and window[0] <= days.priced <= window[1]):
        return times, 1, 0
    if method is ProrationMethod.DAYS_30:
        basis = 30 * days.bill_months if per_bill else 30
        return days.priced, basis, basis
    if method is ProrationMethod.DAYS_365:
        months = days.bill_months if per_bill else 1
        return 12 * days.priced, 365 * months, 365
    return times * days.priced, days.cycle, days.cycle


class UsageShare:
    """Shares a period's use over its parts: by the shape of daily use when given, else by days.

    The share of a part is the difference of two running totals, each kept to six places, so the
    parts of any cutting sum to the whole exactly.
    """

    def __init__(
        self, period: Period, daily: Mapping[date, Decimal] | Callable[[], Mapping[date, Decimal]] | None
    ) -> None:
        """``daily`` may be a way to the use by day: most periods are not cut, and never ask."""
        self._period = period
        self._given = daily
        self._daily: Mapping[date, Decimal] | None = None
        self._whole: Decimal | None = None

    def _weigh(self) -> Decimal:
        """The weight of the whole period, worked out when it is asked for first."""
        if self._whole is None:
            self._daily = self._given() if callable(self._given) else self._given
            self._whole = Decimal(0) if self._daily is None else self._weight(self._period.closed_end)
            if self._whole == 0:
                self._daily = None
                self._whole = Decimal(self._period.days)
        return self._whole

    def _weight(self, until: date) -> Decimal:
        """Running weight from the period's start up to a day."""
        if self._daily is None:
            return Decimal((until - self._period.start).days)
        if until == self._period.start:
            return Decimal(0)
        daily = self._daily
        return sum((daily[day] for day in Period(self._period.start, until).each_day()), Decimal(0))

    def of(self, total: Decimal, part: Period) -> Decimal:
        """The part's share of ``total``, in the same unit."""
        if part is self._period or part == self._period:
            return total
        return self._running(total, part.closed_end) - self._running(total, part.start)

    def _running(self, total: Decimal, until: date) -> Decimal:
        if until == self._period.start:
            return Decimal(0)
        if until == self._period.end:
            return total
        whole = self._weigh()
        exact = total * self._weight(until) / whole
        return exact.quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)


def share_by_weights(total: Decimal, weights: Sequence[int]) -> tuple[Decimal, ...]:
    """``total`` shared by whole weights (not negative, not all zero), as ``UsageShare`` shares over days.

    Each share is the difference of two running totals kept to six places; they sum to the total exactly.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative, nor all zero")
    shares, before, weight = [], Decimal(0), 0
    for own in weights:
        weight += own
        running = total
        if weight != whole:
            running = (total * weight / whole).quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)
        shares.append(running - before)
        before = running
    return tuple(shares)


@lru_cache(maxsize=4096)
def season_runs(seasons: tuple[Season, ...], span: Period) -> tuple[tuple[Period, str | None], ...]:
    """The span cut where the season changes, each run with its season's name (None: in no season)."""
    runs: list[tuple[Period, str | None]] = []
    start, current = span.start, _season_on(seasons, span.start)
    for day in span.each_day():
        name = _season_on(seasons, day)
        if name != current:
            runs.append((Period(start, day), current))
            start, current = day, name
    runs.append((Period(start, span.closed_end), current))
    return tuple(runs)


def _season_on(seasons: tuple[Season, ...], day: date) -> str | None:
    for season in seasons:
        if season.contains(day):
            return season.name
    return None
