"""The least a bill, or some of its charges, can come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import is_negative
from meterside.engine.components.schema_terms import AMOUNT_TABLE, CODES, PER
from meterside.engine.pricing import Draft, Inputs, Part, base_of
from meterside.engine.proration import factor
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import money_text

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumCharge(Component):
    """Lifts the sum of the components in ``of`` to ``amount``; empty as for a percentage."""

    kind: ClassVar[str] = "minimum"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["amount"],
        "properties": {"amount": AMOUNT_TABLE, "per": PER, "of": CODES},
    }

    amount: Lookup[Amount]
    per: ChargePer = ChargePer.BILL
    of: tuple[str, ...] = ()

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """An amount, what it is per and what it is taken of."""
        per = reader.choice("per", ChargePer, ChargePer.BILL)
        return cls(amount=reader.table("amount"), per=per, of=tuple(reader.texts("of")), **common)

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """The least cannot be below nothing."""
        if any(is_negative(value) for _, value in self.amount.cases):
            yield TariffProblem(f"{path}.amount", "a minimum bill cannot be negative", "negative")

    def refers_to(self) -> tuple[str, ...]:
        """What it is taken of."""
        return self.of

    def without(self, gone: frozenset[str]) -> Component | None:
        """Of what is left; None when nothing is."""
        if not gone.intersection(self.of):
            return self
        left = tuple(code for code in self.of if code not in gone)
        return replace(self, of=left) if left else None

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line: what is missing to the least amount; none when nothing is."""
        amount = inputs.number(self.amount, part)
        times = factor(self.proration, self.per, part.span.days, inputs.days)
        base = base_of(self, part, before)
        missing = times.of(amount) - base
        if missing <= 0:
            return []
        return [
            Draft(
                component=self,
                part=part,
                kind="minimum",
                quantity=times.quantity,
                unit=self.per.value,
                price=amount,
                price_unit=self.per.value,
                unrounded=missing,
                days=times.days,
                days_basis=times.days_basis,
                base=base,
            )
        ]

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``minimum $20.00 less $8.00``."""
        assert line.base is not None
        least = money_text(line.price * line.quantity)
        return f"minimum {least} less {money_text(line.base)} = {money_text(line.unrounded)}"
