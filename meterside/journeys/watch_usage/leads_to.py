"""Where an open period's use leads: one answer, for its page and for the alerts that speak of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from meterside.contracts.usage import DaysOfPeriod, UseToPrice
from meterside.engine.period import Period
from meterside.engine.projection import Projection, project
from meterside.portal.preferences.queries import Household

from .household import habits_of
from .units import Shown


def projection_of(
    view: DaysOfPeriod,
    known: Mapping[date, Decimal],
    last_year: Mapping[date, Decimal],
    household: Household | None,
    today: date,
) -> Projection | None:
    """The open period's use from its `known` days and those of `last_year`; None for a period that is over."""
    period = view.period
    if not view.is_open or today >= period.end:
        return None
    span = Period(period.start, period.end)
    habits = habits_of(household, view.service.commodity, view.weather, span)
    return project(period=span, days=known, last_year=last_year, habits=habits)


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
