"""Where an open period's use leads: one answer, for its page and for the alerts that speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterside.contracts.usage import DaysOfPeriod, UseToPrice
from meterside.engine.period import Period
from meterside.engine.projection import Projection, cut_to_year_before, project
from meterside.portal.preferences.queries import Household

from .household import habits_of
from .units import Shown


@dataclass(frozen=True, slots=True)
class ShownDays:
    """The days of a period of which a use is `known`, and those a year before by the date each stands for, as shown."""

    known: Mapping[date, Decimal]
    last_year: Mapping[date, Decimal]


def shown_days(view: DaysOfPeriod, shown: Shown) -> ShownDays:
    """The days in the unit of the pages."""
    known, year_ago = (
        {day.day: shown.of(day.quantity) for day in days if day.quantity is not None}
        for days in (view.days, view.days_last_year)
    )
    return ShownDays(known, cut_to_year_before(year_ago, Period(view.period.start, view.period.end)))


def projection_of(
    view: DaysOfPeriod, days: ShownDays, household: Household | None, today: date
) -> Projection | None:
    """The open period's use from its days and those of the year before; None for a period that is over."""
    period = view.period
    if not view.is_open or today >= period.end:
        return None
    span = Period(period.start, period.end)
    habits = habits_of(household, view.service.commodity, view.weather, span)
    return project(period=span, days=days.known, last_year=days.last_year, habits=habits)


def uses_to_price(view: DaysOfPeriod, leads_to: Projection, shown: Shown) -> list[UseToPrice]:
    """Low, likely and high. What was given back so far goes on at the same pace; it is no more certain than that."""
    given = given_so_far(view)
    scale = Decimal((view.period.end - view.period.start).days) / leads_to.days_known
    received = None if given is None else given * scale
    uses = (leads_to.low, leads_to.likely, leads_to.high)
    return [UseToPrice(use / shown.one, received, view.service.unit) for use in uses]


def given_so_far(view: DaysOfPeriod) -> Decimal | None:
    """What went back to the utility, in the service's unit; None where nothing is known to."""
    given = [day.received for day in view.days if day.received is not None]
    return sum(given, Decimal(0)) if given else None
