"""URDB demand rates: flat by month, by hours, coincident, ratchet and reactive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs.urdb.energy import BILLING_DEMAND
from meterside.connectors.tariffs.urdb.fields import holds_a_rate
from meterside.connectors.tariffs.urdb.numbers import (
    MONTHS,
    Tiers,
    hour_table,
    month_table,
    number_at,
    numbers_at,
    structure_at,
    tiers_at,
)
from meterside.connectors.tariffs.urdb.schedules import period_name, schedule_of_hours, schedule_of_months
from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.demand_terms import Ratchet
from meterside.engine.tariff import ChargePer, Component, UnsupportedTariff, constant
from meterside.engine.terms.schedule import Schedule

_FLAT, _TOU, _COINCIDENT = "flatdemandstructure", "demandratestructure", "coincidentratestructure"
_UNITS = {"kw": "kW", "kva": "kVA"}
#: Schedules of demand, by the structure they are for.
FLAT_SCHEDULE, TOU_SCHEDULE, COINCIDENT_SCHEDULE = "flat_demand", "demand", "coincident_demand"


@dataclass(frozen=True, slots=True)
class Demand:
    """The charges a rate makes for demand, and the schedules they need."""

    components: tuple[Component, ...]
    schedules: tuple[Schedule, ...]


def demand_of(item: Mapping[str, Any], *, needs_billing_demand: bool) -> Demand:
    """All demand charges. Raises ``UnsupportedTariff``.

    With ``needs_billing_demand`` the month's highest demand has a charge (of nothing) for energy tiers
    in kWh per kW to be measured by.
    """
    window = _window(item)
    ratchet = _ratchet(item)
    components: list[Component] = []
    schedules: list[Schedule] = []
    if needs_billing_demand:
        components.append(
            _charge(
                BILLING_DEMAND,
                ("Billing demand", "Demanda de facturación"),
                Tiers((Decimal(0),), (), Decimal(0), "kw"),
                window_minutes=window,
                ratchet=ratchet,
            )
        )
    for part in (
        _flat(item, window, ratchet),
        _by_hours(item, window),
        _coincident(item),
        Demand(_reactive(item, window), ()),
    ):
        components += part.components
        schedules += part.schedules
    if ratchet is not None and not any(
        isinstance(each, DemandCharge) and each.ratchet for each in components
    ):
        raise UnsupportedTariff("lookbackpercent", "is for flat demand, and the rate has none")
    return Demand(tuple(components), tuple(schedules))


def _window(item: Mapping[str, Any]) -> int:
    value = item.get("demandwindow")
    if not value:
        return 0
    minutes = number_at(value, "demandwindow")
    if minutes != int(minutes) or not 1 <= minutes <= 1440:
        raise UnsupportedTariff(f"demandwindow: {value}", "is no number of whole minutes of a day")
    return int(minutes)


def _ratchet(item: Mapping[str, Any]) -> Ratchet | None:
    """``lookbackpercent`` (0.8 is 80 %) of the highest of ``lookbackrange`` months, of ``lookbackmonths``."""
    share, months = item.get("lookbackpercent"), item.get("lookbackrange")
    if not share and not months:
        return None
    if not share or not months:
        missing = "lookbackrange" if share else "lookbackpercent"
        raise UnsupportedTariff(missing, "is missing: a ratchet is a share over a number of months")
    own, over = number_at(share, "lookbackpercent"), number_at(months, "lookbackrange")
    if not 0 < own <= 1:
        raise UnsupportedTariff(f"lookbackpercent: {share}", "is no share such as 0.8")
    if over != int(over) or not 1 <= over <= 11:
        raise UnsupportedTariff(f"lookbackrange: {months}", "is no number of months from 1 to 11")
    counted: tuple[int, ...] = ()
    if item.get("lookbackmonths") is not None:
        marks = numbers_at(item["lookbackmonths"], "lookbackmonths", MONTHS)
        counted = tuple(month for month, mark in enumerate(marks, start=1) if mark)
    return Ratchet(share=own, months=int(over), of_months=() if len(counted) == MONTHS else counted)


def _flat(item: Mapping[str, Any], window: int, ratchet: Ratchet | None) -> Demand:
    if not holds_a_rate(item.get(_FLAT)):
        return Demand((), ())
    structure = structure_at(item, _FLAT)
    by_month = month_table(item, "flatdemandmonths", len(structure))
    unit = _unit(item, "flatdemandunit", "flatdemandunits")
    label = ("Demand", "Demanda")
    used = sorted(set(by_month))
    tiers = {number: _tiers(structure[number], f"{_FLAT}[{number}]", unit) for number in used}
    if len(used) == 1:
        return Demand((_charge("demand", label, tiers[used[0]], window_minutes=window, ratchet=ratchet),), ())
    schedule, _ = schedule_of_months(FLAT_SCHEDULE, by_month)
    return Demand(
        tuple(
            _charge(
                f"demand_{number}",
                label,
                tiers[number],
                window_minutes=window,
                ratchet=ratchet,
                schedule=schedule.name,
                period=period_name(number),
            )
            for number in used
        ),
        (schedule,),
    )


def _by_hours(item: Mapping[str, Any], window: int) -> Demand:
    if not holds_a_rate(item.get(_TOU)):
        return Demand((), ())
    structure = structure_at(item, _TOU)
    weekday = hour_table(item, "demandweekdayschedule", len(structure))
    weekend = hour_table(item, "demandweekendschedule", len(structure))
    if weekday is None or weekend is None:
        name = "demandweekdayschedule" if weekday is None else "demandweekendschedule"
        raise UnsupportedTariff(name, "is missing")
    unit = _unit(item, "demandrateunit", "demandrateunits")
    schedule, used = schedule_of_hours(TOU_SCHEDULE, weekday, weekend)
    tiers = {number: _tiers(structure[number], f"{_TOU}[{number}]", unit) for number in used}
    return Demand(
        tuple(
            _charge(
                f"demand_tou_{number}",
                (f"Demand, period {number + 1}", f"Demanda, período {number + 1}"),
                each,
                window_minutes=window,
                determinant="tou_demand",
                schedule=schedule.name,
                period=period_name(number),
            )
            for number, each in tiers.items()
            if any(each.prices)
        ),
        (schedule,),
    )


def _coincident(item: Mapping[str, Any]) -> Demand:
    """Demand at the hour the system peaks, which nobody knows beforehand: it is given with each bill."""
    if not holds_a_rate(item.get(_COINCIDENT)):
        return Demand((), ())
    structure = structure_at(item, _COINCIDENT)
    table = hour_table(item, "coincidentrateschedule", len(structure))
    if table is None and len(structure) > 1:
        raise UnsupportedTariff("coincidentrateschedule", "is missing, and there are several periods")
    months = table or [[0]] * MONTHS
    for month, hours in enumerate(months):
        if len(set(hours)) > 1:
            said = "changes with the hour: which hour the system peaked in is not in the file"
            raise UnsupportedTariff(f"coincidentrateschedule[{month}]", said)
    by_month = tuple(hours[0] for hours in months)
    unit = _unit(item, "coincidentrateunit", "coincidentrateunits")
    label = ("Demand at the system's peak", "Demanda en la hora punta del sistema")
    schedule, used = schedule_of_months(COINCIDENT_SCHEDULE, by_month)
    single = len(used) == 1
    charges = tuple(
        _charge(
            "demand_coincident" if single else f"demand_coincident_{number}",
            label,
            _tiers(structure[number], f"{_COINCIDENT}[{number}]", unit),
            determinant="coincident_demand",
            intervals="coincident",
            schedule="" if single else schedule.name,
            period="" if single else period_name(number),
        )
        for number in used
    )
    return Demand(charges, () if single else (schedule,))


def _reactive(item: Mapping[str, Any], window: int) -> tuple[Component, ...]:
    price = item.get("demandreactivepowercharge")
    if not price:
        return ()
    amount = number_at(price, "demandreactivepowercharge")
    return (
        DemandCharge(
            code="reactive",
            label="Reactive demand",
            label_es="Demanda reactiva",
            prices=constant((amount,)),
            unit="kvar",
            per=ChargePer.MONTH,
            determinant="reactive_demand",
            intervals="reactive",
            window_minutes=window,
        ),
    )


def _unit(item: Mapping[str, Any], *names: str) -> str:
    stated = next(((name, item[name]) for name in names if item.get(name)), (names[0], "kW"))
    unit = str(stated[1]).casefold()
    if unit not in _UNITS:
        raise UnsupportedTariff(f"{stated[0]}: {stated[1]}", "is not supported; only kW and kVA are")
    return unit


def _tiers(rows: Any, path: str, unit: str) -> Tiers:
    tiers = tiers_at(rows, path, unit=unit)
    if tiers.unit not in _UNITS:
        raise UnsupportedTariff(f"{path}.unit: {tiers.unit}", "is not supported; only kW and kVA are")
    if tiers.sell:
        raise UnsupportedTariff(f"{path}.sell", "has no meaning for demand")
    return tiers


def _charge(code: str, label: tuple[str, str], tiers: Tiers, **more: Any) -> DemandCharge:
    return DemandCharge(
        code=code,
        label=label[0],
        label_es=label[1],
        prices=constant(tiers.prices),
        widths=constant(tiers.widths) if tiers.widths else None,
        unit=_UNITS[tiers.unit],
        per=ChargePer.MONTH,
        **more,
    )
