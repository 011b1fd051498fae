"""Money as whole cents, and the named rules by which exact amounts become cents.

Stored money is an ``int`` of minor units; amounts on the way (price x quantity) are ``Decimal``.
Binary floating point is refused everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum

from meterside.engine.typed_number import typed_parts

CENT = Decimal("0.01")
#: Largest amount a person may type: 13 digits of cents stays far inside a bigint column.
MAX_TYPED_CENTS = 10**12


class RoundingRule(StrEnum):
    """How half a cent, or any part of one, is settled."""

    HALF_UP = "half_up"  #: half a cent goes away from zero (the commercial rule)
    HALF_EVEN = "half_even"  #: half a cent goes to the even cent (banker's rule)
    DOWN = "down"  #: any part of a cent is dropped (towards zero)
    UP = "up"  #: any part of a cent becomes a cent (away from zero)

    @property
    def decimal_mode(self) -> str:
        """The name of the same rule in the standard library's ``decimal``."""
        return _DECIMAL_MODES[self]


_DECIMAL_MODES: dict[RoundingRule, str] = {
    RoundingRule.HALF_UP: ROUND_HALF_UP,
    RoundingRule.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingRule.DOWN: ROUND_DOWN,
    RoundingRule.UP: ROUND_UP,
}


class MoneyErrorKind(StrEnum):
    """Why typed money was refused; pages turn each kind into their own sentence."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    EXPONENT = "exponent"
    GROUPING = "grouping"
    TOO_MANY_DECIMALS = "too_many_decimals"
    NEGATIVE = "negative"
    ZERO = "zero"
    TOO_LARGE = "too_large"


class MoneyParseError(ValueError):
    """Typed money that is not an amount; ``kind`` says why and ``text`` is what was typed."""

    def __init__(self, kind: MoneyErrorKind, text: str) -> None:
        super().__init__(f"{kind.value}: {text!r}")
        self.kind = kind
        self.text = text


def round_to_cents(amount: Decimal, rule: RoundingRule) -> int:
    """Turn an exact amount in major units (dollars) into whole cents by a named rule.

    Raises ``TypeError`` for anything but a ``Decimal`` and ``ValueError`` for NaN or infinity.
    """
    if not isinstance(amount, Decimal):
        raise TypeError(f"money must be Decimal, not {type(amount).__name__}")
    if not amount.is_finite():
        raise ValueError(f"money must be finite, not {amount}")
    return int(amount.scaleb(2).to_integral_value(rounding=rule.decimal_mode))


def cents_to_decimal(cents: int) -> Decimal:
    """Whole cents as an exact amount in major units, always with two places."""
    return Decimal(cents).scaleb(-2)


def format_cents(cents: int) -> str:
    """Plain text of an amount, such as ``-1234.05``; no currency sign and no grouping."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole}.{part:02d}"


def split_cents(total_cents: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Share whole cents by weights so that the parts sum to the total exactly.

    Largest remainder: every part first gets its share cut to a whole cent, then the cents left over
    go, one each, to the largest remainders (earlier parts win ties). Weights must not be negative
    and not all zero; raises ``ValueError`` otherwise.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be given and not negative")
    scale = sum((Decimal(weight) for weight in weights), Decimal(0))
    if scale == 0:
        raise ValueError("weights must not all be zero")
    return allocate_cents([Decimal(total_cents) * weight / scale / 100 for weight in weights], total_cents)


def allocate_cents(amounts: Sequence[Decimal], total_cents: int) -> list[int]:
    """Round exact amounts to cents so that they sum to ``total_cents``.

    Each amount is first cut down to a whole cent (towards minus infinity); the missing cents go to
    the largest remainders, earlier amounts first among equals. When the total lies further away
    than one cent per amount, the rest is spread again in the same order.
    """
    if not amounts:
        if total_cents:
            raise ValueError("nothing to carry the cents")
        return []
    cents = [amount.scaleb(2) for amount in amounts]
    floors = [int(value // 1) - (1 if value < 0 and value % 1 else 0) for value in cents]
    missing = total_cents - sum(floors)
    order = sorted(range(len(cents)), key=lambda index: (floors[index] - cents[index], index))
    step = 1 if missing >= 0 else -1
    if step < 0:
        order.reverse()
    for turn in range(abs(missing)):
        floors[order[turn % len(order)]] += step
    return floors


def parse_typed_cents(text: str, *, allow_zero: bool = False, max_cents: int = MAX_TYPED_CENTS) -> int:
    """Read an amount as a person types it (``85``, ``$1,234.56``, `` .5 ``) into cents.

    Nothing is guessed: exponents, NaN, a third decimal, misplaced grouping, negative and (unless
    allowed) zero amounts raise ``MoneyParseError`` with the kind of the fault.
    """
    body = text.strip()
    if body.startswith("$"):
        body = body[1:].strip()
    if not body:
        raise MoneyParseError(MoneyErrorKind.EMPTY, text)
    if not body.isascii():
        raise MoneyParseError(MoneyErrorKind.NOT_A_NUMBER, text)
    if body.startswith("-") or (body.startswith("(") and body.endswith(")")):
        raise MoneyParseError(MoneyErrorKind.NEGATIVE, text)
    parts = typed_parts(body)
    if parts is None:
        raise MoneyParseError(_fault_of(body), text)
    whole, decimals = parts
    if len(decimals) > 2:
        raise MoneyParseError(MoneyErrorKind.TOO_MANY_DECIMALS, text)
    if len(whole.lstrip("0")) > len(str(max_cents)):
        raise MoneyParseError(MoneyErrorKind.TOO_LARGE, text)
    cents = int(whole) * 100 + int(decimals.ljust(2, "0"))
    if cents > max_cents:
        raise MoneyParseError(MoneyErrorKind.TOO_LARGE, text)
    if cents == 0 and not allow_zero:
        raise MoneyParseError(MoneyErrorKind.ZERO, text)
    return cents


def _fault_of(body: str) -> MoneyErrorKind:
    """Name what is wrong with text that is no amount at all."""
    if re.fullmatch(r"[\d.,]+[eE][+-]?\d+", body):
        return MoneyErrorKind.EXPONENT
    if re.fullmatch(r"[\d,]+(\.\d*)?", body) and "," in body:
        return MoneyErrorKind.GROUPING
    return MoneyErrorKind.NOT_A_NUMBER
