"""Why this much, as its page shows it. Money is cents; parts of a whole always sum to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MuchPart:
    """One part of an amount, with a note in words."""

    label: str
    amount_cents: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class MuchOfService:
    """One service's charges: `by_time` by when they were used, `rest` what no hour decides; together `total_cents`.

    `words` say it in a sentence, `method` how charges came to the hours; both empty where hours are not known.
    """

    service: str
    title: str
    total_cents: int
    words: str
    method: str
    by_time: tuple[MuchPart, ...]
    rest: tuple[MuchPart, ...]

    @property
    def by_time_cents(self) -> int:
        """What the times of day come to."""
        return sum(part.amount_cents for part in self.by_time)


@dataclass(frozen=True, slots=True)
class WhyThisMuch:
    """The new charges by service, and each service's by time of day."""

    words: str
    total_cents: int
    by_service: tuple[MuchPart, ...]
    services: tuple[MuchOfService, ...]
