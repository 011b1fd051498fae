"""A price by the hour: periods of a schedule, each at its own price or tiers (docs/algorithms/time-of-use.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.clock_use import schedule_of, use_by_period, varies_within_days
from meterside.engine.components.blocks import Block, blocks_of, blocks_problems, priced
from meterside.engine.components.checks import hours_problems, register_problems, unit_problems
from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED, LIST_TABLE, PER, defined
from meterside.engine.components.tiered import tier_width
from meterside.engine.demand import billed_demand
from meterside.engine.pricing import ZERO, Draft, Inputs, Part
from meterside.engine.proration import SHARE_PLACES, Factor, factor
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.schedule import Schedule
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import use_times_price

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine

BLOCK_TABLE: Mapping[str, Any] = {"anyOf": [AMOUNT_TABLE, LIST_TABLE]}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodPrices:
    """The prices of one period of the schedule: one, or one more than its ``widths``."""

    period: str
    prices: Lookup[tuple[Amount, ...]]
    widths: Lookup[tuple[Amount, ...]] | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """A row of ``periods``."""
        found = cls(
            period=reader.text("period"),
            prices=reader.blocks("prices"),
            widths=reader.optional_list_table("widths"),
        )
        reader.done()
        return found


PERIOD_PRICES_DEF: Mapping[str, Any] = {
    "period_prices": {
        "type": "object",
        "additionalProperties": False,
        "required": ["period", "prices"],
        "properties": {"period": FILLED, "prices": BLOCK_TABLE, "widths": LIST_TABLE},
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfUseCharge(Component):
    """Prices by period of ``schedule``. ``widths`` are tiers over all use, else each period may have its own.

    With ``hours_of`` (the code of a demand charge) widths are hours: each kW billed there makes a tier so
    many units wide.
    """

    kind: ClassVar[str] = "time_of_use"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["schedule", "periods", "unit"],
        "properties": {
            "schedule": FILLED,
            "periods": {"type": "array", "minItems": 1, "items": defined("period_prices")},
            "unit": FILLED,
            "determinant": FILLED,
            "widths": LIST_TABLE,
            "width_per": PER,
            "hours_of": FILLED,
        },
    }
    schema_defs: ClassVar[Mapping[str, Any]] = PERIOD_PRICES_DEF

    schedule: str
    periods: tuple[PeriodPrices, ...]
    unit: str
    determinant: str = "usage"
    widths: Lookup[tuple[Amount, ...]] | None = None
    width_per: ChargePer = ChargePer.BILL
    hours_of: str = ""

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """A schedule, the prices of its periods, and tiers where it has any."""
        return cls(
            schedule=reader.text("schedule"),
            periods=tuple(PeriodPrices.read(child) for child in reader.children("periods")),
            unit=reader.text("unit"),
            determinant=reader.text("determinant", "usage"),
            widths=reader.optional_list_table("widths"),
            width_per=reader.choice("width_per", ChargePer, ChargePer.BILL),
            hours_of=reader.text("hours_of", ""),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """Each period of the schedule has prices, once; tiers fit them."""
        yield from unit_problems(self.unit, path)
        yield from period_problems(self.schedule, [each.period for each in self.periods], version, path)
        yield from hours_problems(self.hours_of, version, path)
        yield from register_problems(self.registers(version), self.code, version, path)
        for index, each in enumerate(self.periods):
            here = f"{path}.periods[{index}]"
            if self.widths is not None and each.widths is not None:
                yield TariffProblem(f"{here}.widths", "the charge has tiers over all use already; keep one")
            else:
                yield from blocks_problems(each.prices, each.widths or self.widths, here)

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """The tables of all periods."""
        own = [table for each in self.periods for table in (each.prices, each.widths) if table]
        return (*own, self.widths) if self.widths else tuple(own)

    def determinants(self) -> Mapping[str, str]:
        """The one it prices."""
        return {self.determinant: self.unit}

    def intervals_needed(self) -> tuple[str, ...]:
        """The one it prices; registers by period do as well."""
        return (self.determinant,)

    def intervals_used(self, version: TariffVersion) -> tuple[str, ...]:
        """None where its schedule only changes from day to day."""
        schedule = version.schedule(self.schedule)
        return (self.determinant,) if schedule is None or varies_within_days(schedule) else ()

    def registers(self, version: TariffVersion) -> Mapping[str, str]:
        """One for each period."""
        return {f"{self.determinant}.{each.period}": self.schedule for each in self.periods}

    def refers_to(self) -> tuple[str, ...]:
        """The demand its tiers are hours of."""
        return (self.hours_of,) if self.hours_of else ()

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for each period with some time in the part, and in it for each tier use fell into."""
        schedule = schedule_of(self, part, self.schedule)
        uses = use_by_period(
            self, part, inputs, determinant=self.determinant, unit=self.unit, schedule=schedule
        )
        times = factor(self.proration, self.width_per, part.span.days, inputs.days)
        scale = billed_demand(self, self.hours_of, part, before) if self.hours_of else None
        overall = self._widths(self.widths, part, inputs, times, scale)
        every = sum(uses.values(), ZERO)
        drafts: list[Draft] = []
        for each in self.periods:
            if each.period not in uses:
                continue
            use = uses[each.period]
            if self.widths is None:
                blocks = list(blocks_of(use, self._widths(each.widths, part, inputs, times, scale)))
            else:
                blocks = _shared(use, every, overall)
            draft = self._draft(part, schedule, each.period, times)
            if part.series:
                tables = (table for table in (each.widths, self.widths) if table is not None)
                widths = tuple(width for table in tables for width in inputs.value(table, part))
                draft.series = part.series_of(*widths)
            drafts += priced(draft, part, inputs.value(each.prices, part), blocks)
        return drafts

    def _widths(
        self,
        table: Lookup[tuple[Amount, ...]] | None,
        part: Part,
        inputs: Inputs,
        times: Factor,
        scale: Decimal | None,
    ) -> tuple[Decimal, ...]:
        if table is None:
            return ()
        stated = inputs.numbers(table, part)
        if scale is not None:
            stated = tuple(width * scale for width in stated)
        return tuple(tier_width(width, times) for width in stated)

    def _draft(self, part: Part, schedule: Schedule, period: str, times: Factor) -> Draft:
        return Draft(
            component=self,
            part=part,
            kind="time_of_use",
            quantity=ZERO,
            unit=self.unit,
            price=ZERO,
            price_unit=self.unit,
            unrounded=ZERO,
            determinant=self.determinant,
            days=times.days,
            days_basis=times.days_basis,
            facts=period_facts(schedule, period),
        )

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``250 kWh on-peak x $0.191 = $47.75``."""
        facts = dict(line.facts)
        named = facts.get("period_label") or facts["period"]
        return use_times_price(line).replace(f" {line.unit} x ", f" {line.unit} {named} x ", 1)


def period_facts(schedule: Schedule, period: str) -> tuple[tuple[str, str], ...]:
    """What a line says of its period: its name, and its words where it has some."""
    found = schedule.periods[schedule.index(period)]
    facts = [("period", period)]
    facts += [("period_label", found.label)] if found.label else []
    facts += [("period_label_es", found.label_es)] if found.label_es else []
    return tuple(facts)


def period_problems(
    schedule: str, periods: list[str], version: TariffVersion, path: str
) -> Iterator[TariffProblem]:
    """A schedule the version does not have, a period without prices, with two, or of no schedule."""
    found = version.schedule(schedule)
    if found is None:
        yield TariffProblem(
            f"{path}.schedule",
            f"{schedule!r} is no schedule of this version",
            "reference",
            (("code", schedule),),
        )
        return
    for name in found.names():
        if periods.count(name) != 1:
            said = "has no prices" if name not in periods else "has prices twice"
            yield TariffProblem(f"{path}.periods", f"period {name!r} {said}")
    for name in periods:
        if name not in found.names():
            yield TariffProblem(f"{path}.periods", f"{name!r} is no period of schedule {schedule}")


def _shared(use: Decimal, every: Decimal, widths: tuple[Decimal, ...]) -> list[Block]:
    """One period's use over tiers that all use fills: in each tier its share of all use.

    Shares are differences of running totals kept to six places, so they sum to ``use`` exactly.
    """
    found = []
    running = ZERO
    for block in blocks_of(every, widths):
        until = every if block.upper is None or block.upper >= every else block.upper
        reached = use
        if until != every:
            reached = (use * until / every).quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)
        if reached > running or block.tier == 1:
            found.append(Block(block.tier, block.lower, block.upper, reached - running))
        running = reached
    return found
