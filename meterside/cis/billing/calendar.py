"""Days of a bill: when it is dated, when it is due."""

from __future__ import annotations

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
    days_off = _holidays(settings.UTILITY.holidays_subdivision)
    day = bill_date + timedelta(days=days_to_pay)
    while day.weekday() >= 5 or day in days_off:
        day += timedelta(days=1)
    return day


def cycle_around(day: date, *, read_day: int) -> Period:
    """The full period of a cycle read on `read_day` of each month, in which the day before `day` falls."""
    last = day - timedelta(days=1)
    start = last.replace(day=read_day)
    if last.day < read_day:
        start = (start.replace(day=1) - timedelta(days=1)).replace(day=read_day)
    end = (start.replace(day=28) + timedelta(days=4)).replace(day=read_day)
    return Period(start, end)
