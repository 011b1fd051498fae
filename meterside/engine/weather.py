"""How an account's use answers to the weather: degree days, a line fitted to its own bills, and whether it holds.

Rules and worked tables: docs/algorithms/weather.md. Everything is exact: temperatures are tenths of a degree, the
fit is worked out in fractions, and only what is kept of it is cut to nine places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from meterside.engine.period import Period

#: The fewest bills a response is fitted to, and the least of the differences in use that it must explain.
FEWEST_BILLS = 12
LEAST_R_SQUARED = Fraction(3, 4)
_PLACES = Decimal("0.000000001")


class TemperatureUnit(StrEnum):
    """The degrees a station tells temperatures in."""

    FAHRENHEIT = "F"
    CELSIUS = "C"

    @property
    def base(self) -> int:
        """The mean temperature of a day at which a house is taken to need neither heat nor cold."""
        return 65 if self is TemperatureUnit.FAHRENHEIT else 18


@dataclass(frozen=True, slots=True)
class DayTemperature:
    """The lowest and the highest temperature of a day, in tenths of a degree."""

    min_tenths: int
    max_tenths: int

    @property
    def mean(self) -> Fraction:
        """Half-way between, in degrees."""
        return Fraction(self.min_tenths + self.max_tenths, 20)


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """The weather of some days: degrees below the base summed over days (heating), those above it (cooling).

    ``mean`` is the mean temperature of all the days.
    """

    days: int
    heating: Fraction
    cooling: Fraction
    mean: Fraction


def degree_days(
    temperatures: Mapping[date, DayTemperature], period: Period, unit: TemperatureUnit
) -> DegreeDays | None:
    """The degree days of a period; None where the temperature of a day is not known."""
    means = [temperatures[day].mean for day in period.each_day() if day in temperatures]
    if len(means) != period.days:
        return None
    return DegreeDays(
        days=period.days,
        heating=sum((max(unit.base - mean, Fraction(0)) for mean in means), Fraction(0)),
        cooling=sum((max(mean - unit.base, Fraction(0)) for mean in means), Fraction(0)),
        mean=sum(means, Fraction(0)) / period.days,
    )


@dataclass(frozen=True, slots=True)
class BilledWeather:
    """What was used in a billed period, in the unit of all that are fitted together, and its weather."""

    use: Decimal
    weather: DegreeDays


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherResponse:
    """A fitted response: use a day is ``base_use`` and so much more for each degree below and above the base.

    Use is in ``unit`` (the meter's least), slopes are of a degree day; one of them may be nothing. ``r_squared`` is
    the part of the differences between ``bills`` bills that it explains.
    """

    unit: str
    degrees: TemperatureUnit
    base_use: Decimal
    heating: Decimal
    cooling: Decimal
    r_squared: Decimal
    bills: int

    def change(self, before: DegreeDays, after: DegreeDays) -> Decimal:
        """How much more (negative: less) is used over the later days for their weather, other things being equal."""
        a_day = (
            Fraction(self.heating) * (after.heating / after.days - before.heating / before.days)
            + Fraction(self.cooling) * (after.cooling / after.days - before.cooling / before.days)
        )  # fmt: skip
        return _decimal(a_day * after.days)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "unit": self.unit,
            "degrees": self.degrees.value,
            "base_use": str(self.base_use),
            "heating": str(self.heating),
            "cooling": str(self.cooling),
            "r_squared": str(self.r_squared),
            "bills": self.bills,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WeatherResponse:
        """What ``to_dict`` wrote."""
        return cls(
            unit=data["unit"],
            degrees=TemperatureUnit(data["degrees"]),
            base_use=Decimal(data["base_use"]),
            heating=Decimal(data["heating"]),
            cooling=Decimal(data["cooling"]),
            r_squared=Decimal(data["r_squared"]),
            bills=data["bills"],
        )


class NoResponse(Exception):
    """Use does not answer to the weather well enough; ``why`` is few_bills, no_slope or r_squared."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Line:
    base_use: Fraction
    slopes: tuple[Fraction, ...]
    r_squared: Fraction
    names: tuple[str, ...]


#: What use may go with. Of two that explain as much the one that says less counts.
_MODELS = (("heating",), ("cooling",), ("heating", "cooling"))


def fit_response(
    bills: Sequence[BilledWeather], *, unit: str, degrees: TemperatureUnit, fewest: int = FEWEST_BILLS
) -> WeatherResponse:
    """The response of an account, from its own bills: ordinary least squares of use a day over degree days a day.

    Heating alone, cooling alone and both are tried. Of those whose slopes are above nothing and whose use without
    weather is not below it, the one counts that explains most for what it says (R squared adjusted for its number
    of slopes). Raises ``NoResponse`` where there are too few bills, none has such slopes, or it explains too little.
    """
    if len(bills) < fewest:
        raise NoResponse("few_bills")
    uses = [Fraction(bill.use) / bill.weather.days for bill in bills]
    weather = {
        "heating": [bill.weather.heating / bill.weather.days for bill in bills],
        "cooling": [bill.weather.cooling / bill.weather.days for bill in bills],
    }
    lines = [_least_squares(uses, {name: weather[name] for name in names}) for names in _MODELS]
    fitting = [line for line in lines if line and min(line.slopes) > 0 and line.base_use >= 0]
    if not fitting:
        raise NoResponse("no_slope")
    best = max(fitting, key=lambda line: _adjusted(line, len(bills)))
    if best.r_squared < LEAST_R_SQUARED:
        raise NoResponse("r_squared")
    slopes = dict(zip(best.names, best.slopes, strict=True))
    return WeatherResponse(
        unit=unit,
        degrees=degrees,
        base_use=_decimal(best.base_use),
        heating=_decimal(slopes.get("heating", Fraction(0))),
        cooling=_decimal(slopes.get("cooling", Fraction(0))),
        r_squared=_decimal(best.r_squared),
        bills=len(bills),
    )


def _adjusted(line: _Line, n_bills: int) -> Fraction:
    return 1 - (1 - line.r_squared) * Fraction(n_bills - 1, n_bills - len(line.slopes) - 1)


def _least_squares(uses: Sequence[Fraction], by: Mapping[str, Sequence[Fraction]]) -> _Line | None:
    """The line of least squares, exactly; None where the columns do not differ enough to have one."""
    columns = list(by.values())
    mean_use, means = _mean(uses), [_mean(column) for column in columns]
    away = [value - mean_use for value in uses]
    spread = [[value - mean for value in column] for column, mean in zip(columns, means, strict=True)]
    total = _product(away, away)
    if not total:
        return None
    matrix = [[_product(one, other) for other in spread] for one in spread]
    right = [_product(one, away) for one in spread]
    slopes = _solved(matrix, right)
    if slopes is None:
        return None
    base_use = mean_use - _product(slopes, means)
    return _Line(base_use, slopes, _product(slopes, right) / total, tuple(by))


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _product(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
    return sum((first * second for first, second in zip(one, other, strict=True)), Fraction(0))


def _solved(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """One equation, or two; None where they have not just one answer."""
    if len(right) == 1:
        return (right[0] / matrix[0][0],) if matrix[0][0] else None
    (a, b), (c, d) = matrix
    whole = a * d - b * c
    if not whole:
        return None
    return (right[0] * d - b * right[1]) / whole, (a * right[1] - right[0] * c) / whole


def _decimal(value: Fraction) -> Decimal:
    """A fraction with nine places, half to even."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(_PLACES, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class WeatherStep:
    """What the weather did between two bills: the account's response, and both periods' degree days at a station."""

    response: WeatherResponse
    station: str
    before: DegreeDays
    after: DegreeDays

    def facts(self) -> tuple[tuple[str, str], ...]:
        """The numbers behind the step, as text."""
        numbers = {
            "mean_before": self.before.mean,
            "mean_after": self.after.mean,
            "heating_before": self.before.heating,
            "heating_after": self.after.heating,
            "cooling_before": self.before.cooling,
            "cooling_after": self.after.cooling,
        }
        response = self.response
        return (
            ("station", self.station),
            ("degrees", response.degrees.value),
            *((name, str(round(_decimal(value), 3))) for name, value in numbers.items()),
            ("heating_slope", str(response.heating)),
            ("cooling_slope", str(response.cooling)),
            ("slope_unit", response.unit),
            ("r_squared", str(response.r_squared)),
            ("bills", str(response.bills)),
            ("change", f"{response.change(self.before, self.after)} {response.unit}"),
        )
