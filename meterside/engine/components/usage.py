"""One price for each unit used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from meterside.engine.components.checks import unit_problems
from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED
from meterside.engine.pricing import Draft, Inputs, Part
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCharge(Component):
    """One price (currency units) for each ``unit`` of a determinant."""

    kind: ClassVar[str] = "usage"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["price", "unit"],
        "properties": {"price": AMOUNT_TABLE, "unit": FILLED, "determinant": FILLED},
    }

    price: Lookup[Amount]
    unit: str
    determinant: str = "usage"

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """A price, its unit and what it is taken of."""
        determinant = reader.text("determinant", "usage")
        return cls(price=reader.table("price"), unit=reader.text("unit"), determinant=determinant, **common)

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """The unit must be known."""
        yield from unit_problems(self.unit, path)

    def determinants(self) -> Mapping[str, str]:
        """The one it prices."""
        return {self.determinant: self.unit}

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line: the part's use times the price."""
        quantity = inputs.usage(self, part, determinant=self.determinant, unit=self.unit)
        price = inputs.number(self.price, part)
        return [
            Draft(
                component=self,
                part=part,
                kind="usage",
                quantity=quantity,
                unit=self.unit,
                price=price,
                price_unit=self.unit,
                unrounded=quantity * price,
                determinant=self.determinant,
            )
        ]
