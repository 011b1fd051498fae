"""Assistance: what a programme takes off a bill, by per cent or amount, never below nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import is_negative
from meterside.engine.components.schema_terms import AMOUNT_TABLE, CODES, PER
from meterside.engine.money import round_to_cents
from meterside.engine.pricing import ZERO, Draft, Inputs, Part, base_of
from meterside.engine.proration import factor
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import Formula, money_text, numbers_of, plain

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceCredit(Component):
    """Takes ``rate`` of the components in ``of`` (0.2 is 20 per cent) and ``amount`` off; both are positive.

    Never more than those components come to, nor than ``most`` a bill, nor than ``most_a_year`` from one
    ``year_from`` to the next (the state keeps what was taken). Empty ``of``: everything before it that is no
    percentage. Listed before a tax it lowers what is taxed, after it it does not.
    """

    kind: ClassVar[str] = "assistance"
    schema: ClassVar[Mapping[str, Any]] = {
        "properties": {
            "rate": AMOUNT_TABLE,
            "amount": AMOUNT_TABLE,
            "per": PER,
            "of": CODES,
            "most": AMOUNT_TABLE,
            "most_a_year": AMOUNT_TABLE,
            "year_from": {"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"},
        },
        "anyOf": [{"required": ["rate"]}, {"required": ["amount"]}],
    }

    rate: Lookup[Amount] | None = None
    amount: Lookup[Amount] | None = None
    per: ChargePer = ChargePer.BILL
    of: tuple[str, ...] = ()
    most: Lookup[Amount] | None = None
    most_a_year: Lookup[Amount] | None = None
    year_from: str = "01-01"

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """What is taken off, of what, and the caps."""
        return cls(
            rate=reader.optional_table("rate"),
            amount=reader.optional_table("amount"),
            per=reader.choice("per", ChargePer, ChargePer.BILL),
            of=tuple(reader.texts("of")),
            most=reader.optional_table("most"),
            most_a_year=reader.optional_table("most_a_year"),
            year_from="{:02d}-{:02d}".format(*reader.month_day("year_from"))
            if reader.has("year_from")
            else "01-01",
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """It takes something off, and what it takes is written as it is said: positive."""
        if self.rate is None and self.amount is None:
            yield TariffProblem(path, "takes nothing off; give a rate or an amount")
        for name in ("rate", "amount", "most", "most_a_year"):
            table: Lookup[Amount] | None = getattr(self, name)
            if table is not None and any(is_negative(value) for _, value in table.cases):
                yield TariffProblem(
                    f"{path}.{name}", "is what is taken off; it cannot be negative", "negative"
                )
        if self.rate is not None and any(
            isinstance(value, Decimal) and value > 1 for _, value in self.rate.cases
        ):
            yield TariffProblem(f"{path}.rate", "is a share: 0.2 takes 20 per cent off, 1 takes all")
        if self.year_from == "02-29":
            yield TariffProblem(f"{path}.year_from", "is 02-29, which not every year has; take 03-01")

    def refers_to(self) -> tuple[str, ...]:
        """What it is taken of."""
        return self.of

    def without(self, gone: frozenset[str]) -> Component | None:
        """Of what is left; None when nothing is."""
        if not gone.intersection(self.of):
            return self
        left = tuple(code for code in self.of if code not in gone)
        return replace(self, of=left) if left else None

    def is_credit(self) -> bool:
        """Always."""
        return True

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line below zero; none where there is nothing to take off."""
        base = base_of(self, part, before)
        rate = ZERO if self.rate is None else inputs.number(self.rate, part)
        amount, times = ZERO, factor(self.proration, self.per, part.span.days, inputs.days)
        if self.amount is not None:
            amount = times.of(inputs.number(self.amount, part))
        taken, facts = base * rate + amount, []
        share = Decimal(part.span.days) / inputs.days.total
        bounds = [("at_most_base", base)]
        if self.most is not None:
            bounds.append(("at_most", inputs.number(self.most, part) * share))
        if self.most_a_year is not None:
            bounds.append(("at_most_year", self._left(part, inputs)))
        for name, bound in bounds:
            if taken > bound:
                taken, facts = max(bound, ZERO), [(name, plain(max(bound, ZERO), 6))]
        if self.most_a_year is not None:
            self._take(taken, part, inputs)
        if taken <= 0:
            return []
        by_days = (times.days, times.days_basis) if amount else (0, 0)
        return [
            Draft(
                component=self,
                part=part,
                kind="assistance",
                quantity=Decimal(1),
                unit="currency",
                price=-taken,
                price_unit="currency",
                unrounded=-taken,
                days=by_days[0],
                days_basis=by_days[1],
                base=base,
                facts=(("rate", plain(rate)), ("amount_off", plain(amount)), *facts),
            )
        ]

    def _left(self, part: Part, inputs: Inputs) -> Decimal:
        """What the year's cap leaves."""
        assert self.most_a_year is not None
        year, taken = self._year(inputs)
        del year
        return max(inputs.number(self.most_a_year, part) - taken, ZERO)

    def _take(self, taken: Decimal, part: Part, inputs: Inputs) -> None:
        """Note in the state what was taken, in whole cents as it is credited."""
        year, before = self._year(inputs)
        rounding = self.rounding or part.version.rounding
        cents = Decimal(round_to_cents(max(taken, ZERO), rounding.rule)).scaleb(-2)
        inputs.state.put(f"{self.code}.year", Decimal(year))
        inputs.state.put(f"{self.code}.taken", before + cents)

    def _year(self, inputs: Inputs) -> tuple[int, Decimal]:
        """The programme's year this bill's closing read lies in, and what was taken in it so far."""
        read_day = inputs.period.closed_end
        starts = date.fromisoformat(f"{read_day.year}-{self.year_from}")
        year = read_day.year if read_day >= starts else read_day.year - 1
        if inputs.state.get(f"{self.code}.year") != year:
            return year, ZERO
        return year, inputs.state.get(f"{self.code}.taken") or ZERO

    @classmethod
    def formula(cls, line: RatedLine) -> Formula:
        """``assistance``, with its rate, amount and the cap that was met."""
        return Formula("assistance", numbers_of(line))

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``20% of $50.00 off``."""
        assert line.base is not None
        facts = dict(line.facts)
        rate, amount = Decimal(facts["rate"]), Decimal(facts["amount_off"])
        parts = []
        if rate:
            parts.append(f"{plain(rate * 100, 6)}% of {money_text(line.base)}")
        if amount:
            parts.append(money_text(amount))
        text = f"{' and '.join(parts)} off"
        for name, words in _CAPS:
            if name in facts:
                text += f", {words.format(money_text(Decimal(facts[name])))}"
        return f"{text} = {money_text(line.unrounded)}"


_CAPS = (
    ("at_most_base", "no more than the charges"),
    ("at_most", "at most {} a bill"),
    ("at_most_year", "{} left of the year"),
)
