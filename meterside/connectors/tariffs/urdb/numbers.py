"""Numbers, tables and tiers of URDB JSON, or ``UnsupportedTariff`` with the name of the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meterside.engine.tariff import UnsupportedTariff

MONTHS = 12
HOURS = 24


def number_at(value: Any, path: str) -> Decimal:
    """An exact number of the JSON, or ``UnsupportedTariff``."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnsupportedTariff(f"{path}: {value!r}", "is no number")
    return Decimal(value)


def numbers_at(value: Any, path: str, count: int) -> tuple[Decimal, ...]:
    """A list of so many exact numbers."""
    if not isinstance(value, list) or len(value) != count:
        raise UnsupportedTariff(path, f"is no list of {count} numbers")
    return tuple(number_at(item, f"{path}[{index}]") for index, item in enumerate(value))


@dataclass(frozen=True, slots=True)
class Tiers:
    """One period's tiers: prices, the widths of all but the last, what is sold at, and their unit."""

    prices: tuple[Decimal, ...]
    widths: tuple[Decimal, ...]
    sell: Decimal
    unit: str  #: in lower case

    def padded(self, widths: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        """Its prices for these widths, which begin with its own: the last price for all beyond."""
        return self.prices + (self.prices[-1],) * (len(widths) + 1 - len(self.prices))


def tiers_at(rows: Any, path: str, *, unit: str) -> Tiers:
    """A period's tiers; ``max`` is the upper end of a tier, counted from zero. ``unit`` is the default."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise UnsupportedTariff(path, "is no list of tiers")
    prices, widths, lower, units, sells = [], [], Decimal(0), set(), set()
    for index, row in enumerate(rows):
        place = f"{path}[{index}]"
        unknown = sorted(set(row) - {"max", "rate", "adj", "unit", "sell"})
        if unknown:
            raise UnsupportedTariff(f"{place}.{unknown[0]}", "is no field of a tier this importer knows")
        rate, adjustment = row.get("rate", 0), row.get("adj", 0)
        prices.append(number_at(rate, f"{place}.rate") + number_at(adjustment, f"{place}.adj"))
        sells.add(number_at(row.get("sell", 0), f"{place}.sell"))
        units.add(str(row.get("unit", unit)).casefold())
        if index + 1 == len(rows):
            if "max" in row:
                raise UnsupportedTariff(f"{place}.max", "leaves use above it without a price")
            continue
        upper = number_at(row.get("max"), f"{place}.max")
        if upper <= lower:
            raise UnsupportedTariff(f"{place}.max", f"{upper} is not above the tier before it")
        widths.append(upper - lower)
        lower = upper
    if len(units) != 1:
        raise UnsupportedTariff(
            f"{path}.unit: {', '.join(sorted(units))}", "differs between tiers of one period"
        )
    if len(sells) != 1:
        raise UnsupportedTariff(f"{path}.sell", "differs between tiers: received energy has no tiers")
    return Tiers(tuple(prices), tuple(widths), sells.pop(), units.pop())


def structure_at(item: Mapping[str, Any], name: str) -> list[Any]:
    """A rate structure: a list of periods."""
    value = item.get(name)
    if not isinstance(value, list) or not value:
        raise UnsupportedTariff(name, "is missing")
    return value


def hour_table(item: Mapping[str, Any], name: str, periods: int) -> list[list[int]] | None:
    """A schedule of 12 months by 24 hours whose entries are periods there are; None when left out."""
    value = item.get(name)
    if value is None:
        return None
    right = (
        isinstance(value, list)
        and len(value) == MONTHS
        and all(isinstance(hours, list) and len(hours) == HOURS for hours in value)
        and all(type(period) is int for hours in value for period in hours)
    )
    if not right:
        raise UnsupportedTariff(name, "is no table of 12 months by 24 hours")
    rows: list[list[int]] = value
    for month, hours in enumerate(rows):
        wrong = next((period for period in hours if not 0 <= period < periods), None)
        if wrong is not None:
            raise UnsupportedTariff(f"{name}[{month}]", f"names period {wrong}, which has no rates")
    return rows


def month_table(item: Mapping[str, Any], name: str, periods: int) -> tuple[int, ...]:
    """A schedule of 12 periods, one a month; where left out the only period has all of them."""
    value = item.get(name)
    if value is None:
        if periods != 1:
            raise UnsupportedTariff(name, "is missing, and there are several periods")
        return (0,) * MONTHS
    if not isinstance(value, list) or len(value) != MONTHS or not all(type(each) is int for each in value):
        raise UnsupportedTariff(name, "is no list of 12 periods")
    wrong = next((period for period in value if not 0 <= period < periods), None)
    if wrong is not None:
        raise UnsupportedTariff(name, f"names period {wrong}, which has no rates")
    return tuple(value)
