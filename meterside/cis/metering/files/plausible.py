"""Whether a file's use is of the size that its meters had before: kWh said for Wh is a thousandfold, and held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.contracts.metering import LaidOut
from meterside.engine.interval import DayIntervals

SUSPECT_RATIO = 300
"""Whole days that are so many times what the same meters used before, or as small a part, are in another unit."""
FEW = 5
"""One meter may well use 3,000 times as much as before (a garden in spring): so few must be off by about a thousand."""
_ABOUT_A_THOUSAND = (500, 2000)
_SAMPLE = 60
_BACK = timedelta(days=60)
_DAYS_KNOWN = 3


def suspect_unit(
    rows: Sequence[tuple[int, DayIntervals]], blocks: Sequence[tuple[LaidOut, NDArray[np.int64]]]
) -> str:
    """Words for a file whose use is a thousandfold off what its meters used before; else nothing.

    Some sixty channels with whole days are compared with their own sixty days before; the middle one decides.
    """
    totals, first_day = _sample(rows, blocks)
    before = _before(list(totals), first_day) if totals else {}
    ratios = [totals[key] / before[key] for key in totals if before.get(key)]
    if not ratios:
        return ""
    middle = median(ratios)
    times = max(middle, 1 / middle)
    if times < SUSPECT_RATIO or (
        len(ratios) < FEW and not _ABOUT_A_THOUSAND[0] < times < _ABOUT_A_THOUSAND[1]
    ):
        return ""
    said = f"{middle:,.0f} times" if middle > 1 else f"one {1 / middle:,.0f}th of"
    return (
        f"The file's use is {said} what the same meters used before ({len(ratios)} compared): its unit is "
        "wrong. Nothing was loaded and nothing converted."
    )


def _sample(
    rows: Sequence[tuple[int, DayIntervals]], blocks: Sequence[tuple[LaidOut, NDArray[np.int64]]]
) -> tuple[dict[int, float], date]:
    """Mean use of a whole day of some channels, and the first day there is."""
    days: dict[int, list[int]] = {}
    first_day = date.max
    for key, day in rows:
        if day.quality is None and (key in days or len(days) < _SAMPLE):
            days.setdefault(key, []).append(day.total())
            first_day = min(first_day, day.day)
    for laid, keys in blocks:
        for block in laid.blocks:
            step = max(1, len(block.channel) // _SAMPLE)
            for row in range(0, len(block.channel), step):
                if block.quality is None or not block.quality[row].any():
                    days.setdefault(int(keys[block.channel[row]]), []).append(int(block.values[row].sum()))
                    first_day = min(first_day, block.local_day)
    return {key: sum(found) / len(found) for key, found in days.items() if sum(found)}, first_day


def _before(channel_ids: Sequence[int], first_day: date) -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT channel_id, avg(total)::float8 FROM (
                SELECT DISTINCT ON (channel_id, local_day) channel_id, total
                  FROM cis_metering_intervalday
                 WHERE channel_id = ANY(%s) AND local_day >= %s AND local_day < %s AND quality IS NULL
                 ORDER BY channel_id, local_day, version DESC) days
             WHERE total > 0 GROUP BY channel_id HAVING count(*) >= %s
            """,
            [list(channel_ids), first_day - _BACK, first_day, _DAYS_KNOWN],
        )
        return {row[0]: row[1] for row in cursor.fetchall()}
