"""OWRS's ``Budget``: an allotment indoors and outdoors, and tiers that are shares of it.

The fields may carry the suffix ``_commodity``. Names that a class does not define are numbers of the
agreement (``hhsize``, ``irr_area``, ``et_amount``) or a budget given as it is (``rolling_average``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meterside.connectors.tariffs.owrs.formula import FormulaError, Product, parse_formula
from meterside.connectors.tariffs.owrs.tables import plain_number, plain_numbers, read_value, scaled
from meterside.engine.components.allotment import Indoor, Outdoor, Weather
from meterside.engine.components.budget import BudgetCharge
from meterside.engine.quantity import DEFAULT_FACTORS, ConversionFactors
from meterside.engine.tariff import Lookup, UnsupportedTariff, constant
from meterside.engine.terms.given import Given

_PEOPLE, _AREA, _WEATHER, _DAYS = "hhsize", "irr_area", "et_amount", "days_in_period"
_PLANTS = ("landscape_factor", "plant_factor", "irrigation_efficiency")
_PER_CENT = re.compile(r"(\d+)%")
#: A twelfth of a cubic foot, in hundreds: an inch of water on a square foot.
_EXACT_INCH = Decimal(1200)
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Budget:
    """The charge, and the conversion the file's own formulas use."""

    charge: BudgetCharge
    factors: ConversionFactors


class BudgetReader:
    """Reads the budget of one class. Raises ``UnsupportedTariff`` with the field."""

    def __init__(self, fields: Mapping[str, Any], path: str, unit: str) -> None:
        self._fields = fields
        self._path = path
        self._unit = unit
        self._gallons_per_ccf: Decimal | None = None

    def read(self, code: str, label: str, label_es: str) -> Budget:
        """The component of a charge that says ``Budget``."""
        if self._unit != "ccf":
            raise self._fail(code, f"its budget is worked out in ccf, but the file counts {self._unit}")
        parts = self._parts()
        indoor = self._indoor() if "indoor" in parts else None
        outdoor = self._outdoor() if "outdoor" in parts else None
        given = [name for name in parts if name not in ("indoor", "outdoor")]
        if len(given) > 1:
            raise self._fail("budget", f"adds {' and '.join(given)}, which the class does not define")
        bounds = self._bounds()
        prices = read_value(self._needed("tier_prices"), self._place("tier_prices"), plain_numbers)
        if {len(each) for _, each in prices.cases} != {len(bounds) + 1}:
            raise self._fail(code, "tier_starts and tier_prices differ in length")
        charge = BudgetCharge(
            code=code,
            label=label,
            label_es=label_es,
            prices=prices,
            bounds=bounds,
            unit=self._unit,
            indoor=indoor,
            outdoor=outdoor,
            allotment=given[0] if given else "",
        )
        gallons = self._gallons_per_ccf
        factors = DEFAULT_FACTORS if gallons is None else ConversionFactors(gallons_per_cf=gallons / 100)
        return Budget(charge, factors)

    def _name(self, name: str) -> str:
        """The field's name in this class, with its suffix where it has one."""
        return (
            name if name in self._fields or f"{name}_commodity" not in self._fields else f"{name}_commodity"
        )

    def _place(self, name: str) -> str:
        return f"{self._path}.{self._name(name)}"

    def _fail(self, name: str, reason: str) -> UnsupportedTariff:
        value = self._fields.get(self._name(name))
        said = f": {value}" if isinstance(value, str) else ""
        return UnsupportedTariff(f"{self._place(name)}{said}", reason)

    def _needed(self, name: str) -> Any:
        value = self._fields.get(self._name(name))
        if value is None:
            raise UnsupportedTariff(
                f"{self._path}.commodity_charge: Budget",
                f"the budget needs {name}, which the class does not define",
            )
        return value

    def _parts(self) -> list[str]:
        """What the budget is the sum of."""
        terms = self._formula("budget")
        if not terms or any(len(product) != 1 or factor != 1 for product, factor in terms.items()):
            raise self._fail("budget", "is no sum of allotments")
        return [product[0] for product in terms]

    def _formula(self, name: str) -> dict[Product, Decimal]:
        value = self._needed(name)
        if not isinstance(value, str):
            raise self._fail(name, "is no formula")
        try:
            return parse_formula(value).terms
        except FormulaError as error:
            raise self._fail(name, f"formula {error}") from error

    def _product(self, name: str, needed: set[str], allowed: set[str]) -> tuple[Product, Decimal]:
        """A formula that is one product of names."""
        terms = self._formula(name)
        if len(terms) != 1:
            raise self._fail(name, "is no single product")
        ((product, factor),) = terms.items()
        names = set(product)
        if len(names) != len(product) or not needed <= names or not names <= needed | allowed:
            raise self._fail(name, f"must be a product of {', '.join(sorted(needed))}")
        return product, factor

    def _indoor(self) -> Indoor:
        _, factor = self._product("indoor", {_PEOPLE, "gpcd", _DAYS}, set())
        self._gallons_per_ccf = (1 / factor).quantize(_PLACES).normalize()
        days = self._fields.get(_DAYS)
        return Indoor(
            people=Given(_PEOPLE),
            gallons_per_person_day=read_value(self._needed("gpcd"), self._place("gpcd"), plain_number),
            days=None if days is None else plain_number(days, self._place(_DAYS)),
        )

    def _outdoor(self) -> Outdoor:
        product, factor = self._product("outdoor", {_AREA, _WEATHER}, set(_PLANTS))
        inches = self._fields.get(self._name(_WEATHER))
        if inches is None:
            weather = Weather(given=Given(_WEATHER))
        else:
            weather = Weather(inches=read_value(inches, self._place(_WEATHER), plain_number))
        exact = abs(factor * _EXACT_INCH - 1) < _PLACES
        gallons_per_ccf = self._gallons_per_ccf or Decimal(748)
        if not exact:
            self._gallons_per_ccf = gallons_per_ccf
        return Outdoor(
            area=Given(_AREA),
            weather=weather,
            plant_factor=self._plants(product),
            gallons_per_inch=None if exact else (factor * gallons_per_ccf).quantize(_PLACES).normalize(),
        )

    def _plants(self, product: Product) -> Lookup[Decimal]:
        found = constant(Decimal(1))
        for name in product:
            if name not in _PLANTS:
                continue
            own = read_value(self._needed(name), self._place(name), plain_number)
            if own.is_constant:
                found = scaled(found, own.cases[0][1])
            elif found.is_constant:
                found = scaled(own, found.cases[0][1])
            else:
                raise self._fail(name, "multiplies two tables")
        return found

    def _bounds(self) -> tuple[str, ...]:
        """Where tiers end. ``101%`` is the first whole per cent at its price, as 13 is the first whole unit."""
        starts = self._needed("tier_starts")
        if not isinstance(starts, list) or not all(isinstance(start, str) for start in starts):
            raise self._fail("tier_starts", "is no list of shares of the budget")
        if not starts or starts[0] not in ("0", "1"):
            raise UnsupportedTariff(f"{self._place('tier_starts')}[0]", "the first tier must start at 0 or 1")
        shares = [int(match.group(1)) for start in starts if (match := _PER_CENT.fullmatch(start))]
        is_first_unit = bool(shares) and all(share % 10 == 1 for share in shares)
        if not is_first_unit and any(share % 10 == 1 for share in shares):
            raise self._fail("tier_starts", "mixes per cents such as 100% with first per cents such as 101%")
        found = []
        for index, start in enumerate(starts[1:], start=1):
            match = _PER_CENT.fullmatch(start)
            if match:
                found.append(f"{int(match.group(1)) - is_first_unit}%")
            elif start in ("indoor", "outdoor"):
                found.append(start)
            else:
                place = f"{self._place('tier_starts')}[{index}]"
                raise UnsupportedTariff(place, f"{start!r} is neither indoor, outdoor nor a per cent")
        return tuple(found)
