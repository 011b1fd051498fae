"""A least sum of a year's bills, settled on the bill that closes the year (docs/algorithms/demand.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.components.checks import is_negative
from meterside.engine.components.schema_terms import AMOUNT_TABLE, CODES
from meterside.engine.pricing import ZERO, Draft, Inputs, Part, base_of
from meterside.engine.terms.choices import VersionPick
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import money_text

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualMinimum(Component):
    """Lifts a year's sum of ``of`` (empty as for a percentage) to ``amount``, in the bill of ``month``.

    The sum since the last settling is carried in the state.
    """

    kind: ClassVar[str] = "annual_minimum"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["amount"],
        "properties": {
            "amount": AMOUNT_TABLE,
            "of": CODES,
            "month": {"type": "integer", "minimum": 1, "maximum": 12, "default": 12},
        },
    }

    amount: Lookup[Amount]
    of: tuple[str, ...] = ()
    month: int = 12
    #: A bill counts once, whatever versions price its days.
    version_pick: VersionPick = VersionPick.READ_DATE

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """An amount, the month that closes a year, and what counts."""
        pick = {} if reader.has("version_pick") else {"version_pick": VersionPick.READ_DATE}
        return cls(
            amount=reader.table("amount"),
            of=tuple(reader.texts("of")),
            month=reader.integer("month", 12),
            **{**common, **pick},
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """The least cannot be below nothing."""
        if any(is_negative(value) for _, value in self.amount.cases):
            yield TariffProblem(f"{path}.amount", "a minimum cannot be negative", "negative")
        if not 1 <= self.month <= 12:
            yield TariffProblem(f"{path}.month", "is no month; write 1 to 12")
        if self.version_pick is VersionPick.DAY_OF_USE:
            yield TariffProblem(f"{path}.version_pick", "a bill counts once; use read_date or bill_date")

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
        """In the month that closes the year a line with what is missing; else none."""
        name = f"{self.code}.year"
        billed = (inputs.state.incoming(name) or ZERO) + base_of(self, part, before)
        closes = inputs.period.last_day.month == self.month
        inputs.state.put(name, ZERO if closes else billed)
        amount = inputs.number(self.amount, part)
        if not closes or amount <= billed:
            return []
        return [
            Draft(
                component=self,
                part=part,
                kind="annual_minimum",
                quantity=amount - billed,
                unit="currency",
                price=amount,
                price_unit="year",
                unrounded=amount - billed,
                base=billed,
            )
        ]

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """``minimum of the year $300.00 less $220.00 = $80.00``."""
        assert line.base is not None
        taken = f"{money_text(line.price)} less {money_text(line.base)}"
        return f"minimum of the year {taken} = {money_text(line.unrounded)}"
