"""Values for intervals that did not come: short gaps by the line between their neighbours, longer ones by like days.

All is exact in whole numbers; where a register says what was used over the time, like days are scaled so that the
missing intervals make up just what is missing. Worked tables: docs/algorithms/validation.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def on_the_line(before: int, after: int, slots: int) -> Counts:
    """The values of `slots` missing slots on the straight line between their neighbours, halves up."""
    steps = slots + 1
    place = np.arange(1, steps, dtype=np.int64)
    return (2 * (before * (steps - place) + after * place) + steps) // (2 * steps)


def mean_of(days: Counts) -> Counts:
    """The mean of like days (a row each) in each slot, to the nearest whole unit, halves up."""
    total: Counts = days.sum(axis=0, dtype=np.int64)
    return (2 * total + len(days)) // (2 * len(days))


def scaled_to(profile: Counts, total: int) -> Counts:
    """A profile's shape with exactly this sum: shares in whole units, what is left to the largest remainders.

    A profile of nothing is spread evenly. Raises ``ValueError`` for a total below nothing.
    """
    if total < 0:
        raise ValueError("what is missing cannot be less than nothing")
    weights = np.maximum(profile, 0)
    if not weights.any():
        weights = np.ones_like(profile)
    whole = int(weights.sum())
    parts = [divmod(total * int(weight), whole) for weight in weights]
    values = np.array([quotient for quotient, _ in parts], dtype=np.int64)
    left = total - int(values.sum())
    # Larger remainders first; of equal ones the earlier.
    order = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    values[order[:left]] += 1
    return values


def short_gaps(missing: NDArray[np.bool_], most_slots: int) -> list[tuple[int, int]]:
    """Runs of missing slots no longer than that, with a neighbour on both sides, as [first, end)."""
    edges = np.diff(np.concatenate(([0], missing.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [
        (int(first), int(end))
        for first, end in zip(starts, ends, strict=True)
        if end - first <= most_slots and first > 0 and end < len(missing)
    ]
