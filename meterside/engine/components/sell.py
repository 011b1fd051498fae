"""Received or generated energy bought from the customer: net billing, sell-all (net-metering.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.clock_use import schedule_of, use_by_period, varies_within_days
from meterside.engine.components.checks import unit_problems
from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED, defined
from meterside.engine.components.time_of_use import (
    PERIOD_PRICES_DEF,
    PeriodPrices,
    period_facts,
    period_problems,
)
from meterside.engine.pricing import Draft, Inputs, Part
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import use_times_price

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SellCredit(Component):
    """A credit of ``price`` for each unit of ``determinant``, or of ``periods`` of a ``schedule``.

    Where none of it was measured there is no line: not every customer generates.
    """

    kind: ClassVar[str] = "sell"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["unit"],
        "properties": {
            "unit": FILLED,
            "price": AMOUNT_TABLE,
            "schedule": FILLED,
            "periods": {"type": "array", "minItems": 1, "items": defined("period_prices")},
            "determinant": FILLED,
        },
        "oneOf": [{"required": ["price"]}, {"required": ["schedule", "periods"]}],
    }
    schema_defs: ClassVar[Mapping[str, Any]] = PERIOD_PRICES_DEF

    unit: str
    price: Lookup[Amount] | None = None
    schedule: str = ""
    periods: tuple[PeriodPrices, ...] = ()
    determinant: str = "received"

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """One price, or prices by period."""
        return cls(
            unit=reader.text("unit"),
            price=reader.optional_table("price"),
            schedule=reader.text("schedule", ""),
            periods=tuple(PeriodPrices.read(child) for child in reader.children("periods", optional=True)),
            determinant=reader.text("determinant", "received"),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """One way of pricing, and one price for each period."""
        yield from unit_problems(self.unit, path)
        if (self.price is None) == (not self.periods):
            yield TariffProblem(f"{path}.price", "give either price, or schedule and periods")
        elif self.periods:
            yield from period_problems(self.schedule, [each.period for each in self.periods], version, path)
        for index, each in enumerate(self.periods):
            if each.widths is not None or any(len(values) != 1 for _, values in each.prices.cases):
                yield TariffProblem(
                    f"{path}.periods[{index}]", "received energy has no tiers; give one price"
                )

    def determinants(self) -> Mapping[str, str]:
        """The one it buys."""
        return {self.determinant: self.unit}

    def intervals_used(self, version: TariffVersion) -> tuple[str, ...]:
        """Those it buys by the hour."""
        schedule = version.schedule(self.schedule)
        return (self.determinant,) if schedule and varies_within_days(schedule) else ()

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """The price, or the periods' prices."""
        own = (self.price,) if self.price else ()
        return (*own, *(each.prices for each in self.periods))

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for what was received, or one for each period with some time in the part."""
        if not inputs.has_any(self.determinant):
            return []
        if self.price is not None:
            use = inputs.usage(self, part, determinant=self.determinant, unit=self.unit)
            stated = inputs.value(self.price, part)
            return [self._line(part, use, stated, ())]
        schedule = schedule_of(self, part, self.schedule)
        uses = use_by_period(
            self, part, inputs, determinant=self.determinant, unit=self.unit, schedule=schedule
        )
        return [
            self._line(
                part,
                uses[each.period],
                inputs.value(each.prices, part)[0],
                period_facts(schedule, each.period),
            )
            for each in self.periods
            if each.period in uses
        ]

    def _line(self, part: Part, quantity: Any, stated: Amount, facts: tuple[tuple[str, str], ...]) -> Draft:
        price = -part.amount(stated)
        return Draft(
            component=self,
            part=part,
            kind="sell",
            quantity=quantity,
            unit=self.unit,
            price=price,
            price_unit=self.unit,
            unrounded=quantity * price,
            determinant=self.determinant,
            series=part.series_of(stated) if part.series else (),
            facts=facts,
        )

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``120 kWh received x -$0.05 = -$6.00``."""
        facts = dict(line.facts)
        named = facts.get("period_label") or facts.get("period")
        what = f"{line.determinant} {named}" if named else line.determinant
        return use_times_price(line).replace(f" {line.unit} x ", f" {line.unit} {what} x ", 1)
