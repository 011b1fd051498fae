"""Units of what is metered, and exact conversion between them.

A conversion between unlike measures (gallons in a cubic foot, therms in a hundred cubic feet) is
the tariff's own data: utilities publish 7.48, 7.4805 or 7.48052, and a bill must use theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from meterside.engine.money import RoundingRule
from meterside.engine.series import SeriesRef


class Dimension(StrEnum):
    """What a unit measures; units convert freely inside one dimension only."""

    ENERGY = "energy"
    POWER = "power"
    REACTIVE_ENERGY = "reactive_energy"
    REACTIVE_POWER = "reactive_power"
    APPARENT_POWER = "apparent_power"
    GALLONS = "gallons"
    CUBIC_FEET = "cubic_feet"
    CUBIC_METRES = "cubic_metres"
    HEAT = "heat"
    COUNT = "count"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: ``factor`` of its dimension's least unit (Wh, W, gal, cf, therm...) make one."""

    code: str
    dimension: Dimension
    factor: Decimal
    name: str


_UNITS = (
    Unit("Wh", Dimension.ENERGY, Decimal(1), "watt-hour"),
    Unit("kWh", Dimension.ENERGY, Decimal(1000), "kilowatt-hour"),
    Unit("MWh", Dimension.ENERGY, Decimal(1_000_000), "megawatt-hour"),
    Unit("W", Dimension.POWER, Decimal(1), "watt"),
    Unit("kW", Dimension.POWER, Decimal(1000), "kilowatt"),
    Unit("varh", Dimension.REACTIVE_ENERGY, Decimal(1), "var-hour"),
    Unit("kvarh", Dimension.REACTIVE_ENERGY, Decimal(1000), "kilovar-hour"),
    Unit("kvar", Dimension.REACTIVE_POWER, Decimal(1000), "kilovar"),
    Unit("kVA", Dimension.APPARENT_POWER, Decimal(1000), "kilovolt-ampere"),
    Unit("gal", Dimension.GALLONS, Decimal(1), "gallon"),
    Unit("kgal", Dimension.GALLONS, Decimal(1000), "thousand gallons"),
    Unit("cf", Dimension.CUBIC_FEET, Decimal(1), "cubic foot"),
    Unit("ccf", Dimension.CUBIC_FEET, Decimal(100), "hundred cubic feet"),
    Unit("mcf", Dimension.CUBIC_FEET, Decimal(1000), "thousand cubic feet"),
    Unit("l", Dimension.CUBIC_METRES, Decimal("0.001"), "litre"),
    Unit("m3", Dimension.CUBIC_METRES, Decimal(1), "cubic metre"),
    Unit("therm", Dimension.HEAT, Decimal(1), "therm"),
    Unit("dth", Dimension.HEAT, Decimal(10), "dekatherm"),
    Unit("each", Dimension.COUNT, Decimal(1), "piece"),
    Unit("day", Dimension.DAYS, Decimal(1), "day"),
)
UNITS: dict[str, Unit] = {unit.code: unit for unit in _UNITS}
_BY_FOLDED: dict[str, Unit] = {unit.code.casefold(): unit for unit in _UNITS}
_ALIASES = {"gallon": "gal", "gallons": "gal", "hcf": "ccf", "therms": "therm", "thm": "therm", "cuft": "cf"}


class UnknownUnit(ValueError):
    """A unit this engine does not know; ``code`` is what was asked for."""

    def __init__(self, code: str) -> None:
        super().__init__(f"unknown unit {code!r}; known: {', '.join(UNITS)}")
        self.code = code


class CannotConvert(ValueError):
    """Two units with no way between them, or a needed factor that the tariff does not give."""


_POWER = frozenset({Dimension.POWER, Dimension.REACTIVE_POWER, Dimension.APPARENT_POWER})


@dataclass(frozen=True, slots=True)
class ConversionFactors:
    """Factors between unlike measures; a tariff version may state its own.

    ``gallons_per_cf`` defaults to 1728/231 cut at five places, the figure most utilities print.
    ``therms_per_ccf`` (heat content) has no default: a tariff that needs it must give it, or name the
    dated series that has it (rating puts the day's value in its place before it converts).
    """

    gallons_per_cf: Decimal = Decimal("7.48052")
    cf_per_m3: Decimal = Decimal("35.3147")
    therms_per_ccf: Decimal | SeriesRef | None = None


DEFAULT_FACTORS = ConversionFactors()


def unit_named(code: str) -> Unit:
    """The unit of that code, whatever its case, or by a common other name; ``UnknownUnit`` if none."""
    unit = UNITS.get(code)
    if unit is not None:
        return unit
    folded = code.strip().casefold()
    found = _BY_FOLDED.get(_ALIASES.get(folded, folded))
    if found is None:
        raise UnknownUnit(code)
    return found


def is_power(code: str) -> bool:
    """Whether a unit measures demand (kW, kvar, kVA), which does not grow with the days; unknown ones do not."""
    try:
        return unit_named(code).dimension in _POWER
    except UnknownUnit:
        return False


def convert(
    value: Decimal, from_unit: str, to_unit: str, factors: ConversionFactors = DEFAULT_FACTORS
) -> Decimal:
    """``value`` in another unit. Raises ``UnknownUnit`` or ``CannotConvert``; never guesses a factor."""
    if from_unit == to_unit:
        return value
    source, target = unit_named(from_unit), unit_named(to_unit)
    base = value * source.factor
    if source.dimension is not target.dimension:
        base = _cross(base, source.dimension, target.dimension, factors)
    return base / target.factor


def _cross(value: Decimal, source: Dimension, target: Dimension, factors: ConversionFactors) -> Decimal:
    """Carry an amount in least units over to another dimension, through cubic feet."""
    cubic_feet = _to_cubic_feet(value, source, target, factors)
    if target is Dimension.CUBIC_FEET:
        return cubic_feet
    if target is Dimension.GALLONS:
        return cubic_feet * factors.gallons_per_cf
    if target is Dimension.CUBIC_METRES:
        return cubic_feet / factors.cf_per_m3
    if target is Dimension.HEAT:
        if factors.therms_per_ccf is None:
            raise CannotConvert("the tariff gives no therms_per_ccf (heat content)")
        if isinstance(factors.therms_per_ccf, SeriesRef):
            raise CannotConvert(f"therms_per_ccf stands in the series {factors.therms_per_ccf.series}")
        return cubic_feet / 100 * factors.therms_per_ccf
    raise CannotConvert(f"no conversion from {source.value} to {target.value}")


def _to_cubic_feet(
    value: Decimal, source: Dimension, target: Dimension, factors: ConversionFactors
) -> Decimal:
    if source is Dimension.CUBIC_FEET:
        return value
    if source is Dimension.GALLONS:
        return value / factors.gallons_per_cf
    if source is Dimension.CUBIC_METRES:
        return value * factors.cf_per_m3
    raise CannotConvert(f"no conversion from {source.value} to {target.value}")


@dataclass(frozen=True, slots=True)
class UsageRounding:
    """How billed use is rounded before it is priced: to a multiple of ``step`` by ``rule``.

    ``UsageRounding(Decimal(1), RoundingRule.DOWN)`` bills whole units only.
    """

    step: Decimal
    rule: RoundingRule

    def apply(self, quantity: Decimal) -> Decimal:
        """The quantity as billed, in the same unit."""
        steps = (quantity / self.step).to_integral_value(rounding=self.rule.decimal_mode)
        return steps * self.step
