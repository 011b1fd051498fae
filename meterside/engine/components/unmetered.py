"""Lights without a meter: watts times the hours they burn (docs/algorithms/demand.md)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, Self

from meterside.engine.components.checks import is_negative
from meterside.engine.components.schema_terms import AMOUNT_TABLE, FILLED, defined
from meterside.engine.pricing import ZERO, Draft, Inputs, Part, RatingError
from meterside.engine.proration import SHARE_PLACES
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader, invalid
from meterside.engine.terms.version import TariffVersion
from meterside.engine.wording import plain

_WH = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmeteredCharge(Component):
    """``price`` for each kWh of ``count`` pieces of ``watts`` that burn ``hours`` in each month of the year.

    A month that is billed in part counts its share of days.
    """

    kind: ClassVar[str] = "unmetered"
    schema: ClassVar[Mapping[str, Any]] = {
        "required": ["price", "watts", "hours"],
        "properties": {
            "price": AMOUNT_TABLE,
            "watts": AMOUNT_TABLE,
            "hours": {
                "type": "array",
                "items": defined("decimal"),
                "minItems": 12,
                "maxItems": 12,
                "description": "Hours alight in January to December.",
            },
            "determinant": FILLED,
        },
    }

    price: Lookup[Amount]
    watts: Lookup[Amount]
    hours: tuple[Decimal, ...]
    determinant: str = "lamps"

    @classmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """A price, watts, and hours of each month."""
        hours = reader.list_table("hours")
        stated = hours.cases[0][1]
        plain_hours = tuple(value for value in stated if isinstance(value, Decimal))
        if not hours.is_constant or len(plain_hours) != 12 or len(stated) != 12:
            raise invalid(reader.path("hours"), "must be a list of twelve numbers, January first")
        return cls(
            price=reader.table("price"),
            watts=reader.table("watts"),
            hours=plain_hours,
            determinant=reader.text("determinant", "lamps"),
            **common,
        )

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """Neither hours nor watts are below nothing."""
        if any(hours < 0 for hours in self.hours):
            yield TariffProblem(f"{path}.hours", "must not be negative")
        if any(is_negative(value) for _, value in self.watts.cases):
            yield TariffProblem(f"{path}.watts", "must not be negative")

    def determinants(self) -> Mapping[str, str]:
        """How many pieces."""
        return {self.determinant: "each"}

    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """One line: the energy the pieces are held to use, times the price."""
        pieces = inputs.quantity_of(self.determinant)
        if pieces is None:
            raise RatingError(
                "missing_determinant",
                f"{self.code} needs {self.determinant}",
                component=self.code,
                determinant=self.determinant,
            )
        if pieces.unit != "each" or pieces.quantity < 0:
            said = f"{self.determinant} is {pieces.quantity} {pieces.unit}, no number of pieces"
            raise RatingError(
                "unit",
                f"{self.code}: {said}",
                why="no_count",
                component=self.code,
                determinant=self.determinant,
                quantity=pieces.quantity,
                unit=pieces.unit,
            )
        watts, price = inputs.number(self.watts, part), inputs.number(self.price, part)
        hours = self._hours(part)
        if inputs.days.priced != inputs.days.total:
            hours = hours * inputs.days.priced / inputs.days.total
        energy = (pieces.quantity * watts * hours / _WH).quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)
        facts = (("pieces", plain(pieces.quantity)), ("watts", plain(watts)), ("hours", plain(hours, 6)))
        return [
            Draft(
                component=self,
                part=part,
                kind="unmetered",
                quantity=energy,
                unit="kWh",
                price=price,
                price_unit="kWh",
                unrounded=energy * price,
                determinant=self.determinant,
                facts=facts,
            )
        ]

    def _hours(self, part: Part) -> Decimal:
        """Hours alight over the part's days, each month by its share of days."""
        by_month: dict[tuple[int, int], int] = {}
        for day in part.span.each_day():
            by_month[day.year, day.month] = by_month.get((day.year, day.month), 0) + 1
        return sum(
            (
                self.hours[month - 1] * days / monthrange(year, month)[1]
                for (year, month), days in by_month.items()
            ),
            ZERO,
        )
