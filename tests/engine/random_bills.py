"""Random bills over every kind of component, from a seed: tariffs as documents, periods, uses, hours, facts.

Quick enough for a million: no search for smaller examples, as property tests do; a bill is found again by its seed
and number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.interval_use import IntervalUse
from meterside.engine.money import RoundingRule
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import rate
from meterside.engine.series import DatedSeries
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_dict
from tests.engine.electric import run_of

#: How many bills are made of one tariff: reading a document costs as much as some bills.
_BILLS_A_TARIFF = 20
_FIRST = date(2025, 1, 1)
_YEAR = run_of(Period(_FIRST, date(2026, 1, 1)))
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
#: Every number an agreement may be asked for.
FACTS: dict[str, str | int | Decimal] = {
    "units": 3,
    "people": Decimal("2.5"),
    "area": 1850,
    "inches": "5.3",
    "carts": 2,
}


@dataclass(frozen=True, slots=True)
class RandomBill:
    """All that one bill is priced from; `seed` and `number` make it again."""

    seed: int
    number: int
    tariff: Tariff
    period: Period
    determinants: Mapping[str, Determinant]
    intervals: Mapping[str, IntervalUse]
    state: RatingState

    def priced(self) -> RatedSegment:
        """The bill."""
        return rate(
            self.tariff,
            period=self.period,
            determinants=self.determinants,
            attributes=FACTS,
            state=self.state,
            intervals=self.intervals,
            series={"rider": _RIDER},
        )


_RIDER = DatedSeries(
    "rider", tuple((date(2024, 1, 1) + timedelta(days=61 * n), Decimal(n % 7 - 2) / 1000) for n in range(20))
)


def random_bills(seed: int, count: int, *, first: int = 0) -> Iterator[RandomBill]:
    """So many bills, from the one of that number on (a multiple of those made of one tariff)."""
    for start in range(first, first + count, _BILLS_A_TARIFF):
        draw = random.Random(f"{seed} {start}")
        is_electric = draw.random() < 0.6
        tariff = tariff_from_dict(_electric(draw) if is_electric else _water(draw))
        for number in range(start, min(start + _BILLS_A_TARIFF, first + count)):
            yield _bill(draw, seed, number, tariff, is_electric=is_electric)


def _bill(draw: random.Random, seed: int, number: int, tariff: Tariff, *, is_electric: bool) -> RandomBill:
    start = _FIRST + timedelta(days=draw.randrange(0, 325))
    period = Period(
        start, start + timedelta(days=draw.choice((1, 7, 27, 28, 29, 30, 30, 31, 31, 33, 35, 40)))
    )
    asked = {
        name
        for version in tariff.versions
        for component in version.components
        for name in component.determinants()
    }
    determinants: dict[str, Determinant] = {}
    intervals: dict[str, IntervalUse] = {}
    if is_electric:
        most = draw.choice((0, 300, 2_000, 50_000))
        intervals["usage"] = _hours(draw, period, most)
        if "received" in asked:
            intervals["received"] = _hours(draw, period, most // 2)
        if draw.random() < 0.3:  # a register too, which the hours only share out
            determinants["usage"] = Determinant("usage", _decimal(draw, 0, 4000, 3), "kWh")
        if "lamps" in asked:
            determinants["lamps"] = Determinant("lamps", Decimal(draw.randrange(0, 9)), "each")
    else:
        use = Decimal(0) if draw.random() < 0.1 else _decimal(draw, 0, 300, 3)
        determinants["usage"] = Determinant("usage", use, "ccf", DeterminantSource.REGISTER)
        determinants["winter"] = Determinant(
            "winter", _decimal(draw, 0, 30, 2), "ccf", DeterminantSource.PRIOR
        )
    state = (
        RatingState((("least_year.year", _decimal(draw, 0, 900, 2)),))
        if draw.random() < 0.5
        else RatingState()
    )
    return RandomBill(seed, number, tariff, period, determinants, intervals, state)


def _hours(draw: random.Random, period: Period, most: int) -> IntervalUse:
    span = _YEAR.calendar.span(period)
    values = np.random.default_rng(draw.randrange(2**32)).integers(0, most + 1, span.stop - span.start)
    return replace(
        _YEAR, values=values, start_utc=_YEAR.calendar.instant(span.start).astimezone(_YEAR.start_utc.tzinfo)
    )


def year_of_hours(seed: int, most: int) -> IntervalUse:
    """A year of hours, each at most so many Wh."""
    return replace(_YEAR, values=np.random.default_rng(seed).integers(0, most + 1, len(_YEAR.values)))


# --- documents ------------------------------------------------------------------------------------


def _decimal(draw: random.Random, low: int, high: int, places: int) -> Decimal:
    return Decimal(draw.randrange(low * 10**places, high * 10**places + 1)).scaleb(-places)


def _price(draw: random.Random) -> str:
    return str(_decimal(draw, 0, 2, 5))


def _prices(draw: random.Random, count: int, *, inclining: bool = False) -> list[str]:
    found = [_decimal(draw, 0, 2, 5) for _ in range(count)]
    return [str(value) for value in (sorted(found) if inclining else found)]


def _widths(draw: random.Random, count: int) -> list[str]:
    return [str(_decimal(draw, 1, 600, 2)) for _ in range(count)]


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
        cut = (_FIRST + timedelta(days=draw.randrange(10, 350))).isoformat()
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
            {"kind": "minimum", "code": "least", "amount": str(_decimal(draw, 0, 120, 2)), **_terms(draw)}
        )
    if _maybe(draw, 0.4):
        help_: dict[str, Any] = {"kind": "assistance", "code": "help", "of": of[:1]}
        help_ |= (
            {"rate": str(_decimal(draw, 0, 1, 3))}
            if _maybe(draw)
            else {"amount": str(_decimal(draw, 0, 30, 2))}
        )
        if _maybe(draw):
            help_["most"] = str(_decimal(draw, 0, 20, 2))
        found.append(help_)
    if _maybe(draw, 0.7):
        tax: dict[str, Any] = {"kind": "percent", "code": "tax", "rate": str(_decimal(draw, 0, 1, 4))}
        if _maybe(draw, 0.3):
            tax["of"] = of[:1]
        if _maybe(draw, 0.3):
            tax["exempt"] = str(_decimal(draw, 0, 1, 2))
        if _maybe(draw, 0.3):
            tax["most"] = str(_decimal(draw, 0, 40, 2))
        found.append(tax)
    return found


def _electric(draw: random.Random) -> dict[str, Any]:
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
            "amount": str(_decimal(draw, -20, 90, 2)),
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


def _water(draw: random.Random) -> dict[str, Any]:
    return _document("water", [_water_version(draw) for _ in range(2 if _maybe(draw, 0.3) else 1)], draw)


def _water_version(draw: random.Random) -> dict[str, Any]:
    use: dict[str, Any] = {
        "name": "worked",
        "unit": "ccf",
        "of": ["winter", "usage"] if _maybe(draw) else ["usage"],
        "times": [str(_decimal(draw, 0, 1, 2))],
    }
    if _maybe(draw):
        use |= {"most": str(draw.randrange(5, 40)), "each": "units"}
    found: list[dict[str, Any]] = [
        {"kind": "fixed", "code": "service", "amount": str(_decimal(draw, 0, 60, 2)), **_terms(draw)},
        {
            "kind": "counted",
            "code": "carts",
            "amount": str(_decimal(draw, 0, 30, 2)),
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
        found.append({"kind": "fixed", "code": "rebate", "amount": str(-_decimal(draw, 0, 9, 2))})
    return _version(draw, [*found, *_ends(draw, ["water", "service"])], uses=[use])
