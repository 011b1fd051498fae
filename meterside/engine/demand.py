"""Demand: the highest average power over a window, measured from intervals (docs/algorithms/demand.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray

from meterside.engine.interval_use import IntervalUse
from meterside.engine.pricing import ZERO, Draft, Part, RatingError
from meterside.engine.proration import SHARE_PLACES
from meterside.engine.quantity import convert
from meterside.engine.terms.component import Component

_SECONDS_IN_HOUR = 3600
#: Squares of counts below this, and sums of two of them, fit 64 bits.
_SQUARES_FIT = 2**31


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest demand of some days, in kW (kvar, kVA): when its window began and how long it is.

    ``at`` is None where a demand register said it, or no window lies in the hours that count.
    """

    demand: Decimal
    at: datetime | None = None
    seconds: int = 0


def window_intervals(component: Component, use: IntervalUse, window_minutes: int) -> int:
    """How many intervals make a window; 0 minutes stand for the intervals' own length."""
    seconds = window_minutes * 60 or use.seconds
    if seconds % use.seconds:
        said = f"a window of {window_minutes} minutes cannot be made of {use.seconds // 60}-minute intervals"
        raise RatingError(
            "interval_length",
            f"{component.code}: {said}",
            why="window",
            component=component.code,
            minutes=window_minutes,
            interval=use.seconds // 60,
        )
    return seconds // use.seconds


def window_sums(use: IntervalUse, inside: slice, count: int) -> NDArray[np.int64]:
    """Exact sums of every run of ``count`` intervals, by its first one in the stretch."""
    values = use.values[inside]
    if len(values) < count:
        return np.zeros(0, dtype=np.int64)
    if count == 1:
        return values
    running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(values)))
    return running[count:] - running[:-count]


def window_starts(
    use: IntervalUse, inside: slice, count: int, is_sliding: bool, mask: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """The first intervals of the windows that count: blocks begin on the clock, all hours in the mask."""
    first, last = inside.start, inside.stop - count
    if last < first:
        return np.zeros(0, dtype=np.int64)
    starts = np.arange(first, last + 1, dtype=np.int64)
    if not is_sliding and count > 1:
        offset = use.start_utc.astimezone(use.zone).utcoffset() or timedelta()
        clock = int((use.start_utc + offset).timestamp()) // use.seconds
        starts = starts[(starts + clock) % count == 0]
    if mask is not None:
        running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(mask.astype(np.int64))))
        starts = starts[running[starts + count] - running[starts] == count]
    return starts


def power(use: IntervalUse, counts: int, seconds: int, unit: str) -> Decimal:
    """So many counts over a window as average power: kW from energy, kvar from reactive energy."""
    energy = convert(use.quantity(counts), use.unit, "kvarh" if unit == "kvar" else "kWh")
    return energy * _SECONDS_IN_HOUR / seconds


def highest(
    component: Component,
    use: IntervalUse,
    *,
    inside: slice,
    window_minutes: int,
    starts: NDArray[np.int64],
    unit: str,
    reactive: IntervalUse | None = None,
) -> Peak:
    """The highest demand of the windows that begin at ``starts`` (``window_starts``) in the stretch ``inside``.

    With ``reactive`` in kVA. The first of equal ones.

    Raises ``RatingError`` interval_length, ``UnknownUnit`` or ``CannotConvert``.
    """
    count = window_intervals(component, use, window_minutes)
    seconds = count * use.seconds
    if not len(starts):
        return Peak(ZERO, None, seconds)
    sums = window_sums(use, inside, count)[starts - inside.start]
    if reactive is None:
        place = int(np.argmax(sums))
        demand = power(use, int(sums[place]), seconds, unit)
    else:
        _same_run(component, use, reactive)
        others = window_sums(reactive, inside, count)[starts - inside.start]
        place, demand = _highest_apparent(use, reactive, sums, others, seconds)
    return Peak(demand, use.calendar.instant(int(starts[place])), seconds)


def _same_run(component: Component, use: IntervalUse, reactive: IntervalUse) -> None:
    if (use.start_utc, use.seconds, len(use.values)) != (
        reactive.start_utc,
        reactive.seconds,
        len(reactive.values),
    ):
        raise RatingError(
            "missing_intervals",
            f"{component.code} needs reactive intervals beside those of use",
            why="needed",
            component=component.code,
            determinant="reactive",
        )


def _highest_apparent(
    use: IntervalUse,
    reactive: IntervalUse,
    sums: NDArray[np.int64],
    others: NDArray[np.int64],
    seconds: int,
) -> tuple[int, Decimal]:
    """The window of the highest kVA and its value: the root of the squares of kW and kvar."""
    one, other = convert(use.scale, use.unit, "kWh"), convert(reactive.scale, reactive.unit, "kvarh")
    small = max(int(sums.max()), int(others.max())) < _SQUARES_FIT
    if one == other and small:
        place = int(np.argmax(sums * sums + others * others))
    else:
        squares = [
            (int(own) * one) ** 2 + (int(also) * other) ** 2
            for own, also in zip(sums.tolist(), others.tolist(), strict=True)
        ]
        place = squares.index(max(squares))
    active = power(use, int(sums[place]), seconds, "kW")
    passive = power(reactive, int(others[place]), seconds, "kvar")
    return place, root_of_squares(active, passive)


def root_of_squares(one: Decimal, other: Decimal) -> Decimal:
    """The root of two squares' sum, to six places."""
    return (one * one + other * other).sqrt().quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)


def average_at(
    component: Component, use: IntervalUse, *, hours: Sequence[datetime], inside: slice, unit: str
) -> Peak | None:
    """The highest of the hours that begin at given local times (the system's peaks); None when none lies inside.

    Of an hour the clock shows twice the first counts. Raises as ``highest``.
    """
    count = window_intervals(component, use, 60)
    found: Peak | None = None
    running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(use.values)))
    for hour in hours:
        start = (hour.replace(tzinfo=use.zone) - use.start_utc) // timedelta(seconds=use.seconds)
        if inside.start <= start and start + count <= inside.stop:
            demand = power(use, int(running[start + count] - running[start]), 3600, unit)
            if found is None or demand > found.demand:
                found = Peak(demand, use.calendar.instant(start), 3600)
    return found


def billed_demand(component: Component, code: str, part: Part, before: list[Draft]) -> Decimal:
    """The demand that another charge billed for these days; the highest where it has several parts.

    Raises ``RatingError`` missing_determinant when it billed none.
    """
    by_part: dict[tuple[object, ...], Decimal] = {}
    for draft in before:
        if draft.component.code == code and draft.part.span.overlap(part.span) is not None:
            key = (draft.part.span.start, draft.part.span.end, draft.part.on)
            by_part[key] = by_part.get(key, ZERO) + draft.quantity
    if not by_part:
        raise RatingError(
            "missing_determinant",
            f"{component.code} needs the demand of {code}",
            component=component.code,
            determinant=code,
        )
    return max(by_part.values())
