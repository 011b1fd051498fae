"""Why a bill changed: parts that sum to the difference exactly (docs/algorithms/rating.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.engine.determinant import Determinant
from meterside.engine.period import Period
from meterside.engine.rated import RatingState
from meterside.engine.tariff.model import Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentInputs:
    """Everything a segment was priced from, frozen. ``one_time_cents`` lies outside the tariff."""

    tariff: Tariff
    period: Period
    determinants: Mapping[str, Determinant]
    attributes: Mapping[str, str | int | Decimal]
    daily_usage: Mapping[str, Mapping[date, Decimal]] | None = None
    bill_date: date | None = None
    cycle: Period | None = None
    state: RatingState | None = None
    one_time_cents: int = 0


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One part of a difference. ``kind``: days, use, rate, credits, one_time."""

    kind: str
    amount_cents: int
    facts: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {"kind": self.kind, "amount_cents": self.amount_cents, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class ChangeExplanation:
    """Parts in their documented order; they sum to ``after_cents - before_cents`` exactly."""

    before_cents: int
    after_cents: int
    parts: tuple[ChangePart, ...]

    @property
    def difference_cents(self) -> int:
        """How much more (negative: less) the later segment is."""
        return self.after_cents - self.before_cents

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "before_cents": self.before_cents,
            "after_cents": self.after_cents,
            "parts": [part.to_dict() for part in self.parts],
        }


def explain_change(before: SegmentInputs, after: SegmentInputs) -> ChangeExplanation:
    """Split the difference between two segments into parts, each priced by the engine."""
    raise NotImplementedError
