"""Days of a file that lie in months taken out of the store: put aside until the month is brought back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from meterside.contracts.metering import ChannelReads, DayBlock, DayRows, LaidOut, Reason, Refusal
from meterside.engine.interval import DayIntervals, Quality

from ..models import ArchivedMonth
from .matching_many import with_the_rest


def archived_months() -> frozenset[date]:
    """The first days of the months that are archived."""
    return frozenset(ArchivedMonth.objects.values_list("month", flat=True))


def rows_not_archived(
    days: DayRows, channel: ChannelReads, archived: frozenset[date]
) -> tuple[DayRows, list[Refusal]]:
    """One channel's rows that the store has room for, and a refusal for each month of the others."""
    away = [row for row in days.rows if _month(row.day) in archived]
    if not away:
        return days, []
    line = min((read.line for read in channel.reads), default=0)
    name = channel.external_id or channel.usage_point_id
    months = Counter(_month(row.day) for row in away)
    kept = tuple(row for row in days.rows if _month(row.day) not in archived)
    reads = days.reads - sum(_n_reads(row) for row in away)
    return replace(days, rows=kept, reads=max(reads, 0)), [
        _refusal(month, count, name, line) for month, count in sorted(months.items())
    ]


def blocks_not_archived(
    laid: LaidOut, names: Sequence[str], lines: NDArray[np.int64], archived: frozenset[date]
) -> tuple[LaidOut, list[Refusal]]:
    """The blocks that the store has room for, and a refusal for each channel and month of the others.

    `lines` are where each name first stands in the file.
    """
    away = [block for block in laid.blocks if _month(block.local_day) in archived]
    if not away:
        return laid, []
    months: dict[date, Counter[int]] = {}
    for block in away:
        months.setdefault(_month(block.local_day), Counter()).update(block.channel.tolist())
    refusals: list[Refusal] = []
    for month, counts in sorted(months.items()):
        listed = [
            _refusal(month, count, names[place], int(lines[place])) for place, count in sorted(counts.items())
        ]
        refusals += with_the_rest(listed)
    kept = tuple(block for block in laid.blocks if _month(block.local_day) not in archived)
    reads = laid.reads - sum(_n_told(block) for block in away)
    total = laid.total - sum(int(block.values.sum()) for block in away)
    return replace(laid, blocks=kept, reads=reads, total=total), refusals


def _month(day: date) -> date:
    return day.replace(day=1)


def _n_reads(row: DayIntervals) -> int:
    if row.quality is None:
        return row.count
    return sum(code in (Quality.MEASURED, Quality.EDITED) for code in row.quality)


def _n_told(block: DayBlock) -> int:
    return block.values.size if block.quality is None else int((block.quality != Quality.MISSING).sum())


def _refusal(month: date, n_days: int, name: str, line: int) -> Refusal:
    days = "1 day" if n_days == 1 else f"{n_days} days"
    words = f"{days} of {month:%Y-%m}: that month is archived. Bring it back (meterside meter restore), then release."
    return Refusal(line, Reason.MONTH_ARCHIVED, words, f"{name} {month:%Y-%m}"[:200], name)
