"""Whether a file's use is of the size that its meters had before: kWh said for Wh is a thousandfold, and held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import median

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.contracts.metering import LaidOut
from meterside.engine.interval import DayIntervals, Quality, unpack_values

SUSPECT_RATIO = 300
"""Whole days that are so many times what the same meters used before, or as small a part, are in another unit."""
FEW = 5
"""One meter may well use 3,000 times as much as before (a garden in spring): so few must be off by about a thousand."""
_ABOUT_A_THOUSAND = (500, 2000)
_SAMPLE = 60
_BACK = timedelta(days=60)
_DAYS_KNOWN = 3
_LEAST_PART = 4


def suspect_unit(
    rows: Sequence[tuple[int, DayIntervals]], blocks: Sequence[tuple[LaidOut, NDArray[np.int64]]]
) -> str:
    """Words for a file whose use is a thousandfold off what its meters used before; else nothing.

    Some sixty channels are compared with their own sixty days before; the middle one decides.
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
    """Mean use of a day of some channels, and the first day there is.

    Days of which less than a quarter is measured say too little: use has its hours.
    """
    days: dict[int, list[float]] = {}
    first_day = date.max
    for key, day, use in _days_of(rows, blocks):
        if use is not None and (key in days or len(days) < _SAMPLE):
            days.setdefault(key, []).append(use)
            first_day = min(first_day, day)
    return {key: sum(found) / len(found) for key, found in days.items() if sum(found)}, first_day


def _days_of(
    rows: Sequence[tuple[int, DayIntervals]], blocks: Sequence[tuple[LaidOut, NDArray[np.int64]]]
) -> Iterator[tuple[int, date, float | None]]:
    for key, day in rows:
        quality = None if day.quality is None else np.frombuffer(day.quality, np.uint8)
        values = np.array(unpack_values(day.values, day.width), dtype=np.int64)
        yield key, day.day, _use_of_day(values, quality)
    for laid, keys in blocks:
        for block in laid.blocks:
            for row in range(0, len(block.channel), max(1, len(block.channel) // _SAMPLE)):
                quality = None if block.quality is None else block.quality[row]
                yield int(keys[block.channel[row]]), block.local_day, _use_of_day(block.values[row], quality)


def _use_of_day(values: NDArray[np.int64], quality: NDArray[np.uint8] | None) -> float | None:
    """What a day's measured part comes to in a whole day; None where it is less than a quarter."""
    if quality is None:
        return float(values.sum())
    measured = values[quality == Quality.MEASURED]
    return float(measured.mean()) * len(values) if len(measured) * _LEAST_PART >= len(values) else None


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
