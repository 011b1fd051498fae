"""What comes from outside on its way into the store: looked at by the rules, stored, exceptions kept, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction

from meterside.engine.interval import DayIntervals, pack_values
from meterside.kit import clock

from .checking import Checker, Finding
from .day_arrays import DayArrays, of_rows
from .models import MeterFile, ReadException
from .storing import DaysStored, once_a_day, store_blocks

#: Rows looked at and stored at a time: enough that a statement's own cost is nothing, few enough for memory.
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of day rows from outside: how they were stored, and how many exceptions they made."""

    stored: DaysStored
    n_exceptions: int


def take_in(
    blocks: Iterable[DayArrays],
    *,
    file: MeterFile | None = None,
    stated_at: datetime | None = None,
    origin: str = "external",
) -> TakenIn:
    """Look at day rows that come as arrays and store them, whole or not at all. Raises as `store_blocks`."""
    checker, found = Checker(), list[Finding]()

    def checked() -> Iterator[DayArrays]:
        for block in blocks:
            for start in range(0, len(block), _ROWS_AT_ONCE):
                some, findings = checker.check(block.rows(start, start + _ROWS_AT_ONCE))
                found.extend(findings)
                yield some

    with transaction.atomic():
        stored = store_blocks(checked(), file=file, stated_at=stated_at, origin=origin)
        n_exceptions = keep_findings(found, file=file)
    return TakenIn(stored, n_exceptions)


def take_in_rows(
    rows: Sequence[tuple[int, DayIntervals]],
    *,
    file: MeterFile | None = None,
    stated_at: datetime | None = None,
    origin: str = "external",
) -> TakenIn:
    """As `take_in`, of day rows as (channel id, day)."""
    blocks = (block for some in once_a_day(rows) for block in of_rows(some))
    return take_in(blocks, file=file, stated_at=stated_at, origin=origin)


def keep_findings(found: Sequence[Finding], *, file: MeterFile | None = None) -> int:
    """Keep what was found as exceptions; one that is open already stays as it is. Returns how many are new."""
    if not found:
        return 0
    now = clock.now()
    known = set(
        ReadException.objects.filter(
            status="open",
            channel_id__in={one.channel_id for one in found},
            local_day__in={one.day for one in found},
        ).values_list("channel_id", "local_day", "rule")
    )
    new = [one for one in found if (one.channel_id, one.day, one.rule.value) not in known]
    ReadException.objects.bulk_create(
        (_exception(one, file, now) for one in new), ignore_conflicts=True, batch_size=2000
    )
    return len(new)


def _exception(one: Finding, file: MeterFile | None, now: datetime) -> ReadException:
    width, reads = (None, None) if one.values is None else pack_values(one.values)
    return ReadException(
        channel_id=one.channel_id,
        local_day=one.day,
        rule=one.rule,
        facts=one.facts,
        held_width=width,
        held_reads=reads,
        held_slots=None if one.slots is None else one.slots.astype(np.uint8).tobytes(),
        file=file,
        created_at=now,
    )
