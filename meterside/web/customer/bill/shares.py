"""Parts of an amount as the list of shares draws them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from meterside.journeys.see_bill import MuchPart
from meterside.web.components.chart.geometry import share
from meterside.web.design import formats


def shares_of(parts: Sequence[MuchPart]) -> list[tuple[str, str, str, Decimal]]:
    """Each part's words with its amount and its share of the largest, in percent; a credit has no bar."""
    largest = max((part.amount_cents for part in parts), default=0)
    return [
        (
            part.label,
            part.note,
            formats.money(part.amount_cents),
            share(max(part.amount_cents, 0), max(largest, 0)),
        )
        for part in parts
    ]
