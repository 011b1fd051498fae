"""What rules find in meter data: pure functions over arrays, a row a channel and day, a column an interval.

Values are whole counts of a channel's least unit; a missing slot holds 0 with quality MISSING and is never looked
at. Each function says which rows (or slots) it found; what follows is the rule's (`validation_rule`).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from meterside.engine.interval import Quality

Rows = NDArray[np.bool_]
Counts = NDArray[np.int64]
Codes = NDArray[np.uint8]

_HOUR_S = 3600


def known(values: Counts, quality: Codes | None) -> Rows:
    """Which slots have a value."""
    return np.ones(values.shape, dtype=np.bool_) if quality is None else quality != Quality.MISSING


def n_missing(values: Counts, quality: Codes | None) -> Counts:
    """How many slots of each row have no value."""
    if quality is None:
        return np.zeros(len(values), dtype=np.int64)
    found: Counts = (quality == Quality.MISSING).sum(axis=1, dtype=np.int64)
    return found


def spikes(values: Counts, quality: Codes | None, *, times: Decimal, above: int) -> Rows:
    """Slots with more than `above`, and more than `times` the mean of the row's other slots.

    With `times` 0 the bare limit counts. The mean of the others, for a spike would raise its own.
    """
    over = values > above
    rows = np.flatnonzero(over.any(axis=1))
    if not len(rows) or not times:
        return over & known(values, quality) if len(rows) else over
    some = values[rows]
    there = known(some, None if quality is None else quality[rows])
    used = np.where(there, np.maximum(some, 0), 0)
    total, count = used.sum(axis=1, keepdims=True), there.sum(axis=1, keepdims=True)
    numerator, denominator = times.as_integer_ratio()
    # value > times * (total - value) / (count - 1)
    others = (total - used).astype(np.float64) * numerator / denominator
    found = np.zeros(values.shape, dtype=np.bool_)
    found[rows] = over[rows] & there & (used * np.maximum(count - 1, 1).astype(np.float64) > others)
    return found


def over_usual(totals: Counts, usual: NDArray[np.float64], *, times: Decimal, above: int) -> Rows:
    """Days that used more than `above`, and more than `times` what the channel usually uses; 0: nothing is usual."""
    numerator, denominator = times.as_integer_ratio()
    return (totals > above) & (usual > 0) & (totals > usual * numerator / denominator)


def under_usual(totals: Counts, usual: NDArray[np.float64], *, share: Decimal, above: int) -> Rows:
    """Days that used less than a share of what is usual, where that is more than `above`."""
    numerator, denominator = share.as_integer_ratio()
    return (usual > above) & (totals < usual * numerator / denominator)


def longest_run(mask: Rows) -> Counts:
    """The longest run of true slots in each row."""
    longest = np.zeros(len(mask), dtype=np.int64)
    run = np.zeros(len(mask), dtype=np.int64)
    for column in range(mask.shape[1]):
        run = (run + 1) * mask[:, column]
        np.maximum(longest, run, out=longest)
    return longest


def zero_runs(values: Counts, quality: Codes | None, *, seconds: int, hours: int) -> Rows:
    """Rows with nothing used for so many hours on end."""
    slots = max(1, hours * _HOUR_S // seconds)
    zero = (values == 0) & known(values, quality)
    found: Rows = zero.sum(axis=1) >= slots
    rows = np.flatnonzero(found)
    found[rows] = longest_run(zero[rows]) >= slots
    return found


def constant_runs(values: Counts, quality: Codes | None, *, seconds: int, hours: int, above: int) -> Rows:
    """Rows that say one and the same value, more than `above`, for so many hours on end: a stuck register."""
    slots = max(2, hours * _HOUR_S // seconds)
    if slots > values.shape[1]:
        return np.zeros(len(values), dtype=np.bool_)
    there = known(values, quality)
    same = (values[:, 1:] == values[:, :-1]) & (values[:, 1:] > above) & there[:, 1:] & there[:, :-1]
    found: Rows = same.sum(axis=1) >= slots - 1
    rows = np.flatnonzero(found)
    found[rows] = longest_run(same[rows]) >= slots - 1
    return found


def negatives(values: Counts, quality: Codes | None) -> Rows:
    """Slots below nothing: netted in the meter, or water that flowed back. Delivered and received stay apart."""
    found: Rows = values < 0
    return found & known(values, quality) if found.any() else found


def both_ways(delivered: Counts, received: Counts, *, above: int) -> Rows:
    """Slots in which more than `above` was delivered and received at once, beyond what one hour's changes explain."""
    found: Rows = np.minimum(delivered, received) > above
    return found


def inactive_use(totals: Counts, is_active: Rows, *, above: int) -> Rows:
    """Days with more than `above` used where nobody has the service."""
    return ~is_active & (totals > above)


def clock_drift(offset_s: Counts, *, seconds: int) -> Rows:
    """Rows whose stamps lie further off the grid of their day than a clock may."""
    return np.abs(offset_s) > seconds


class SumCheck(StrEnum):
    """How a register's difference and the sum of intervals over the same time compare."""

    AGREES = "agrees"
    MULTIPLIER = "multiplier"
    DIFFERS = "differs"


def register_against_sum(
    difference: Decimal, interval_sum: int, *, multiplier: Decimal, percent: Decimal, above: int
) -> SumCheck:
    """Compare a register's use with its intervals' sum, both in the channel's least unit.

    They agree within `percent` of the larger and within `above` (a dial turns by whole counts). A ratio that is the
    meter's multiplier, or a power of ten, says that one of them has it in and the other has not.
    """
    if _near(difference, Decimal(interval_sum), percent, above):
        return SumCheck.AGREES
    for factor in {multiplier, *(Decimal(10) ** power for power in (1, 2, 3, 6))} - {Decimal(1)}:
        for one, other in ((difference * factor, Decimal(interval_sum)), (difference, interval_sum * factor)):
            if difference and interval_sum and _near(one, other, max(percent, Decimal(1)), 0):
                return SumCheck.MULTIPLIER
    return SumCheck.DIFFERS


def _near(one: Decimal, other: Decimal, percent: Decimal, above: int) -> bool:
    apart = abs(one - other)
    return apart <= above or apart <= max(abs(one), abs(other)) * percent / 100


class DialMove(StrEnum):
    """What a dial did between two reads."""

    FORWARD = "forward"
    ROLLED_OVER = "rolled_over"
    WENT_BACK = "went_back"


def dial_move(previous: int, present: int, *, dials: int, most: int) -> DialMove:
    """Whether a lower read is a dial that went round: if what was used by that is no more than `most` counts."""
    if present >= previous:
        return DialMove.FORWARD
    used = present - previous + 10**dials
    return DialMove.ROLLED_OVER if used <= most else DialMove.WENT_BACK
