"""Net metering: received energy off the use, a bank of kWh, pay-out (docs/algorithms/net-metering.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.clock_use import schedule_of, use_by_period
from meterside.engine.components.checks import unit_problems
from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED
from meterside.engine.components.time_of_use import period_facts
from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.pricing import ZERO, Draft, Inputs, Part
from meterside.engine.terms.choices import VersionPick
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import money_text, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


class Carry(StrEnum):
    """What becomes of a surplus."""

    NONE = "none"  #: paid out on each bill
    ANNUAL = "annual"  #: into the bank, paid out on the bill that closes in the true-up month
    FOREVER = "forever"  #: into the bank


@dataclass(frozen=True, slots=True, kw_only=True)
class NetMetering(Component):
    """Takes ``received`` off ``determinant`` and leaves ``net`` to the charges that follow.

    With a ``schedule`` each period nets by itself, into ``net.<period>``, with a bank of its own.
    ``pay_out`` is paid for each unit of a surplus; without it a surplus that ends is granted.
    """

    kind: ClassVar[str] = "net_metering"
    line_kinds: ClassVar[tuple[str, ...]] = ("net_bank", "net_payout")
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["unit", "carry"],
        "properties": {
            "unit": FILLED,
            "carry": {"enum": [word.value for word in Carry]},
            "true_up_month": {"type": "integer", "minimum": 1, "maximum": 12, "default": 12},
            "pay_out": AMOUNT_TABLE,
            "schedule": FILLED,
            "determinant": FILLED,
            "received": FILLED,
            "net": FILLED,
        },
    }

    unit: str
    carry: Carry
    true_up_month: int = 12
    pay_out: Lookup[Amount] | None = None
    schedule: str = ""
    determinant: str = "usage"
    received: str = "received"
    net: str = "net"
    #: Netting is over the whole bill, so one version says how.
    version_pick: VersionPick = VersionPick.READ_DATE

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """How a surplus is carried and paid."""
        pick = {} if reader.has("version_pick") else {"version_pick": VersionPick.READ_DATE}
        return cls(
            unit=reader.text("unit"),
            carry=reader.choice("carry", Carry, Carry.NONE),
            true_up_month=reader.integer("true_up_month", 12),
            pay_out=reader.optional_table("pay_out"),
            schedule=reader.text("schedule", ""),
            determinant=reader.text("determinant", "usage"),
            received=reader.text("received", "received"),
            net=reader.text("net", "net"),
            **{**common, **pick},
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """What could not be netted."""
        yield from unit_problems(self.unit, path)
        if not 1 <= self.true_up_month <= 12:
            yield TariffProblem(f"{path}.true_up_month", "is no month; write 1 to 12")
        if self.version_pick is VersionPick.DAY_OF_USE:
            said = "netting is over the whole bill; use read_date or bill_date"
            yield TariffProblem(f"{path}.version_pick", said)
        if self.schedule and version.schedule(self.schedule) is None:
            yield TariffProblem(f"{path}.schedule", f"{self.schedule!r} is no schedule of this version")
        if len({self.determinant, self.received, self.net}) != 3:
            yield TariffProblem(f"{path}.net", "determinant, received and net need three names")

        for other in version.components:
            if other.code == self.code:
                break
            if self.net in other.determinants():
                said = f"{other.code!r} prices it and stands before; list it after"
                yield TariffProblem(f"{path}.net", said)

    def determinants(self) -> Mapping[str, str]:
        """Use and received energy."""
        return {self.determinant: self.unit, self.received: self.unit}

    def derives(self) -> Mapping[str, tuple[str, ...]]:
        """The net, from use and received energy."""
        return {self.net: (self.determinant, self.received)}

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """The pay-out."""
        return (self.pay_out,) if self.pay_out else ()

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """A line for what goes to or comes from each bank, and one for what is paid out."""
        used = self._amounts(part, inputs, self.determinant)
        received = self._amounts(part, inputs, self.received) if inputs.has_any(self.received) else {}
        drafts: list[Draft] = []
        total = ZERO
        ends = self.carry is Carry.NONE or (
            self.carry is Carry.ANNUAL and inputs.period.last_day.month == self.true_up_month
        )
        for period in sorted(set(used) | set(received) | self._banked(part, inputs)):
            bank_name = f"{self.code}.bank.{period}" if period else f"{self.code}.bank"
            banked = inputs.state.incoming(bank_name) or ZERO
            use, back = used.get(period, ZERO), received.get(period, ZERO)
            left = use - back - banked
            net, surplus = max(left, ZERO), max(-left, ZERO)
            total += net
            if period:
                self._leave(inputs, f"{self.net}.{period}", net)
            paid = surplus if ends else ZERO
            if self.carry is not Carry.NONE:
                inputs.state.put(bank_name, surplus - paid)
            facts = self._facts(part, period)
            numbers = {"used": use, "received": back, "bank_before": banked, "net": net}
            numbers["bank_after"] = surplus - paid
            facts = (*facts, *((name, plain(value)) for name, value in numbers.items()))
            drafts.append(self._line(part, "net_bank", use - net, ZERO, facts))
            if paid:
                price = inputs.number(self.pay_out, part) if self.pay_out else ZERO
                drafts.append(self._line(part, "net_payout", paid, -price, facts))
        self._leave(inputs, self.net, total)
        return drafts

    def _amounts(self, part: Part, inputs: Inputs, name: str) -> dict[str, Decimal]:
        if not self.schedule:
            return {"": inputs.usage(self, part, determinant=name, unit=self.unit)}
        schedule = schedule_of(self, part, self.schedule)
        return use_by_period(self, part, inputs, determinant=name, unit=self.unit, schedule=schedule)

    def _banked(self, part: Part, inputs: Inputs) -> set[str]:
        """Periods with something in their bank, though none of their hours are in this bill."""
        if not self.schedule:
            return set()
        names = schedule_of(self, part, self.schedule).names()
        return {name for name in names if inputs.state.incoming(f"{self.code}.bank.{name}")}

    def _leave(self, inputs: Inputs, name: str, quantity: Decimal) -> None:
        inputs.derive(
            Determinant(name, quantity, self.unit, DeterminantSource.INTERVAL), shape_of=self.determinant
        )

    def _facts(self, part: Part, period: str) -> tuple[tuple[str, str], ...]:
        return period_facts(schedule_of(self, part, self.schedule), period) if period else ()

    def _line(
        self, part: Part, kind: str, quantity: Decimal, price: Decimal, facts: tuple[tuple[str, str], ...]
    ) -> Draft:
        return Draft(
            component=self,
            part=part,
            kind=kind,
            quantity=quantity,
            unit=self.unit,
            price=price,
            price_unit=self.unit,
            unrounded=quantity * price,
            determinant=self.received,
            facts=facts,
        )

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``500 kWh used, 650 kWh received, 0 kWh banked: 0 kWh billed, 150 kWh banked``."""
        facts = dict(line.facts)
        if line.kind == "net_payout":
            paid = f"{plain(line.quantity, 6)} {line.unit} x {money_text(line.price)}"
            return f"{paid} = {money_text(line.unrounded)}"
        unit = line.unit
        taken = f"{facts['used']} {unit} used, {facts['received']} {unit} received"
        return (
            f"{taken}, {facts['bank_before']} {unit} banked: "
            f"{facts['net']} {unit} billed, {facts['bank_after']} {unit} banked"
        )
