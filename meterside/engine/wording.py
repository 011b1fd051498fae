"""Numbers and amounts as text, and the structured form of a line's sum: what sayings are made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True)
class Formula:
    """A kind (fixed, prorated, usage, percent, minimum...) and its numbers by name."""

    kind: str
    values: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, str]:
        """The numbers by name, with the kind beside them."""
        return {"kind": self.kind, **dict(self.values)}


def plain(value: Decimal, places: int | None = None) -> str:
    """A number without exponent or trailing zeros; cut to ``places`` for reading when given."""
    if places is not None and -int(value.normalize().as_tuple().exponent) > places:
        value = round(value, places)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def money_text(amount: Decimal) -> str:
    """An exact amount in dollars with at least two places: ``$3.899``, ``-$5.00``."""
    text = plain(abs(amount), 8)
    whole, _, part = text.partition(".")
    return f"{'-' if amount < 0 else ''}${whole}.{part.ljust(2, '0')}"


def numbers_of(line: RatedLine) -> tuple[tuple[str, str], ...]:
    """The numbers every line has, by name; days, base and a kind's own facts where there are any."""
    common = [("quantity", plain(line.quantity)), ("unit", line.unit), ("price", plain(line.price))]
    common.append(("price_unit", line.price_unit))
    if line.days:
        common.append(("days", str(line.days)))
    if line.days_basis:
        common.append(("days_basis", str(line.days_basis)))
    if line.base is not None:
        common.append(("base", plain(line.base)))
    common += line.facts
    common.append(("amount", plain(line.unrounded)))
    return tuple(common)


def use_times_price(line: RatedLine) -> str:
    """``12 ccf x $3.899 = $46.788``; for use that was worked out, from what, once."""
    quantity = plain(line.quantity, 6)
    return (
        f"{quantity} {line.unit}{worked_text(line)} x {money_text(line.price)} = {money_text(line.unrounded)}"
    )


def worked_text(line: RatedLine) -> str:
    """`` (12 kgal x 0.9, at most 10)`` for use that is not simply what was measured; else nothing."""
    facts = dict(line.facts)
    if "measured" not in facts or line.tier > 1:
        return ""
    said = f"{facts['measured']} {facts['measured_unit']}"
    if "picked" in facts:
        said = f"{facts['picked'].replace('_', ' ')} {said}"
    if "factor" in facts:
        said += f" x {facts['factor']}"
    for name, words in (("at_least", "at least"), ("at_most", "at most")):
        if name in facts:
            said += f", {words} {facts[name]}"
    billed = f"{facts['billed']} {facts['billed_unit']}"
    if said != billed and f"{plain(line.quantity, 6)} {line.unit}" != billed:
        said += f" = {billed}"
    return "" if said == billed else f" ({said})"
