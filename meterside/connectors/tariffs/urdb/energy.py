"""URDB energy rates: periods by month become seasons, periods by hour a schedule; tiers and what is sold."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, TypeVar

from meterside.connectors.tariffs.urdb.numbers import MONTHS, Tiers, hour_table, structure_at, tiers_at
from meterside.connectors.tariffs.urdb.schedules import Table, period_name, schedule_of_hours
from meterside.engine.components.hours_use import HoursUseCharge
from meterside.engine.components.sell import SellCredit
from meterside.engine.components.time_of_use import PeriodPrices, TimeOfUseCharge
from meterside.engine.tariff import (
    ChargePer,
    Component,
    Lookup,
    Season,
    SeasonRange,
    TieredCharge,
    UnsupportedTariff,
    UsageCharge,
    constant,
)
from meterside.engine.terms.schedule import Schedule

T = TypeVar("T")

_ENERGY, _WEEKDAY, _WEEKEND = "energyratestructure", "energyweekdayschedule", "energyweekendschedule"
#: Name of the schedule that URDB's energy schedules make.
ENERGY_SCHEDULE = "energy"
#: Code of the charge whose demand makes tiers in kWh per kW wide.
BILLING_DEMAND = "billing_demand"
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH_NAMES_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
PER_DEMAND = "kwh/kw"
WIDTH_PER = {"kwh": ChargePer.MONTH, "kwh daily": ChargePer.DAY, PER_DEMAND: ChargePer.BILL}
#: How received energy is bought, by ``dgrules``; None where its sell rates are no credit of each bill.
SELL_RULES = {"": "received", "net billing instantaneous": "received", "buy all sell all": "generated"}


@dataclass(frozen=True, slots=True)
class Energy:
    """What a rate's energy is priced by: periods with their tiers, and the tables that say when."""

    tiers: Mapping[int, Tiers]
    weekday: Table
    weekend: Table
    labels: tuple[str, ...] = ()

    @property
    def by_month(self) -> tuple[int, ...] | None:
        """The period of each month, where neither the hour nor the kind of day matters."""
        if self.weekday != self.weekend or any(len(set(hours)) > 1 for hours in self.weekday):
            return None
        return tuple(hours[0] for hours in self.weekday)

    @property
    def unit(self) -> str:
        """What the tiers are counted in, in lower case; kWh where there are none."""
        return next((each.unit for each in self.tiers.values() if each.widths), "kwh")

    @property
    def by_demand(self) -> bool:
        """Whether some tier is as wide as the billed demand makes it."""
        return any(each.widths and each.unit == PER_DEMAND for each in self.tiers.values())

    def active(self, month: int) -> tuple[int, ...]:
        """The periods that have an hour in a month (0 for January)."""
        return tuple(sorted({*self.weekday[month], *self.weekend[month]}))


def energy_of(item: Mapping[str, Any]) -> Energy:
    """The energy rates of a URDB rate. Raises ``UnsupportedTariff``."""
    structure = structure_at(item, _ENERGY)
    weekday = hour_table(item, _WEEKDAY, len(structure))
    weekend = hour_table(item, _WEEKEND, len(structure))
    if weekday is None and weekend is None:
        if len(structure) > 1:
            raise UnsupportedTariff(_ENERGY, "has several periods and no schedule says when")
        weekday = weekend = [[0] * 24] * MONTHS
    if weekday is None or weekend is None:
        raise UnsupportedTariff(_WEEKDAY if weekday is None else _WEEKEND, "is missing")
    used = sorted({period for table in (weekday, weekend) for hours in table for period in hours})
    tiers = {period: tiers_at(structure[period], f"{_ENERGY}[{period}]", unit="kWh") for period in used}
    for period, each in tiers.items():
        if each.unit not in WIDTH_PER:
            known = ", ".join(WIDTH_PER)
            said = f"is not supported; only {known} are"
            raise UnsupportedTariff(f"{_ENERGY}[{period}].unit: {each.unit}", said)
    labels = item.get("energytoulabels")
    named = (
        tuple(labels) if isinstance(labels, list) and all(isinstance(each, str) for each in labels) else ()
    )
    return Energy(tiers, weekday, weekend, named)


def seasons_of(energy: Energy) -> tuple[Season, ...]:
    """The seasons a rate's version has: months with a period of their own, or with tiers of their own."""
    if energy.by_month is not None:
        return _seasons(energy.by_month)
    widths = _widths_by_month(energy)
    distinct = tuple(dict.fromkeys(widths))
    return _seasons(tuple(distinct.index(each) for each in widths))


def _widths_by_month(energy: Energy) -> tuple[tuple[Decimal, ...], ...]:
    """The widths of each month's tiers over all use.

    Months with fewer tiers get those they lack from the longest, so that one table holds all; their last
    price goes on in them. Raises ``UnsupportedTariff`` where periods of one month have other limits.
    """
    if len({each.unit for each in energy.tiers.values() if each.widths}) > 1:
        raise UnsupportedTariff(f"{_ENERGY}.unit", "differs between periods with tiers")
    found = []
    for month in range(MONTHS):
        limits = {energy.tiers[period].widths for period in energy.active(month)} - {()}
        if len(limits) > 1:
            said = f"has other limits in periods of month {month + 1}: whose use fills a tier is not said"
            raise UnsupportedTariff(f"{_ENERGY}.max", said)
        found.append(next(iter(limits), ()))
    longest = max(found, key=len)
    return tuple(each + longest[len(each) :] for each in found)


def _seasons(by_month: tuple[int, ...]) -> tuple[Season, ...]:
    numbers = tuple(dict.fromkeys(by_month))
    return () if len(numbers) == 1 else tuple(_season(by_month, number) for number in numbers)


def _season(by_month: tuple[int, ...], number: int) -> Season:
    runs = [
        [month for month, _ in run]
        for used, run in groupby(enumerate(by_month, start=1), key=lambda item: item[1])
        if used == number
    ]
    return Season(
        name=period_name(number),
        ranges=tuple(_range(run[0], run[-1]) for run in runs),
        label=", ".join(_span(_MONTH_NAMES, run, "to") for run in runs),
        label_es=", ".join(_span(_MONTH_NAMES_ES, run, "a") for run in runs),
    )


def _range(first_month: int, last_month: int) -> SeasonRange:
    # A leap year's February: the season also holds the 29th.
    return SeasonRange((first_month, 1), (last_month, monthrange(2024, last_month)[1]))


def _span(names: tuple[str, ...], run: list[int], joiner: str) -> str:
    first, last = names[run[0] - 1], names[run[-1] - 1]
    return first if first == last else f"{first} {joiner} {last}"


def schedules_of(energy: Energy) -> tuple[Schedule, ...]:
    """The schedule of a rate by hours; none where months do."""
    if energy.by_month is not None:
        return ()
    return (schedule_of_hours(ENERGY_SCHEDULE, energy.weekday, energy.weekend, energy.labels)[0],)


def energy_components(energy: Energy) -> tuple[Component, ...]:
    """The energy charge: by hours one; by months one where all periods have as many tiers, else one each."""
    if energy.by_month is None:
        return (_by_hour(energy),)
    tiers = {period: energy.tiers[period] for period in dict.fromkeys(energy.by_month)}
    alike = len({(len(each.prices), each.unit) for each in tiers.values()}) == 1
    if len(tiers) == 1 or alike:
        return (_by_season_charge("energy", "", tiers),)
    return tuple(
        _by_season_charge(f"energy_{period_name(period)}", period_name(period), {period: each})
        for period, each in tiers.items()
    )


def _by_season_charge(code: str, season: str, tiers: Mapping[int, Tiers]) -> Component:
    first = next(iter(tiers.values()))
    label, label_es = "Energy", "Energía"
    if len(first.prices) == 1:
        flat = _by_season({period: each.prices[0] for period, each in tiers.items()})
        return UsageCharge(code=code, label=label, label_es=label_es, season=season, price=flat, unit="kWh")
    prices = _by_season({period: each.prices for period, each in tiers.items()})
    widths = _by_season({period: each.widths for period, each in tiers.items()})
    if first.unit == PER_DEMAND:
        return HoursUseCharge(
            code=code,
            label=label,
            label_es=label_es,
            season=season,
            prices=prices,
            widths=widths,
            unit="kWh",
            hours_of=BILLING_DEMAND,
        )
    return TieredCharge(
        code=code,
        label=label,
        label_es=label_es,
        season=season,
        prices=prices,
        widths=widths,
        unit="kWh",
        width_per=WIDTH_PER[first.unit],
    )


def _by_hour(energy: Energy) -> Component:
    """Time of use; tiers are over all use, as the database counts them."""
    distinct = tuple(dict.fromkeys(_widths_by_month(energy)))
    widths = dict(enumerate(distinct))
    longest = distinct[0]
    schedule, numbers = schedule_of_hours(ENERGY_SCHEDULE, energy.weekday, energy.weekend, energy.labels)
    has_tiers = bool(longest)
    return TimeOfUseCharge(
        code="energy",
        label="Energy",
        label_es="Energía",
        schedule=schedule.name,
        unit="kWh",
        periods=tuple(
            PeriodPrices(period=period_name(number), prices=constant(energy.tiers[number].padded(longest)))
            for number in numbers
        ),
        widths=_by_season(widths) if has_tiers else None,
        width_per=WIDTH_PER[energy.unit] if has_tiers else ChargePer.BILL,
        hours_of=BILLING_DEMAND if has_tiers and energy.unit == PER_DEMAND else "",
    )


def sell_components(energy: Energy, rules: str) -> tuple[Component, ...]:
    """The credit for received energy at the ``sell`` rates. Raises ``UnsupportedTariff``."""
    if not any(each.sell for each in energy.tiers.values()):
        return ()
    determinant = SELL_RULES.get(rules.casefold())
    if determinant is None:
        said = f"is no credit of each bill under dgrules {rules!r}, and the file does not say when it is paid"
        raise UnsupportedTariff(f"{_ENERGY}.sell", said)
    label, label_es = "Energy you sent us", "Energía que nos entregó"
    if energy.by_month is not None:
        prices = _by_season({period: energy.tiers[period].sell for period in dict.fromkeys(energy.by_month)})
        return (
            SellCredit(
                code="sell", label=label, label_es=label_es, unit="kWh", price=prices, determinant=determinant
            ),
        )
    return (
        SellCredit(
            code="sell",
            label=label,
            label_es=label_es,
            unit="kWh",
            schedule=ENERGY_SCHEDULE,
            periods=tuple(
                PeriodPrices(period=period_name(number), prices=constant((each.sell,)))
                for number, each in sorted(energy.tiers.items())
            ),
            determinant=determinant,
        ),
    )


def _by_season(values: Mapping[int, T]) -> Lookup[T]:
    """One value where all periods agree, else a value for each season."""
    distinct = list(values.values())
    if all(value == distinct[0] for value in distinct):
        return constant(distinct[0])
    return Lookup(("season",), tuple(((period_name(period),), value) for period, value in values.items()))
