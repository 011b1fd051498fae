"""Dated characteristics: attributes of an agreement or premise that change on a day, also inside a bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from meterside.engine.period import Period


@dataclass(frozen=True, slots=True)
class DatedCharacteristic:
    """Values by the day each comes into force, in order; before the first nothing is known.

    Raises ``ValueError`` when there is no value, or days are not in order.
    """

    name: str
    values: tuple[tuple[date, str | int | Decimal], ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"characteristic {self.name} has no value")
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.values)):
            raise ValueError(f"characteristic {self.name} is not in the order of its days")

    def on(self, day: date) -> str | int | Decimal:
        """The value in force on a day; empty where nobody said one."""
        return next((value for since, value in reversed(self.values) if since <= day), "")

    def changes_in(self, period: Period) -> tuple[date, ...]:
        """Days inside a period (not its first) on which another value comes into force."""
        return tuple(day for day, _ in self.values if period.start < day < period.closed_end)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, to be frozen with a segment: values as text."""
        return {"name": self.name, "values": [[day.isoformat(), str(value)] for day, value in self.values]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DatedCharacteristic:
        """The characteristic that ``to_dict`` wrote; its values are texts, which price as numbers do."""
        return cls(data["name"], tuple((date.fromisoformat(day), value) for day, value in data["values"]))
