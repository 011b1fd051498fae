"""Bars of anything in a row: hours of a day, quarter-hours, bill periods, days of two stretches beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from meterside.web.components.chart.geometry import HUNDREDTH, Amount, Box, Tick, axis, share, slots
from meterside.web.components.chart.strip import NOTHING_THERE, Quality

_GAP_HEIGHT = Decimal(3)  # percent; what is not there is seen not to be there
_BESIDE = (Decimal("0.34"), Decimal("0.46"))  # shares of a slot: the one it is compared with, and itself
_ALONE = Decimal("0.7")
_APART = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class BarUse:
    """One bar: `label` names it in the table, `tick` under the axis (empty: none), `cells` stand behind it there.

    `other` is what it is compared with; `is_marked` bars stand on a band (peak hours). Amounts are in the unit shown,
    None exactly where nothing is there.
    """

    label: str
    tick: str
    amount: Amount | None
    quality: Quality = Quality.MEASURED
    other: Amount | None = None
    cells: tuple[str, ...] = ()
    is_marked: bool = False

    def __post_init__(self) -> None:
        if (self.amount is None) != (self.quality in NOTHING_THERE):
            raise ValueError(f"{self.label}: an amount is absent exactly when nothing is there")
        if min(self.amount or 0, self.other or 0) < 0:
            raise ValueError(f"{self.label}: use is not negative")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, what it is compared with (None where there is none), and the middle of its slot in percent."""

    box: Box
    other: Box | None
    middle: Decimal
    use: BarUse


@dataclass(frozen=True, slots=True)
class Bars:
    """What the template draws."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    has_other: bool

    def has(self, quality: Quality) -> bool:
        """Whether any bar is of this quality."""
        return any(bar.use.quality is quality for bar in self.bars)

    @property
    def bands(self) -> tuple[Box, ...]:
        """The ground behind each run of marked bars."""
        slot = Decimal(100) / len(self.bars)
        found = []
        for is_marked, run in groupby(enumerate(self.bars), key=lambda pair: pair[1].use.is_marked):
            places = [index for index, _ in run]
            if is_marked:
                x, width = (slot * size for size in (places[0], len(places)))
                found.append(
                    Box(
                        x=x.quantize(HUNDREDTH),
                        y=Decimal(0),
                        width=width.quantize(HUNDREDTH),
                        height=Decimal(100),
                    )
                )
        return tuple(found)


def bar_chart(*, uses: Sequence[BarUse]) -> Bars:
    """Lay out the bars in the order given. Raises ValueError for none."""
    if not uses:
        raise ValueError("a chart needs at least one bar")
    is_compared = any(use.other is not None for use in uses)
    amounts = [amount for use in uses for amount in (use.amount, use.other) if amount is not None]
    top, values = axis(max(amounts, default=0))
    places = slots(len(uses), Decimal(1))
    bars = tuple(
        _bar(use, left, slot, top, is_compared) for use, (left, slot) in zip(uses, places, strict=True)
    )
    return Bars(bars, tuple(Tick(y=100 - share(value, top), value=value) for value in values), is_compared)


def _bar(use: BarUse, left: Decimal, slot: Decimal, top: Decimal, is_compared: bool) -> Bar:
    width = (slot * (_BESIDE[1] if is_compared else _ALONE)).quantize(HUNDREDTH)
    older = (slot * _BESIDE[0]).quantize(HUNDREDTH)
    together = width + older + slot * _APART if is_compared else width
    start = left + (slot - together) / 2
    height = _GAP_HEIGHT if use.amount is None else share(use.amount, top)
    other = None
    if use.other is not None:
        past = share(use.other, top)
        other = Box(x=start.quantize(HUNDREDTH), y=100 - past, width=older, height=past)
    x = (start + together - width).quantize(HUNDREDTH)
    middle = (left + slot / 2).quantize(HUNDREDTH)
    return Bar(Box(x=x, y=100 - height, width=width, height=height), other, middle, use)
