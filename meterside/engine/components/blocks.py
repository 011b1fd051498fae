"""Blocks of a quantity, each at its own price: what tiered kinds share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterside.engine.pricing import ZERO, Draft, Part
from meterside.engine.series import SeriesRef
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem


@dataclass(frozen=True, slots=True)
class Block:
    """What fell into one tier: its number, bounds (the last is open) and how much."""

    tier: int
    lower: Decimal
    upper: Decimal | None
    within: Decimal


def blocks_of(quantity: Decimal, widths: Sequence[Decimal]) -> Iterator[Block]:
    """A quantity shared over tiers; the first is always there, others where something fell in."""
    lower = ZERO
    for tier, width in enumerate(widths, start=1):
        upper = lower + width
        within = min(quantity, upper) - lower
        if within > 0 or tier == 1:
            yield Block(tier, lower, upper, within)
        if quantity <= upper:
            return
        lower = upper
    yield Block(len(widths) + 1, lower, None, quantity - lower)


def priced(draft: Draft, part: Part, stated: Sequence[Amount], blocks: Sequence[Block]) -> list[Draft]:
    """A draft for each block, like ``draft`` but for quantity, price and tier; a single block has no tier.

    ``draft.series`` are the values behind the widths, which every block's line names beside its own.
    """
    found = []
    for block in blocks:
        amount = stated[block.tier - 1]
        price = part.amount(amount)
        own = part.series_of(amount) if part.series else ()
        own += tuple(value for value in draft.series or () if value not in own)
        found.append(
            Draft(
                component=draft.component,
                part=part,
                kind=draft.kind,
                quantity=block.within,
                unit=draft.unit,
                price=price,
                price_unit=draft.price_unit,
                unrounded=block.within * price,
                determinant=draft.determinant,
                tier=block.tier if len(stated) > 1 else 0,
                tier_from=block.lower if len(stated) > 1 else None,
                tier_to=block.upper if len(stated) > 1 else None,
                days=draft.days,
                days_basis=draft.days_basis,
                series=own,
                facts=draft.facts,
            )
        )
    return found


def blocks_problems(
    prices: Lookup[tuple[Amount, ...]],
    widths: Lookup[tuple[Amount, ...]] | None,
    path: str,
    field: str = "widths",
) -> Iterator[TariffProblem]:
    """Widths that do not fit the prices (none for a single price), or a tier without width."""
    lengths = {len(values) for _, values in prices.cases}
    width_lengths = {len(values) for _, values in widths.cases} if widths else {0}
    if lengths != {next(iter(width_lengths)) + 1} or len(width_lengths) != 1:
        yield TariffProblem(
            f"{path}.{field}", "needs one width fewer than prices: the last tier is open", "tier_count"
        )
    stated = [width for _, values in widths.cases for width in values] if widths else []
    if any(not isinstance(width, SeriesRef) and width <= 0 for width in stated):
        yield TariffProblem(f"{path}.{field}", "every tier must be wider than nothing", "tier_width")
