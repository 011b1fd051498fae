"""Tiers as wide as hours of the billed demand: kWh per kW (docs/algorithms/demand.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from meterside.engine.components.blocks import blocks_of, blocks_problems, priced
from meterside.engine.components.checks import hours_problems, unit_problems
from meterside.engine.components.schema_terms import FILLED, LIST_TABLE
from meterside.engine.components.time_of_use import BLOCK_TABLE
from meterside.engine.demand import billed_demand
from meterside.engine.pricing import ZERO, Draft, Inputs, Part
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursUseCharge(Component):
    """Blocks of use: each of ``widths`` (hours) is so many units for every kW that ``hours_of`` billed."""

    kind: ClassVar[str] = "hours_use"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["prices", "widths", "unit", "hours_of"],
        "properties": {
            "prices": BLOCK_TABLE,
            "widths": LIST_TABLE,
            "unit": FILLED,
            "hours_of": FILLED,
            "determinant": FILLED,
        },
    }

    prices: Lookup[tuple[Amount, ...]]
    widths: Lookup[tuple[Amount, ...]]
    unit: str
    hours_of: str
    determinant: str = "usage"

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """Prices, hours, and the code of the demand charge."""
        return cls(
            prices=reader.blocks("prices"),
            widths=reader.list_table("widths"),
            unit=reader.text("unit"),
            hours_of=reader.text("hours_of"),
            determinant=reader.text("determinant", "usage"),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """The unit must be known, and hours fit the prices."""
        yield from unit_problems(self.unit, path)
        yield from blocks_problems(self.prices, self.widths, path)
        yield from hours_problems(self.hours_of, version, path)

    def determinants(self) -> Mapping[str, str]:
        """The one it prices."""
        return {self.determinant: self.unit}

    def refers_to(self) -> tuple[str, ...]:
        """The demand charge, which comes first."""
        return (self.hours_of,)

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for each block something fell into."""
        use = inputs.usage(self, part, determinant=self.determinant, unit=self.unit)
        demand = billed_demand(self, self.hours_of, part, before)
        # A part of the period has its share of every width, so that a cut makes no second first block.
        share = part.span.days
        widths = [
            width * demand * share / inputs.period.days if share != inputs.period.days else width * demand
            for width in inputs.numbers(self.widths, part)
        ]
        draft = Draft(
            component=self,
            part=part,
            kind="hours_use",
            quantity=ZERO,
            unit=self.unit,
            price=ZERO,
            price_unit=self.unit,
            unrounded=ZERO,
            determinant=self.determinant,
            series=part.series_of(*inputs.value(self.widths, part)) if part.series else (),
            facts=(("demand", str(demand)),),
        )
        return priced(draft, part, inputs.value(self.prices, part), list(blocks_of(use, widths)))
