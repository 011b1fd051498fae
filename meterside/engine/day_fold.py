"""What stands of a channel's day, out of all that was ever said of it, in whatever order it came.

Each input says some of a day's intervals. An interval's standing value is the one with the highest rank:

1. how it came: an edit by staff stands over what was read, a read over an estimate, anything over nothing;
2. when it was stated: later stands over earlier;
3. stated at once: the more certain quality, then the lesser value (what all of them agree was used).

The rank is a total order, so what stands depends on the inputs alone: not on the order they came in, on how they
were cut into files, or on how often they came. Worked tables: docs/algorithms/validation.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from meterside.engine.interval import DayIntervals, Quality, day_intervals

#: By quality code: measured, estimated, edited, derived, missing; the higher, the more certain.
_CERTAINTY = np.array([4, 1, 3, 2, 0], dtype=np.int64)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(IntEnum):
    """How an interval's value came, from what yields to what stands over it."""

    NOTHING = 0
    ESTIMATE = 1
    READ = 2
    EDIT = 3


@dataclass(frozen=True, slots=True)
class DayInput:
    """What one source said of a day, at an instant; `is_edit` where staff said it."""

    day: DayIntervals
    stated_at: datetime
    is_edit: bool = False

    @property
    def grid(self) -> tuple[datetime, int, int]:
        """Where its intervals lie; inputs on different grids cannot be laid over one another."""
        return self.day.start_utc, self.day.seconds, self.day.count


def standing_day(inputs: Sequence[DayInput]) -> DayIntervals:
    """The day as it stands. Where sources used different grids, the best and latest stated grid stands alone.

    Raises ``ValueError`` without inputs, or where they are not of one day.
    """
    if len({each.day.day for each in inputs}) != 1:
        raise ValueError("the inputs are not of one day")
    best = max(inputs, key=_grid_rank)
    together = [each for each in inputs if each.grid == best.grid]
    if len(together) == 1:
        return best.day
    values = np.stack([each.day.array() for each in together])
    quality = np.stack([each.day.quality_array() for each in together])
    stated = np.array([[_microseconds(each.stated_at)] for each in together], dtype=np.int64)
    edits = np.array([[each.is_edit] for each in together], dtype=np.bool_)
    chosen = _highest(_ranks(quality, edits), stated, values, quality)
    slots = np.arange(values.shape[1])
    return day_intervals(
        best.day.day,
        best.day.start_utc,
        best.day.seconds,
        values[chosen, slots],
        quality[chosen, slots].tolist(),
    )


def _ranks(quality: NDArray[np.uint8], edits: NDArray[np.bool_]) -> NDArray[np.int64]:
    ranks = np.full(quality.shape, int(Standing.READ), dtype=np.int64)
    ranks[quality == Quality.ESTIMATED] = Standing.ESTIMATE
    ranks[np.broadcast_to(edits, quality.shape)] = Standing.EDIT
    ranks[quality == Quality.MISSING] = Standing.NOTHING
    return ranks


def _highest(
    ranks: NDArray[np.int64], stated: NDArray[np.int64], values: NDArray[np.int64], quality: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """For each interval the input that stands, by the rank in its order."""
    certain = _CERTAINTY[quality]
    chosen = np.zeros(values.shape[1], dtype=np.int64)
    slots = np.arange(values.shape[1])
    for place in range(1, len(values)):
        higher = np.zeros(len(slots), dtype=np.bool_)
        equal = np.ones(len(slots), dtype=np.bool_)
        by_input = np.broadcast_to(stated, values.shape)
        for key, sign in ((ranks, 1), (by_input, 1), (certain, 1), (values, -1)):
            was, now = key[chosen, slots], key[place]
            higher |= equal & ((now > was) if sign > 0 else (now < was))
            equal &= now == was
        chosen[higher] = place
    return chosen


def _grid_rank(each: DayInput) -> tuple[int, datetime, int, datetime]:
    """Edits keep to the grid of the day they edit, so they do not choose it."""
    quality = each.day.quality_array()
    known = quality != Quality.MISSING
    is_read = bool((known & (quality != Quality.ESTIMATED)).any()) and not each.is_edit
    return (
        2 if is_read else 1 if bool(known.any()) else 0,
        each.stated_at,
        -each.day.seconds,
        each.day.start_utc,
    )


def _microseconds(instant: datetime) -> int:
    passed = instant - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
