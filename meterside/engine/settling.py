"""Where exact amounts become cents: by line, component, group or bill (docs/algorithms/rounding.md)."""

from __future__ import annotations

from decimal import Decimal

from meterside.engine.money import allocate_cents, round_to_cents
from meterside.engine.pricing import Draft
from meterside.engine.terms.choices import RoundingScope


def settle_component(own: list[Draft]) -> None:
    """Settle the cents of one component's lines, unless they wait for their group or the whole bill."""
    together = []
    for draft in own:
        if draft.rounding.scope is RoundingScope.LINE:
            draft.cents = round_to_cents(draft.unrounded, draft.rounding.rule)
        elif draft.rounding.scope is RoundingScope.COMPONENT:
            together.append(draft)
    _settle_together(together)


def settle_group(drafts: list[Draft], group: str) -> None:
    """Settle the lines of a rounding group, once the last of its components is priced."""
    _settle_together([each for each in drafts if _waits_for(each, group)])


def _waits_for(draft: Draft, group: str) -> bool:
    rounding = draft.rounding
    return draft.cents is None and rounding.scope is RoundingScope.GROUP and rounding.group == group


def settle_bill(drafts: list[Draft]) -> None:
    """Settle the lines that are rounded only in the sum of the bill."""
    _settle_together([draft for draft in drafts if draft.cents is None])


def _settle_together(drafts: list[Draft]) -> None:
    """Round the sum once, then share its cents by largest remainder (docs/algorithms/rounding.md)."""
    if not drafts:
        return
    amounts = [draft.unrounded for draft in drafts]
    total = round_to_cents(sum(amounts, Decimal(0)), drafts[-1].rounding.rule)
    for draft, cents in zip(drafts, allocate_cents(amounts, total), strict=True):
        draft.cents = cents
