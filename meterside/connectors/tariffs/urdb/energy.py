"""URDB energy rates: periods by month become seasons, tiers become widths and prices.

Periods that change with the hour or the kind of day are time of use, and refused for now.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, TypeVar

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

T = TypeVar("T")

_ENERGY, _WEEKDAY, _WEEKEND = "energyratestructure", "energyweekdayschedule", "energyweekendschedule"
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH_NAMES_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_WIDTH_PER = {"kwh": ChargePer.MONTH, "kwh daily": ChargePer.DAY}


@dataclass(frozen=True, slots=True)
class UrdbSeasons:
    """Which period prices each month, and the seasons that makes: none when one period fills the year."""

    period_of_month: tuple[int, ...]

    @property
    def periods(self) -> tuple[int, ...]:
        """The periods used, in order of their first month."""
        return tuple(dict.fromkeys(self.period_of_month))

    @property
    def model(self) -> tuple[Season, ...]:
        """Seasons of the tariff."""
        if len(self.periods) == 1:
            return ()
        return tuple(self._season(period) for period in self.periods)

    def _season(self, period: int) -> Season:
        runs = [
            [month for month, _ in run]
            for used, run in groupby(enumerate(self.period_of_month, start=1), key=lambda item: item[1])
            if used == period
        ]
        return Season(
            name=season_name(period),
            ranges=tuple(_range(run[0], run[-1]) for run in runs),
            label=", ".join(_span(_MONTH_NAMES, run, "to") for run in runs),
            label_es=", ".join(_span(_MONTH_NAMES_ES, run, "a") for run in runs),
        )


def number_at(value: Any, path: str) -> Decimal:
    """An exact number of the JSON, or ``UnsupportedTariff``."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnsupportedTariff(f"{path}: {value!r}", "is no number")
    return Decimal(value)


def season_name(period: int) -> str:
    """Name of the season a URDB period makes."""
    return f"period-{period}"


def _range(first_month: int, last_month: int) -> SeasonRange:
    # A leap year's February: the season also holds the 29th.
    return SeasonRange((first_month, 1), (last_month, monthrange(2024, last_month)[1]))


def _span(names: tuple[str, ...], run: list[int], joiner: str) -> str:
    first, last = names[run[0] - 1], names[run[-1] - 1]
    return first if first == last else f"{first} {joiner} {last}"


def seasons_of(item: Mapping[str, Any]) -> UrdbSeasons:
    """The seasons of a rate. Raises ``UnsupportedTariff`` where hours or weekends differ."""
    structure = item.get(_ENERGY)
    if not isinstance(structure, list) or not structure:
        raise UnsupportedTariff(_ENERGY, "is missing")
    weekday, weekend = _schedule(item, _WEEKDAY), _schedule(item, _WEEKEND)
    if weekday is None and weekend is None:
        if len(structure) > 1:
            raise UnsupportedTariff(_ENERGY, "has several periods and no schedule says when")
        return UrdbSeasons((0,) * 12)
    months = []
    for name, schedule in ((_WEEKDAY, weekday), (_WEEKEND, weekend)):
        if schedule is None:
            raise UnsupportedTariff(name, "is missing")
        for month, hours in enumerate(schedule):
            if len(set(hours)) > 1:
                said = f"{name}[{month}]"
                raise UnsupportedTariff(said, "changes with the hour: time of use is not supported yet")
    for month, (working, resting) in enumerate(zip(weekday or [], weekend or [], strict=True)):
        if working[0] != resting[0]:
            said = f"{_WEEKEND}[{month}]"
            raise UnsupportedTariff(said, "differs from weekdays: time of use is not supported yet")
        if not 0 <= working[0] < len(structure):
            raise UnsupportedTariff(f"{_WEEKDAY}[{month}]", f"names period {working[0]}, which has no rates")
        months.append(working[0])
    return UrdbSeasons(tuple(months))


def _schedule(item: Mapping[str, Any], name: str) -> list[list[int]] | None:
    value = item.get(name)
    if value is None:
        return None
    right = (
        isinstance(value, list)
        and len(value) == 12
        and all(isinstance(hours, list) and len(hours) == 24 for hours in value)
        and all(type(period) is int for hours in value for period in hours)
    )
    if not right:
        raise UnsupportedTariff(name, "is no table of 12 months by 24 hours")
    rows: list[list[int]] = value
    return rows


@dataclass(frozen=True, slots=True)
class _Tiers:
    """One period's tiers: prices, and the widths of all but the last."""

    prices: tuple[Decimal, ...]
    widths: tuple[Decimal, ...]
    width_per: ChargePer


def energy_components(item: Mapping[str, Any], seasons: UrdbSeasons) -> tuple[Component, ...]:
    """The energy charge: one component where all periods have as many tiers, else one for each."""
    structure = item[_ENERGY]
    tiers = {period: _tiers(structure[period], f"{_ENERGY}[{period}]") for period in seasons.periods}
    alike = len({(len(each.prices), each.width_per) for each in tiers.values()}) == 1
    if len(tiers) == 1 or alike:
        return (_component("energy", "", tiers),)
    return tuple(
        _component(f"energy_{season_name(period)}", season_name(period), {period: each})
        for period, each in tiers.items()
    )


def _component(code: str, season: str, tiers: Mapping[int, _Tiers]) -> Component:
    first = next(iter(tiers.values()))
    label, label_es = "Energy", "Energía"
    prices = {period: each.prices for period, each in tiers.items()}
    if len(first.prices) == 1:
        flat = _by_season({period: each[0] for period, each in prices.items()})
        return UsageCharge(code=code, label=label, label_es=label_es, season=season, price=flat, unit="kWh")
    return TieredCharge(
        code=code,
        label=label,
        label_es=label_es,
        season=season,
        prices=_by_season(prices),
        widths=_by_season({period: each.widths for period, each in tiers.items()}),
        unit="kWh",
        width_per=first.width_per,
    )


def _by_season(values: Mapping[int, T]) -> Lookup[T]:
    """One value where all periods agree, else a value for each season."""
    distinct = list(values.values())
    if all(value == distinct[0] for value in distinct):
        return constant(distinct[0])
    return Lookup(("season",), tuple(((season_name(period),), value) for period, value in values.items()))


def _tiers(rows: Any, path: str) -> _Tiers:
    """A period's tiers; ``max`` is the upper end of a tier, counted from zero."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise UnsupportedTariff(path, "is no list of tiers")
    prices, widths, lower, units = [], [], Decimal(0), set()
    for index, row in enumerate(rows):
        place = f"{path}[{index}]"
        unknown = sorted(set(row) - {"max", "rate", "adj", "unit"})
        if unknown:
            raise UnsupportedTariff(f"{place}.{unknown[0]}", "is not supported yet")
        prices.append(
            number_at(row.get("rate", 0), f"{place}.rate") + number_at(row.get("adj", 0), f"{place}.adj")
        )
        units.add(str(row.get("unit", "kWh")).casefold())
        if index + 1 == len(rows):
            if "max" in row:
                raise UnsupportedTariff(f"{place}.max", "leaves use above it without a price")
            continue
        upper = number_at(row.get("max"), f"{place}.max")
        if upper <= lower:
            raise UnsupportedTariff(f"{place}.max", f"{upper} is not above the tier before it")
        widths.append(upper - lower)
        lower = upper
    if len(units) != 1 or not units <= set(_WIDTH_PER):
        said = ", ".join(sorted(units))
        raise UnsupportedTariff(f"{path}.unit: {said}", "is not supported yet; only kWh and kWh daily are")
    return _Tiers(tuple(prices), tuple(widths), _WIDTH_PER[units.pop()])
