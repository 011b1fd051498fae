"""Which period of a schedule each interval, or each day, of a billing period lies in."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from meterside.engine.holiday import Holiday, holiday_names
from meterside.engine.interval_use import IntervalCalendar
from meterside.engine.period import Period
from meterside.engine.terms.schedule import DAY_MINUTES, HOLIDAY, DayPlan, Schedule, day_plan
from meterside.engine.terms.season import Season
from meterside.engine.terms.version import TariffVersion


class CutsInterval(ValueError):
    """A period of the schedule begins inside an interval, whose use cannot be told apart."""


def interval_classes(
    schedule: Schedule, version: TariffVersion, calendar: IntervalCalendar
) -> NDArray[np.int64]:
    """The number of the period each interval of a run lies in; cached by schedule and calendar.

    Raises ``CutsInterval`` when intervals are too long for the schedule.
    """
    return _classes(schedule, version.seasons, version.holidays, calendar)


@lru_cache(maxsize=256)
def _classes(
    schedule: Schedule,
    seasons: tuple[Season, ...],
    holidays: tuple[Holiday, ...],
    calendar: IntervalCalendar,
) -> NDArray[np.int64]:
    plans = _plans(schedule, seasons, holidays, calendar.clock_days, calendar.as_days)
    found = np.empty(calendar.count, dtype=np.int64)
    if calendar.count == 0:
        return found
    minute = calendar.hour * 60 + calendar.minute
    tables: dict[DayPlan, NDArray[np.int64]] = {}
    for index, plan in enumerate(plans):
        table = tables.get(plan)
        if table is None:
            table = tables[plan] = _table(plan, schedule, calendar)
        inside = slice(int(calendar.clock_bounds[index]), int(calendar.clock_bounds[index + 1]))
        found[inside] = table[minute[inside]]
    found.flags.writeable = False
    return found


def _table(plan: DayPlan, schedule: Schedule, calendar: IntervalCalendar) -> NDArray[np.int64]:
    """The period of each minute of such a day."""
    cut = next((first for first, _ in plan if first * 60 % calendar.seconds), None)
    if cut is not None:
        said = f"{cut // 60:02d}:{cut % 60:02d}"
        raise CutsInterval(
            f"{schedule.name} changes at {said}, inside an interval of {calendar.seconds // 60} minutes"
        )
    table = np.empty(DAY_MINUTES, dtype=np.int64)
    for first, number in plan:
        table[first:] = number
    return table


def day_periods(schedule: Schedule, version: TariffVersion, span: Period) -> tuple[DayPlan, ...]:
    """The plan of every day of a stretch, in order."""
    days = tuple(span.each_day())
    return _plans(schedule, version.seasons, version.holidays, days, days)


@lru_cache(maxsize=1024)
def _plans(
    schedule: Schedule,
    seasons: tuple[Season, ...],
    holidays: tuple[Holiday, ...],
    days: tuple[date, ...],
    as_days: tuple[date, ...],
) -> tuple[DayPlan, ...]:
    """The plan of each day: of its own kind, in the month and season of the day it stands for."""
    if not days:
        return ()
    kept = holiday_names(holidays, Period(days[0], days[-1] + timedelta(days=1))) if holidays else {}
    return tuple(
        day_plan(
            schedule,
            as_day.month,
            next((season.name for season in seasons if season.contains(as_day)), None),
            HOLIDAY if day in kept else day.weekday(),
        )
        for day, as_day in zip(days, as_days, strict=True)
    )


def periods_in(schedule: Schedule, version: TariffVersion, span: Period) -> frozenset[int]:
    """The numbers of the periods that have some time in a stretch of days."""
    return frozenset(number for plan in day_periods(schedule, version, span) for _, number in plan)
