"""Days of a bill: when it is dated, when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.conf import settings

from meterside.engine.period import Period

DAYS_TO_PAY = 21


@lru_cache(maxsize=4)
def _holidays(subdivision: str) -> holidays.HolidayBase:
    return holidays.country_holidays("US", subdiv=subdivision or None)


def due_date(bill_date: date, *, days_to_pay: int = DAYS_TO_PAY) -> date:
    """`days_to_pay` days after the bill; moved on to the next day the office is open."""
    return office_day(bill_date + timedelta(days=days_to_pay))


def office_day(day: date) -> date:
    """That day, or the next one the office is open."""
    days_off = _holidays(settings.UTILITY.holidays_subdivision)
    while day.weekday() >= 5 or day in days_off:
        day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class CycleMonth:
    """One month of a cycle's calendar: the days it bills, when meters are read, when bills are dated and due."""

    days: Period
    read_first: date
    read_on: date
    read_last: date
    bill_date: date
    due_date: date


def cycle_calendar(
    *,
    today: date,
    read_day: int,
    window_before_days: int = 0,
    window_after_days: int = 0,
    bill_after_days: int = 1,
    n_months: int = 13,
) -> list[CycleMonth]:
    """A cycle's months from the one that holds today on. Bills come when the read window is over, not before."""
    found = []
    days = cycle_around(today + timedelta(days=1), read_day=read_day)
    for _ in range(n_months):
        read_on = days.closed_end
        last = read_on + timedelta(days=window_after_days)
        bill_date = office_day(max(read_on + timedelta(days=bill_after_days), last))
        first = read_on - timedelta(days=window_before_days)
        found.append(CycleMonth(days, first, read_on, last, bill_date, due_date(bill_date)))
        days = cycle_around(read_on + timedelta(days=1), read_day=read_day)
    return found


def cycle_around(day: date, *, read_day: int) -> Period:
    """The full period of a cycle read on `read_day` of each month, in which the day before `day` falls."""
    last = day - timedelta(days=1)
    start = last.replace(day=read_day)
    if last.day < read_day:
        start = (start.replace(day=1) - timedelta(days=1)).replace(day=read_day)
    end = (start.replace(day=28) + timedelta(days=4)).replace(day=read_day)
    return Period(start, end)
