"""Whether two bills are of one rate with nothing in it that another period would price otherwise.

Then the step from the earlier bill's days and the later one's use to the later bill is nothing, and an explanation
need not price it to find that out (docs/algorithms/rating.md). Where it cannot be told at a glance, it is priced.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.fixed import FixedCharge
from meterside.engine.components.minimum import MinimumCharge
from meterside.engine.components.percent import PercentCharge
from meterside.engine.components.tiered import TieredCharge
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.components.usage import UsageCharge
from meterside.engine.kept import kept_in
from meterside.engine.period import Period
from meterside.engine.tariff.model import ProrationMethod, Tariff, TariffVersion
from meterside.engine.terms.component import Component

#: Kinds that are priced from use, hours, attributes and the number of days, and carry nothing on.
_PLAIN: Final = (
    FixedCharge, UsageCharge, TieredCharge, TimeOfUseCharge, DemandCharge, MinimumCharge, PercentCharge,
)  # fmt: skip
#: From so many days on a period has every kind of day but holidays.
_WEEK_DAYS: Final = 7


def is_same_rate(
    before: Tariff, after: Tariff, periods: tuple[Period, Period], bill_dates: tuple[date, date]
) -> bool:
    """Whether the version in force on all days of both bills is one, and prices by nothing but use and days."""
    if before is not after or any(period.days < _WEEK_DAYS for period in periods):
        return False
    version = before.version_on(periods[0].start)
    if version is None or not all(version.period.covers(period) for period in periods):
        return False
    picks = (*bill_dates, *(period.closed_end for period in periods))
    if any(before.version_on(day) is not version for day in picks):
        return False
    return kept_in(before.kept, ("plain", version.effective_from), lambda: _is_plain(version))


def _is_plain(version: TariffVersion) -> bool:
    if version.uses or version.seasonal_codes or version.series_codes:
        return False
    if any(
        times.months or times.seasons or "holiday" in times.days
        for schedule in version.schedules
        for period in schedule.periods
        for times in period.times
    ):
        return False
    return all(_is_plain_charge(component) for component in version.components)


def _is_plain_charge(component: Component) -> bool:
    if type(component) not in _PLAIN or component.season:
        return False
    if component.proration.method is ProrationMethod.DAYS_OF_PERIOD:
        return False
    return not isinstance(component, DemandCharge) or (component.ratchet is None and not component.at)
