"""What both halves of the exporter need: refusals, and values that are one number."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from meterside.engine.series import SeriesRef
from meterside.engine.tariff import Lookup, TariffVersion, UnsupportedTariff
from meterside.engine.tariff.model import SEASON

T = TypeVar("T")
MONTHS = 12
HOURS = 24


def refuse(path: str, reason: str) -> NoReturn:
    """Raise ``UnsupportedTariff``."""
    raise UnsupportedTariff(path, reason)


def stated(table: Lookup[Any], path: str) -> Any:
    """The value of a table that depends on nothing, without dated series."""
    if not table.is_constant:
        refuse(path, f"depends on {', '.join(table.by)}; URDB has one value")
    return without_series(table.cases[0][1], path)


def without_series(value: Any, path: str) -> Any:
    """A value, refused where it names a dated series."""
    for each in value if isinstance(value, tuple) else (value,):
        if isinstance(each, SeriesRef):
            refuse(path, f"stands in the series {each.series}; URDB has no series")
    return value


def by_month(table: Lookup[T], version: TariffVersion, path: str) -> tuple[T, ...]:
    """The value of each month of a table that may depend on the season."""
    if table.is_constant:
        return (stated(table, path),) * MONTHS
    if table.by != (SEASON,) or not version.seasons:
        refuse(path, f"depends on {', '.join(table.by)}; URDB knows months only")
    values = {key[0]: without_series(value, path) for key, value in table.cases}
    return tuple(values[name] for name in season_months(version, path))


def season_months(version: TariffVersion, path: str) -> tuple[str, ...]:
    """The season of each month; refused where one begins inside a month."""
    found = []
    for month in range(1, MONTHS + 1):
        day, names = date(2024, month, 1), set()
        while day.month == month:
            names.add(version.season_of(day))
            day += timedelta(days=1)
        name = next(iter(names))
        if len(names) != 1 or name is None:
            refuse(f"{path.split('.components')[0]}.seasons", "begin inside a month; URDB has whole months")
        found.append(name)
    return tuple(found)


def tiers(prices: tuple[Decimal, ...], widths: tuple[Decimal, ...], unit: str) -> list[dict[str, Any]]:
    """A period's tiers as URDB writes them: each but the last with its upper end from zero."""
    rows: list[dict[str, Any]] = []
    upper = Decimal(0)
    for number, price in enumerate(prices):
        row: dict[str, Any] = {"rate": price, "unit": unit}
        if number < len(widths):
            upper += widths[number]
            row["max"] = upper
        rows.append(row)
    return rows
