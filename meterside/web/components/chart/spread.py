"""How differences are spread: a bar a bin, those below nothing in another colour than those above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterside.web.components.chart.geometry import Box, Tick, axis, share, slots

_FILL = Decimal("0.86")


@dataclass(frozen=True, slots=True)
class SpreadBin:
    """How many have a difference in [from, to) cents; None stands for no bound."""

    from_cents: int | None
    to_cents: int | None
    count: int


@dataclass(frozen=True, slots=True)
class SpreadBar:
    """A bin with its bar. `is_less` where all in it pay less; `edge` is its left edge in percent."""

    bin: SpreadBin
    box: Box
    edge: Decimal
    is_less: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """What the template draws; `zero_x` is where nothing changes, in percent, None where that is outside."""

    bars: tuple[SpreadBar, ...]
    ticks: tuple[Tick, ...]
    zero_x: Decimal | None


def spread_bars(bins: Sequence[SpreadBin]) -> Spread:
    """Lay out bins of one width in the order given. Raises ValueError for none."""
    if not bins:
        raise ValueError("a chart needs at least one bin")
    top, values = axis(max(one.count for one in bins))
    slot = Decimal(100) / len(bins)
    bars = []
    for place, (one, (left, width)) in enumerate(zip(bins, slots(len(bins), _FILL), strict=True)):
        height = share(one.count, top)
        bars.append(
            SpreadBar(
                bin=one,
                box=Box(x=left, y=100 - height, width=width, height=height),
                edge=(slot * place).quantize(Decimal("0.01")),
                is_less=one.to_cents is not None and one.to_cents <= 0,
            )
        )
    zero = next((bar.edge for bar in bars if bar.bin.from_cents == 0), None)
    ticks = tuple(Tick(y=100 - share(value, top), value=value) for value in values)
    return Spread(bars=tuple(bars), ticks=ticks, zero_x=zero)
