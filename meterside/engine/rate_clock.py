"""The clock of a rate: which period each time of a day lies in, and which of them is its peak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from meterside.engine.clock_class import day_periods
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.period import Period
from meterside.engine.terms.lookup import MissingAttribute, UnknownAttributeValue
from meterside.engine.terms.schedule import DAY_MINUTES, Schedule, day_plan
from meterside.engine.terms.version import TariffVersion

_KINDS_OF_DAY = 8


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """Minutes [first, until) of a day on the wall clock, in one period of the rate."""

    first: int
    until: int
    period: str
    is_peak: bool


def clock_of(
    version: TariffVersion, day: date, attributes: Mapping[str, str | int | Decimal]
) -> tuple[ClockSpan, ...] | None:
    """A day's periods in order; None where the version has no price by the clock of the day.

    Peak is the dearest period of the day's month and season over all kinds of day, at its first price: a Sunday has
    none where only other days have that period. Where all cost the same, or a price is not written in the tariff,
    nothing is.
    """
    charges = [
        one for one in version.components if isinstance(one, TimeOfUseCharge) and one.determinant == "usage"
    ]
    schedule = version.schedule(charges[0].schedule) if charges else None
    if schedule is None:
        return None
    plan = day_periods(schedule, version, Period(day, day + timedelta(days=1)))[0]
    same = [one for one in charges if one.schedule == schedule.name]
    peak = _peak(schedule, same, version, day, attributes)
    cuts = [*plan, (DAY_MINUTES, -1)]
    names = schedule.names()
    return tuple(
        ClockSpan(first, until, names[number], number == peak)
        for (first, number), (until, _) in pairwise(cuts)
    )


def _peak(
    schedule: Schedule,
    charges: list[TimeOfUseCharge],
    version: TariffVersion,
    day: date,
    attributes: Mapping[str, str | int | Decimal],
) -> int | None:
    season = version.season_of(day)
    plans = (day_plan(schedule, day.month, season, kind) for kind in range(_KINDS_OF_DAY))
    present = {number for plan in plans for _, number in plan}
    prices: dict[int, Decimal] = {}
    for number in present:
        name = schedule.periods[number].name
        try:
            firsts = [
                each.prices.get(attributes, season)[0]
                for charge in charges
                for each in charge.periods
                if each.period == name
            ]
        except (MissingAttribute, UnknownAttributeValue):
            return None
        known = [price for price in firsts if isinstance(price, Decimal)]
        if len(known) != len(firsts):
            return None
        prices[number] = sum(known, Decimal(0))
    dearest = [number for number, price in prices.items() if price == max(prices.values())]
    return dearest[0] if len(dearest) == 1 and len(prices) > 1 else None
