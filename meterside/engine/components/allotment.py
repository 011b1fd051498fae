"""What a customer is allotted of water: indoors for people, outdoors for area and weather.

Prose and worked tables: docs/algorithms/water-budget.md.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from meterside.engine.components.checks import not_above_zero
from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED, GIVEN, PER, defined
from meterside.engine.pricing import ZERO, Inputs, Part, RatingError
from meterside.engine.proration import SHARE_PLACES
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.engine.rating_error import not_converted
from meterside.engine.series import SeriesValue
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup, constant
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader, invalid
from meterside.engine.terms.writer import changed, document_value
from meterside.engine.wording import plain

if TYPE_CHECKING:
    from meterside.engine.components.budget import BudgetCharge

_ONE = constant(Decimal(1))
#: An inch of water on a square foot is a twelfth of a cubic foot.
_INCHES_IN_A_FOOT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Indoor:
    """Gallons for each person and day; ``variance`` are gallons a day granted besides.

    ``days`` is the number of days a bill is taken to have, where the utility does not count them.
    ``share`` is what a drought leaves of it.
    """

    people: Given
    gallons_per_person_day: Lookup[Amount]
    days: Decimal | None = None
    variance: Given | None = None
    share: Lookup[Amount] = _ONE

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """Every table it is worked out with."""
        return self.gallons_per_person_day, self.share

    def givens(self) -> tuple[Given, ...]:
        """The numbers of the agreement it asks for."""
        return (self.people,) if self.variance is None else (self.people, self.variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Inches of evapotranspiration: of a dated series, a number of the agreement, or written.

    They stand for a ``per``: the bill's days together, a calendar month, or a day. A series is summed over
    the days of the bill, each day with its share of the month's inches; it never cuts the bill.
    """

    series: str = ""
    given: Given | None = None
    inches: Lookup[Amount] | None = None
    per: ChargePer = ChargePer.BILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdoor:
    """Area (square feet) under plants of a ``plant_factor``, watered with an ``efficiency``.

    ``gallons_per_inch`` is what the utility takes an inch on a square foot for (0.62 or 0.623); None for a
    twelfth of a cubic foot exactly. ``variance`` are gallons a day granted besides.
    """

    area: Given
    weather: Weather
    plant_factor: Lookup[Amount]
    efficiency: Lookup[Amount] = _ONE
    gallons_per_inch: Decimal | None = None
    variance: Given | None = None
    share: Lookup[Amount] = _ONE

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """Every table it is worked out with."""
        inches = () if self.weather.inches is None else (self.weather.inches,)
        return self.plant_factor, self.efficiency, self.share, *inches

    def givens(self) -> tuple[Given, ...]:
        """The numbers of the agreement it asks for."""
        return tuple(given for given in (self.area, self.weather.given, self.variance) if given is not None)

    def write(self) -> dict[str, Any]:
        """Its document form."""
        data = changed(self, skip=("weather",))
        weather: Any = {}
        if self.weather.inches is not None:
            weather["inches"] = document_value(self.weather.inches)
        if self.weather.given is not None:
            weather["given"] = document_value(self.weather.given)
        if self.weather.series:
            weather["series"] = self.weather.series
        if self.weather.per is not ChargePer.BILL:
            weather["per"] = self.weather.per.value
        return data | {"evapotranspiration": weather}


@dataclass(frozen=True, slots=True)
class Allotment:
    """The budget of a part of a period and what it is made of, in the component's unit."""

    indoor: Decimal
    outdoor: Decimal
    whole: Decimal
    facts: tuple[tuple[str, str], ...]
    series: tuple[SeriesValue, ...]


def work_out(component: BudgetCharge, part: Part, inputs: Inputs) -> Allotment:
    """The budget for the days of a part. Raises ``RatingError``."""
    facts: list[tuple[str, str]] = []
    indoor, outdoor, given = ZERO, ZERO, ZERO
    series: tuple[SeriesValue, ...] = ()
    if component.indoor is not None:
        indoor = _water(component, part, _indoor_gallons(component, component.indoor, part, inputs, facts))
        facts.append(("indoor", plain(indoor)))
    if component.outdoor is not None:
        gallons, series = _outdoor_gallons(component, component.outdoor, part, inputs, facts)
        outdoor = _water(component, part, gallons)
        facts.append(("outdoor", plain(outdoor)))
    if component.allotment:
        whole = inputs.usage(component, part, determinant=component.allotment, unit=component.unit)
        given = _kept(whole)
        facts.append(("allotment", plain(given)))
    budget = indoor + outdoor + given
    if component.budget_rounding is not None:
        budget = component.budget_rounding.apply(budget)
    facts.append(("budget", plain(budget)))
    return Allotment(indoor, outdoor, budget, tuple(facts), series)


def _days(part: Part, inputs: Inputs, stated: Decimal | None = None) -> Decimal:
    """The days a part counts for."""
    whole = Decimal(inputs.days.priced) if stated is None else stated
    return whole * part.span.days / inputs.days.total


def _indoor_gallons(
    component: BudgetCharge, indoor: Indoor, part: Part, inputs: Inputs, facts: list[tuple[str, str]]
) -> Decimal:
    days = _days(part, inputs, indoor.days)
    people = inputs.given(component, indoor.people, part)
    each = inputs.number(indoor.gallons_per_person_day, part)
    facts += [
        ("people", plain(people)),
        ("gallons_per_person_day", plain(each)),
        ("indoor_days", plain(days)),
    ]
    gallons = people * each
    if indoor.variance is not None:
        variance = inputs.given(component, indoor.variance, part)
        facts.append(("indoor_variance", plain(variance)))
        gallons += variance
    return gallons * days * inputs.number(indoor.share, part)


def _outdoor_gallons(
    component: BudgetCharge, outdoor: Outdoor, part: Part, inputs: Inputs, facts: list[tuple[str, str]]
) -> tuple[Decimal, tuple[SeriesValue, ...]]:
    area = inputs.given(component, outdoor.area, part)
    inches, series = _inches(component, outdoor.weather, part, inputs)
    plants = inputs.number(outdoor.plant_factor, part)
    efficiency = inputs.number(outdoor.efficiency, part)
    if efficiency <= 0:
        raise RatingError(
            "unit",
            f"{component.code}: efficiency is {efficiency}; nothing is divided by it",
            why="divisor",
            component=component.code,
            value=efficiency,
        )
    facts += [("area", plain(area)), ("inches", plain(inches)), ("plant_factor", plain(plants))]
    if efficiency != 1:
        facts.append(("efficiency", plain(efficiency)))
    gallons = area * inches * plants / efficiency
    if outdoor.gallons_per_inch is None:
        gallons = gallons * part.factors.gallons_per_cf / _INCHES_IN_A_FOOT
    else:
        gallons *= outdoor.gallons_per_inch
    if outdoor.variance is not None:
        variance = inputs.given(component, outdoor.variance, part)
        facts.append(("outdoor_variance", plain(variance)))
        gallons += variance * _days(part, inputs)
    return gallons * inputs.number(outdoor.share, part), series


def _inches(
    component: BudgetCharge, weather: Weather, part: Part, inputs: Inputs
) -> tuple[Decimal, tuple[SeriesValue, ...]]:
    """Inches over the days of a part, and the values of the series they came from."""
    if weather.series:
        return _inches_of_series(weather, part, inputs)
    if weather.given is not None:
        inches = inputs.given(component, weather.given, part)
    else:
        assert weather.inches is not None
        inches = inputs.number(weather.inches, part)
    if weather.per is ChargePer.DAY:
        return inches * _days(part, inputs), ()
    if weather.per is ChargePer.MONTH:
        by_day = sum((Decimal(1) / _month_days(day) for day in part.span.each_day()), ZERO)
        return _kept(inches * by_day * inputs.days.priced / inputs.days.total), ()
    return inches * part.span.days / inputs.days.total, ()


def _inches_of_series(
    weather: Weather, part: Part, inputs: Inputs
) -> tuple[Decimal, tuple[SeriesValue, ...]]:
    found: dict[SeriesValue, Decimal] = {}
    for day in part.span.each_day():
        value = inputs.series_value(weather.series, day)
        days = Decimal(_month_days(day)) if weather.per is ChargePer.MONTH else Decimal(1)
        found[value] = found.get(value, ZERO) + 1 / days
    if weather.per is ChargePer.BILL:
        values = tuple(found)
        return values[-1].value * part.span.days / inputs.days.total, values[-1:]
    inches = sum((value.value * days for value, days in found.items()), ZERO)
    return _kept(inches * inputs.days.priced / inputs.days.total), tuple(found)


def _month_days(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _water(component: BudgetCharge, part: Part, gallons: Decimal) -> Decimal:
    """Gallons in the component's unit, kept to six places."""
    try:
        return _kept(convert(gallons, "gal", component.unit, part.factors))
    except (UnknownUnit, CannotConvert) as error:
        raise not_converted(component.code, error, unit="gal", wanted=component.unit) from error


def _kept(quantity: Decimal) -> Decimal:
    return quantity.quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)


def read_indoor(reader: Reader | None) -> Indoor | None:
    """The indoor part, if there is one."""
    if reader is None:
        return None
    found = Indoor(
        people=reader.given("people"),
        gallons_per_person_day=reader.table("gallons_per_person_day"),
        days=reader.optional_number("days"),
        variance=reader.optional_given("variance"),
        share=reader.optional_table("share") or _ONE,
    )
    reader.done()
    return found


def read_outdoor(reader: Reader | None) -> Outdoor | None:
    """The outdoor part, if there is one."""
    if reader is None:
        return None
    found = Outdoor(
        area=reader.given("area"),
        weather=_read_weather(reader),
        plant_factor=reader.table("plant_factor"),
        efficiency=reader.optional_table("efficiency") or _ONE,
        gallons_per_inch=reader.optional_number("gallons_per_inch"),
        variance=reader.optional_given("variance"),
        share=reader.optional_table("share") or _ONE,
    )
    reader.done()
    return found


def _read_weather(reader: Reader) -> Weather:
    inner = reader.child("evapotranspiration")
    if inner is None:
        raise invalid(reader.path("evapotranspiration"), "is missing")
    weather = Weather(
        series=inner.text("series", ""),
        given=inner.optional_given("given"),
        inches=inner.optional_table("inches"),
        per=inner.choice("per", ChargePer, ChargePer.BILL),
    )
    inner.done()
    ways = [bool(weather.series), weather.given is not None, weather.inches is not None]
    if sum(ways) != 1:
        raise invalid(reader.path("evapotranspiration"), "needs one of series, given and inches")
    return weather


def allotment_problems(indoor: Indoor | None, outdoor: Outdoor | None, path: str) -> Iterator[TariffProblem]:
    """Nothing may divide by zero, nor a part of the budget be negative."""
    if indoor is not None:
        yield from _bounds(f"{path}.indoor", gallons_per_person_day=indoor.gallons_per_person_day)
        yield from _bounds(f"{path}.indoor", share=indoor.share)
        if indoor.days is not None and indoor.days <= 0:
            yield TariffProblem(f"{path}.indoor.days", "must be more than zero", "zero")
    if outdoor is not None:
        yield from _bounds(f"{path}.outdoor", plant_factor=outdoor.plant_factor, share=outdoor.share)
        if any(not_above_zero(value) for _, value in outdoor.efficiency.cases):
            yield TariffProblem(
                f"{path}.outdoor.efficiency", "divides the water; it must be more than zero", "zero"
            )
        if outdoor.gallons_per_inch is not None and outdoor.gallons_per_inch <= 0:
            yield TariffProblem(f"{path}.outdoor.gallons_per_inch", "must be more than zero", "zero")


def _bounds(path: str, **tables: Lookup[Amount]) -> Iterator[TariffProblem]:
    for name, table in tables.items():
        if any(isinstance(value, Decimal) and value < 0 for _, value in table.cases):
            yield TariffProblem(f"{path}.{name}", "cannot be negative", "negative")


SCHEMA_DEFS: Mapping[str, Any] = {
    "indoor": {
        "type": "object",
        "additionalProperties": False,
        "required": ["people", "gallons_per_person_day"],
        "properties": {
            "people": GIVEN,
            "gallons_per_person_day": AMOUNT_TABLE,
            "days": defined("decimal"),
            "variance": GIVEN,
            "share": AMOUNT_TABLE,
        },
    },
    "outdoor": {
        "type": "object",
        "additionalProperties": False,
        "required": ["area", "evapotranspiration", "plant_factor"],
        "properties": {
            "area": GIVEN,
            "evapotranspiration": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"series": FILLED, "given": GIVEN, "inches": AMOUNT_TABLE, "per": PER},
                "oneOf": [{"required": ["series"]}, {"required": ["given"]}, {"required": ["inches"]}],
            },
            "plant_factor": AMOUNT_TABLE,
            "efficiency": AMOUNT_TABLE,
            "gallons_per_inch": defined("decimal"),
            "variance": GIVEN,
            "share": AMOUNT_TABLE,
        },
    },
}
