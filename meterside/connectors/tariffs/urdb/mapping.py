"""A URDB file as tariffs: one for each rate in it, imported or refused by the name of the field.

Supported now: monthly, daily fixed charge; flat and tiered energy; seasons by month; minimum bill.
Source of the format: OpenEI utility rate API, version 7.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs import Refusal, TariffImport, slug
from meterside.connectors.tariffs.urdb.energy import energy_components, number_at, seasons_of
from meterside.connectors.tariffs.urdb.fields import INFORMATION, NOT_YET, PRICED, SCHEDULES, holds_a_rate
from meterside.engine.tariff import (
    ChargePer,
    Component,
    FixedCharge,
    InvalidTariff,
    MinimumCharge,
    Tariff,
    TariffVersion,
    UnsupportedTariff,
    check_tariff,
    constant,
)

_PER = {"$/month": ChargePer.MONTH, "$/day": ChargePer.DAY}


def import_urdb(
    text: str, *, source: str, effective_from: date | None = None, classes: Iterable[str] | None = None
) -> TariffImport:
    """Map a file's text. ``effective_from`` overrides the dates in the file.

    ``classes`` limits the rates to those sectors, such as ``Residential``. Never raises for what a
    file says: a file that cannot be read gives no tariffs and one refusal.
    """
    try:
        items = _items(text)
    except UnsupportedTariff as error:
        return TariffImport(source, "urdb", (), (Refusal(error.path, error.reason),))
    wanted = None if classes is None else {name.casefold() for name in classes}
    tariffs: list[Tariff] = []
    refused: list[Refusal] = []
    for index, item in enumerate(items):
        if wanted is not None and str(item.get("sector", "")).casefold() not in wanted:
            continue
        prefix = f"items[{index}]." if len(items) > 1 else ""
        unsupported = _unsupported(item)
        if unsupported:
            refused.extend(Refusal(prefix + each.path, each.reason) for each in unsupported)
            continue
        try:
            tariffs.append(_tariff(item, effective_from))
        except UnsupportedTariff as error:
            refused.append(Refusal(prefix + error.path, error.reason))
        except InvalidTariff as error:
            refused.append(Refusal(f"items[{index}]", str(error)))
    if wanted is not None and not tariffs and not refused:
        known = ", ".join(sorted({str(item.get("sector", "")) for item in items}))
        refused.append(Refusal("items", f"has no sector {', '.join(sorted(wanted))}; it has {known}"))
    return TariffImport(source, "urdb", tuple(tariffs), tuple(refused))


def _items(text: str) -> list[Mapping[str, Any]]:
    """The rates of a file: an API answer (``items``), a list of rates, or one rate."""
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
    return items


def _tariff(item: Mapping[str, Any], override: date | None) -> Tariff:
    utility, name = _text(item, "utility"), _text(item, "name")
    seasons = seasons_of(item)
    version = TariffVersion(
        effective_from=override or _start(item),
        effective_to=_end(item, override),
        components=(*_fixed(item), *energy_components(item, seasons), *_minimum(item)),
        seasons=seasons.model,
    )
    source_url = str(item.get("source") or item.get("uri") or "")
    rules = item.get("dgrules")
    tariff = Tariff(
        code=slug(f"{utility} {name}"),
        name=name,
        utility=utility,
        commodity="electric",
        customer_class=str(item.get("sector", "")),
        source_url=source_url if source_url.startswith("http") else "",
        notes=(f"Customers who generate: {rules}, not priced here",) if rules else (),
        versions=(version,),
    )
    check_tariff(tariff)
    return tariff


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UnsupportedTariff(name, "is missing")
    return " ".join(value.split())


def _unsupported(item: Mapping[str, Any]) -> list[Refusal]:
    """Every field that would change the price and that nothing prices yet."""
    found = [
        Refusal(name, "is not supported yet")
        for name in sorted(NOT_YET - SCHEDULES)
        if holds_a_rate(item.get(name))
    ]
    found += [
        Refusal(name, "is no field this importer knows")
        for name, value in item.items()
        if name not in INFORMATION | PRICED | NOT_YET and holds_a_rate(value)
    ]
    try:
        seasons_of(item)
    except UnsupportedTariff as error:
        found.append(Refusal(error.path, error.reason))
    return found


def _fixed(item: Mapping[str, Any]) -> list[Component]:
    """The fixed charge, under its newer or older name."""
    amount, per = item.get("fixedchargefirstmeter"), item.get("fixedchargeunits", "$/month")
    if amount is None and item.get("fixedmonthlycharge") is not None:
        amount, per = item["fixedmonthlycharge"], "$/month"
    if not amount:
        return []
    if per not in _PER:
        raise UnsupportedTariff(
            f"fixedchargeunits: {per}", "is not supported yet; only $/month and $/day are"
        )
    return [
        FixedCharge(
            code="fixed",
            label="Basic service charge",
            label_es="Cargo básico por servicio",
            amount=constant(number_at(amount, "fixedchargefirstmeter")),
            per=_PER[per],
        )
    ]


def _minimum(item: Mapping[str, Any]) -> list[Component]:
    """The minimum bill, under its newer or older name."""
    amount, per = item.get("mincharge"), item.get("minchargeunits", "$/month")
    if amount is None and item.get("minmonthlycharge") is not None:
        amount, per = item["minmonthlycharge"], "$/month"
    if not amount:
        return []
    if per not in _PER:
        raise UnsupportedTariff(f"minchargeunits: {per}", "is not supported yet; only $/month and $/day are")
    return [
        MinimumCharge(
            code="minimum",
            label="Minimum bill",
            label_es="Factura mínima",
            amount=constant(number_at(amount, "mincharge")),
            per=_PER[per],
        )
    ]


def _start(item: Mapping[str, Any]) -> date:
    if item.get("startdate") in (None, ""):
        raise UnsupportedTariff("startdate", "is missing; give a day with --effective-from")
    return _day(item["startdate"], "startdate")


def _end(item: Mapping[str, Any], override: date | None) -> date | None:
    """The first day after the rate: URDB's end is the last day. An end before the override is left out."""
    if item.get("enddate") in (None, ""):
        return None
    end = _day(item["enddate"], "enddate") + timedelta(days=1)
    return None if override is not None and end <= override else end


def _day(value: Any, name: str) -> date:
    """A day from seconds since 1970 or from text; an instant inside a day is not guessed into a day."""
    try:
        if isinstance(value, int):
            instant = datetime.fromtimestamp(value, UTC)
        else:
            instant = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError) as error:
        raise UnsupportedTariff(f"{name}: {value}", "is no day") from error
    if instant.time() != time(0):
        reason = "is an instant inside a day, of an unknown zone; give the day with --effective-from"
        raise UnsupportedTariff(f"{name}: {value}", reason)
    return instant.date()
