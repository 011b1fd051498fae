"""A cycle as a utility has it: hourly electric on time of use, tiered water, refuse; billed by two processes.

The bills measured are an account's second, so each follows on another and says why it changed. Sizes come from
METERSIDE_BENCH_ACCOUNTS (1000,10000 by default); each is a town of its own, billed by fresh processes, so that cost
and memory of one size can be held against another's. Afterwards the books are proved.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from typing import Any, Final

from django.db import connection, transaction
from psycopg import sql

from meterside.cli.database import set_up_django

from . import Result
from .timing import best_s
from .upkeep import vacuum

_WORKERS: Final = 2
_SIZES: Final = "1000,10000"
_FLOOR_BILLS: Final = 1_000
_GOAL_PER_S: Final = 600
_GOAL_MB: Final = 400


@dataclass(frozen=True, slots=True)
class _Billed:
    """What billing a town took: seconds by the clock, CPU of workers and their servers, memory of the larger worker."""

    n_bills: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def run() -> Iterator[Result]:
    """Each size in turn, each beside the first."""
    from meterside.cis.billing.books import prove_books

    sizes = [int(size) for size in os.environ.get("METERSIDE_BENCH_ACCOUNTS", _SIZES).split(",")]
    first: _Billed | None = None
    for size in sizes:
        billed = _bill_town(size)
        first = first or billed
        yield from _results(billed, first)
    holds = prove_books().holds
    yield Result("the books of all these bills hold", float(holds), "", None, "", "every rule", holds)


def _results(billed: _Billed, first: _Billed) -> Iterator[Result]:
    of = f"{billed.n_bills:,} accounts"
    per_s = billed.n_bills / billed.wall_s
    n_again = min(_FLOOR_BILLS, billed.n_bills)
    floor = n_again / best_s(lambda: _copy_again(n_again), rounds=3)
    is_goal = billed.n_bills >= 10_000
    yield Result(
        f"hours, tiers and refuse, two workers: {of}", per_s, "bills/s", floor, "bills/s, COPY of the same rows",
        f">= {_GOAL_PER_S}" if is_goal else "", per_s >= _GOAL_PER_S if is_goal else None,
    )  # fmt: skip
    if billed.n_bills >= 100_000:
        yield Result(f"the whole run: {of}", billed.wall_s, "s", None, "", "<= 180 s", billed.wall_s <= 180)
    yield Result(
        f"memory of a worker: {of}", billed.peak_mb, "MB", first.peak_mb, f"MB, {first.n_bills:,} accounts",
        f"<= {_GOAL_MB} MB", billed.peak_mb <= _GOAL_MB,
    )  # fmt: skip
    wall_ms, first_ms = (one.wall_s * 1000 / one.n_bills for one in (billed, first))
    is_larger = billed is not first
    yield Result(
        f"time of a bill: {of}", wall_ms, "ms", first_ms, f"ms, {first.n_bills:,} accounts",
        "<= 1.2 of the floor" if is_larger else "", wall_ms <= 1.2 * first_ms if is_larger else None,
    )  # fmt: skip
    if billed.cpu_s:
        cpu_ms, first_cpu_ms = (one.cpu_s * 1000 / one.n_bills for one in (billed, first))
        yield Result(
            f"CPU of a bill, worker and server: {of}", cpu_ms, "ms", first_cpu_ms,
            f"ms, {first.n_bills:,} accounts",
        )  # fmt: skip


def _bill_town(n_accounts: int) -> _Billed:
    """Make a town of that size, bill it twice; what the second time took."""
    from meterside.cis.billing.runs.operations import open_run, start_run
    from meterside.engine.period import Period

    from .town import MONTHS, make_town

    cycle = f"B{n_accounts}"
    make_town(cycle, n_accounts)
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        gate = manager.Barrier(_WORKERS)
        for start, end in pairwise(MONTHS):
            vacuum()
            started = start_run(open_run(cycle=cycle, window=Period(start, end), bill_date=end))
            with ProcessPoolExecutor(_WORKERS, mp_context=context, initializer=set_up_django) as pool:
                done = list(pool.map(_work, [started.pk] * _WORKERS, [gate] * _WORKERS))
    began, ended = min(one[0] for one in done), max(one[1] for one in done)
    return _Billed(
        n_bills=n_accounts,
        wall_s=ended - began,
        cpu_s=sum(one[2] for one in done),
        peak_mb=max(one[3] for one in done),
    )


def _work(run_id: int, gate: Barrier) -> tuple[float, float, float, float]:
    """As `meterside bill work`; when it began and ended, its CPU with its server's, and the most memory it had."""
    from meterside.cis.billing.runs.working import work_run

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    gate.wait()
    before, began = time.process_time() + _cpu_s(server), time.time()
    work_run(run_id)
    ended, after = time.time(), time.process_time() + _cpu_s(server)
    connection.close()
    return began, ended, after - before, _peak_mb()


def _peak_mb() -> float:
    """The most memory this process ever had. The kernel's own mark, for the other also counts who started it."""
    try:
        (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
    except (OSError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return int(line.split()[1]) / 1024


def _cpu_s(process: int) -> float:
    """Seconds of CPU of another process on this machine; 0 where that cannot be seen."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _copy_again(n_bills: int) -> None:
    """The rows of the latest bills, as they went in, into tables without rules: the least any program must write."""
    parts = _rows_of_bills(n_bills)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in parts.items():
            names = sql.Identifier(f"floor_{table}"), sql.Identifier(table)
            cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) ON COMMIT DROP").format(*names))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(names[0])) as copy:
                copy.write(rows)


_ROWS: Final[dict[str, Any]] = {
    "cis_billing_bill": "SELECT b.* FROM latest b",
    "cis_billing_billsegment": "SELECT s.* FROM cis_billing_billsegment s JOIN latest b ON b.id = s.bill_id",
    "cis_ledger_posting": "SELECT p.* FROM cis_ledger_posting p JOIN latest b ON b.id = p.bill_id",
    "cis_ledger_transaction": "SELECT t.* FROM cis_ledger_transaction t "
    "JOIN latest b ON t.source = 'bill' AND t.source_id = b.public_id::text",
}
_kept: dict[int, dict[str, bytes]] = {}


def _rows_of_bills(n_bills: int) -> dict[str, bytes]:
    """The latest bills with all that belongs to them, as COPY writes them; read once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM cis_billing_bill")
        (last,) = cursor.fetchone()
        if last not in _kept:
            _kept.clear()
            latest = f"WITH latest AS (SELECT * FROM cis_billing_bill ORDER BY id DESC LIMIT {n_bills})"  # noqa: S608 - a number
            found = {}
            for table, select in _ROWS.items():
                with cursor.copy(f"COPY ({latest} {select}) TO STDOUT") as copy:
                    found[table] = b"".join(bytes(part) for part in copy)
            _kept[last] = found
    return _kept[last]
