"""Days of which something was said before: every original kept, the standing day worked out from all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from meterside.engine.day_fold import DayInput, standing_day
from meterside.engine.interval import DayIntervals

_LEAST: Final = timedelta(microseconds=1)
_Key = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Source:
    """Where staged rows come from. `is_arrival`: no time was stated, so they stand over all that came before."""

    origin: str
    file_id: int | None
    stated_at: datetime
    is_arrival: bool
    edit_id: int | None = None


@dataclass(slots=True)
class _Known:
    """What is known of a day: what was said of it, its newest version, and what stands."""

    inputs: list[DayInput]
    n_said: int
    version: int
    stands: DayIntervals


@dataclass(frozen=True, slots=True)
class _Change:
    """A day's next version beside what stood before."""

    channel_id: int
    was: DayIntervals
    now: DayIntervals
    version: int
    stated_at: datetime


# Most of what comes twice is the same: it goes before anybody looks at it.
_DROP_SAME = """
    DELETE FROM staged_day s USING cis_metering_intervalday d
     WHERE d.channel_id = s.channel_id AND d.local_day = s.local_day AND d.version = 1
       AND d.reads = s.reads AND d.width = s.width AND d.first_at = s.first_at AND d.interval_s = s.interval_s
       AND d.quality IS NOT DISTINCT FROM s.quality AND (%s OR d.stated_at >= s.stated_at)
       AND NOT EXISTS (SELECT FROM cis_metering_restatedday r
                        WHERE r.channel_id = s.channel_id AND r.local_day = s.local_day)
"""
# One at a time works out what stands of a channel's month.
_LOCK = """
    SELECT FROM cis_metering_monthtotal t
     WHERE (t.channel_id, t.month) IN (SELECT channel_id, date_trunc('month', local_day)::date FROM KEYS)
     ORDER BY t.channel_id, t.month FOR UPDATE
"""
_STAGED = """
    SELECT channel_id, local_day, first_at, interval_s, width, reads, quality FROM staged_day
     ORDER BY channel_id, local_day
"""
_VERSIONS = """
    SELECT d.channel_id, d.local_day, d.first_at, d.interval_s, d.width, d.reads, d.quality, d.stated_at, d.version
      FROM KEYS k JOIN cis_metering_intervalday d
           ON d.channel_id = k.channel_id AND d.local_day = k.local_day
     ORDER BY d.channel_id, d.local_day, d.version
"""
_SAID_LATER = """
    SELECT r.channel_id, r.local_day, r.first_at, r.interval_s, r.width, r.reads, r.quality, r.stated_at,
           r.origin = 'edit', r.nth, e.undone_at IS NULL
      FROM KEYS k JOIN cis_metering_restatedday r
           ON r.channel_id = k.channel_id AND r.local_day = k.local_day
      LEFT JOIN cis_metering_readedit e ON e.id = r.edit_id
     ORDER BY r.channel_id, r.local_day, r.nth
"""


def restate(source: Source) -> int:
    """Take in what is left in the staging table; returns how many days have a new version by it."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_SAME, [source.is_arrival])
        cursor.execute(_LOCK.replace("KEYS", "staged_day"))
        cursor.execute(_STAGED)
        staged = [((row[0], row[1]), _day(*row[1:7])) for row in cursor.fetchall()]
    if not staged:
        return 0
    known = _known("staged_day", [])
    said, changes = list[tuple[_Key, DayInput, int]](), list[_Change]()
    for key, day in staged:
        of_day = known[key]
        new = _input(day, source, of_day)
        if new is None:
            continue
        said.append((key, new, of_day.n_said + 1))
        of_day.inputs.append(new)
        changes += _change(key, of_day)
    _keep_said(said, source)
    return _keep_changes(changes, source.origin, source.file_id)


def stand_again(keys: Sequence[_Key]) -> int:
    """Work out anew what stands of these days, as after an edit was undone; returns how many have a new version."""
    if not keys:
        return 0
    table = "(SELECT * FROM unnest(%s::bigint[], %s::date[]) AS u (channel_id, local_day))"
    lists: list[Any] = [[key[0] for key in keys], [key[1] for key in keys]]
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.replace("FROM KEYS", f"FROM {table} k"), lists)
    known = _known(table, lists)
    changes = [change for key in sorted(known) for change in _change(key, known[key])]
    return _keep_changes(changes, "edit", None)


def _input(day: DayIntervals, source: Source, known: _Known) -> DayInput | None:
    """What is said now as an input; None where it adds nothing to what was said before."""
    is_edit = source.origin == "edit"
    if source.is_arrival:
        latest = max((each.stated_at for each in known.inputs), default=source.stated_at - _LEAST)
        new = DayInput(day, max(source.stated_at, latest + _LEAST), is_edit)
        # An edit may be undone, so what it covers has to be there: it is looked past.
        said = [each for each in known.inputs if not each.is_edit]
        return None if not is_edit and standing_day([*said, new]) == standing_day(said) else new
    new = DayInput(day, source.stated_at, is_edit)
    same = (each for each in known.inputs if each.day == day and each.is_edit == is_edit)
    return None if any(each.stated_at >= new.stated_at for each in same) else new


def _change(key: _Key, known: _Known) -> Iterator[_Change]:
    stands = standing_day(known.inputs)
    if stands != known.stands:
        stated_at = max(each.stated_at for each in known.inputs)
        yield _Change(key[0], known.stands, stands, known.version + 1, stated_at)


def _known(keys: str, parameters: Sequence[Any]) -> Mapping[_Key, _Known]:
    """What was said of days, and what stands of them. Version 1 was said; later versions only stand."""
    found: dict[_Key, _Known] = {}
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS.replace("KEYS", keys), parameters)
        for row in cursor.fetchall():
            key, day, version = (row[0], row[1]), _day(*row[1:7]), row[8]
            if version == 1:
                found[key] = _Known([DayInput(day, row[7].astimezone(UTC))], 1, 1, day)
            else:
                found[key].version, found[key].stands = version, day
        cursor.execute(_SAID_LATER.replace("KEYS", keys), parameters)
        for row in cursor.fetchall():
            of_day = found[row[0], row[1]]
            of_day.n_said = row[9]
            if row[10]:
                of_day.inputs.append(DayInput(_day(*row[1:7]), row[7].astimezone(UTC), row[8]))
    return found


def _day(
    day: date, first_at: datetime, seconds: int, width: int, reads: bytes, quality: bytes | None
) -> DayIntervals:
    return DayIntervals(
        day=day,
        start_utc=first_at.astimezone(UTC),
        seconds=seconds,
        width=width,
        values=bytes(reads),
        quality=None if quality is None else bytes(quality),
    )


_COPY_SAID = """
    COPY cis_metering_restatedday (channel_id, local_day, nth, interval_s, first_at, stated_at, origin, width, reads,
                                   quality, file_id, edit_id) FROM STDIN (FORMAT BINARY)
"""
_SAID_TYPES = (
    "int8", "date", "int4", "int4", "timestamptz", "timestamptz", "text", "int2", "bytea", "bytea", "int8", "int8",
)  # fmt: skip
_COPY_VERSIONS = """
    COPY cis_metering_intervalday (channel_id, local_day, version, interval_s, first_at, stated_at, origin, width,
                                   reads, quality, file_id, total) FROM STDIN (FORMAT BINARY)
"""
_VERSION_TYPES = (*_SAID_TYPES[:-1], "int8")


def _keep_said(said: Iterable[tuple[_Key, DayInput, int]], source: Source) -> None:
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(_COPY_SAID) as copy:
        copy.set_types(_SAID_TYPES)
        for (channel_id, _), new, nth in said:
            day = new.day
            copy.write_row(
                (
                    channel_id, day.day, nth, day.seconds, day.start_utc, new.stated_at, source.origin, day.width,
                    day.values, day.quality, source.file_id, source.edit_id,
                )
            )  # fmt: skip


_MOVE_TOTALS = """
    UPDATE cis_metering_monthtotal t
       SET total = t.total + m.total, n_not_measured = t.n_not_measured + m.n_not_measured,
           n_incomplete = t.n_incomplete + m.n_incomplete
      FROM (SELECT channel_id, month, sum(total) AS total, sum(n_not_measured) AS n_not_measured,
                   sum(n_incomplete) AS n_incomplete
              FROM unnest(%s::bigint[], %s::date[], %s::bigint[], %s::integer[], %s::integer[])
                   AS u (channel_id, month, total, n_not_measured, n_incomplete)
             GROUP BY channel_id, month) m
     WHERE t.channel_id = m.channel_id AND t.month = m.month
"""


def _keep_changes(changes: Sequence[_Change], origin: str, file_id: int | None) -> int:
    """Store next versions, and move the totals of their months by the difference."""
    if not changes:
        return 0
    with connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(_COPY_VERSIONS) as copy:
            copy.set_types(_VERSION_TYPES)
            for one in changes:
                day = one.now
                copy.write_row(
                    (
                        one.channel_id, day.day, one.version, day.seconds, day.start_utc, one.stated_at, origin,
                        day.width, day.values, day.quality, file_id, day.total(),
                    )
                )  # fmt: skip
        cursor.execute(
            _MOVE_TOTALS,
            [
                [one.channel_id for one in changes],
                [one.now.day.replace(day=1) for one in changes],
                [one.now.total() - one.was.total() for one in changes],
                [(one.now.quality is not None) - (one.was.quality is not None) for one in changes],
                [bool(one.now.missing_count()) - bool(one.was.missing_count()) for one in changes],
            ],
        )
    return len(changes)
