"""The channels that the names of a bulk file mean: a hundred thousand of them in two statements.

Names go to the database as one text and keys come back as one text for each kind of channel, so that nothing is
done name by name but for those that are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from meterside.contracts.metering import ReadColumns, Refusal

from .matching import ChannelBook, KnownChannel

NOBODY = -1
_LISTED = 1000
"""So many channels refused for one reason are listed one by one; the others are counted."""

# What is asked for by one sort of name; `{join}` finds the channel. A name that means several comes several times.
_FIND = """
    WITH said AS MATERIALIZED (
        SELECT ordinality - 1 AS place, name FROM unnest(string_to_array(%s, E'\\n')) WITH ORDINALITY AS n(name)
    ), found AS MATERIALIZED (
        SELECT said.place, c.id, c.unit, c.direction, c.interval_s, c.device_id, d.commodity FROM said {join}
    ), placed AS (
        SELECT DISTINCT ON (i.device_id) i.device_id, p.zone
          FROM cis_registry_deviceinstallation i
          JOIN cis_registry_servicepoint s ON s.id = i.service_point_id
          JOIN cis_registry_premise p ON p.id = s.premise_id
         WHERE i.device_id IN (SELECT device_id FROM found)
         ORDER BY i.device_id, lower(i.during) DESC
    ), multiplied AS (
        SELECT DISTINCT ON (device_id) device_id, applied_by_source
          FROM cis_registry_multiplier WHERE value <> 1 ORDER BY device_id, lower(during) DESC
    )
    SELECT f.unit, f.direction, f.interval_s, f.commodity, p.zone, m.applied_by_source,
           string_agg(f.place || ' ' || f.id, ' ')
      FROM found f JOIN placed p USING (device_id) LEFT JOIN multiplied m USING (device_id)
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""
_BY_NAME = """JOIN cis_registry_channel c ON c.external_id = said.name AND c.external_id <> ''
          JOIN cis_registry_device d ON d.id = c.device_id"""
_BY_BADGE = """JOIN cis_registry_device d ON d.badge = said.name
          JOIN cis_registry_channel c ON c.device_id = d.id AND c.direction = %s AND c.interval_s = %s"""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The key of each name's channel (NOBODY where it has none), the names of each zone, and refusals."""

    keys: NDArray[np.int64]
    zones: dict[str, NDArray[np.int64]]
    refusals: tuple[Refusal, ...]
    n_unknown: int


def match_columns(columns: ReadColumns, lines: NDArray[np.int64]) -> Matched:
    """Match every name that has reads; `lines` are where each name first stands, 0 for one without reads."""
    keys = np.full(len(columns.names), NOBODY, dtype=np.int64)
    zones: dict[str, list[NDArray[np.int64]]] = {}
    refusals: list[Refusal] = []
    is_open = lines > 0
    must_be_known = (
        np.ones(len(columns.names), np.bool_) if columns.may_be_unknown is None else ~columns.may_be_unknown
    )
    for sql, names, more in (
        (_BY_NAME, columns.names, []),
        (_BY_BADGE, columns.meters, [columns.direction.value, columns.interval_s]),
    ):
        wanted = np.flatnonzero(is_open)
        if not len(wanted):
            break
        for known, places, ids in _found(sql, [names[place] for place in wanted.tolist()], more):
            at = wanted[places]
            is_open[at] = False
            if _judge(columns, lines, int(at[0]), known) is not None:
                refusals += _refused(columns, lines, at[must_be_known[at]], known)
            else:
                keys[at] = ids
                zones.setdefault(known.zone, []).append(at)
    unknown = np.flatnonzero(is_open & must_be_known)
    refusals += _unknown(columns, lines, unknown)
    return Matched(
        keys,
        {zone: np.concatenate(parts) for zone, parts in sorted(zones.items())},
        tuple(refusals),
        len(unknown),
    )


def _found(
    join: str, names: list[str], more: Sequence[str | int]
) -> Iterator[tuple[KnownChannel, NDArray[np.int64], NDArray[np.int64]]]:
    """Channels of one kind together: one of them as an example, the places of their names, and their keys.

    A name that means several channels means none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND.format(join=join), ["\n".join(names), *more])
        rows = cursor.fetchall()
    kinds = [np.fromstring(pairs, dtype=np.int64, sep=" ").reshape(-1, 2) for *_, pairs in rows]
    times = np.zeros(len(names), dtype=np.int64)
    for pairs in kinds:
        np.add.at(times, pairs[:, 0], 1)
    for (unit, direction, interval_s, commodity, zone, multiplied, _), pairs in zip(rows, kinds, strict=True):
        only = pairs[times[pairs[:, 0]] == 1]
        if len(only):
            known = KnownChannel(0, "", "", unit, direction, interval_s, commodity, zone, multiplied)
            yield known, only[:, 0], only[:, 1]


def _refused(
    columns: ReadColumns, lines: NDArray[np.int64], at: NDArray[np.int64], known: KnownChannel
) -> list[Refusal]:
    """Refusals of channels that are registered otherwise than the file says."""
    listed = [_judge(columns, lines, place, known) for place in np.sort(at)[:_LISTED].tolist()]
    return with_the_rest([each for each in listed if each is not None], len(at))


def _judge(columns: ReadColumns, lines: NDArray[np.int64], place: int, known: KnownChannel) -> Refusal | None:
    return ChannelBook.judge(
        known,
        name=columns.names[place],
        unit=columns.unit,
        direction=columns.direction,
        interval_s=columns.interval_s,
        commodity=columns.commodity or "",
        multiplier_applied=columns.multiplier_applied,
        line=int(lines[place]),
    )


def _unknown(columns: ReadColumns, lines: NDArray[np.int64], places: NDArray[np.int64]) -> list[Refusal]:
    if not len(places):
        return []
    some = places[:_LISTED].tolist()
    book = ChannelBook((), (columns.meters[place] for place in some))
    counts = np.bincount(columns.channel, minlength=len(columns.names))
    listed = [
        book.unknown(
            columns.names[place], columns.meters[place], columns, int(lines[place]), int(counts[place])
        )
        for place in some
    ]
    return with_the_rest(listed, len(places))


def with_the_rest(listed: list[Refusal], total: int | None = None) -> list[Refusal]:
    """Refusals for one reason: so many as are listed one by one, and one that counts the others (of `total`)."""
    total = len(listed) if total is None else total
    listed = listed[:_LISTED]
    if total <= len(listed):
        return listed
    last = listed[-1]
    words = f"And {total - len(listed):,} more channels for the same reason: {last.words}"
    return [*listed, Refusal(last.line, last.reason, words, channel_id="")]
