"""What comes from outside on its way into the store: looked at by the rules, stored, exceptions kept, in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import uuid4

import numpy as np
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from meterside.engine.interval import DayIntervals, pack_values
from meterside.kit import clock

from ..models import MeterFile
from ..store.day_arrays import DayArrays, of_rows
from ..store.restating import Source
from ..store.staging import PackedDays
from ..store.storing import DaysStored, once_a_day, pack, source_of, store_packed
from .checking import Asker, DayFacts, Finding, check_block

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
    source, found = source_of(origin=origin, file=file, stated_at=stated_at), list[Finding]()
    with transaction.atomic():
        stored = store_packed(_prepared(blocks, source, found), source)
        n_exceptions = keep_findings(found, file=file)
    return TakenIn(stored, n_exceptions)


def _prepared(blocks: Iterable[DayArrays], source: Source, found: list[Finding]) -> Iterator[PackedDays]:
    """Blocks looked at and packed, always one ahead: while the database merges one, the next is worked on beside it."""

    def prepare(block: DayArrays, facts: Sequence[DayFacts]) -> tuple[PackedDays, list[Finding]]:
        kept, findings = check_block(block, facts)
        return pack(kept, source), findings

    ahead: Future[tuple[PackedDays, list[Finding]]] | None = None
    with ThreadPoolExecutor(max_workers=1) as beside:
        for block, facts in _asked(blocks):
            following = beside.submit(prepare, block, facts)
            if ahead is not None:
                packed, findings = ahead.result()
                found += findings
                yield packed
            ahead = following
        if ahead is not None:
            packed, findings = ahead.result()
            found += findings
            yield packed


def _asked(blocks: Iterable[DayArrays]) -> Iterator[tuple[DayArrays, list[DayFacts]]]:
    """Parts of blocks with what the rules need to know of them, which is asked for a whole block at once."""
    asker = Asker()
    for block in blocks:
        facts = asker.facts(block)
        for start in range(0, len(block), _ROWS_AT_ONCE):
            end = min(start + _ROWS_AT_ONCE, len(block))
            yield block.rows(start, end), [part for each in facts for part in each.within(start, end)]


def take_in_rows(
    rows: Sequence[tuple[int, DayIntervals]],
    *,
    file: MeterFile | None = None,
    stated_at: datetime | None = None,
    origin: str = "external",
    drifts: Mapping[tuple[int, date], int] = MappingProxyType({}),
) -> TakenIn:
    """As `take_in`, of day rows as (channel id, day); `drifts` say of some how many seconds off their stamps lay."""
    blocks = (block for some in once_a_day(rows) for block in of_rows(some, drifts))
    return take_in(blocks, file=file, stated_at=stated_at, origin=origin)


def keep_findings(found: Sequence[Finding], *, file: MeterFile | None = None) -> int:
    """Keep what was found as exceptions; one that is open already stays as it is. Returns how many are new.

    By COPY, for a rule that was set too narrowly finds something in every row of a file.
    """
    if not found:
        return 0
    now, file_id = clock.now(), file.pk if file else None
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for one in found:
                width, reads = (None, None) if one.values is None else pack_values(one.values)
                slots = None if one.slots is None else one.slots.astype(np.uint8).tobytes()
                facts = Jsonb(one.facts)
                copy.write_row((uuid4(), one.channel_id, one.day, one.rule.value, facts, width, reads, slots))
        cursor.execute(_ADD, [file_id, now])
        return int(cursor.rowcount)


_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_finding (
        public_id uuid, channel_id bigint, local_day date, rule text, facts jsonb,
        held_width smallint, held_reads bytea, held_slots bytea
    ) ON COMMIT DELETE ROWS;
    DELETE FROM staged_finding
"""
_COPY = "COPY staged_finding FROM STDIN (FORMAT BINARY)"
_TYPES = ("uuid", "int8", "date", "text", "jsonb", "int2", "bytea", "bytea")
_ADD = """
    INSERT INTO cis_metering_readexception
           (public_id, channel_id, local_day, rule, status, facts, held_width, held_reads, held_slots, file_id,
            created_at, decided_by, reason)
    SELECT public_id, channel_id, local_day, rule, 'open', facts, held_width, held_reads, held_slots, %s, %s, '', ''
      FROM staged_finding
        ON CONFLICT (channel_id, local_day, rule) WHERE status = 'open' DO NOTHING
"""
