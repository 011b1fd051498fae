"""Budget-based water: tiers that are shares of what a customer is allotted for people, area and weather."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.allotment import (
    SCHEMA_DEFS,
    Allotment,
    Indoor,
    Outdoor,
    allotment_problems,
    read_indoor,
    read_outdoor,
    work_out,
)
from meterside.engine.components.checks import unit_problems
from meterside.engine.components.schema_terms import FILLED, LIST_TABLE, STEP, defined
from meterside.engine.pricing import ZERO, Draft, Inputs, Part
from meterside.engine.quantity import UsageRounding
from meterside.engine.terms.component import Component, series_in
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.terms.writer import changed
from meterside.engine.wording import Formula, numbers_of, use_times_price

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine

_PER_CENT = re.compile(r"(\d+(?:\.\d+)?)%")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetCharge(Component):
    """Blocks of use, each with its price; ``bounds`` say where all but the last end.

    A bound is ``indoor`` or ``outdoor`` (that part of the budget) or a per cent of the whole (``150%``). The
    budget is what ``indoor``, ``outdoor`` and the determinant ``allotment`` come to, in ``unit``.
    """

    kind: ClassVar[str] = "budget"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["prices", "bounds", "unit"],
        "properties": {
            "prices": LIST_TABLE,
            "bounds": {"type": "array", "items": FILLED},
            "unit": FILLED,
            "determinant": FILLED,
            "indoor": defined("indoor"),
            "outdoor": defined("outdoor"),
            "allotment": FILLED,
            "budget_rounding": STEP,
        },
    }
    schema_defs: ClassVar[Mapping[str, Any]] = SCHEMA_DEFS

    prices: Lookup[tuple[Amount, ...]]
    bounds: tuple[str, ...]
    unit: str
    determinant: str = "usage"
    indoor: Indoor | None = None
    outdoor: Outdoor | None = None
    allotment: str = ""
    budget_rounding: UsageRounding | None = None

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """Prices, where tiers end, and what the budget is made of."""
        return cls(
            prices=reader.list_table("prices"),
            bounds=tuple(reader.texts("bounds")),
            unit=reader.text("unit"),
            determinant=reader.text("determinant", "usage"),
            indoor=read_indoor(reader.child("indoor")),
            outdoor=read_outdoor(reader.child("outdoor")),
            allotment=reader.text("allotment", ""),
            budget_rounding=reader.step("budget_rounding"),
            **common,
        )

    def write(self) -> dict[str, Any]:
        """Its document form."""
        data = {"kind": self.kind, **changed(self, skip=("outdoor",))}
        if self.outdoor is not None:
            data["outdoor"] = self.outdoor.write()
        return data

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """There must be a budget, and bounds of it that rise."""
        yield from unit_problems(self.unit, path)
        yield from allotment_problems(self.indoor, self.outdoor, path)
        if self.indoor is None and self.outdoor is None and not self.allotment:
            yield TariffProblem(path, "has no budget; give indoor, outdoor or allotment")
        if any(len(prices) != len(self.bounds) + 1 for _, prices in self.prices.cases):
            yield TariffProblem(
                f"{path}.bounds", "needs one bound fewer than prices: the last tier is open", "tier_count"
            )
        before = ZERO
        for index, bound in enumerate(self.bounds):
            here = f"{path}.bounds[{index}]"
            share = per_cent(bound)
            if share is None:
                if bound not in ("indoor", "outdoor") or getattr(self, bound) is None:
                    yield TariffProblem(
                        here, f"is {bound!r}; write indoor or outdoor, if the budget has it, or 100%"
                    )
                elif index:
                    yield TariffProblem(
                        here, f"{bound} is part of the budget; it can only end the first tier"
                    )
            elif share <= before:
                yield TariffProblem(
                    here,
                    f"{bound} does not rise; order tiers from the smallest share",
                    "tier_order",
                    (("bound", bound),),
                )
            else:
                before = share

    def determinants(self) -> Mapping[str, str]:
        """What it prices, and an allotment that is given."""
        found = {self.determinant: self.unit}
        return found | {self.allotment: self.unit} if self.allotment else found

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """Its prices, and the tables of the budget's parts."""
        parts = tuple(part for part in (self.indoor, self.outdoor) if part is not None)
        return (self.prices, *(table for part in parts for table in part.lookups()))

    def givens(self) -> tuple[Given, ...]:
        """People, area and what else the budget asks for."""
        parts = tuple(part for part in (self.indoor, self.outdoor) if part is not None)
        return tuple(given for part in parts for given in part.givens())

    def series_named(self) -> frozenset[str]:
        """The series of its tables, and that of the weather."""
        values = (value for table in self.lookups() for _, value in table.cases)
        own = frozenset(ref.series for ref in series_in(values))
        weather = self.outdoor.weather if self.outdoor is not None else None
        return own | {weather.series} if weather is not None and weather.series else own

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for each block something fell into; the first always has one."""
        quantity = inputs.usage(self, part, determinant=self.determinant, unit=self.unit)
        budget = work_out(self, part, inputs)
        prices = inputs.value(self.prices, part)
        drafts: list[Draft] = []
        lower = ZERO
        for tier, stated in enumerate(prices, start=1):
            upper = (
                max(lower, self._bound(self.bounds[tier - 1], budget)) if tier <= len(self.bounds) else None
            )
            within = (quantity if upper is None else min(quantity, upper)) - lower
            if within > 0 or tier == 1:
                price = part.amount(stated)
                drafts.append(
                    Draft(
                        component=self,
                        part=part,
                        kind="budget",
                        quantity=within,
                        unit=self.unit,
                        price=price,
                        price_unit=self.unit,
                        unrounded=within * price,
                        determinant=self.determinant,
                        tier=tier,
                        tier_from=lower,
                        tier_to=upper,
                        series=part.series + budget.series,
                        facts=(*budget.facts, *self._bound_facts(tier)),
                    )
                )
            if upper is None or quantity <= upper:
                break
            lower = upper
        return drafts

    def _bound(self, bound: str, budget: Allotment) -> Decimal:
        share = per_cent(bound)
        if share is not None:
            return budget.whole * share
        return budget.indoor if bound == "indoor" else budget.outdoor

    def _bound_facts(self, tier: int) -> tuple[tuple[str, str], ...]:
        """Where the tier begins and ends, in the words of the tariff."""
        facts = []
        if tier > 1:
            facts.append(("from_bound", self.bounds[tier - 2]))
        if tier <= len(self.bounds):
            facts.append(("to_bound", self.bounds[tier - 1]))
        return tuple(facts)

    @classmethod
    def formula(cls, line: RatedLine) -> Formula:
        """``budget``, with the parts of the budget."""
        return Formula("budget", numbers_of(line))

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """A block's use times its price; the first line says the budget."""
        text = use_times_price(line)
        if line.tier > 1:
            return text
        facts = dict(line.facts)
        parts = [f"{name} {facts[name]}" for name in ("indoor", "outdoor", "allotment") if name in facts]
        return f"{text} (budget {facts['budget']} {line.unit}: {', '.join(parts)})"


def per_cent(bound: str) -> Decimal | None:
    """A bound such as ``150%`` as a share of the budget; None for the name of a part."""
    match = _PER_CENT.fullmatch(bound.strip())
    return None if match is None else Decimal(match.group(1)) / 100
