"""The day strip: a bill period as one small bar a day, today marked, the rest projected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from meterside.web.components.chart.geometry import HUNDREDTH, Amount, Box, share, slots

_TOP = Decimal(20)  # percent kept free above the bars for the word "today"
_MISSING_HEIGHT = Decimal(4)
_OLD_SHARE = Decimal("0.36")  # of a day's room, where a year before is drawn beside it
_SLIVER = Decimal(2)  # a day of next to nothing is still seen to be a day


class Quality(StrEnum):
    """How an amount is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    PARTIAL = "partial"  # some of it is missing; the amount is what is there
    PROJECTED = "projected"
    MISSING = "missing"
    AWAITED = "awaited"  # nothing came yet


#: Where there is no amount.
NOTHING_THERE = frozenset({Quality.MISSING, Quality.AWAITED})


@dataclass(frozen=True, slots=True)
class DayUse:
    """One local day. `amount` is in the unit shown, and None exactly when nothing of the day is there.

    `last_year` is the use of the same date a year before, None where that is not known. `note` stands behind it in
    the table (its cost).
    """

    day: date
    amount: Amount | None
    quality: Quality = Quality.MEASURED
    last_year: Amount | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.amount is None) != (self.quality in NOTHING_THERE):
            raise ValueError(f"{self.day}: an amount is absent exactly when the day is missing")
        if self.amount is not None and self.amount < 0:
            raise ValueError(f"{self.day}: use is not negative; received energy is a series of its own")
        if self.last_year is not None and self.last_year < 0:
            raise ValueError(f"{self.day}: last year's use is not negative either")


@dataclass(frozen=True, slots=True)
class DayBar:
    """One day's bar, and to its left the one of a year before where that is known."""

    box: Box
    use: DayUse
    old: Box | None = None


@dataclass(frozen=True, slots=True)
class DayStrip:
    """What the template draws. `today_x` is in percent, None when today is outside the period."""

    bars: tuple[DayBar, ...]
    today_x: Decimal | None
    today_anchor: str
    first: date
    last: date

    @property
    def has_last_year(self) -> bool:
        """Whether any day of a year before is drawn."""
        return any(bar.old is not None for bar in self.bars)

    @property
    def has_notes(self) -> bool:
        """Whether any day has a note."""
        return any(bar.use.note for bar in self.bars)

    def count(self, quality: Quality) -> int:
        """Days of this quality."""
        return sum(1 for bar in self.bars if bar.use.quality is quality)

    @property
    def known_total(self) -> Decimal:
        """What was measured or estimated so far, in the unit shown."""
        known = (Quality.MEASURED, Quality.ESTIMATED, Quality.PARTIAL)
        return sum(
            (Decimal(bar.use.amount or 0) for bar in self.bars if bar.use.quality in known), Decimal(0)
        )


def day_strip(*, days: Sequence[DayUse], today: date | None = None) -> DayStrip:
    """Lay out the days of a period, which must follow each other without a gap.

    The mark of `today` stands at the right edge of the last day before it, where measuring ends.
    Raises ValueError for no days, or days out of order.
    """
    if not days:
        raise ValueError("a strip needs at least one day")
    for before, after in pairwise(days):
        if (after.day - before.day).days != 1:
            raise ValueError(f"{after.day} does not follow {before.day}")
    highest = max(
        (amount for use in days for amount in (use.amount, use.last_year) if amount is not None), default=0
    )
    scale = (100 - _TOP) / Decimal(highest or 1)  # percent of the drawing for one unit of use
    fill = Decimal("0.76") if len(days) > 12 else Decimal("0.7")
    is_compared = any(use.last_year is not None for use in days)
    bars = tuple(
        _beside(use, x, width, scale) if is_compared else DayBar(_box(use, x, width, scale), use)
        for use, (x, width) in zip(days, slots(len(days), fill), strict=True)
    )
    today_x = _today(days, today)
    return DayStrip(
        bars=bars,
        today_x=today_x,
        today_anchor=_anchor(today_x),
        first=days[0].day,
        last=days[-1].day,
    )


def _beside(use: DayUse, x: Decimal, width: Decimal, scale: Decimal) -> DayBar:
    """Last year's bar takes a third of the room, this year's the rest."""
    third = (width * _OLD_SHARE).quantize(HUNDREDTH)
    old = None
    if use.last_year is not None:
        height = _height(use.last_year, scale)
        old = Box(x=x, y=100 - height, width=third, height=height)
    return DayBar(_box(use, x + third, width - third, scale), use, old)


def _box(use: DayUse, x: Decimal, width: Decimal, scale: Decimal) -> Box:
    height = _MISSING_HEIGHT if use.amount is None else _height(use.amount, scale)
    return Box(x=x, y=100 - height, width=width, height=height)


def _height(amount: Amount, scale: Decimal) -> Decimal:
    return max(_SLIVER, (amount * scale).quantize(HUNDREDTH))


def _today(days: Sequence[DayUse], today: date | None) -> Decimal | None:
    if today is None or not days[0].day <= today <= days[-1].day:
        return None
    return share((today - days[0].day).days, len(days))


def _anchor(today_x: Decimal | None) -> str:
    if today_x is None or 10 <= today_x <= 90:
        return "middle"
    return "start" if today_x < 10 else "end"
