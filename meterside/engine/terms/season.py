"""Seasons: named parts of every year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SeasonRange:
    """Month and day of the first and the last day, both inside; may run over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def contains(self, month: int, day: int) -> bool:
        """Whether that day of the year lies inside."""
        here = (month, day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True)
class Season:
    """A named part of every year."""

    name: str
    ranges: tuple[SeasonRange, ...]
    label: str = ""
    label_es: str = ""

    def contains(self, day: date) -> bool:
        """Whether that day lies in the season."""
        return any(span.contains(day.month, day.day) for span in self.ranges)
