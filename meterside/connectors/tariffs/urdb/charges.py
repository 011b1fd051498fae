"""URDB's fixed charges, least bills and fuel adjustments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meterside.connectors.tariffs.urdb.numbers import MONTHS, number_at, numbers_at
from meterside.connectors.tariffs.urdb.schedules import renamed, schedule_of_months
from meterside.engine.components.annual_minimum import AnnualMinimum
from meterside.engine.components.time_of_use import PeriodPrices, TimeOfUseCharge
from meterside.engine.tariff import (
    ChargePer,
    Component,
    FixedCharge,
    MinimumCharge,
    UnsupportedTariff,
    UsageCharge,
    constant,
)
from meterside.engine.terms.schedule import Schedule

PER = {"$/month": ChargePer.MONTH, "$/day": ChargePer.DAY}
YEARLY = "$/year"
#: Schedule of the months' fuel adjustments, and the agreement's number of meters after the first.
FUEL_SCHEDULE, MORE_METERS = "fuel", "additional_meters"


@dataclass(frozen=True, slots=True)
class Fuel:
    """The charge for fuel, with the schedule of its months where they differ."""

    components: tuple[Component, ...]
    schedules: tuple[Schedule, ...]


def fixed_components(item: Mapping[str, Any]) -> tuple[Component, ...]:
    """The fixed charge, under its newer or older name, and that of each meter after the first."""
    amount, per = item.get("fixedchargefirstmeter"), item.get("fixedchargeunits", "$/month")
    if amount is None and item.get("fixedmonthlycharge") is not None:
        amount, per = item["fixedmonthlycharge"], "$/month"
    found: list[Component] = []
    if amount:
        if per not in PER:
            raise UnsupportedTariff(
                f"fixedchargeunits: {per}", "is not supported; only $/month and $/day are"
            )
        found.append(
            FixedCharge(
                code="fixed",
                label="Basic service charge",
                label_es="Cargo básico por servicio",
                amount=constant(number_at(amount, "fixedchargefirstmeter")),
                per=PER[per],
            )
        )
    more = item.get("fixedchargeeaaddl")
    if more:
        if per != "$/month":
            raise UnsupportedTariff("fixedchargeeaaddl", f"is in {per}; only $/month is supported")
        found.append(
            UsageCharge(
                code="more_meters",
                label="Each additional meter",
                label_es="Cada medidor adicional",
                price=constant(number_at(more, "fixedchargeeaaddl")),
                unit="each",
                determinant=MORE_METERS,
            )
        )
    return tuple(found)


def fuel_of(item: Mapping[str, Any]) -> Fuel:
    """``fueladjustmentsmonthly``: a price for each kWh, one or one for each month."""
    value = item.get("fueladjustmentsmonthly")
    if not value or (isinstance(value, list) and not any(value)):
        return Fuel((), ())
    prices = numbers_at(value, "fueladjustmentsmonthly", MONTHS)
    label, label_es = "Fuel adjustment", "Ajuste por combustible"
    if len(set(prices)) == 1:
        flat = UsageCharge(code="fuel", label=label, label_es=label_es, price=constant(prices[0]), unit="kWh")
        return Fuel((flat,), ())
    distinct = tuple(dict.fromkeys(prices))
    months, _ = schedule_of_months(FUEL_SCHEDULE, [distinct.index(price) for price in prices])
    schedule = renamed(months, FUEL_SCHEDULE)
    charge = TimeOfUseCharge(
        code="fuel",
        label=label,
        label_es=label_es,
        schedule=schedule.name,
        unit="kWh",
        periods=tuple(
            PeriodPrices(period=period.name, prices=constant((price,)))
            for period, price in zip(schedule.periods, distinct, strict=True)
        ),
    )
    return Fuel((charge,), (schedule,))


def least_components(item: Mapping[str, Any]) -> tuple[Component, ...]:
    """The minimum bill, under its newer or older name, and that of a year."""
    amount, per = item.get("mincharge"), item.get("minchargeunits", "$/month")
    if amount is None and item.get("minmonthlycharge") is not None:
        amount, per = item["minmonthlycharge"], "$/month"
    yearly = item.get("annualmincharge")
    if amount and per == YEARLY:
        if yearly:
            raise UnsupportedTariff("annualmincharge", "is there beside a mincharge of the year")
        yearly, amount = amount, None
    found: list[Component] = []
    if amount:
        if per not in PER:
            known = "$/month, $/day and $/year"
            raise UnsupportedTariff(f"minchargeunits: {per}", f"is not supported; only {known} are")
        found.append(
            MinimumCharge(
                code="minimum",
                label="Minimum bill",
                label_es="Factura mínima",
                amount=constant(number_at(amount, "mincharge")),
                per=PER[per],
            )
        )
    if yearly:
        found.append(
            AnnualMinimum(
                code="annual_minimum",
                label="Minimum of the year",
                label_es="Mínimo del año",
                amount=constant(number_at(yearly, "annualmincharge")),
            )
        )
    return tuple(found)
