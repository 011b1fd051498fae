"""Shares of a box as SVG wants them, and the scale of an axis."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from markupsafe import Markup

Amount = int | Decimal
_HUNDRED = Decimal(100)
#: To what a drawing is rounded, in percent of it.
HUNDREDTH = Decimal("0.01")
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in percent of the drawing."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal

    @property
    def svg(self) -> Markup:
        """The attributes of a `<rect>`; made here at once, for a chart has many."""
        return Markup(f'x="{self.x}%" y="{self.y}%" width="{self.width}%" height="{self.height}%"')  # noqa: S704


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the value axis: its height from the top in percent, and the value it stands for."""

    y: Decimal
    value: Decimal


@lru_cache(maxsize=10_001)
def percent(hundredths: int) -> Decimal:
    """That many hundredths of a percent, as a drawing writes it: 1250 -> 12.50."""
    return Decimal(hundredths).scaleb(-2)


def share(part: Amount, whole: Amount) -> Decimal:
    """`part` of `whole` in percent, two places; 0 when there is no whole."""
    if whole == 0:
        return Decimal(0)
    return (Decimal(part) * _HUNDRED / Decimal(whole)).quantize(HUNDREDTH)


@lru_cache(maxsize=256)
def slots(count: int, fill: Decimal) -> tuple[tuple[Decimal, Decimal], ...]:
    """Left edge and width of `count` bars over the full width; `fill` is a bar's share of its slot."""
    room = _HUNDRED / Decimal(count)
    width = (room * fill).quantize(HUNDREDTH)
    return tuple(((room * index + (room - width) / 2).quantize(HUNDREDTH), width) for index in range(count))


def axis(highest: Amount, most: int = 4) -> tuple[Decimal, tuple[Decimal, ...]]:
    """The top of a value axis and its round steps from 0: at most `most` steps of 1, 2, 2.5 or 5 x 10^n."""
    top = Decimal(highest)
    if top <= 0:
        return Decimal(1), (Decimal(0), Decimal(1))
    magnitude = Decimal(1).scaleb((top / most).adjusted())
    step = next(size * magnitude for size in _STEPS if size * magnitude * most >= top)
    count = int((top / step).to_integral_value(rounding=ROUND_CEILING))
    return step * count, tuple(step * index for index in range(count + 1))
