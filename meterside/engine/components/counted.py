"""An amount for each of something nobody meters: units, carts, pick-ups, lamps, area, connected load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import is_negative, not_above_zero
from meterside.engine.components.schema_terms import AMOUNT_TABLE, GIVENS, PER, STEP, TEXT
from meterside.engine.pricing import ZERO, Draft, Inputs, Part, RatingError
from meterside.engine.proration import factor
from meterside.engine.quantity import UsageRounding
from meterside.engine.terms.choices import ChargePer, ProrationMethod
from meterside.engine.terms.component import Component
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import Formula, money_text, numbers_of, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedCharge(Component):
    """``amount`` (currency units) for each thing counted, per bill, month or day.

    What counts is the product of the numbers named in ``count``, in parts of ``size``, rounded, between
    ``least`` and ``most``, less ``included``. ``counted`` are words for it (carts, ERU).
    """

    kind: ClassVar[str] = "counted"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["amount", "count"],
        "properties": {
            "amount": AMOUNT_TABLE,
            "count": GIVENS,
            "per": PER,
            "size": AMOUNT_TABLE,
            "count_rounding": STEP,
            "least": AMOUNT_TABLE,
            "most": AMOUNT_TABLE,
            "included": AMOUNT_TABLE,
            "counted": TEXT,
            "counted_es": TEXT,
        },
    }

    amount: Lookup[Amount]
    count: tuple[Given, ...]
    per: ChargePer = ChargePer.BILL
    size: Lookup[Amount] | None = None
    count_rounding: UsageRounding | None = None
    least: Lookup[Amount] | None = None
    most: Lookup[Amount] | None = None
    included: Lookup[Amount] | None = None
    counted: str = ""
    counted_es: str = ""

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """An amount, and how what it is charged for is counted."""
        return cls(
            amount=reader.table("amount"),
            count=reader.givens("count"),
            per=reader.choice("per", ChargePer, ChargePer.BILL),
            size=reader.optional_table("size"),
            count_rounding=reader.step("count_rounding"),
            least=reader.optional_table("least"),
            most=reader.optional_table("most"),
            included=reader.optional_table("included"),
            counted=reader.text("counted", ""),
            counted_es=reader.text("counted_es", ""),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """Something must be counted; nothing divides by zero or counts below it."""
        if not self.count:
            yield TariffProblem(f"{path}.count", "is empty; name a number of the agreement")
        if self.per is ChargePer.DAY and self.proration.method is not ProrationMethod.NONE:
            yield TariffProblem(
                f"{path}.proration", "a charge per day already follows the days; leave it out"
            )
        if self.size is not None and any(not_above_zero(value) for _, value in self.size.cases):
            yield TariffProblem(f"{path}.size", "divides what is counted; it must be more than zero", "zero")
        for name in ("least", "most", "included"):
            table: Lookup[Amount] | None = getattr(self, name)
            if table is not None and any(is_negative(value) for _, value in table.cases):
                yield TariffProblem(f"{path}.{name}", "cannot be negative", "negative")

    def is_credit(self) -> bool:
        """Whether no case of it is more than nothing."""
        return all(isinstance(value, Decimal) and value <= 0 for _, value in self.amount.cases)

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line: the amount, for each, times how often it counts for the days; none for nothing."""
        count, facts = self._counted(part, inputs)
        if count == 0:
            return []
        amount = inputs.number(self.amount, part)
        times = factor(self.proration, self.per, part.span.days, inputs.days)
        return [
            Draft(
                component=self,
                part=part,
                kind="counted",
                quantity=times.of(count),
                unit=self.per.value,
                price=amount,
                price_unit=self.per.value,
                unrounded=times.of(amount * count),
                days=times.days,
                days_basis=times.days_basis,
                facts=facts,
            )
        ]

    def _counted(self, part: Part, inputs: Inputs) -> tuple[Decimal, tuple[tuple[str, str], ...]]:
        """How many are charged for, and the numbers behind it."""
        facts = []
        count = Decimal(1)
        for given in self.count:
            number = inputs.given(self, given, part)
            facts.append((f"given_{given.name}", plain(number)))
            count *= number
        if self.size is not None:
            size = inputs.number(self.size, part)
            if size <= 0:
                raise RatingError(
                    "unit",
                    f"{self.code}: its size is {size}; nothing can be divided by it",
                    why="divisor",
                    component=self.code,
                    value=size,
                )
            count /= size
            facts.append(("size", plain(size)))
        if self.count_rounding is not None:
            count = self.count_rounding.apply(count)
        if self.least is not None:
            count = max(count, inputs.number(self.least, part))
        if self.most is not None:
            count = min(count, inputs.number(self.most, part))
        if self.included is not None:
            included = inputs.number(self.included, part)
            count = max(count - included, ZERO)
            facts.append(("included", plain(included)))
        facts.append(("count", plain(count)))
        facts += [(name, text) for name, text in _words(self) if text]
        return count, tuple(facts)

    @classmethod
    def formula(cls, line: RatedLine) -> Formula:
        """``counted``, with the count and what it was worked out from."""
        return Formula("counted", numbers_of(line))

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``3 ERU x $4.00``, with the days where they play a part."""
        facts = dict(line.facts)
        each = " ".join(text for text in (facts["count"], facts.get("counted", "")) if text)
        amount, price = money_text(line.unrounded), money_text(line.price)
        if line.price_unit == "day":
            return f"{each} x {line.days} days x {price} = {amount}"
        if line.days_basis:
            per = f"per {line.price_unit} x {line.days} of {line.days_basis} days"
            return f"{each} x {price} {per} = {amount}"
        times = line.quantity / Decimal(facts["count"])
        many = f"{plain(times, 6)} x " if times != 1 else ""
        return f"{many}{each} x {price} = {amount}"


def _words(component: CountedCharge) -> tuple[tuple[str, str], ...]:
    return ("counted", component.counted), ("counted_es", component.counted_es)
