"""An amount per bill, month or day; a negative one is a credit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.schema_terms import AMOUNT_TABLE, PER
from meterside.engine.pricing import Draft, Inputs, Part
from meterside.engine.proration import factor
from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import ChargePer, ProrationMethod
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import Formula, money_text, numbers_of, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCharge(Component):
    """An amount (currency units) per bill, month or day. Negative is a credit."""

    kind: ClassVar[str] = "fixed"
    line_kinds: ClassVar[tuple[str, ...]] = ("fixed", "credit")
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["amount"],
        "properties": {"amount": AMOUNT_TABLE, "per": PER},
    }

    amount: Lookup[Amount]
    per: ChargePer = ChargePer.BILL

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """An amount and what it is per."""
        per = reader.choice("per", ChargePer, ChargePer.BILL)
        return cls(amount=reader.table("amount"), per=per, **common)

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """A charge per day is not prorated once more."""
        if self.per is ChargePer.DAY and self.proration.method is not ProrationMethod.NONE:
            yield TariffProblem(
                f"{path}.proration", "a charge per day already follows the days; leave it out"
            )

    def is_credit(self) -> bool:
        """Whether no case of it is more than nothing."""
        return all(not isinstance(value, SeriesRef) and value <= 0 for _, value in self.amount.cases)

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line: the amount, times how often it counts for the days of the part."""
        amount = inputs.number(self.amount, part)
        times = factor(self.proration, self.per, part.span.days, inputs.days)
        return [
            Draft(
                component=self,
                part=part,
                kind="credit" if amount < 0 else "fixed",
                quantity=times.quantity,
                unit=self.per.value,
                price=amount,
                price_unit=self.per.value,
                unrounded=times.of(amount),
                days=times.days,
                days_basis=times.days_basis,
            )
        ]

    @classmethod
    def formula(cls, line: RatedLine) -> Formula:
        """``prorated`` where days were divided, else ``fixed``."""
        return Formula("prorated" if line.days_basis else "fixed", numbers_of(line))

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``30 days x $0.50``, ``$30.00 per bill x 15 of 30 days``, or the amount alone."""
        amount, price, quantity = money_text(line.unrounded), money_text(line.price), plain(line.quantity, 6)
        if line.price_unit == "day":
            return f"{quantity} days x {price} = {amount}"
        if line.days_basis:
            return f"{price} per {line.price_unit} x {line.days} of {line.days_basis} days = {amount}"
        if line.quantity == 1:
            return amount
        return f"{quantity} x {price} = {amount}"
