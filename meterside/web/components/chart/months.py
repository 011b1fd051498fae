"""Bars by month with the same month of last year beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterside.web.components.chart.geometry import Amount, Box, Tick, axis, share, slots
from meterside.web.components.chart.strip import NOTHING_THERE, Quality

_MISSING_HEIGHT = Decimal(3)
_LAST_YEAR = Decimal("0.34")  # of a slot
_THIS_YEAR = Decimal("0.46")
_APART = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class MonthUse:
    """One month or bill period: `month` is any day of it, amounts are in the unit shown."""

    month: date
    amount: Amount | None
    last_year: Amount | None = None
    quality: Quality = Quality.MEASURED

    def __post_init__(self) -> None:
        if (self.amount is None) != (self.quality in NOTHING_THERE):
            raise ValueError(f"{self.month}: an amount is absent exactly when the month is missing")
        if min(self.amount or 0, self.last_year or 0) < 0:
            raise ValueError(f"{self.month}: use is not negative")


@dataclass(frozen=True, slots=True)
class MonthBar:
    """A month's bar, its last year's (None where there is none) and the middle of its slot in percent."""

    box: Box
    last_year: Box | None
    middle: Decimal
    use: MonthUse


@dataclass(frozen=True, slots=True)
class MonthBars:
    """What the template draws; `every` is how many months lie between two labels on a phone."""

    bars: tuple[MonthBar, ...]
    ticks: tuple[Tick, ...]
    has_last_year: bool

    def has(self, quality: Quality) -> bool:
        """Whether any month is of this quality."""
        return any(bar.use.quality is quality for bar in self.bars)


def month_bars(*, months: Sequence[MonthUse]) -> MonthBars:
    """Lay out the months in the order given. Raises ValueError for none."""
    if not months:
        raise ValueError("a chart needs at least one month")
    compared = any(use.last_year is not None for use in months)
    amounts = [amount for use in months for amount in (use.amount, use.last_year) if amount is not None]
    top, values = axis(max(amounts, default=0))
    bars = []
    for use, (left, slot) in zip(months, slots(len(months), Decimal(1)), strict=True):
        bars.append(_bar(use, left, slot, top, compared))
    ticks = tuple(Tick(y=100 - share(value, top), value=value) for value in values)
    return MonthBars(bars=tuple(bars), ticks=ticks, has_last_year=compared)


def _bar(use: MonthUse, left: Decimal, slot: Decimal, top: Decimal, compared: bool) -> MonthBar:
    width = (slot * (_THIS_YEAR if compared else Decimal("0.66"))).quantize(Decimal("0.01"))
    older = (slot * _LAST_YEAR).quantize(Decimal("0.01"))
    together = width + older + slot * _APART if compared else width
    start = left + (slot - together) / 2
    x = (start + together - width).quantize(Decimal("0.01"))
    height = _MISSING_HEIGHT if use.amount is None else share(use.amount, top)
    last_year = None
    if use.last_year is not None:
        past = share(use.last_year, top)
        last_year = Box(x=start.quantize(Decimal("0.01")), y=100 - past, width=older, height=past)
    return MonthBar(
        box=Box(x=x, y=100 - height, width=width, height=height),
        last_year=last_year,
        middle=(left + slot / 2).quantize(Decimal("0.01")),
        use=use,
    )
