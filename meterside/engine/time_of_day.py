"""Why this much, by time of day: each period's use, price and amount, from the lines of a bill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from meterside.engine.rated import RatedLine

_KINDS = ("time_of_use", "sell")


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """What one period of the clock cost: ``quantity`` in ``unit``, and what it came to.

    ``price`` is the average of a unit, in currency units; None where nothing was used. ``share`` is its
    part of all use of its determinant on the bill, from 0 to 1.
    """

    component: str
    determinant: str
    period: str
    label: str
    label_es: str
    quantity: Decimal
    unit: str
    price: Decimal | None
    amount_cents: int
    share: Decimal

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "component": self.component,
            "determinant": self.determinant,
            "period": self.period,
            "label": self.label,
            "label_es": self.label_es,
            "quantity": str(self.quantity),
            "unit": self.unit,
            "price": None if self.price is None else str(self.price),
            "amount_cents": self.amount_cents,
            "share": str(self.share),
        }


def cost_by_period(lines: Iterable[RatedLine]) -> tuple[PeriodCost, ...]:
    """Each charge's periods in the order of their lines; tiers and parts of the bill together.

    The amounts sum to those of the lines, cent for cent. Empty where nothing is priced by the clock.
    """
    groups: dict[tuple[str, str], list[RatedLine]] = {}
    for line in lines:
        period = dict(line.facts).get("period", "")
        if line.kind in _KINDS and period:
            groups.setdefault((line.component, period), []).append(line)
    used = {key: sum((line.quantity for line in own), Decimal(0)) for key, own in groups.items()}
    whole: dict[str, Decimal] = {}
    for (component, _), quantity in used.items():
        whole[component] = whole.get(component, Decimal(0)) + quantity
    return tuple(_cost(own, used[key], whole[key[0]]) for key, own in groups.items())


def _cost(own: list[RatedLine], quantity: Decimal, whole: Decimal) -> PeriodCost:
    first, facts = own[0], dict(own[0].facts)
    exact = sum((line.unrounded for line in own), Decimal(0))
    return PeriodCost(
        component=first.component,
        determinant=first.determinant,
        period=facts["period"],
        label=facts.get("period_label", ""),
        label_es=facts.get("period_label_es", ""),
        quantity=quantity,
        unit=first.unit,
        price=exact / quantity if quantity else None,
        amount_cents=sum(line.amount_cents for line in own),
        share=quantity / whole if whole else Decimal(0),
    )
