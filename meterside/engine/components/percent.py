"""A share of other components: taxes, franchise fees, discounts by per cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import is_negative
from meterside.engine.components.schema_terms import AMOUNT_TABLE, CODES
from meterside.engine.pricing import Draft, Inputs, Part, RatingError, base_of
from meterside.engine.series import SeriesRef
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import money_text, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


_HIGHEST_RATE = Decimal(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentCharge(Component):
    """A share of other components: ``rate`` 0.01 is one per cent.

    ``of`` names them; empty means every component listed before it that is no percentage itself.
    ``exempt`` is the share of the base that is free of it (1: all); no more than ``base_most`` of the base
    counts, and it comes to ``least`` and ``most`` (currency units) a bill.
    """

    kind: ClassVar[str] = "percent"
    in_base: ClassVar[bool] = False
    is_tax_by_kind: ClassVar[bool] = True
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["rate"],
        "properties": {
            "rate": AMOUNT_TABLE,
            "of": CODES,
            "exempt": AMOUNT_TABLE,
            "base_most": AMOUNT_TABLE,
            "least": AMOUNT_TABLE,
            "most": AMOUNT_TABLE,
        },
    }

    rate: Lookup[Amount]
    of: tuple[str, ...] = ()
    exempt: Lookup[Amount] | None = None
    base_most: Lookup[Amount] | None = None
    least: Lookup[Amount] | None = None
    most: Lookup[Amount] | None = None

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """A rate, what it is taken of, who is free of it, and its bounds."""
        return cls(
            rate=reader.table("rate"),
            of=tuple(reader.texts("of")),
            exempt=reader.optional_table("exempt"),
            base_most=reader.optional_table("base_most"),
            least=reader.optional_table("least"),
            most=reader.optional_table("most"),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """A share exempt lies between none and all; bounds are not negative."""
        if any(isinstance(value, Decimal) and value > _HIGHEST_RATE for _, value in self.rate.cases):
            yield TariffProblem(
                f"{path}.rate", "is more than 200 %: one per cent is written 0.01", "out of range"
            )
        if self.exempt is not None and any(not _is_share(value) for _, value in self.exempt.cases):
            yield TariffProblem(f"{path}.exempt", "is a share: from 0 (nothing is exempt) to 1 (all is)")
        for name in ("base_most", "least", "most"):
            table: Lookup[Amount] | None = getattr(self, name)
            if table is not None and any(is_negative(value) for _, value in table.cases):
                yield TariffProblem(f"{path}.{name}", "cannot be negative", "negative")

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
        """One line: the part of the base that counts, times the rate, between the bounds."""
        rate = inputs.number(self.rate, part)
        base, facts = self._base(part, inputs, before)
        exact = base * rate
        if self.least is not None and base > 0:
            least = self._share(self.least, part, inputs)
            if exact < least:
                exact, facts = least, (*facts, ("at_least", plain(least, 6)))
        if self.most is not None:
            most = self._share(self.most, part, inputs)
            if exact > most:
                exact, facts = most, (*facts, ("at_most", plain(most, 6)))
        return [
            Draft(
                component=self,
                part=part,
                kind="percent",
                quantity=base,
                unit="currency",
                price=rate,
                price_unit="currency",
                unrounded=exact,
                base=base,
                facts=facts,
            )
        ]

    def _base(
        self, part: Part, inputs: Inputs, before: list[Draft]
    ) -> tuple[Decimal, tuple[tuple[str, str], ...]]:
        """What the rate is taken of, and what was left out of it."""
        base, facts = base_of(self, part, before), []
        if self.exempt is not None:
            share = inputs.number(self.exempt, part)
            if not _is_share(share):
                fault = f"{self.code}: {plain(share)} of it would be exempt; that is no share"
                raise RatingError(
                    "unknown_attribute", fault, why="no_share", component=self.code, value=plain(share)
                )
            if share:
                facts += [("exempt_share", plain(share)), ("whole_base", plain(base))]
                base *= 1 - share
        if self.base_most is not None:
            most = self._share(self.base_most, part, inputs)
            if base > most:
                facts.append(("base_at_most", plain(most, 6)))
                base = most
        return base, tuple(facts)

    def _share(self, bound: Lookup[Amount], part: Part, inputs: Inputs) -> Decimal:
        """A bound a bill has, shared by days over its parts."""
        return inputs.number(bound, part) * part.span.days / inputs.days.total

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``5% of $12.35``, with what is exempt and the bound that was met."""
        assert line.base is not None
        facts = dict(line.facts)
        text = f"{plain(line.price * 100, 6)}% of {money_text(line.base)}"
        if "exempt_share" in facts:
            share = plain(Decimal(facts["exempt_share"]) * 100, 6)
            text += f" ({share}% of {money_text(Decimal(facts['whole_base']))} exempt)"
        for name, words in (("at_least", "at least"), ("at_most", "at most")):
            if name in facts:
                text += f", {words} {money_text(Decimal(facts[name]))}"
        return f"{text} = {money_text(line.unrounded)}"


def _is_share(amount: Amount) -> bool:
    return isinstance(amount, SeriesRef) or 0 <= amount <= 1
