"""How a line's amount came about: a kind and its numbers, and the same in English.

Pages translate from the structured form; the English text serves command lines, logs and tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterside.engine.rated import RatedLine


@dataclass(frozen=True, slots=True)
class Formula:
    """A kind (fixed, prorated, share, usage, percent, minimum) and its numbers by name."""

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


def formula_of(line: RatedLine) -> Formula:
    """The structured form of a line's sum."""
    common = [("quantity", plain(line.quantity)), ("unit", line.unit), ("price", plain(line.price))]
    common.append(("price_unit", line.price_unit))
    kind = "usage" if line.kind == "tiered" else line.kind
    if line.kind in ("fixed", "credit"):
        kind = "prorated" if line.days_basis else "fixed"
    if line.days:
        common.append(("days", str(line.days)))
    if line.days_basis:
        common.append(("days_basis", str(line.days_basis)))
    if line.base is not None:
        common.append(("base", plain(line.base)))
    common.append(("amount", plain(line.unrounded)))
    return Formula(kind, tuple(common))


def english(line: RatedLine) -> str:
    """The formula in English, such as ``12 ccf x $3.899 = $46.788``."""
    amount = money_text(line.unrounded)
    price = money_text(line.price)
    quantity = plain(line.quantity, 6)
    if line.kind in ("usage", "tiered"):
        return f"{quantity} {line.unit} x {price} = {amount}"
    if line.kind == "percent":
        assert line.base is not None
        return f"{plain(line.price * 100, 6)}% of {money_text(line.base)} = {amount}"
    if line.kind == "minimum":
        assert line.base is not None
        least = money_text(line.price * line.quantity)
        return f"minimum {least} less {money_text(line.base)} = {amount}"
    if line.price_unit == "day":
        return f"{quantity} days x {price} = {amount}"
    if line.days_basis:
        return f"{price} per {line.price_unit} x {_share(line)} = {amount}"
    if line.quantity == 1:
        return amount
    return f"{quantity} x {price} = {amount}"


def _share(line: RatedLine) -> str:
    """The part of a charge that a line's days stand for, in words."""
    return f"{line.days} of {line.days_basis} days"
