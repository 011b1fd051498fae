"""Use by the periods of a schedule: from registers, intervals, or days (docs/algorithms/time-of-use.md)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from meterside.engine.clock_class import CutsInterval, day_periods, interval_classes, periods_in
from meterside.engine.interval_use import IntervalCalendar
from meterside.engine.kept import kept_in
from meterside.engine.period import Period
from meterside.engine.pricing import Inputs, Part, RatingError
from meterside.engine.terms.component import Component
from meterside.engine.terms.schedule import DAY_MINUTES, Schedule


def schedule_of(component: Component, part: Part, name: str) -> Schedule:
    """A schedule of the part's version, which was checked to have it."""
    found = part.version.schedule(name)
    if found is None:
        raise AssertionError(f"{component.code} names schedule {name}, which was not checked")
    return found


def classes_of(
    component: Component, part: Part, schedule: Schedule, calendar: IntervalCalendar
) -> NDArray[np.int64]:
    """The period of each interval; ``RatingError`` interval_length where a period begins inside one."""
    try:
        return kept_in(
            part.kept,
            ("classes", schedule.name, calendar),
            lambda: interval_classes(schedule, part.version, calendar),
        )
    except CutsInterval as error:
        raise RatingError(
            "interval_length", f"{component.code}: {error}", why="cut", component=component.code
        ) from error


def present_in(part: Part, schedule: Schedule) -> tuple[int, ...]:
    """The numbers of the periods of a schedule that have some time in the part, in order."""
    return kept_in(
        part.kept,
        ("present", schedule.name),
        lambda: tuple(sorted(periods_in(schedule, part.version, part.span))),
    )


def use_by_period(
    component: Component, part: Part, inputs: Inputs, *, determinant: str, unit: str, schedule: Schedule
) -> dict[str, Decimal]:
    """The part's use in each period of the schedule that has some time in the part.

    Registers by period (``usage.on_peak``...) come first, then intervals; where the schedule changes
    only from day to day the use of days will do. Raises ``RatingError`` as ``Inputs.usage``, and
    missing_intervals or interval_length.
    """
    names = schedule.names()
    present = present_in(part, schedule)
    if any(inputs.has(f"{determinant}.{name}") for name in names):
        return {
            names[number]: inputs.usage(
                component, part, determinant=f"{determinant}.{names[number]}", unit=unit
            )
            for number in present
        }
    if determinant in inputs.intervals:
        classes = classes_of(component, part, schedule, inputs.intervals[determinant].calendar)
        shares = inputs.usage_by_class(
            component, part, determinant=determinant, unit=unit, classes=classes, count=len(names)
        )
        return {names[number]: shares[number] for number in present}
    by_day = _by_day(component, part, inputs, determinant, unit, schedule)
    if by_day is None:
        registers = ", ".join(f"{determinant}.{names[number]}" for number in present)
        raise RatingError(
            "missing_intervals",
            f"{component.code} needs intervals of {determinant}, or {registers}",
            why="needed",
            component=component.code,
            determinant=determinant,
        )
    return {names[number]: by_day[number] for number in present}


def _by_day(
    component: Component, part: Part, inputs: Inputs, determinant: str, unit: str, schedule: Schedule
) -> dict[int, Decimal] | None:
    """Use by period where no day of the part has two; None where one has."""
    plans = day_periods(schedule, part.version, part.span)
    if any(len(plan) > 1 for plan in plans):
        return None
    found: dict[int, Decimal] = {}
    days = zip(part.span.each_day(), plans, strict=True)
    for number, group in groupby(days, key=lambda pair: pair[1][0][1]):
        run = [day for day, _ in group]
        span = Period(run[0], run[-1] + timedelta(days=1))
        use = inputs.usage(component, part, determinant=determinant, unit=unit, span=span)
        found[number] = found.get(number, Decimal(0)) + use
    return found


def varies_within_days(schedule: Schedule) -> bool:
    """Whether the period changes inside some day."""
    return any(times.spans() != ((0, DAY_MINUTES),) for period in schedule.periods for times in period.times)
