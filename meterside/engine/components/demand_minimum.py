"""A least bill that grows with the demand (docs/algorithms/demand.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import is_negative
from meterside.engine.components.schema_terms import AMOUNT_TABLE, CODES, FILLED
from meterside.engine.demand import billed_demand
from meterside.engine.pricing import Draft, Inputs, Part, base_of
from meterside.engine.proration import factor
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import money_text, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandMinimum(Component):
    """Lifts the sum of ``of`` to ``price`` for each unit that the demand charge ``demand`` billed."""

    kind: ClassVar[str] = "demand_minimum"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["price", "demand", "of"],
        "properties": {"price": AMOUNT_TABLE, "demand": FILLED, "of": {**CODES, "minItems": 1}},
    }

    price: Lookup[Amount]
    demand: str
    of: tuple[str, ...]

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """A price, the demand charge and what the minimum is taken of."""
        of = tuple(reader.texts("of"))
        return cls(price=reader.table("price"), demand=reader.text("demand"), of=of, **common)

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """The least cannot be below nothing, and is the least of something."""
        if any(is_negative(value) for _, value in self.price.cases):
            yield TariffProblem(f"{path}.price", "a minimum bill cannot be negative", "negative")
        if not self.of:
            yield TariffProblem(f"{path}.of", "is empty; name the charges it is the least of")
        found = version.component(self.demand)
        if found is None or found.kind != "demand":
            yield TariffProblem(f"{path}.demand", f"{self.demand!r} is no demand charge of this version")

    def refers_to(self) -> tuple[str, ...]:
        """What it is taken of."""
        return self.of

    def without(self, gone: frozenset[str]) -> Component | None:
        """Of what is left; None when nothing is."""
        left = tuple(code for code in self.of if code not in gone)
        return replace(self, of=left) if left else None

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line: what is missing to the least amount; none when nothing is."""
        price = inputs.number(self.price, part)
        demand = billed_demand(self, self.demand, part, before)
        times = factor(self.proration, ChargePer.BILL, part.span.days, inputs.days)
        base = base_of(self, part, before)
        missing = times.of(price * demand) - base
        if missing <= 0:
            return []
        unit = next(draft.unit for draft in before if draft.component.code == self.demand)
        return [
            Draft(
                component=self,
                part=part,
                kind="demand_minimum",
                quantity=times.of(demand),
                unit=unit,
                price=price,
                price_unit=unit,
                unrounded=missing,
                days=times.days,
                days_basis=times.days_basis,
                base=base,
            )
        ]

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``minimum 50 kW x $4.00 less $120.00 = $80.00``."""
        assert line.base is not None
        least = f"{plain(line.quantity, 6)} {line.unit} x {money_text(line.price)}"
        return f"minimum {least} less {money_text(line.base)} = {money_text(line.unrounded)}"
