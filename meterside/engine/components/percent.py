"""A share of other components: taxes, franchise fees, discounts by per cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.schema_terms import AMOUNT_TABLE, CODES
from meterside.engine.pricing import Draft, Inputs, Part, base_of
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.reader import Reader
from meterside.engine.wording import money_text, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentCharge(Component):
    """A share of other components: ``rate`` 0.01 is one per cent.

    ``of`` names them; empty means every component listed before it that is no percentage itself.
    """

    kind: ClassVar[str] = "percent"
    in_base: ClassVar[bool] = False
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["rate"],
        "properties": {"rate": AMOUNT_TABLE, "of": CODES},
    }

    rate: Lookup[Amount]
    of: tuple[str, ...] = ()

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """A rate and what it is taken of."""
        return cls(rate=reader.table("rate"), of=tuple(reader.texts("of")), **common)

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
        """One line: the base times the rate."""
        rate = inputs.number(self.rate, part)
        base = base_of(self, part, before)
        return [
            Draft(
                component=self,
                part=part,
                kind="percent",
                quantity=base,
                unit="currency",
                price=rate,
                price_unit="currency",
                unrounded=base * rate,
                base=base,
            )
        ]

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``5% of $12.35``."""
        assert line.base is not None
        return f"{plain(line.price * 100, 6)}% of {money_text(line.base)} = {money_text(line.unrounded)}"
