"""The hours of a period that is not over: those that are known, and for each other what such hours were.

The prose is in docs/algorithms/projection.md. Whole counts throughout, no clock.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from meterside.engine.interval_use import IntervalUse

_DAY_MINUTES = 1440
#: What an hour is expected at is kept to a thousandth of a count.
_FINER = 1000
#: Counts above this could come out wrong when they are summed in thousandths.
_MOST = 2**40


def with_likely_hours(use: IntervalUse, is_known: NDArray[np.bool_]) -> IntervalUse | None:
    """The same run, each interval that is not known at the mean of the known ones of its minute of the day.

    Of its kind of day (Monday to Friday; Saturday and Sunday) where that has any, else of all days, else of all
    intervals. Counts are a thousandth of what they were. None where nothing is known.
    """
    known = use.values[is_known]
    if not len(known) or int(np.abs(known).max()) * len(use.values) > _MOST:
        return None
    calendar = use.calendar
    minute = calendar.hour * 60 + calendar.minute
    of_kind = minute + _DAY_MINUTES * (calendar.weekday >= 5)
    filled = np.full(len(use.values), int(known.sum()) * _FINER // len(known), dtype=np.int64)
    for slots, count in ((minute, _DAY_MINUTES), (of_kind, 2 * _DAY_MINUTES)):
        sums, counts = np.zeros(count, dtype=np.int64), np.bincount(slots[is_known], minlength=count)
        np.add.at(sums, slots[is_known], known)
        has_some = counts[slots] > 0
        filled[has_some] = (sums[slots] * _FINER)[has_some] // counts[slots][has_some]
    filled[is_known] = known * _FINER
    return replace(use, values=np.maximum(filled, 0), scale=use.scale / _FINER, quality=None)
