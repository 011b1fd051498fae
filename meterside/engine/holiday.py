"""Holidays as rules in a tariff's data: a day of a month, or a weekday of a month, and when it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from meterside.engine.period import Period

_ONE_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """0 for Monday to 6 for Sunday, as dates count them."""
        return list(Weekday).index(self)


class Which(StrEnum):
    """Which of a month's days of that weekday."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    LAST = "last"


class Observed(StrEnum):
    """What else is a holiday when the day itself falls on a weekend; the day itself always is."""

    NO = "no"  #: nothing
    MONDAY = "monday"  #: from Sunday the Monday after
    FRIDAY_MONDAY = "friday_monday"  #: from Saturday the Friday before, from Sunday the Monday after


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day of every year: ``month_day``, or the ``which`` ``weekday`` of a ``month``.

    ``days_after`` moves it on: the day after Thanksgiving is the fourth Thursday of November and one.
    Raises ``ValueError`` unless exactly one of the two ways is given whole.
    """

    name: str
    month_day: tuple[int, int] | None = None
    month: int | None = None
    weekday: Weekday | None = None
    which: Which | None = None
    days_after: int = 0
    observed: Observed = Observed.NO

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("its name is empty; give it one")
        floating = (self.month, self.weekday, self.which)
        is_fixed = self.month_day is not None and floating == (None, None, None)
        is_floating = self.month_day is None and None not in floating
        if not is_fixed and not is_floating:
            raise ValueError("needs month_day, or month, weekday and which")
        if self.month is not None and not 1 <= self.month <= 12:
            raise ValueError(f"month {self.month} is none; write 1 to 12")
        if not 0 <= self.days_after <= 6:
            raise ValueError("days_after must be 0 to 6")

    def day_in(self, year: int) -> date | None:
        """The day itself in a year; None for 29 February where the year has none."""
        if self.month_day is not None:
            if self.month_day == (2, 29) and not _is_leap(year):
                return None
            return date(year, *self.month_day) + timedelta(days=self.days_after)
        if self.month is None or self.weekday is None or self.which is None:
            raise AssertionError("checked when it was made")
        return _weekday_of_month(year, self.month, self.weekday, self.which) + timedelta(days=self.days_after)

    def days_in(self, year: int) -> tuple[date, ...]:
        """The day itself, and the day it is observed on where that is another (perhaps a year before)."""
        day = self.day_in(year)
        if day is None:
            return ()
        if day.weekday() == _SUNDAY and self.observed is not Observed.NO:
            return day, day + _ONE_DAY
        if day.weekday() == _SATURDAY and self.observed is Observed.FRIDAY_MONDAY:
            return day, day - _ONE_DAY
        return (day,)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _weekday_of_month(year: int, month: int, weekday: Weekday, which: Which) -> date:
    if which is Which.LAST:
        following = date(year + month // 12, month % 12 + 1, 1)
        last = following - _ONE_DAY
        return last - timedelta(days=(last.weekday() - weekday.number) % 7)
    first = date(year, month, 1)
    weeks = list(Which).index(which)
    return first + timedelta(days=(weekday.number - first.weekday()) % 7 + 7 * weeks)


@lru_cache(maxsize=4096)
def holiday_names(holidays: tuple[Holiday, ...], period: Period) -> dict[date, str]:
    """The holidays inside a period, each day with its name (the first listed where two share a day)."""
    found: dict[date, str] = {}
    # New Year's Day may be observed on the last day of the year before.
    for year in range(period.start.year, period.last_day.year + 2):
        for holiday in holidays:
            for day in holiday.days_in(year):
                if period.contains(day):
                    found.setdefault(day, holiday.name)
    return dict(sorted(found.items()))
