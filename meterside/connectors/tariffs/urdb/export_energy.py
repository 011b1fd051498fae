"""The energy charge of a tariff as URDB's structure and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs.urdb.export_terms import HOURS, by_month, refuse, stated, tiers
from meterside.connectors.tariffs.urdb.schedules import Table, default_label, table_of
from meterside.engine.components.hours_use import HoursUseCharge
from meterside.engine.components.sell import SellCredit
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.tariff import ChargePer, Component, TariffVersion, TieredCharge, UsageCharge

_UNITS = {ChargePer.MONTH: "kWh", ChargePer.BILL: "kWh", ChargePer.DAY: "kWh daily"}
_RULES = {"received": "Net Billing Instantaneous", "generated": "Buy All Sell All"}

#: A period: its prices, widths, unit, and what received energy is bought at.
Row = tuple[tuple[Decimal, ...], tuple[Decimal, ...], str, Decimal]


def energy_fields(component: Component, version: TariffVersion, path: str) -> dict[str, Any]:
    """``energyratestructure`` and its schedules. Raises ``UnsupportedTariff``."""
    if component.season:
        refuse(f"{path}.season", "the energy charge is for one season only; write one with prices by season")
    if next(iter(component.determinants().values()), "") != "kWh":
        refuse(f"{path}.unit", "is not kWh")
    if isinstance(component, TimeOfUseCharge):
        weekday, weekend, rows, labels = _by_hour(component, version, path)
    else:
        weekday, rows = _by_season(component, version, path)
        weekend, labels = weekday, []
    fields: dict[str, Any] = {
        "energyratestructure": [_structure(row) for row in rows],
        "energyweekdayschedule": weekday,
        "energyweekendschedule": weekend,
    }
    if labels:
        fields["energytoulabels"] = labels
    return fields


def _structure(row: Row) -> list[dict[str, Any]]:
    found = tiers(row[0], row[1], row[2])
    if row[3]:
        for tier in found:
            tier["sell"] = row[3]
    return found


def _by_season(component: Component, version: TariffVersion, path: str) -> tuple[Table, list[Row]]:
    """A period for each run of months that is priced alike."""
    sell = _sell(version)
    sold = (Decimal(0),) * 12
    if sell is not None:
        if sell.price is None:
            refuse(path, "sells by the hour, and energy is not priced by the hour")
        sold = by_month(sell.price, version, path)  # type: ignore[assignment]
    prices: Sequence[Any]
    widths: Sequence[Any] = ((),) * 12
    unit = "kWh"
    if isinstance(component, UsageCharge):
        prices = [(price,) for price in by_month(component.price, version, f"{path}.price")]
    elif isinstance(component, TieredCharge | HoursUseCharge):
        prices = by_month(component.prices, version, f"{path}.prices")
        widths = by_month(component.widths, version, f"{path}.widths")
        unit = "kWh/kW" if isinstance(component, HoursUseCharge) else _UNITS[component.width_per]
    else:
        refuse(path, f"URDB has no energy charge of the kind {component.kind}")
    months: list[Row] = [(prices[month], widths[month], unit, sold[month]) for month in range(12)]
    rows = list(dict.fromkeys(months))
    return [[rows.index(month)] * HOURS for month in months], rows


def _by_hour(
    component: TimeOfUseCharge, version: TariffVersion, path: str
) -> tuple[Table, Table, list[Row], list[str]]:
    """Periods of the schedule; each once for every set of widths its months have."""
    schedule = version.schedule(component.schedule)
    assert schedule is not None
    weekday, weekend = table_of(schedule, version)
    widths: Sequence[Any] = ((),) * 12
    if component.widths:
        widths = by_month(component.widths, version, f"{path}.widths")
    unit = "kWh/kW" if component.hours_of else _UNITS[component.width_per]
    if any(each.widths is not None for each in component.periods):
        refuse(f"{path}.periods", "have tiers of their own use; URDB's tiers are of all use")
    prices = {each.period: stated(each.prices, f"{path}.periods") for each in component.periods}
    sold = _sold_by_hour(version, component.schedule, path)
    names = schedule.names()
    periods: list[tuple[int, Row]] = []

    def place(number: int, month: int) -> int:
        """The URDB period of a period of ours in a month: another one where tiers are."""
        name = names[number]
        own = (number, (prices[name], widths[month], unit, sold.get(name, Decimal(0))))
        if own not in periods:
            periods.append(own)
        return periods.index(own)

    for number in range(len(names)):
        for month in range(12):
            if number in weekday[month] or number in weekend[month]:
                place(number, month)
    tables = [
        [[place(number, month) for number in hours] for month, hours in enumerate(table)]
        for table in (weekday, weekend)
    ]
    labels = [schedule.periods[number].label or names[number] for number, _ in periods]
    if labels == [default_label(number) for number in range(len(labels))]:
        labels = []
    return tables[0], tables[1], [row for _, row in periods], labels


def _sell(version: TariffVersion) -> SellCredit | None:
    found = [component for component in version.components if isinstance(component, SellCredit)]
    if len(found) > 1:
        refuse("components", "sells twice; URDB has one sell rate a period")
    return found[0] if found else None


def _sold_by_hour(version: TariffVersion, schedule: str, path: str) -> dict[str, Decimal]:
    sell = _sell(version)
    if sell is None:
        return {}
    if sell.schedule != schedule:
        refuse(path, "sells by another schedule than energy is priced by")
    return {each.period: stated(each.prices, f"{path}.periods")[0] for each in sell.periods}


def sell_rules(version: TariffVersion) -> str:
    """``dgrules`` of a version that sells; empty for one that does not."""
    sell = _sell(version)
    if sell is None:
        return ""
    if sell.determinant not in _RULES:
        refuse("components", f"sells {sell.determinant}; URDB knows received and generated energy")
    return _RULES[sell.determinant]
