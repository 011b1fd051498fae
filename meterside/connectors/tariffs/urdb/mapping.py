"""A URDB file as tariffs: one for each rate or history in it, imported or refused by the name of the field.

Source of the format: OpenEI utility rate API, versions 7 and 8.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs import Refusal, TariffImport, slug
from meterside.connectors.tariffs.urdb.charges import fixed_components, fuel_of, least_components
from meterside.connectors.tariffs.urdb.dates import end_of, start_of
from meterside.connectors.tariffs.urdb.demand import demand_of
from meterside.connectors.tariffs.urdb.energy import (
    energy_components,
    energy_of,
    schedules_of,
    seasons_of,
    sell_components,
)
from meterside.connectors.tariffs.urdb.fields import INFORMATION, PRICED, REFUSED, holds_a_rate
from meterside.connectors.tariffs.urdb.history import Dated, merged
from meterside.engine.tariff import InvalidTariff, Tariff, TariffVersion, UnsupportedTariff, check_tariff


def import_urdb(
    text: str,
    *,
    source: str,
    effective_from: date | None = None,
    classes: Iterable[str] | None = None,
    nearest_day: bool = False,
) -> TariffImport:
    """Map a file's text. ``effective_from`` is the day the newest rate of each history starts, alone.

    ``classes`` limits the rates to those sectors, such as ``Residential``; ``nearest_day`` takes the
    nearest day for a start or end inside one. Never raises for what a file says: a file that cannot
    be read gives no tariffs and one refusal.
    """
    try:
        items = _items(text)
    except UnsupportedTariff as error:
        return TariffImport(source, "urdb", (), (Refusal(error.path, error.reason),))
    wanted = None if classes is None else {name.casefold() for name in classes}
    rates: list[Dated] = []
    refused: list[Refusal] = []
    for index, item in enumerate(items):
        if wanted is not None and str(item.get("sector", "")).casefold() not in wanted:
            continue
        prefix = f"items[{index}]." if len(items) > 1 else ""
        faults = _faults(item)
        try:
            if not faults:
                rates.append(Dated(prefix, _tariff(item, effective_from, nearest_day=nearest_day)))
        except UnsupportedTariff as error:
            faults = [Refusal(error.path, error.reason)]
        except InvalidTariff as error:
            faults = [Refusal(f"rate.{each.path}", each.message) for each in error.problems]
        refused += [Refusal(prefix + fault.path, fault.reason) for fault in faults]
    if effective_from is not None:
        rates = _newest(items, rates, effective_from)
    tariffs, overlapping = merged(rates)
    refused += overlapping
    if wanted is not None and not tariffs and not refused:
        known = ", ".join(sorted({str(item.get("sector", "")) for item in items}))
        refused.append(Refusal("items", f"has no sector {', '.join(sorted(wanted))}; it has {known}"))
    return TariffImport(source, "urdb", tuple(tariffs), tuple(refused))


def _items(text: str) -> list[Mapping[str, Any]]:
    """The rates of a file: an API answer (``items``), a list of rates, or one rate; keys in lower case."""
    try:
        data = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnsupportedTariff(place, f"is not valid JSON: {error.msg}") from error
    except RecursionError as error:
        raise UnsupportedTariff("file", "is nested too deeply") from error
    items = data.get("items", [data]) if isinstance(data, dict) else data
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise UnsupportedTariff("items", "is no list of rates")
    return [{name.casefold(): value for name, value in item.items()} for item in items]


def _newest(items: list[Mapping[str, Any]], rates: list[Dated], day: date) -> list[Dated]:
    """Of each history the newest rate alone: the day given is its first."""
    order = {f"items[{index}].": _sort_key(item) for index, item in enumerate(items)}
    groups: dict[tuple[str, str], list[Dated]] = {}
    for rate in rates:
        groups.setdefault((rate.tariff.utility, slug(rate.tariff.name.split("(")[0])), []).append(rate)
    found = []
    for group in groups.values():
        days = [order.get(rate.place, "") for rate in group]
        if len(group) == 1 or len(set(days)) < len(days):
            found += group
        else:
            found.append(group[days.index(max(days))])
    return found


def _sort_key(item: Mapping[str, Any]) -> str:
    """A start that sorts by time among those of one file, which write it in one way."""
    value = item.get("startdate", "")
    return f"{value:020d}" if isinstance(value, int) else str(value)


def _tariff(item: Mapping[str, Any], override: date | None, *, nearest_day: bool) -> Tariff:
    utility, name = _text(item, "utility"), _text(item, "name")
    energy = energy_of(item)
    fuel = fuel_of(item)
    demand = demand_of(item, needs_billing_demand=energy.by_demand)
    rules = str(item.get("dgrules") or "")
    start = override or start_of(item, nearest_day=nearest_day)
    end = end_of(item, nearest_day=nearest_day or override is not None)
    version = TariffVersion(
        effective_from=start,
        # An end before the day that was given instead of the file's belongs to the file's.
        effective_to=None if override is not None and end is not None and end <= override else end,
        components=(
            *fixed_components(item),
            *demand.components,
            *energy_components(energy),
            *fuel.components,
            *sell_components(energy, rules),
            *least_components(item),
        ),
        seasons=seasons_of(energy),
        schedules=(*schedules_of(energy), *demand.schedules, *fuel.schedules),
    )
    source_url = str(item.get("source") or item.get("sourcereference") or item.get("uri") or "")
    tariff = Tariff(
        code=slug(f"{utility} {name}"),
        name=name,
        utility=utility,
        commodity="electric",
        customer_class=str(item.get("sector", "")),
        source_url=source_url if source_url.startswith("http") else "",
        notes=(f"Customers who generate: {rules}, not priced here",) if rules and not _sells(version) else (),
        versions=(version,),
    )
    check_tariff(tariff)
    return tariff


def _sells(version: TariffVersion) -> bool:
    return any(component.kind == "sell" for component in version.components)


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UnsupportedTariff(name, "is missing")
    return " ".join(value.split())


def _faults(item: Mapping[str, Any]) -> list[Refusal]:
    """Every field that would change the price and is not priced, and each structure that cannot be read."""
    found = [Refusal(name, why) for name, why in REFUSED.items() if holds_a_rate(item.get(name))]
    found += [
        Refusal(name, "is no field this importer knows")
        for name, value in item.items()
        if name not in INFORMATION | PRICED | REFUSED.keys() and holds_a_rate(value)
    ]
    for read in (_read_demand, fuel_of, fixed_components, least_components, _read_energy):
        try:
            read(item)
        except UnsupportedTariff as error:
            found.append(Refusal(error.path, error.reason))
    return found


def _read_demand(item: Mapping[str, Any]) -> None:
    demand_of(item, needs_billing_demand=False)


def _read_energy(item: Mapping[str, Any]) -> None:
    energy = energy_of(item)
    energy_components(energy)
    sell_components(energy, str(item.get("dgrules") or ""))
