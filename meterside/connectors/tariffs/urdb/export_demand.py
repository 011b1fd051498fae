"""Demand charges of a tariff as URDB's structures and schedules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs.urdb.export_terms import refuse, stated, tiers
from meterside.connectors.tariffs.urdb.schedules import table_of
from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.demand_terms import Ratchet
from meterside.engine.components.hours_use import HoursUseCharge
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.tariff import ChargePer, Component, TariffVersion

#: A charge, with its place in the tariff.
Taken = tuple[str, DemandCharge]


def demand_fields(demands: list[Taken], energy: Component, version: TariffVersion) -> dict[str, Any]:
    """All demand fields of a rate. Raises ``UnsupportedTariff``."""
    hours_of = energy.hours_of if isinstance(energy, HoursUseCharge | TimeOfUseCharge) else ""
    fields: dict[str, Any] = {}
    windows = {demand.window_minutes for _, demand in demands}
    if len(windows) > 1:
        refuse(demands[0][0], "measures other windows than another charge; URDB has one")
    if windows - {0}:
        fields["demandwindow"] = windows.pop()
    flat: list[Taken] = []
    hourly: list[Taken] = []
    coincident: list[Taken] = []
    for path, demand in demands:
        _check(demand, path)
        if demand.unit == "kvar":
            _reactive(fields, demand, path)
        elif demand.code == hours_of and not any(stated(demand.prices, path)):
            _ratchet(fields, demand.ratchet, path)
        elif demand.determinant == "coincident_demand":
            coincident.append((path, demand))
        elif demand.period and not _by_month(demand, version):
            hourly.append((path, demand))
        else:
            flat.append((path, demand))
            _ratchet(fields, demand.ratchet, path)
    _months(fields, flat, version, ("flatdemandstructure", "flatdemandmonths", "flatdemandunit"))
    _months(
        fields,
        coincident,
        version,
        ("coincidentratestructure", "coincidentrateschedule", "coincidentrateunit"),
    )
    _hours(fields, hourly, version)
    return fields


def _check(demand: DemandCharge, path: str) -> None:
    for name in ("at", "minimum", "contract", "power_factor", "demand_rounding"):
        if getattr(demand, name):
            refuse(f"{path}.{name}", "URDB has no field for it")
    if demand.season:
        refuse(f"{path}.season", "write demand by season with a schedule of months")
    if demand.per is ChargePer.DAY:
        refuse(f"{path}.per", "URDB's demand is for a month")
    if demand.sliding:
        refuse(f"{path}.sliding", "URDB does not say how windows lie")


def _by_month(demand: DemandCharge, version: TariffVersion) -> bool:
    schedule = version.schedule(demand.schedule)
    assert schedule is not None
    weekday, weekend = table_of(schedule, version)
    return weekday == weekend and all(len(set(hours)) == 1 for hours in weekday)


def _ratchet(fields: dict[str, Any], ratchet: Ratchet | None, path: str) -> None:
    if ratchet is None:
        return
    own: dict[str, Any] = {"lookbackpercent": ratchet.share, "lookbackrange": ratchet.months}
    if ratchet.of_months:
        own["lookbackmonths"] = [int(month in ratchet.of_months) for month in range(1, 13)]
    if any(fields.get(name, value) != value for name, value in own.items()):
        refuse(f"{path}.ratchet", "differs from another charge's; URDB has one")
    fields.update(own)


def _reactive(fields: dict[str, Any], demand: DemandCharge, path: str) -> None:
    prices = stated(demand.prices, f"{path}.prices")
    if len(prices) != 1 or demand.period or "demandreactivepowercharge" in fields:
        refuse(path, "URDB has one price for reactive demand")
    fields["demandreactivepowercharge"] = prices[0]


def _rows(demand: DemandCharge, path: str) -> list[dict[str, Any]]:
    widths = stated(demand.widths, f"{path}.widths") if demand.widths else ()
    rows = tiers(stated(demand.prices, f"{path}.prices"), widths, demand.unit)
    for row in rows:
        del row["unit"]
    return rows


def _unit(own: list[Taken]) -> str:
    units = {demand.unit for _, demand in own}
    if len(units) > 1:
        refuse(own[0][0], "is in another unit than another charge; URDB has one")
    return units.pop()


def _months(
    fields: dict[str, Any], own: list[Taken], version: TariffVersion, names: tuple[str, str, str]
) -> None:
    """Charges by month: one all year, or those of one schedule's periods."""
    if not own:
        return
    structure, table_name, unit = names
    fields[unit] = _unit(own)
    if len(own) == 1 and not own[0][1].period:
        months = [0] * 12
        fields[structure] = [_rows(own[0][1], own[0][0])]
    else:
        periods, weekday, _ = _periods(own, version)
        months = [hours[0] for hours in weekday]
        fields[structure] = periods
    by_hour = table_name == "coincidentrateschedule"
    fields[table_name] = [[month] * 24 for month in months] if by_hour else months


def _hours(fields: dict[str, Any], own: list[Taken], version: TariffVersion) -> None:
    if own:
        periods, weekday, weekend = _periods(own, version)
        fields["demandrateunit"] = _unit(own)
        fields["demandratestructure"] = periods
        fields["demandweekdayschedule"], fields["demandweekendschedule"] = weekday, weekend


def _periods(own: list[Taken], version: TariffVersion) -> tuple[list[Any], list[list[int]], list[list[int]]]:
    """Rates of every period of the schedule that charges name; a period without a charge is free."""
    names = {demand.schedule for _, demand in own}
    if len(names) > 1 or "" in names:
        refuse(own[0][0], "is by another schedule than another charge; URDB has one")
    schedule = version.schedule(names.pop())
    assert schedule is not None
    weekday, weekend = table_of(schedule, version)
    found: list[Any] = [[{"rate": Decimal(0)}] for _ in schedule.periods]
    for path, demand in own:
        number = schedule.index(demand.period)
        if any(row.get("rate") for row in found[number]):
            refuse(path, "is a second charge for one period; URDB has one")
        found[number] = _rows(demand, path)
    return found, weekday, weekend
