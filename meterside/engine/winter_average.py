"""The winter average: what a customer's sewer is billed by, worked out anew each year.

Rules are data (docs/algorithms/winter-average.md); the average goes to rating as a prior determinant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from meterside.engine.determinant import Determinant, DeterminantSource, ReadEvidence
from meterside.engine.period import Period
from meterside.engine.quantity import UsageRounding, convert
from meterside.engine.state import RatingState

#: Names in the state: the average, and the day it was worked out for (days since 0001-01-01, plus one).
STATE_VALUE = "winter_average"
STATE_SINCE = "winter_average_since"

_ONE_DAY = timedelta(days=1)


class MonthOf(StrEnum):
    """Which day of a bill's period says the month it counts for."""

    LAST_DAY = "last_day"
    MIDDLE = "middle"
    FIRST_DAY = "first_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class WinterAverageRule:
    """How the average comes about. Quantities are in ``unit`` for a bill, or for ``days`` where given.

    ``months`` count, as many bills as there are but ``fewest``; ``leave_out_greatest`` of them are dropped.
    With ``days`` the average is use over days of service times ``days``, else the mean of the bills.
    ``default`` is what a customer without such a winter is billed by, under ``default_name``.
    """

    unit: str
    months: tuple[int, ...]
    renewed_on: tuple[int, int]
    fewest: int = 1
    month_of: MonthOf = MonthOf.LAST_DAY
    leave_out_greatest: int = 0
    days: Decimal | None = None
    share: Decimal = Decimal(1)
    rounding: UsageRounding | None = None
    name: str = "winter_average"
    default: Decimal | None = None
    default_name: str = "winter_average"


@dataclass(frozen=True, slots=True)
class PriorUse:
    """What a bill of the past was priced on."""

    period: Period
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class WinterAverage:
    """What is billed from a renewal on; ``exact`` before rounding, ``uses`` the bills it came from."""

    quantity: Decimal
    exact: Decimal
    unit: str
    since: date
    is_default: bool
    uses: tuple[PriorUse, ...]
    name: str

    def determinant(self) -> Determinant:
        """As rating takes it."""
        evidence = tuple(
            ReadEvidence(read_at=use.period.closed_end, value=use.quantity, unit=use.unit)
            for use in self.uses
        )
        return Determinant(self.name, self.quantity, self.unit, DeterminantSource.PRIOR, evidence)


class NoWinterAverage(ValueError):
    """Too few bills of the winter, and the rule has no default."""


def winter_average(
    rule: WinterAverageRule, uses: Iterable[PriorUse], *, state: RatingState, on: date
) -> tuple[WinterAverage, RatingState]:
    """The average in force on a day (a bill's closing read), and the state that keeps it.

    The state's average stands until the next renewal, whatever later becomes known of that winter; a
    default is never kept, so that the first winter takes its place. Raises ``NoWinterAverage``, or
    ``CannotConvert`` for a use in another measure.
    """
    since = _renewal_before(rule.renewed_on, on)
    kept, kept_since = state.get(STATE_VALUE), state.get(STATE_SINCE)
    if kept is not None and kept_since == since.toordinal():
        return WinterAverage(kept, kept, rule.unit, since, False, (), rule.name), state
    found = work_out(rule, uses, since=since)
    if found.is_default:
        return found, state
    others = tuple(each for each in state.values if each[0] not in (STATE_VALUE, STATE_SINCE))
    values = ((STATE_VALUE, found.quantity), (STATE_SINCE, Decimal(since.toordinal())))
    return found, RatingState(others + values)


def work_out(rule: WinterAverageRule, uses: Iterable[PriorUse], *, since: date) -> WinterAverage:
    """The average of the winter before a renewal, or the default. Raises ``NoWinterAverage``."""
    year_before = Period(_years_earlier(since), since)
    counted = sorted(
        (use for use in uses if _counts(rule, use, year_before)), key=lambda use: use.period.start
    )
    if len(counted) < max(rule.fewest, 1 + rule.leave_out_greatest):
        if rule.default is None:
            raise NoWinterAverage(
                f"{len(counted)} bills of the winter before {since}; {rule.fewest} are needed"
            )
        return WinterAverage(rule.default, rule.default, rule.unit, since, True, (), rule.default_name)
    for _ in range(rule.leave_out_greatest):
        counted.remove(max(counted, key=lambda use: _in_unit(rule, use)))
    total = sum((_in_unit(rule, use) for use in counted), Decimal(0))
    if rule.days is None:
        exact = total * rule.share / len(counted)
    else:
        exact = total * rule.days * rule.share / sum(use.period.days for use in counted)
    quantity = exact if rule.rounding is None else rule.rounding.apply(exact)
    return WinterAverage(quantity, exact, rule.unit, since, False, tuple(counted), rule.name)


def _counts(rule: WinterAverageRule, use: PriorUse, year_before: Period) -> bool:
    day = _month_day_of(rule.month_of, use.period)
    return year_before.contains(day) and day.month in rule.months


def _month_day_of(month_of: MonthOf, period: Period) -> date:
    if month_of is MonthOf.FIRST_DAY:
        return period.start
    if month_of is MonthOf.MIDDLE:
        return period.start + timedelta(days=period.days // 2)
    return period.last_day


def _in_unit(rule: WinterAverageRule, use: PriorUse) -> Decimal:
    return convert(use.quantity, use.unit, rule.unit)


def _renewal_before(renewed_on: tuple[int, int], on: date) -> date:
    """The last renewal on or before a day."""
    renewal = _day_in(on.year, renewed_on)
    return renewal if renewal <= on else _day_in(on.year - 1, renewed_on)


def _years_earlier(day: date) -> date:
    return _day_in(day.year - 1, (day.month, day.day))


def _day_in(year: int, month_day: tuple[int, int]) -> date:
    """That day of a year; 28 February for the 29th where there is none."""
    try:
        return date(year, *month_day)
    except ValueError:
        return date(year, 3, 1) - _ONE_DAY
