"""Blocks of use, each at its own price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import tier_problems, unit_problems
from meterside.engine.components.schema_terms import FILLED, GIVENS, LIST_TABLE, PER, STEP
from meterside.engine.pricing import ZERO, Draft, Inputs, Part, RatingError
from meterside.engine.proration import SHARE_PLACES, Factor, factor
from meterside.engine.quantity import UsageRounding
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.component import Component
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import Formula, numbers_of, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TieredCharge(Component):
    """Blocks of use, each with its price. ``widths`` has one entry less than ``prices``: the last is open.

    Widths are in ``unit`` per ``width_per``, and for each of the numbers named in ``width_each`` (dwelling
    units); the component's proration stretches them with the days, and ``width_rounding`` rounds them then.
    """

    kind: ClassVar[str] = "tiered"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["prices", "widths", "unit"],
        "properties": {
            "prices": LIST_TABLE,
            "widths": LIST_TABLE,
            "width_per": PER,
            "width_each": GIVENS,
            "width_rounding": STEP,
            "unit": FILLED,
            "determinant": FILLED,
        },
    }

    prices: Lookup[tuple[Amount, ...]]
    widths: Lookup[tuple[Amount, ...]]
    unit: str
    determinant: str = "usage"
    width_per: ChargePer = ChargePer.BILL
    width_each: tuple[Given, ...] = ()
    width_rounding: UsageRounding | None = None

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """Prices, widths, and what both stand for."""
        return cls(
            prices=reader.list_table("prices"),
            widths=reader.list_table("widths"),
            unit=reader.text("unit"),
            determinant=reader.text("determinant", "usage"),
            width_per=reader.choice("width_per", ChargePer, ChargePer.BILL),
            width_each=reader.givens("width_each"),
            width_rounding=reader.step("width_rounding"),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """The unit must be known, and widths fit the prices."""
        yield from unit_problems(self.unit, path)
        yield from tier_problems(self.prices, self.widths, path)

    def determinants(self) -> Mapping[str, str]:
        """The one it prices."""
        return {self.determinant: self.unit}

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for each block something fell into; the first always has one."""
        quantity = inputs.usage(self, part, determinant=self.determinant, unit=self.unit)
        prices = inputs.value(self.prices, part)
        widths = inputs.numbers(self.widths, part)
        width_series = part.series_of(*inputs.value(self.widths, part)) if part.series else ()
        times = factor(self.proration, self.width_per, part.span.days, inputs.days)
        each, facts = self._each(part, inputs)
        drafts = []
        lower = ZERO
        for tier, stated in enumerate(prices, start=1):
            upper = lower + self._width(widths[tier - 1] * each, times) if tier <= len(widths) else None
            within = (quantity if upper is None else min(quantity, upper)) - lower
            if within > 0 or tier == 1:
                price = part.amount(stated)
                own = part.series_of(stated)
                drafts.append(
                    Draft(
                        component=self,
                        part=part,
                        kind="tiered",
                        quantity=within,
                        unit=self.unit,
                        price=price,
                        price_unit=self.unit,
                        unrounded=within * price,
                        determinant=self.determinant,
                        tier=tier,
                        tier_from=lower,
                        tier_to=upper,
                        days=times.days,
                        days_basis=times.days_basis,
                        series=own + tuple(value for value in width_series if value not in own),
                        facts=facts,
                    )
                )
            if upper is None or quantity <= upper:
                break
            lower = upper
        return drafts

    def _each(self, part: Part, inputs: Inputs) -> tuple[Decimal, tuple[tuple[str, str], ...]]:
        """How many times a width is counted, and the numbers behind it."""
        each, facts = Decimal(1), []
        for given in self.width_each:
            number = inputs.given(self, given, part)
            if number == 0:
                fault = f"{self.code}: {given.name} is 0, which would leave no width to any tier"
                raise RatingError(
                    "unknown_attribute", fault, why="zero", component=self.code, attribute=given.name
                )
            each *= number
            facts.append((f"width_{given.name}", plain(number)))
        return each, tuple(facts)

    def _width(self, width: Decimal, times: Factor) -> Decimal:
        found = tier_width(width, times)
        return found if self.width_rounding is None else self.width_rounding.apply(found)

    @classmethod
    def formula(cls, line: RatedLine) -> Formula:
        """Of the kind ``usage``: a block's use times its price."""
        return Formula("usage", numbers_of(line))


def tier_width(width: Decimal, times: Factor) -> Decimal:
    """The width of a tier for this period; kept to six places where days do not divide evenly."""
    if times.denominator == 1:
        return width * times.numerator
    return times.of(width).quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)
