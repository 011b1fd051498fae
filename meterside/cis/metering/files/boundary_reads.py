"""Dial values where one file ends and the next begins: the use between them, counted when both are here.

A head-end that sends what dials show says with each file how far they came; the use between the last value of one
file and the first of the next is in neither. So the values that lack a neighbour in their file are kept. Whichever
file comes second counts what lies between, in any order (docs/algorithms/meter-files.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.contracts.metering import (
    DIAL_WENT_BACK,
    BoundaryReads,
    ReadColumns,
    Reason,
    Refusal,
    steps_s,
)
from meterside.engine.interval import Quality

from ..models import BoundaryRead
from .matching_many import NOBODY


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """The boundaries of registered channels: each with its channel's key, of reads of `interval_s`."""

    reads: BoundaryReads
    keys: NDArray[np.int64]
    interval_s: int


def boundaries_of(columns: ReadColumns, keys: NDArray[np.int64]) -> Boundaries | None:
    """The boundaries of the channels that have a key; None where there are none."""
    said = columns.boundaries
    if said is None:
        return None
    here = np.flatnonzero(keys[said.channel] != NOBODY)
    if not len(here):
        return None
    reads = BoundaryReads(
        channel=said.channel[here],
        at_s=said.at_s[here],
        value=said.value[here],
        line=said.line[here],
        quality=None if said.quality is None else said.quality[here],
        opens=said.opens[here],
        closes=said.closes[here],
    )
    return Boundaries(reads, keys[reads.channel], columns.interval_s)


def with_use_between(columns: ReadColumns, boundaries: Boundaries) -> tuple[ReadColumns, list[Refusal]]:
    """The columns with the use between their boundaries and those of other files; refusals where a dial went back.

    Within a transaction: from here to its end no other file's boundaries are looked at, else each of two files
    could miss the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('metering_boundaries'))")
    reads, found = boundaries.reads, _neighbours(boundaries)
    mine = reads.value[found.place]
    use = np.where(found.is_before, mine - found.value, found.value - mine)
    refusals = [_went_back(columns, reads, place) for place in found.place[use < 0].tolist()]
    found, use = found.taken(use >= 0), use[use >= 0]
    if not len(use):
        return columns, refusals
    place = found.place
    own = np.zeros(len(reads), np.uint8) if reads.quality is None else reads.quality
    is_measured = (own[place] == Quality.MEASURED) & found.is_measured
    between = np.where(is_measured, np.uint8(Quality.MEASURED), np.uint8(Quality.ESTIMATED))
    before = np.zeros(len(columns), np.uint8) if columns.quality is None else columns.quality
    starts = np.where(found.is_before, found.at_s, reads.at_s[place])
    drift_s = None if columns.drift_s is None else np.append(columns.drift_s, np.zeros(len(use), np.int16))
    joined = replace(
        columns,
        channel=np.concatenate([columns.channel, reads.channel[place]]),
        start_s=np.concatenate([columns.start_s, starts]),
        value=np.concatenate([columns.value, use]),
        line=np.concatenate([columns.line, reads.line[place]]),
        quality=np.concatenate([before, between]),
        drift_s=drift_s,
    )
    return joined, refusals


def _went_back(columns: ReadColumns, reads: BoundaryReads, place: int) -> Refusal:
    name, line = columns.names[int(reads.channel[place])], int(reads.line[place])
    words = f"{DIAL_WENT_BACK} The value it is held against is in another file."
    return Refusal(line, Reason.DIAL_WENT_BACK, words, str(int(reads.value[place])), name)


@dataclass(frozen=True, slots=True, eq=False)
class _Neighbours:
    """Values of other files an interval from ours: of which place, before it or behind, when, what, measured or not."""

    place: NDArray[np.int64]
    is_before: NDArray[np.bool_]
    at_s: NDArray[np.int64]
    value: NDArray[np.int64]
    is_measured: NDArray[np.bool_]

    def taken(self, at: NDArray[np.bool_]) -> _Neighbours:
        return _Neighbours(
            self.place[at], self.is_before[at], self.at_s[at], self.value[at], self.is_measured[at]
        )


_FIND = """
    SELECT said.place, said.step < 0, extract(epoch FROM b.at)::bigint, b.value, b.is_measured
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) said (place, channel_id, at_s, step)
      JOIN cis_metering_boundaryread b
        ON b.channel_id = said.channel_id AND b.at = to_timestamp(said.at_s + said.step)
     ORDER BY said.place, said.step
"""


def _neighbours(boundaries: Boundaries) -> _Neighbours:
    reads = boundaries.reads
    asked: list[NDArray[np.int64]] = []
    for step in steps_s(boundaries.interval_s):
        for is_open, seconds in ((reads.opens, -step), (reads.closes, step)):
            place = np.flatnonzero(is_open)
            steps = np.full(len(place), seconds)
            asked.append(np.stack([place, boundaries.keys[place], reads.at_s[place], steps]))
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [column.tolist() for column in np.concatenate(asked, axis=1)])
        rows = cursor.fetchall()
    return _Neighbours(
        place=np.array([row[0] for row in rows], dtype=np.int64),
        is_before=np.array([row[1] for row in rows], dtype=np.bool_),
        at_s=np.array([row[2] for row in rows], dtype=np.int64),
        value=np.array([row[3] for row in rows], dtype=np.int64),
        is_measured=np.array([row[4] for row in rows], dtype=np.bool_),
    )


_KEEP = """
    INSERT INTO cis_metering_boundaryread AS b (channel_id, at, value, is_measured, stated_at)
    SELECT DISTINCT ON (channel_id, at_s) channel_id, to_timestamp(at_s), value, is_measured, %s
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[]) said (channel_id, at_s, value, is_measured)
     ORDER BY channel_id, at_s
        ON CONFLICT (channel_id, at) DO UPDATE
       SET value = excluded.value, is_measured = excluded.is_measured, stated_at = excluded.stated_at
     WHERE b.stated_at <= excluded.stated_at
"""


def keep_boundaries(boundaries: Boundaries, *, stated_at: datetime) -> None:
    """Keep a file's boundaries for the files beside it; of an instant what was stated last."""
    reads = boundaries.reads
    is_measured = (
        np.ones(len(reads), np.bool_) if reads.quality is None else reads.quality == Quality.MEASURED
    )
    said = (boundaries.keys, reads.at_s, reads.value, is_measured)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [stated_at, *(column.tolist() for column in said)])


def forget_boundaries(*, before: datetime) -> int:
    """Let go of boundaries that nobody will ask for any more; returns how many."""
    return BoundaryRead.objects.filter(at__lt=before).delete()[0]
