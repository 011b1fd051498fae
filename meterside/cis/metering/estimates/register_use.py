"""What a meter's register says was used between two reads, beside the days of its channel over the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db import connection

from ..store.queries import DayTotal, day_totals

#: Reads further apart say nothing of a day between them.
_FURTHEST: Final = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class RegisterWindow:
    """Days of a channel between two reads of its meter's register, [start, end), and what the register used then.

    `use` is in the channel's least unit; `totals` are the channel's days of that time, as far as there are any.
    """

    channel_id: int
    start: date
    end: date
    use: int
    totals: tuple[DayTotal, ...] = field(compare=False)


# The one register that counts what the channel does, in the channel's unit; where there are two, none.
_REGISTERS = """
    SELECT c.id, min(g.id), min(g.units_per_count), min(g.dials)
      FROM cis_registry_channel c
      JOIN cis_registry_register g ON g.device_id = c.device_id AND g.direction = c.direction AND g.unit = c.unit
       AND g.time_of_use = '' AND g.quantity IN ('energy', 'volume')
     WHERE c.id = ANY(%s)
       AND (SELECT count(*) FROM cis_registry_channel o
             WHERE o.device_id = c.device_id AND o.direction = c.direction AND o.unit = c.unit) = 1
     GROUP BY c.id HAVING count(*) = 1
"""
_READS = """
    SELECT DISTINCT ON (register_id, local_day) register_id, local_day, dial_count, kind
      FROM cis_metering_registerread
     WHERE register_id = ANY(%s) AND local_day BETWEEN %s AND %s
     ORDER BY register_id, local_day, version DESC
"""


def register_windows(wanted: Sequence[tuple[int, date]]) -> Mapping[tuple[int, date], RegisterWindow]:
    """For each channel and day the time between the register's reads before and after it, where both were taken."""
    if not wanted:
        return {}
    registers = _registers(sorted({channel_id for channel_id, _ in wanted}))
    if not registers:
        return {}
    first, last = min(day for _, day in wanted) - _FURTHEST, max(day for _, day in wanted) + _FURTHEST
    reads = _taken([register for register, _, _ in registers.values()], first, last)
    totals = day_totals(sorted(registers), first, last)
    found = {}
    for channel_id, day in wanted:
        if channel_id not in registers:
            continue
        register_id, units_per_count, dials = registers[channel_id]
        before = [read for read in reads.get(register_id, ()) if read[0] <= day]
        after = [read for read in reads.get(register_id, ()) if read[0] > day]
        if before and after and after[0][0] - before[-1][0] <= _FURTHEST:
            (start, began), (end, ended) = before[-1], after[0]
            use = (ended - began) % 10**dials * units_per_count
            days = tuple(total for total in totals[channel_id] if start <= total.day < end)
            found[channel_id, day] = RegisterWindow(channel_id, start, end, use, days)
    return found


def _registers(channel_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERS, [list(channel_ids)])
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _taken(register_ids: Sequence[int], first: date, last: date) -> dict[int, list[tuple[date, int]]]:
    """The reads that were taken, in order of days; estimates say nothing of what a meter showed."""
    found: dict[int, list[tuple[date, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_READS, [list(register_ids), first, last])
        for register_id, day, count, kind in cursor.fetchall():
            if kind != "estimated":
                found.setdefault(register_id, []).append((day, count))
    return found
