"""The day strip: a bill period as one small bar a day, today marked, the rest projected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise

from meterside.web.components.chart.geometry import HUNDREDTH, Amount, Box, percent, share, slots

# All heights are whole hundredths of a percent of the drawing.
_FULL = 100_00
_TOP = 20_00  # kept free above the bars for the word "today"
_MISSING_HEIGHT = 4_00
_SLIVER = 2_00  # a day of next to nothing is still seen to be a day
_OLD_SHARE = Decimal("0.36")  # of a day's room, where a year before is drawn beside it


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

    `last_year` is the use of the same date a year before, None where that is not known. `cells` stand behind it in
    the table (its cost, its temperature); as many for every day of a strip.
    """

    day: date
    amount: Amount | None
    quality: Quality = Quality.MEASURED
    last_year: Amount | None = None
    cells: tuple[str, ...] = ()

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


@dataclass(frozen=True)
class DayStrip:
    """What the template draws. `today_x` is in percent, None when today is outside the period.

    A day's height and the year before's, None where that is not known, are whole hundredths of a percent.
    """

    uses: tuple[DayUse, ...]
    heights: tuple[int, ...]
    old_heights: tuple[int | None, ...]
    has_last_year: bool
    today_x: Decimal | None
    today_anchor: str

    @property
    def first(self) -> date:
        """The first day."""
        return self.uses[0].day

    @property
    def last(self) -> date:
        """The last day."""
        return self.uses[-1].day

    @property
    def columns(self) -> Columns:
        """Where the bars stand from left to right."""
        return columns(len(self.uses), self.has_last_year)

    @property
    def bars(self) -> tuple[DayBar, ...]:
        """Each day's bars as boxes."""
        placed = self.columns
        return tuple(
            DayBar(
                _box(x, placed.width, height),
                use,
                None if old is None else _box(old_x, placed.old_width, old),
            )
            for use, height, old, x, old_x in zip(
                self.uses, self.heights, self.old_heights, placed.xs, placed.old_xs, strict=True
            )
        )

    @cached_property
    def _counts(self) -> Counter[Quality]:
        return Counter(use.quality for use in self.uses)

    def count(self, quality: Quality) -> int:
        """Days of this quality."""
        return self._counts[quality]

    @property
    def known_total(self) -> Decimal:
        """What was measured or estimated so far, in the unit shown."""
        known = (Quality.MEASURED, Quality.ESTIMATED, Quality.PARTIAL)
        return sum((Decimal(use.amount or 0) for use in self.uses if use.quality in known), Decimal(0))


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
    old = [use.last_year for use in days]
    has_last_year = any(amount is not None for amount in old)
    highest = max(
        (amount for amount in [*old, *(use.amount for use in days)] if amount is not None), default=0
    )
    scale = (_FULL - _TOP) / Decimal(highest or 1)  # of the drawing for one unit of use
    today_x = _today(days, today)
    return DayStrip(
        uses=tuple(days),
        heights=tuple(
            _MISSING_HEIGHT if use.amount is None else max(_SLIVER, int(use.amount * scale)) for use in days
        ),
        old_heights=tuple(None if amount is None else max(_SLIVER, int(amount * scale)) for amount in old),
        has_last_year=has_last_year,
        today_x=today_x,
        today_anchor=_anchor(today_x),
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Left edges and widths of the bars, in percent; of a year before's too where it is drawn."""

    xs: tuple[Decimal, ...]
    width: Decimal
    old_xs: tuple[Decimal, ...]
    old_width: Decimal


@lru_cache(maxsize=256)
def columns(n_days: int, has_last_year: bool) -> Columns:
    """The columns of a strip of that many days: last year's bar takes a third of a day's room, this year's the rest."""
    fill = Decimal("0.76") if n_days > 12 else Decimal("0.7")
    places = slots(n_days, fill)
    lefts, width = tuple(x for x, _ in places), places[0][1]
    third = (width * _OLD_SHARE).quantize(HUNDREDTH) if has_last_year else Decimal(0)
    return Columns(tuple(x + third for x in lefts), width - third, lefts, third)


def _box(x: Decimal, width: Decimal, height: int) -> Box:
    return Box(x=x, y=percent(_FULL - height), width=width, height=percent(height))


def _today(days: Sequence[DayUse], today: date | None) -> Decimal | None:
    if today is None or not days[0].day <= today <= days[-1].day:
        return None
    return share((today - days[0].day).days, len(days))


def _anchor(today_x: Decimal | None) -> str:
    if today_x is None or 10 <= today_x <= 90:
        return "middle"
    return "start" if today_x < 10 else "end"
