"""A price for each kW, kVA or kvar of the highest demand (docs/algorithms/demand.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from meterside.engine.clock_use import classes_of, present_in, schedule_of
from meterside.engine.components.blocks import blocks_of, blocks_problems
from meterside.engine.components.checks import register_problems
from meterside.engine.components.demand_schema import DEMAND_SCHEMA
from meterside.engine.components.demand_terms import PeakMemory, PowerFactor, Ratchet
from meterside.engine.components.time_of_use import period_facts
from meterside.engine.demand import (
    Peak,
    average_at,
    highest,
    root_of_squares,
    window_intervals,
    window_starts,
)
from meterside.engine.interval_use import IntervalUse
from meterside.engine.kept import kept_in
from meterside.engine.money import RoundingRule
from meterside.engine.pricing import ZERO, Draft, Inputs, Part, RatingError
from meterside.engine.proration import factor
from meterside.engine.quantity import CannotConvert, UnknownUnit, UsageRounding, convert
from meterside.engine.rating_error import not_converted
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader, invalid
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import money_text, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine

DEMAND_UNITS = ("kW", "kVA", "kvar")
#: What contract demand comes as: a quantity of the agreement, in the charge's unit.
CONTRACT = "contract_demand"
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCharge(Component):
    """``prices`` for each ``unit`` of the highest average over ``window_minutes`` (0: one interval).

    A demand register's ``determinant`` is billed as it is; else ``intervals`` are measured (``reactive``
    beside them for kVA and the power factor). ``schedule`` and ``period`` limit the hours, ``at`` names
    the very hours. Billed is the most of what was measured, ratchet, ``minimum`` and ``contract``.
    """

    kind: ClassVar[str] = "demand"
    schema: ClassVar[Mapping[str, Any]] = DEMAND_SCHEMA

    prices: Lookup[tuple[Amount, ...]]
    widths: Lookup[tuple[Amount, ...]] | None = None
    unit: str = "kW"
    per: ChargePer = ChargePer.BILL
    determinant: str = "demand"
    intervals: str = "usage"
    reactive: str = "reactive"
    window_minutes: int = 0
    sliding: bool = False
    schedule: str = ""
    period: str = ""
    at: tuple[str, ...] = ()
    minimum: Lookup[Amount] | None = None
    contract: Decimal | None = None
    ratchet: Ratchet | None = None
    power_factor: PowerFactor | None = None
    demand_rounding: UsageRounding | None = None

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """Prices, and how the demand they are for is found."""
        prices = reader.blocks("prices")
        ratchet, power_factor = reader.child("ratchet"), reader.child("power_factor")
        return cls(
            prices=prices,
            widths=reader.optional_list_table("widths"),
            unit=reader.text("unit", "kW"),
            per=reader.choice("per", ChargePer, ChargePer.BILL),
            determinant=reader.text("determinant", "demand"),
            intervals=reader.text("intervals", "usage"),
            reactive=reader.text("reactive", "reactive"),
            window_minutes=reader.integer("window_minutes", 0),
            sliding=reader.flag("sliding", False),
            schedule=reader.text("schedule", ""),
            period=reader.text("period", ""),
            at=_hours(reader),
            minimum=reader.optional_table("minimum"),
            contract=reader.optional_number("contract"),
            ratchet=Ratchet.read(ratchet) if ratchet else None,
            power_factor=PowerFactor.read(power_factor) if power_factor else None,
            demand_rounding=_rounding(reader.child("demand_rounding")),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """What could not be measured, or would not make sense."""
        yield from blocks_problems(self.prices, self.widths, path)
        if self.unit not in DEMAND_UNITS:
            yield TariffProblem(f"{path}.unit", f"is {self.unit!r}; use {', '.join(DEMAND_UNITS)}")
        if not 0 <= self.window_minutes <= _DAY_MINUTES:
            yield TariffProblem(f"{path}.window_minutes", "must be 0 (one interval) to 1440")
        if bool(self.schedule) != bool(self.period):
            yield TariffProblem(f"{path}.period", "schedule and period go together; give both or neither")
        elif self.schedule:
            found = version.schedule(self.schedule)
            if found is None:
                yield TariffProblem(f"{path}.schedule", f"{self.schedule!r} is no schedule of this version")
            elif self.period not in found.names():
                yield TariffProblem(
                    f"{path}.period", f"{self.period!r} is no period of schedule {self.schedule}"
                )
        if self.at and (self.schedule or self.window_minutes or self.sliding or self.unit == "kVA"):
            yield TariffProblem(
                f"{path}.at", "names whole hours; leave out schedule, window, sliding and kVA"
            )
        yield from register_problems(self.registers(version), self.code, version, path)
        yield from self._term_problems(path)

    def _term_problems(self, path: str) -> Iterator[TariffProblem]:
        least = [value for _, value in self.minimum.cases] if self.minimum else []
        if any(isinstance(value, Decimal) and value < 0 for value in least):
            yield TariffProblem(f"{path}.minimum", "a minimum demand cannot be negative", "negative")
        if self.contract is not None and not 0 < self.contract <= 1:
            yield TariffProblem(f"{path}.contract", "must be a share: more than 0 and at most 1")
        for fault in self.ratchet.faults() if self.ratchet else ():
            yield TariffProblem(f"{path}.ratchet", fault)
        for fault in self.power_factor.faults() if self.power_factor else ():
            yield TariffProblem(f"{path}.power_factor", fault)
        if self.power_factor and self.unit != "kW":
            yield TariffProblem(f"{path}.power_factor", f"adjusts kW; {self.unit} has it inside")
        if self.demand_rounding is not None and self.demand_rounding.step <= 0:
            yield TariffProblem(f"{path}.demand_rounding.step", "must be more than zero", "zero")

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """Its tables."""
        return tuple(table for table in (self.prices, self.widths, self.minimum) if table is not None)

    @property
    def register(self) -> str:
        """The determinant that a demand register would give."""
        return f"{self.determinant}.{self.period}" if self.period else self.determinant

    def registers(self, version: TariffVersion) -> Mapping[str, str]:
        """That of its period, where it has one."""
        return {self.register: self.schedule} if self.period else {}

    def intervals_needed(self) -> tuple[str, ...]:
        """Those it measures; a demand register does as well."""
        more = (self.reactive,) if self.unit == "kVA" or self.power_factor else ()
        return (self.intervals, *more)

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for each tier; none where the part has no time in the period."""
        if self.period:
            schedule = schedule_of(self, part, self.schedule)
            if schedule.index(self.period) not in present_in(part, schedule):
                return []
        try:
            billed, facts = self._billed(self._measured(part, inputs), part, inputs)
        except (UnknownUnit, CannotConvert) as error:
            raise not_converted(self.code, error, wanted=self.unit) from error
        times = factor(self.proration, self.per, part.span.days, inputs.days)
        prices = inputs.value(self.prices, part)
        widths = inputs.numbers(self.widths, part) if self.widths else ()
        drafts = []
        for block in blocks_of(billed, widths):
            stated = prices[block.tier - 1]
            price = part.amount(stated)
            drafts.append(
                Draft(
                    component=self,
                    part=part,
                    kind="demand",
                    quantity=block.within,
                    unit=self.unit,
                    price=price,
                    price_unit=self.unit,
                    unrounded=times.of(block.within * price),
                    determinant=self.register,
                    tier=block.tier if len(prices) > 1 else 0,
                    tier_from=block.lower if len(prices) > 1 else None,
                    tier_to=block.upper if len(prices) > 1 else None,
                    days=times.days,
                    days_basis=times.days_basis,
                    facts=(*facts, *((("times", plain(times.quantity)),) if times.quantity != 1 else ())),
                )
            )
        return drafts

    def _measured(self, part: Part, inputs: Inputs) -> Peak:
        """What a register says, else what the intervals of these days show."""
        given = inputs.quantity_of(self.register)
        if given is not None:
            if given.quantity < 0:
                raise RatingError(
                    "negative_usage",
                    f"{self.register} is {given.quantity} {given.unit}",
                    determinant=self.register,
                    quantity=given.quantity,
                    unit=given.unit,
                )
            return Peak(convert(given.quantity, given.unit, self.unit))
        if self.intervals not in inputs.intervals:
            said = f"{self.code} needs intervals of {self.intervals}, or {self.register} in {self.unit}"
            raise RatingError(
                "missing_intervals",
                said,
                why="needed",
                component=self.code,
                determinant=self.intervals,
            )
        use = inputs.intervals[self.intervals]
        inside = use.calendar.span(part.span)
        if self.at:
            hours = [datetime.fromisoformat(hour) for hour in self.at]
            return average_at(self, use, hours=hours, inside=inside, unit=self.unit) or Peak(ZERO)
        return highest(
            self,
            use,
            inside=inside,
            window_minutes=self.window_minutes,
            starts=kept_in(part.kept, ("windows", self.code, use.calendar), lambda: self._windows(part, use)),
            unit=self.unit,
            reactive=inputs.interval_use(self, self.reactive) if self.unit == "kVA" else None,
        )

    def _windows(self, part: Part, use: IntervalUse) -> NDArray[np.int64]:
        """The first intervals of the windows that count: the same for all who are billed over these days."""
        mask = None
        if self.period:
            schedule = schedule_of(self, part, self.schedule)
            classes = classes_of(self, part, schedule, use.calendar)
            mask = classes == schedule.index(self.period)
        count = window_intervals(self, use, self.window_minutes)
        return window_starts(use, use.calendar.span(part.span), count, self.sliding, mask)

    def _billed(self, peak: Peak, part: Part, inputs: Inputs) -> tuple[Decimal, tuple[tuple[str, str], ...]]:
        """The demand billed, and what a line says of it."""
        facts = [("measured", plain(peak.demand, 6))]
        if peak.at is not None:
            zone = inputs.intervals[self.intervals].zone
            facts.append(("peak_at", peak.at.astimezone(zone).isoformat(timespec="minutes")))
            facts.append(("window_minutes", str(peak.seconds // 60)))
        if self.period:
            facts += period_facts(schedule_of(self, part, self.schedule), self.period)
        demand = peak.demand
        if self.power_factor is not None:
            demand = self._adjusted(demand, self.power_factor, inputs, facts)
        billed, decided = demand, "measured"
        for name, least in self._floors(demand, part, inputs, facts):
            if least > billed:
                billed, decided = least, name
        if self.demand_rounding is not None:
            billed = self.demand_rounding.apply(billed)
        return billed, (*facts, ("decided_by", decided))

    def _floors(
        self, demand: Decimal, part: Part, inputs: Inputs, facts: list[tuple[str, str]]
    ) -> Iterator[tuple[str, Decimal]]:
        """What the billed demand cannot be below, each with its name."""
        if self.ratchet is not None:
            memory, day = PeakMemory(inputs, self.code), inputs.period.last_day
            found = memory.highest_before(day, self.ratchet)
            memory.keep(day, demand)
            if found is not None:
                facts += [("ratchet_highest", plain(found[0], 6)), ("ratchet_month", f"{found[1]:%Y-%m}")]
                facts.append(("ratchet_share", plain(self.ratchet.share)))
                yield "ratchet", found[0] * self.ratchet.share
        if self.minimum is not None:
            yield "minimum", inputs.number(self.minimum, part)
        if self.contract is not None:
            agreed = inputs.quantity_of(CONTRACT)
            if agreed is None:
                raise RatingError(
                    "missing_determinant",
                    f"{self.code} needs {CONTRACT}",
                    component=self.code,
                    determinant=CONTRACT,
                )
            quantity = convert(agreed.quantity, agreed.unit, self.unit)
            facts.append(("contract_demand", plain(quantity)))
            yield "contract", quantity * self.contract

    def _adjusted(
        self, demand: Decimal, terms: PowerFactor, inputs: Inputs, facts: list[tuple[str, str]]
    ) -> Decimal:
        """Demand times the least power factor over the period's, where that is lower."""
        found = self._power_factor(inputs)
        if terms.step is not None:
            found = UsageRounding(terms.step, RoundingRule.HALF_UP).apply(found)
        facts.append(("power_factor", plain(found, 4)))
        if found <= 0:
            raise RatingError(
                "unit",
                f"{self.code}: a power factor of {plain(found)} cannot be adjusted for",
                why="divisor",
                component=self.code,
                value=plain(found),
            )
        return demand * terms.least / found if found < terms.least else demand

    def _power_factor(self, inputs: Inputs) -> Decimal:
        """As given, else energy over the root of the squares of energy and reactive energy; 1 without use."""
        given = inputs.quantity_of("power_factor")
        if given is not None:
            return given.quantity
        energy, passive = inputs.quantity_of(self.intervals), inputs.quantity_of(self.reactive)
        if energy is None or passive is None:
            raise RatingError(
                "missing_determinant",
                f"{self.code} needs power_factor, or {self.reactive}",
                component=self.code,
                determinant=self.reactive,
            )
        active = convert(energy.quantity, energy.unit, "kWh")
        whole = root_of_squares(active, convert(passive.quantity, passive.unit, "kvarh"))
        return active / whole if whole else Decimal(1)

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``12.5 kW x $13.59 = $169.88``, with the times it counts where that is not one."""
        facts = dict(line.facts)
        often = f" x {plain(Decimal(facts['times']), 6)}" if "times" in facts else ""
        if line.days_basis:
            often = f" x {line.days} of {line.days_basis} days"
        quantity = plain(line.quantity, 6)
        return f"{quantity} {line.unit} x {money_text(line.price)}{often} = {money_text(line.unrounded)}"


def _hours(reader: Reader) -> tuple[str, ...]:
    hours = reader.texts("at")
    for index, hour in enumerate(hours):
        try:
            found = datetime.fromisoformat(hour)
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None or found.minute or found.second or len(hour) != 16:
            said = f"is {hour!r}; write a local hour such as 2025-07-15T17:00"
            raise invalid(f"{reader.path('at')}[{index}]", said)
    return tuple(hours)


def _rounding(reader: Reader | None) -> UsageRounding | None:
    if reader is None:
        return None
    rule = reader.choice("rule", RoundingRule, RoundingRule.HALF_UP)
    found = UsageRounding(step=reader.number("step"), rule=rule)
    reader.done()
    return found
