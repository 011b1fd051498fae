"""One day of a channel out of two: what is stored, and what a later file brings."""

from __future__ import annotations

import numpy as np

from meterside.engine.interval import DayIntervals, Quality, day_intervals


def merge_day(stored: DayIntervals, incoming: DayIntervals) -> DayIntervals:
    """The stored day with what the incoming one knows better.

    A slot that is missing in the incoming day keeps what is stored, and an incoming estimate never
    replaces a value that is not one; any other incoming value stands. Raises ``ValueError`` when the
    two are not the same day on the same grid.
    """
    grids = [(row.day, row.start_utc, row.seconds, row.count) for row in (stored, incoming)]
    if grids[0] != grids[1]:
        raise ValueError(f"{stored.day} and {incoming.day} are not the same day on the same grid")
    old, new = stored.quality_array(), incoming.quality_array()
    guessed = [Quality.ESTIMATED, Quality.MISSING]
    keep = (new == Quality.MISSING) | ((new == Quality.ESTIMATED) & ~np.isin(old, guessed))
    values = np.where(keep, stored.array(), incoming.array())
    quality = np.where(keep, old, new)
    return day_intervals(stored.day, stored.start_utc, stored.seconds, values, quality.tolist())
