"""A line of one value a day, below the strip of the same days: temperatures beside use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

#: The drawing's own units, which are stretched to the room it has.
WIDTH: Final = 1000
HEIGHT: Final = 100
_EDGE: Final = 6  # kept free above and below, for the line has a width


@dataclass(frozen=True, slots=True)
class DayLine:
    """What the template draws: one run of points where values follow each other, and the least and the most of all."""

    runs: tuple[str, ...]
    low: Decimal
    high: Decimal


def day_line(values: Sequence[Decimal | None]) -> DayLine | None:
    """A value a day in order, None where it is not known; the point stands in the middle of its day's room.

    None where fewer than two are known: one point is no line.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    span, room = (high - low) or Decimal(1), Decimal(WIDTH) / len(values)
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        x = _whole(room * index + room / 2)
        y = _whole(HEIGHT - _EDGE - (value - low) / span * (HEIGHT - 2 * _EDGE))
        runs[-1].append(f"{x},{y}")
    return DayLine(tuple(" ".join(run) for run in runs if len(run) > 1), low, high)


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))
