"""Where a period's use leads: what is known, and for each other day what such days were.

The prose and worked tables are in docs/algorithms/projection.md. Exact: Decimal throughout, no clock. Amounts are in
whatever unit the caller uses; days are local days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from meterside.engine.habits import NO_HABITS, Habit, Habits, cold_slope, colder_by, without_fillings
from meterside.engine.period import Period

#: Fewer known days say nothing of a period.
LEAST_DAYS = 5
#: Of a normal distribution four fifths lie within so many deviations.
_FOUR_FIFTHS = Decimal("1.28")
#: Days resemble their neighbours: so many days in a row tell as much as one day apart from others.
_ALIKE = Decimal(3)
_ZERO = Decimal(0)
_DAY_S = 86_400


class Basis(StrEnum):
    """What the days ahead were taken from."""

    PACE = "pace"  #: the same kind of day, as it was lately
    PACE_AND_LAST_YEAR = "pace_and_last_year"  #: that, and how the year before went on from here


@dataclass(frozen=True, slots=True)
class Projection:
    """A whole period's use: what is `known`, and what it comes to `low`, `likely` and `high`.

    Four of five periods should end between low and high. `by_day` is what each day that is not known is expected to
    be; `days_known` are the days that are. `habits` are what of the household made it another one.
    """

    known: Decimal
    low: Decimal
    likely: Decimal
    high: Decimal
    days_known: int
    by_day: Mapping[date, Decimal]
    basis: Basis
    habits: tuple[Habit, ...] = ()


def project(
    *,
    period: Period,
    days: Mapping[date, Decimal],
    last_year: Mapping[date, Decimal] | None = None,
    habits: Habits = NO_HABITS,
) -> Projection | None:
    """The period's use from its known days; None where too few are known, or none lies ahead of what is known.

    `last_year` is the use of a year before, by the date it stands for in this period. Days outside the period are left
    out of `days`. `habits` of the household say which days are alike.
    """
    own = {day: use for day, use in days.items() if period.contains(day)}
    if len(own) < LEAST_DAYS:
        return None
    open_days = [day for day in period.each_day() if day not in own]
    known = sum(own.values(), _ZERO)
    alike = _Alike(own, habits)
    by_pace = {day: _mean(alike.to(day)) for day in open_days}
    counted = alike.habits
    slope = cold_slope(own, habits.heating_degrees)
    if slope is not None:
        degrees, counted = habits.heating_degrees, (*counted, Habit.HEATING)
        by_pace = {day: max(_ZERO, use + colder_by(slope, degrees, own, day)) for day, use in by_pace.items()}
    factor = _year_factor(own, open_days, last_year)
    by_day = by_pace
    if factor is not None and last_year is not None:
        by_day = {day: (by_pace[day] + last_year[day] * factor) / 2 for day in open_days}
    likely = known + sum(by_day.values(), _ZERO)
    # Where more ways than one were gone they must all lie inside.
    plain = sum((_mean(alike.to(day)) for day in open_days), _ZERO)
    apart = max(abs(likely - known - way) for way in (sum(by_pace.values(), _ZERO), plain))
    margin = _margin(alike, len(open_days)) + apart
    return Projection(
        known=known,
        low=max(known, likely - margin),
        likely=likely,
        high=likely + margin,
        days_known=len(own),
        by_day=by_day,
        basis=Basis.PACE if factor is None else Basis.PACE_AND_LAST_YEAR,
        habits=counted,
    )


class _Alike:
    """The known days, by which of them a day is like."""

    def __init__(self, examples: Mapping[date, Decimal], habits: Habits) -> None:
        usual = without_fillings(examples) if habits.fills_pool else examples
        self.examples = usual
        self._goes_by_week = not habits.charges_car
        pool = (Habit.POOL,) if len(usual) < len(examples) else ()
        self.habits: tuple[Habit, ...] = (*((Habit.CAR,) if habits.charges_car else ()), *pool)

    def to(self, day: date) -> list[Decimal]:
        """The uses of days of the same kind (working days, week-ends); of all, where fewer than two are known."""
        kind = day.weekday() >= 5
        found = [
            use
            for other, use in self.examples.items()
            if (other.weekday() >= 5) == kind or not self._goes_by_week
        ]
        return found if len(found) >= 2 else list(self.examples.values())


def _mean(uses: list[Decimal]) -> Decimal:
    return sum(uses, _ZERO) / len(uses)


def _year_factor(
    own: Mapping[date, Decimal], open_days: list[date], last_year: Mapping[date, Decimal] | None
) -> Decimal | None:
    """How much more was used so far than on the same days a year before; None where that year is not known whole."""
    if not last_year or any(day not in last_year for day in (*own, *open_days)):
        return None
    then = sum((last_year[day] for day in own), _ZERO)
    return sum(own.values(), _ZERO) / then if then > 0 else None


def _margin(alike: _Alike, n_open: int) -> Decimal:
    """How far the sum of the days ahead may lie from what is likely, four times of five."""
    if not n_open:
        return _ZERO
    squares = [(use - _mean(alike.to(day))) ** 2 for day, use in alike.examples.items()]
    variance = sum(squares, _ZERO) / max(1, len(squares) - 1)
    by_chance = variance * n_open * _ALIKE  # of the days ahead
    by_sample = variance * _ALIKE * n_open * n_open / len(squares)  # of the mean they are expected at
    return _FOUR_FIFTHS * (by_chance + by_sample).sqrt()


def cut_to_year_before(last_year: Mapping[date, Decimal], period: Period) -> dict[date, Decimal]:
    """A year before's uses by the date each stands for: February 29 takes February 28's."""
    found = {}
    for day in period.each_day():
        then = _year_before(day)
        if then in last_year:
            found[day] = last_year[then]
    return found


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def base_load(by_interval: list[Decimal], seconds: int) -> Decimal | None:
    """What is used an hour when nothing is switched on: the mean of the lowest tenth of the intervals, times its hours.

    None where fewer than a day of them is known.
    """
    if len(by_interval) * seconds < _DAY_S:
        return None
    lowest = sorted(by_interval)[: max(1, len(by_interval) // 10)]
    return _mean(lowest) * 3600 / seconds
