"""Why a bill changed: parts that sum to the difference, each bar starting where the last one ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterside.web.components.chart.geometry import Box, share

_HAIR = Decimal("0.8")  # percent; a part of a few cents is still seen


class PartsDoNotSum(ValueError):
    """The parts given do not add up to the difference; a page must not show them."""


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One reason, what it did to the bill in cents, and a note in words if it needs one."""

    label: str
    amount_cents: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """A part with its bar."""

    part: ChangePart
    box: Box


@dataclass(frozen=True, slots=True)
class Changes:
    """What the template draws; `zero_x` is where last time's amount lies, in percent."""

    before_cents: int
    after_cents: int
    bars: tuple[ChangeBar, ...]
    total: Box
    zero_x: Decimal

    @property
    def total_cents(self) -> int:
        """The whole difference."""
        return self.after_cents - self.before_cents


def changes(*, before_cents: int, after_cents: int, parts: Sequence[ChangePart]) -> Changes:
    """Lay out the parts in the order given. Raises PartsDoNotSum."""
    total = after_cents - before_cents
    if sum(part.amount_cents for part in parts) != total:
        raise PartsDoNotSum(f"parts make {sum(part.amount_cents for part in parts)} cents of {total}")
    levels = [0]
    for part in parts:
        levels.append(levels[-1] + part.amount_cents)
    low, high = min(levels), max(levels)
    span = high - low
    bars = tuple(
        ChangeBar(part=part, box=_between(start - low, end - low, span))
        for part, start, end in zip(parts, levels, levels[1:], strict=False)
    )
    return Changes(
        before_cents=before_cents,
        after_cents=after_cents,
        bars=bars,
        total=_between(-low, total - low, span),
        zero_x=share(-low, span),
    )


def _between(one: int, other: int, span: int) -> Box:
    left, right = min(one, other), max(one, other)
    width = max(_HAIR, share(right - left, span))
    x = min(share(left, span), 100 - width)
    return Box(x=x, y=Decimal(0), width=width, height=Decimal(100))
