"""A dial over days: its reads as one rising line, read off between them. Exact: fractions, no rounding but the last."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

#: Reads further apart than this say nothing of a single month between them.
LONGEST_GAP_DAYS = 95


@dataclass(frozen=True, slots=True)
class DialRead:
    """What a dial showed at the start of a day."""

    day: date
    count: int
    kind: str


class DialCurve:
    """Reads of one register in order of days, turned dials unrolled, so that the line only rises."""

    def __init__(self, reads: Sequence[DialRead], *, dials: int) -> None:
        self.reads = sorted(reads, key=lambda read: read.day)
        self._days = [read.day for read in self.reads]
        self._counts: list[int] = []
        turn = 10**dials
        for read in self.reads:
            before = self._counts[-1] if self._counts else read.count
            self._counts.append(before + (read.count - before) % turn)

    def before(self, day: date) -> int | None:
        """Index of the last read before a day."""
        index = bisect_left(self._days, day) - 1
        return index if index >= 0 else None

    def at(self, day: date) -> Fraction | None:
        """The line on a day, straight between two reads; None outside them, or in too wide a gap."""
        index = bisect_left(self._days, day)
        if index < len(self._days) and self._days[index] == day:
            return Fraction(self._counts[index])
        if index == 0 or index == len(self._days):
            return None
        return self.between(index - 1, index, day)

    def between(self, first: int, second: int, day: date) -> Fraction | None:
        """The straight line through two reads, on a day between or beyond them."""
        gap = (self._days[second] - self._days[first]).days
        if gap <= 0 or gap > LONGEST_GAP_DAYS:
            return None
        rise = self._counts[second] - self._counts[first]
        return self._counts[first] + Fraction(rise * (day - self._days[first]).days, gap)

    def count(self, index: int) -> int:
        """The unrolled count of a read."""
        return self._counts[index]


def whole(value: Fraction) -> int:
    """To the nearest whole count, halves up."""
    return int((value * 2 + 1) // 2)


def a_year_before(day: date) -> date:
    """The same day a year ago; that of February 29 is February 28."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
