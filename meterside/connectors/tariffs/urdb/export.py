"""A tariff as URDB JSON, for what the format can say; anything else is refused by its place in the tariff."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs.urdb.charges import FUEL_SCHEDULE, MORE_METERS
from meterside.connectors.tariffs.urdb.export_demand import Taken, demand_fields
from meterside.connectors.tariffs.urdb.export_energy import energy_fields, sell_rules
from meterside.connectors.tariffs.urdb.export_terms import refuse, stated
from meterside.connectors.tariffs.urdb.schedules import table_of
from meterside.engine.components.annual_minimum import AnnualMinimum
from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.hours_use import HoursUseCharge
from meterside.engine.components.sell import SellCredit
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.tariff import (
    ChargePer,
    Component,
    FixedCharge,
    MinimumCharge,
    ProrationMethod,
    Tariff,
    TariffVersion,
    TieredCharge,
    UnsupportedTariff,
    UsageCharge,
)
from meterside.engine.terms.choices import DEFAULT_ROUNDING

_UNITS = {ChargePer.MONTH: "$/month", ChargePer.BILL: "$/month", ChargePer.DAY: "$/day"}
_ENERGY_KINDS = (UsageCharge, TieredCharge, TimeOfUseCharge, HoursUseCharge)
_ONE_DAY = timedelta(days=1)
_MARKED = re.compile(r'"\\u0000([0-9.+-]+)\\u0000"')


def urdb_json(tariff: Tariff) -> str:
    """The file's text: ``items``, one for each version. Raises ``UnsupportedTariff``."""
    text = json.dumps({"items": export_urdb(tariff)}, default=_marked, indent=1, ensure_ascii=False)
    return _MARKED.sub(r"\1", text) + "\n"


def _marked(value: object) -> str:
    """A decimal as text with marks around it, which the file has as a plain number."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no value of a rate")
    return f"\0{value.normalize():f}\0"


def export_urdb(tariff: Tariff) -> list[dict[str, Any]]:
    """The rates of a tariff, one for each version. Raises ``UnsupportedTariff`` naming what does not fit."""
    if tariff.commodity != "electric":
        raise UnsupportedTariff("commodity", f"is {tariff.commodity}; the database holds electric rates")
    if tariff.bill_months != 1:
        raise UnsupportedTariff("bill_months", "is not 1; the database's rates are for months")
    if tariff.currency != "USD":
        raise UnsupportedTariff("currency", f"is {tariff.currency}; the database's rates are in dollars")
    return [_item(tariff, version, f"versions[{index}]") for index, version in enumerate(tariff.versions)]


def _item(tariff: Tariff, version: TariffVersion, path: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "utility": tariff.utility,
        "name": tariff.name,
        "startdate": f"{version.effective_from} 00:00:00",
    }
    if version.effective_to is not None:
        item["enddate"] = f"{version.effective_to - _ONE_DAY} 00:00:00"
    if tariff.customer_class:
        item["sector"] = tariff.customer_class
    if tariff.source_url:
        item["source"] = tariff.source_url
    _plain_version(version, path)
    energy: Component | None = None
    demands: list[Taken] = []
    for index, component in enumerate(version.components):
        here = f"{path}.components[{index}]"
        _plain(component, here)
        if isinstance(component, DemandCharge):
            demands.append((here, component))
        elif isinstance(component, _ENERGY_KINDS) and energy is None and _is_energy(component):
            energy = component
            item.update(energy_fields(component, version, here))
        else:
            _add(item, component, version, here)
    _least_come_last(version, path)
    if energy is None:
        refuse(f"{path}.components", "no component prices energy")
    item.update(demand_fields(demands, energy, version))
    rules = sell_rules(version)
    note = next((note for note in tariff.notes if note.startswith("Customers who generate: ")), "")
    if rules or note:
        item["dgrules"] = rules or note.removeprefix("Customers who generate: ").partition(",")[0]
    return item


def _least_come_last(version: TariffVersion, path: str) -> None:
    """URDB's minimum is of all charges: none may follow ours."""
    is_after = False
    for index, component in enumerate(version.components):
        if is_after and not isinstance(component, MinimumCharge | AnnualMinimum):
            refuse(f"{path}.components[{index}]", "follows a minimum, which URDB takes of all charges")
        is_after = is_after or isinstance(component, MinimumCharge | AnnualMinimum)


def _plain_version(version: TariffVersion, path: str) -> None:
    """Refuse what no field of the database can say of a rate."""
    if version.usage_rounding is not None:
        refuse(f"{path}.usage_rounding", "URDB does not round use")
    if version.uses:
        refuse(f"{path}.uses", "URDB bills use as it is measured")
    if version.rounding != DEFAULT_ROUNDING:
        refuse(f"{path}.rounding", "URDB has no rounding")


def _plain(component: Component, path: str) -> None:
    """Refuse what no field of the database can say of any charge."""
    usual = next(entry.default for entry in fields(component) if entry.name == "version_pick")
    if component.version_pick != usual:
        refuse(f"{path}.version_pick", "URDB does not say which day picks a rate")
    if isinstance(component, TieredCharge) and (component.width_each or component.width_rounding):
        refuse(path, "URDB's tiers are as wide as they are written")
    if component.proration.method is not ProrationMethod.NONE:
        refuse(f"{path}.proration", "URDB has no proration")
    if component.rounding is not None:
        refuse(f"{path}.rounding", "URDB has no rounding")


def _is_energy(component: Component) -> bool:
    return next(iter(component.determinants()), "") == "usage"


def _add(item: dict[str, Any], component: Component, version: TariffVersion, path: str) -> None:
    """Put a charge other than energy and demand into its field."""
    if component.season:
        refuse(f"{path}.season", "URDB has only energy and demand by season")
    if isinstance(component, FixedCharge):
        amount = stated(component.amount, f"{path}.amount")
        if amount < 0:
            refuse(f"{path}.amount", "is a credit; URDB has none")
        _put(item, "fixedchargefirstmeter", amount, path)
        item["fixedchargeunits"] = _UNITS[component.per]
    elif isinstance(component, UsageCharge):
        _add_usage(item, component, path)
    elif isinstance(component, TimeOfUseCharge):
        _add_fuel(item, component, version, path)
    elif isinstance(component, MinimumCharge):
        if component.of:
            refuse(f"{path}.of", "URDB's minimum is of all charges")
        _put(item, "mincharge", stated(component.amount, f"{path}.amount"), path)
        item["minchargeunits"] = _UNITS[component.per]
    elif isinstance(component, AnnualMinimum):
        if component.of or component.month != 12:
            refuse(path, "URDB's annual minimum is of all charges of a calendar year")
        _put(item, "annualmincharge", stated(component.amount, f"{path}.amount"), path)
    elif not isinstance(component, SellCredit):
        refuse(path, f"URDB has no charge of the kind {component.kind}")


def _add_usage(item: dict[str, Any], component: UsageCharge, path: str) -> None:
    price = stated(component.price, f"{path}.price")
    if (component.determinant, component.unit) == (MORE_METERS, "each"):
        _put(item, "fixedchargeeaaddl", price, path)
    elif (component.determinant, component.unit) == ("usage", "kWh"):
        _put(item, "fueladjustmentsmonthly", [price] * 12, path)
    else:
        refuse(path, f"URDB prices no {component.determinant} in {component.unit}")


def _add_fuel(item: dict[str, Any], component: TimeOfUseCharge, version: TariffVersion, path: str) -> None:
    """A second charge by the calendar is a fuel adjustment, when it changes with the month only."""
    schedule = version.schedule(component.schedule)
    assert schedule is not None
    weekday, weekend = table_of(schedule, version)
    if weekday != weekend or any(len(set(hours)) > 1 for hours in weekday) or component.widths:
        refuse(path, f"URDB has one charge by the hour; {FUEL_SCHEDULE} adjustments change with the month")
    prices = {each.period: stated(each.prices, f"{path}.periods") for each in component.periods}
    names = schedule.names()
    rows = [prices[names[hours[0]]] for hours in weekday]
    if any(len(row) != 1 for row in rows):
        refuse(f"{path}.periods", "fuel adjustments have no tiers")
    _put(item, "fueladjustmentsmonthly", [row[0] for row in rows], path)


def _put(item: dict[str, Any], field: str, value: Any, path: str) -> None:
    if field in item:
        refuse(path, f"is a second one for {field}, which holds one")
    item[field] = value
