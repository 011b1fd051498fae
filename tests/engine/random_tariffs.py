"""Random tariffs over every kind of component, as documents, from a generator of random numbers."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from meterside.engine.money import RoundingRule

FIRST = date(2025, 1, 1)


_SEASONS = [
    {"name": "cold", "ranges": [{"from": "10-01", "to": "04-30"}]},
    {"name": "warm", "label": "Warm", "ranges": [{"from": "05-01", "to": "09-30"}]},
]


_SCHEDULES = [
    {
        "name": "tod",
        "periods": [
            {
                "name": "on_peak",
                "label": "on-peak",
                "label_es": "en horas punta",
                "times": [{"days": ["weekday"], "from": "16:00", "to": "21:00"}],
            },
            {"name": "off_peak", "label": "off-peak", "label_es": "en horas valle"},
        ],
    }
]


_METHODS = ("none", "days/30", "days_of_period", "365")


def decimal_between(draw: random.Random, low: int, high: int, places: int) -> Decimal:
    """A number of so many places between two whole ones, both in."""
    return Decimal(draw.randrange(low * 10**places, high * 10**places + 1)).scaleb(-places)


def _price(draw: random.Random) -> str:
    return str(decimal_between(draw, 0, 2, 5))


def _prices(draw: random.Random, count: int, *, inclining: bool = False) -> list[str]:
    found = [decimal_between(draw, 0, 2, 5) for _ in range(count)]
    return [str(value) for value in (sorted(found) if inclining else found)]


def _widths(draw: random.Random, count: int) -> list[str]:
    return [str(decimal_between(draw, 1, 600, 2)) for _ in range(count)]


def _maybe(draw: random.Random, chance: float = 0.5) -> bool:
    return draw.random() < chance


def _seasonal(draw: random.Random) -> Any:
    if _maybe(draw):
        return _price(draw)
    if _maybe(draw, 0.3):
        return {"series": "rider"}
    return {"by": ["season"], "values": {"cold": _price(draw), "warm": _price(draw)}}


def _terms(draw: random.Random) -> dict[str, Any]:
    """How a charge is prorated and rounded."""
    terms: dict[str, Any] = {}
    if _maybe(draw):
        terms["proration"] = {"method": draw.choice(_METHODS)}
        if _maybe(draw, 0.3):
            terms["proration"]["tolerance_days"] = [27, 35]
    if _maybe(draw, 0.2):
        terms["rounding"] = {"rule": draw.choice(list(RoundingRule)).value}
    return terms


def _per(draw: random.Random, name: str = "per") -> dict[str, Any]:
    """What an amount stands for; one a day follows the days by itself."""
    per, terms = draw.choice(("bill", "month", "day")), _terms(draw)
    if per == "day":
        terms.pop("proration", None)
    return {name: per, **terms}


def _version(draw: random.Random, components: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    kept = [{"label": each["code"], "label_es": each["code"], **each} for each in components]
    scope = draw.choice(("line", "component", "bill"))
    return {
        "effective_from": "2024-01-01",
        "components": kept,
        "seasons": _SEASONS,
        "rounding": {"rule": draw.choice(list(RoundingRule)).value, "scope": scope},
        **more,
    }


def document_of(components: list[dict[str, Any]]) -> dict[str, Any]:
    """An electric tariff of these components, rounded by the line."""
    kept = [{"label": each["code"], **each} for each in components]
    version = {
        "effective_from": "2024-01-01",
        "components": kept,
        "seasons": _SEASONS,
        "schedules": _SCHEDULES,
    }
    return _document("electric", [version], random.Random(0))


def _document(commodity: str, versions: list[dict[str, Any]], draw: random.Random) -> dict[str, Any]:
    if len(versions) > 1:
        cut = (FIRST + timedelta(days=draw.randrange(10, 350))).isoformat()
        versions[0]["effective_to"], versions[1]["effective_from"] = cut, cut
    return {
        "format": "meterside-tariff/1",
        "code": "R",
        "name": "Any",
        "utility": "Any",
        "commodity": commodity,
        "versions": versions,
    }


def _ends(draw: random.Random, of: list[str]) -> list[dict[str, Any]]:
    """What is taken of charges: a minimum, help, taxes."""
    found: list[dict[str, Any]] = []
    if _maybe(draw, 0.4):
        found.append(
            {
                "kind": "minimum",
                "code": "least",
                "amount": str(decimal_between(draw, 0, 120, 2)),
                **_terms(draw),
            }
        )
    if _maybe(draw, 0.4):
        help_: dict[str, Any] = {"kind": "assistance", "code": "help", "of": of[:1]}
        help_ |= (
            {"rate": str(decimal_between(draw, 0, 1, 3))}
            if _maybe(draw)
            else {"amount": str(decimal_between(draw, 0, 30, 2))}
        )
        if _maybe(draw):
            help_["most"] = str(decimal_between(draw, 0, 20, 2))
        found.append(help_)
    if _maybe(draw, 0.7):
        tax: dict[str, Any] = {"kind": "percent", "code": "tax", "rate": str(decimal_between(draw, 0, 1, 4))}
        if _maybe(draw, 0.3):
            tax["of"] = of[:1]
        if _maybe(draw, 0.3):
            tax["exempt"] = str(decimal_between(draw, 0, 1, 2))
        if _maybe(draw, 0.3):
            tax["most"] = str(decimal_between(draw, 0, 40, 2))
        found.append(tax)
    return found


def electric_document(draw: random.Random) -> dict[str, Any]:
    """Any electric tariff."""
    is_netted, is_bought, has_demand = _maybe(draw, 0.3), _maybe(draw, 0.2), _maybe(draw, 0.6)
    count = 2 if _maybe(draw, 0.2) and not is_netted else 1
    versions = [
        _version(
            draw,
            _electric_components(draw, is_netted=is_netted, is_bought=is_bought, has_demand=has_demand),
            schedules=_SCHEDULES,
            holidays=[{"name": "Fourth", "month_day": "07-04", "observed": "friday_monday"}],
        )
        for _ in range(count)
    ]
    return _document("electric", versions, draw)


def _electric_components(
    draw: random.Random, *, is_netted: bool, is_bought: bool, has_demand: bool
) -> list[dict[str, Any]]:
    use = "net" if is_netted else "usage"
    found: list[dict[str, Any]] = [
        {
            "kind": "fixed",
            "code": "service",
            "amount": str(decimal_between(draw, -20, 90, 2)),
            **_per(draw),
        }
    ]
    if is_netted:
        net = {
            "kind": "net_metering",
            "code": "nem",
            "unit": "kWh",
            "schedule": "tod",
            "pay_out": _price(draw),
        }
        found.append(net | {"carry": draw.choice(("none", "annual", "forever"))})
    elif is_bought:
        found.append({"kind": "sell", "code": "sell", "unit": "kWh", "price": _price(draw)})
    if has_demand:
        demand: dict[str, Any] = {
            "kind": "demand",
            "code": "demand",
            "prices": _prices(draw, 2),
            "widths": ["3"],
        }
        demand |= {"per": draw.choice(("bill", "month")), "window_minutes": draw.choice((0, 120))}
        if _maybe(draw, 0.4):
            demand |= {"ratchet": {"share": "0.8"}, "minimum": str(draw.randrange(0, 4))}
        if _maybe(draw, 0.4):
            demand |= {"schedule": "tod", "period": "on_peak"}
        found.append(demand)
        # Days without an hour on-peak have no demand to make hours of.
        if "period" not in demand:
            hours = {
                "kind": "hours_use",
                "code": "hours_use",
                "unit": "kWh",
                "hours_of": "demand",
                "determinant": use,
            }
            found.append(hours | {"prices": _prices(draw, 2), "widths": [str(draw.randrange(1, 400))]})
            least = {
                "kind": "demand_minimum",
                "code": "least_demand",
                "price": _price(draw),
                "demand": "demand",
            }
            found.append(least | {"of": ["service", "demand"]})
    found.append(
        {"kind": "usage", "code": "flat", "unit": "kWh", "determinant": use, "price": _seasonal(draw)}
    )
    if _maybe(draw):
        tiers = {
            "kind": "tiered",
            "code": "tiers",
            "unit": "kWh",
            "determinant": use,
            "prices": _prices(draw, 3),
        }
        tiers |= {"widths": _widths(draw, 2), **_per(draw, "width_per")}
        found.append(tiers)
    if _maybe(draw, 0.7):
        clock: dict[str, Any] = {
            "kind": "time_of_use",
            "code": "clock",
            "unit": "kWh",
            "schedule": "tod",
            "determinant": use,
        }
        if _maybe(draw):
            clock |= {"widths": _widths(draw, 1), "periods": [
                {"period": "on_peak", "prices": _prices(draw, 2)}, {"period": "off_peak", "prices": _prices(draw, 2)},
            ]}  # fmt: skip
        else:
            clock["periods"] = [
                {"period": "on_peak", "prices": _price(draw)},
                {"period": "off_peak", "prices": _prices(draw, 2), "widths": _widths(draw, 1)},
            ]
        found.append(clock)
    if _maybe(draw, 0.2):
        lamps = {"kind": "unmetered", "code": "lamps", "price": _price(draw), "watts": "70"}
        found.append(lamps | {"hours": [str(300 + 10 * month) for month in range(12)]})
    if _maybe(draw, 0.3):
        year = {
            "kind": "annual_minimum",
            "code": "least_year",
            "amount": "900",
            "month": draw.randrange(1, 13),
        }
        found.append(year)
    return [*found, *_ends(draw, ["flat", "service"])]


def water_document(draw: random.Random) -> dict[str, Any]:
    """Any tariff of water, sewer and refuse."""
    return _document("water", [_water_version(draw) for _ in range(2 if _maybe(draw, 0.3) else 1)], draw)


def _water_version(draw: random.Random) -> dict[str, Any]:
    use: dict[str, Any] = {
        "name": "worked",
        "unit": "ccf",
        "of": ["winter", "usage"] if _maybe(draw) else ["usage"],
        "times": [str(decimal_between(draw, 0, 1, 2))],
    }
    if _maybe(draw):
        use |= {"most": str(draw.randrange(5, 40)), "each": "units"}
    found: list[dict[str, Any]] = [
        {"kind": "fixed", "code": "service", "amount": str(decimal_between(draw, 0, 60, 2)), **_terms(draw)},
        {
            "kind": "counted",
            "code": "carts",
            "amount": str(decimal_between(draw, 0, 30, 2)),
            "count": "carts",
            **_per(draw),
        },
        {"kind": "tiered", "code": "sewer", "unit": "ccf", "determinant": "worked", "prices": _prices(draw, 2),
         "widths": _widths(draw, 1), "width_each": "units"},
    ]  # fmt: skip
    if _maybe(draw):
        found.append({
            "kind": "budget", "code": "water", "unit": "ccf", "prices": _prices(draw, 3), "bounds": ["indoor", "120%"],
            "indoor": {"people": "people", "gallons_per_person_day": "55"},
            "outdoor": {"area": "area", "evapotranspiration": {"given": "inches"}, "plant_factor": "0.7"},
        })  # fmt: skip
    else:
        found.append({"kind": "usage", "code": "water", "unit": "kgal", "price": _seasonal(draw)})
    if _maybe(draw, 0.3):
        found.append({"kind": "fixed", "code": "rebate", "amount": str(-decimal_between(draw, 0, 9, 2))})
    return _version(draw, [*found, *_ends(draw, ["water", "service"])], uses=[use])
