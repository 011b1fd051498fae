"""A head-end's daily file, from CSV to the store: parsed, looked at by the rules, merged, summed; beside two floors.

The floors run on the same reads in the same run: a bare pipeline (polars, one check, COPY of day rows into a table
without a key), and COPY of one row a read into a table with a primary key.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from django.db import connection, transaction
from numpy.typing import NDArray

from meterside.cis.metering.checks.rules import set_validation_rules
from meterside.cis.metering.files.operations import bring_in
from meterside.cli.database import set_up_django
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.contracts.metering import FileStatus, SourceOptions
from meterside.engine.period import service_day
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule
from meterside.kit import clock

from . import Result
from .timing import best_s
from .upkeep import vacuum

_ZONE: Final = ZoneInfo("America/Los_Angeles")
_DAY: Final = date(2026, 5, 20)
_NOW: Final = datetime(2026, 5, 22, tzinfo=UTC)
_RULES: Final = (
    ValidationRule(rule=RuleKind.NEGATIVE, action=Action.HOLD),
    ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=100_000),
    ValidationRule(rule=RuleKind.HIGH, times=Decimal(4), above=20_000),
    ValidationRule(rule=RuleKind.LOW, share=Decimal("0.05"), above=5_000),
    ValidationRule(rule=RuleKind.ZERO_RUN, hours=20),
    ValidationRule(rule=RuleKind.CONSTANT, hours=12, above=10),
    ValidationRule(rule=RuleKind.INACTIVE, above=1_000),
)


class _TakeBack(Exception):
    """Ends a round so that nothing of it stays."""


@dataclass(frozen=True)
class _Utility:
    """Channels by their names at the head-end, with the keys they have here."""

    names: tuple[str, ...]
    keys: NDArray[np.int64]


def run_1k() -> Iterator[Result]:
    """A thousand meters by the hour."""
    yield from _run(1_000, 3_600)


def run_10k() -> Iterator[Result]:
    """Ten thousand meters by the hour."""
    yield from _run(10_000, 3_600)


def run_100k() -> Iterator[Result]:
    """A hundred thousand meters by the hour: 2.4 million reads."""
    yield from _run(100_000, 3_600)


def run_quarters() -> Iterator[Result]:
    """A hundred thousand meters by the quarter of an hour: 9.6 million reads."""
    yield from _run(100_000, 900)


def _run(n_meters: int, seconds: int) -> Iterator[Result]:
    utility = _utility(n_meters, seconds)
    set_validation_rules(_RULES, since=date(2026, 1, 1))
    n_reads = n_meters * (86_400 // seconds)
    what = f"{n_meters:,} meters x {86_400 // seconds}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day.csv"
        _write(file, utility, seconds)
        took = best_s(lambda: _undone(lambda: _take_in(file, utility, seconds)), rounds=3, warm=1)
        # A process that does nothing else: this one still holds what it needed to make the file.
        with ProcessPoolExecutor(
            1, mp_context=multiprocessing.get_context("spawn"), initializer=set_up_django
        ) as another:
            before_mb, peak_mb = another.submit(_memory_mb, file, utility, seconds).result()
        cpu, server_cpu = _cpu_s(lambda: _undone(lambda: _take_in(file, utility, seconds)))
        bare = best_s(lambda: _undone(lambda: _bare(file, utility, seconds)), rounds=2, warm=0)
        rows = best_s(lambda: _undone(lambda: _row_a_read(file)), rounds=1, warm=0)
    is_large = n_meters == 100_000
    most_s = 3 if seconds == 3_600 else 9
    yield Result(
        f"{what}: file to store", n_reads / took, "reads/s", n_reads / bare, "reads/s, bare pipeline",
        goal=f"{most_s} s" if is_large else "", is_met=took <= most_s if is_large else None,
    )  # fmt: skip
    yield Result(f"{what}: seconds", took, "s", bare, "s, bare pipeline")
    yield Result(f"{what}: CPU, ours and the database's", cpu, "s", server_cpu, "s of the database")
    yield Result(
        f"{what}: beside a row a read", n_reads / took, "reads/s", n_reads / rows, "reads/s, COPY with a key",
        goal="more than the floor" if is_large else "", is_met=took < rows if is_large else None,
    )  # fmt: skip
    yield Result(
        f"{what}: memory at most", peak_mb, "MB", before_mb, "MB before",
        goal="1,024 MB", is_met=peak_mb <= 1_024,
    )  # fmt: skip
    _took_s[n_meters, seconds] = took
    tenth = _took_s.get((n_meters // 10, seconds))
    if tenth is not None:
        yield Result(
            f"{what}: times the time of a tenth of the meters", took / tenth, "", None, "", "<= 11",
            took <= 11 * tenth,
        )  # fmt: skip


#: Seconds of each number of meters and length of interval, for those that come after in the same run.
_took_s: dict[tuple[int, int], float] = {}


def _take_in(file: Path, utility: _Utility, seconds: int) -> None:
    """As `meterside meter import` brings a file in, its original kept too."""
    details = {
        "channel": "meter", "stamp": "stamp", "value": "wh", "quality": "q", "interval_s": seconds, "unit": "Wh",
        "commodity": "electric", "stamp_format": "%Y-%m-%dT%H:%M", "stamp_at": "start", "clock": "utc",
        "qualities": {"A": "measured", "E": "estimated"},
    }  # fmt: skip
    source = GenericCsv(SourceOptions(_ZONE, details))
    # The day after, so that the days are news, and those who judge alerts are told.
    with clock.clock_at(_NOW), file.open("rb") as stream:
        feed = source.parse(stream, name=file.name, now=_NOW)
        report = bring_in(source, feed, original=stream)
    if report.status is not FileStatus.ACCEPTED or report.days < len(utility.names):
        raise AssertionError(f"{report.status}, {report.days} days of {len(utility.names)} channels")


def _bare(file: Path, utility: _Utility, seconds: int) -> None:
    """Polars reads the file, one check, day rows by COPY into a table without anything."""
    frame = pl.read_csv(file, schema_overrides={"wh": pl.Int32})
    slots = 86_400 // seconds
    values = frame["wh"].to_numpy().reshape(-1, slots)
    if (values < 0).any():
        raise AssertionError("below nothing")
    rows = np.zeros(
        len(values),
        dtype=[("n", ">i2"), ("a", ">i4"), ("key", ">i8"), ("b", ">i4"), ("total", ">i8"), ("c", ">i4"),
               ("reads", f"V{4 * slots}")],
    )  # fmt: skip
    rows["n"], rows["a"], rows["b"], rows["c"] = 3, 8, 8, 4 * slots
    rows["key"], rows["total"] = utility.keys[: len(values)], values.sum(axis=1)
    rows["reads"] = np.ascontiguousarray(values).view(f"V{4 * slots}").reshape(-1)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (key bigint, total bigint, reads bytea) ON COMMIT DROP")
        with cursor.copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
            copy.write(rows.tobytes())
            copy.write(b"\xff\xff")


def _row_a_read(file: Path) -> None:
    """One row a read, as the file has them, into a table with a primary key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE a_read (meter text, stamp timestamp, wh integer, q text,"
            " PRIMARY KEY (meter, stamp)) ON COMMIT DROP"
        )
        with cursor.copy("COPY a_read FROM STDIN (FORMAT CSV, HEADER)") as copy, file.open("rb") as stream:
            while part := stream.read(1 << 20):
                copy.write(part)


def _undone(work: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            work()
            raise _TakeBack
    except _TakeBack:
        return


def _cpu_s(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds of CPU of this process, and of the database's process that serves it (0 where it is elsewhere)."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    began, server_began = time.process_time(), _process_s(pid)
    work()
    return time.process_time() - began, _process_s(pid) - server_began


def _process_s(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(file: Path, utility: _Utility, seconds: int) -> tuple[float, float]:
    """What this process had at most before it took the file in, and afterwards."""
    before_mb = _peak_mb()
    _undone(lambda: _take_in(file, utility, seconds))
    return before_mb, _peak_mb()


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(file: Path, utility: _Utility, seconds: int) -> None:
    """The file of a day: meters one after the other, each by its intervals, a hundredth of them estimated."""
    draw = np.random.default_rng(7)
    first, last = service_day(_DAY, _ZONE)
    slots = int((last - first).total_seconds()) // seconds
    opens, closes = (instant.astimezone(UTC).replace(tzinfo=None) for instant in (first, last))
    stamps = pl.datetime_range(opens, closes, interval=f"{seconds}s", closed="left", eager=True).dt.strftime(
        "%Y-%m-%dT%H:%M"
    )
    with file.open("wb") as stream:
        for start in range(0, len(utility.names), 10_000):
            names = utility.names[start : start + 10_000]
            values = draw.gamma(2.0, 400.0 * seconds / 3_600, (len(names), slots)).astype(np.int64)
            quality = np.where(draw.random(values.shape) < 0.01, "E", "A")
            frame = pl.DataFrame(
                {
                    "meter": np.repeat(np.array(names), slots),
                    "stamp": np.tile(stamps.to_numpy(), len(names)),
                    "wh": values.reshape(-1),
                    "q": quality.reshape(-1),
                }
            )
            part = io.BytesIO()
            frame.write_csv(part, include_header=start == 0)
            stream.write(part.getvalue())


_DEVICES = """
    WITH payers AS (
        INSERT INTO cis_registry_account (public_id, number, customer_class, bill_cycle, paperless, origin, during)
        SELECT gen_random_uuid(), (1000000 * %(seconds)s::bigint + %(count)s + n)::text, 'residential', '01', false,
               'ours', daterange('2020-01-01', NULL)
          FROM generate_series(1, %(count)s) n RETURNING id
    ), places AS (
        INSERT INTO cis_registry_premise (public_id, address_line, city, state, zip5, house_number, unit, street_key,
                                          street_core, zone)
        SELECT gen_random_uuid(), n || ' Bench St', 'Bench', 'CA', '95000', n::text, '', 'BENCH ST', 'BENCH', %(zone)s
          FROM generate_series(1, %(count)s) n RETURNING id
    ), agreed AS (
        INSERT INTO cis_agreements_serviceagreement (public_id, account_id, premise_id, service, during)
        SELECT gen_random_uuid(), a.id, p.id, 'electric', daterange('2020-01-01', NULL)
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM payers) a
          JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM places) p USING (n)
        RETURNING id
    ), points AS (
        INSERT INTO cis_registry_servicepoint (public_id, premise_id, commodity, external_id, during)
        SELECT gen_random_uuid(), id, 'electric', '', daterange('2020-01-01', NULL) FROM places RETURNING id
    ), linked AS (
        INSERT INTO cis_agreements_agreementservicepoint (agreement_id, service_point_id, service, use, during)
        SELECT a.id, p.id, 'electric', 'add', daterange('2020-01-01', NULL)
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM agreed) a
          JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM points) p USING (n)
    ), devices AS (
        INSERT INTO cis_registry_device (badge, commodity, maker, model)
        SELECT concat_ws('-', 'BENCH', %(seconds)s::int, %(count)s::int, n), 'electric', '', ''
          FROM generate_series(1, %(count)s) n
        RETURNING id
    ), hung AS (
        INSERT INTO cis_registry_deviceinstallation (device_id, service_point_id, during)
        SELECT d.id, p.id, tstzrange('2020-01-01', NULL)
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM devices) d
          JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM points) p USING (n)
    )
    INSERT INTO cis_registry_channel (device_id, code, unit, direction, interval_s, external_id)
    SELECT id, '1', 'Wh', 'delivered', %(seconds)s, %(name)s || row_number() OVER (ORDER BY id)
      FROM devices ORDER BY id RETURNING id, external_id
"""


def _utility(n_meters: int, seconds: int) -> _Utility:
    """An account, a premise, a meter and a channel for each, and a month of totals that says what is usual."""
    with transaction.atomic(), connection.cursor() as cursor:
        name = f"M{n_meters}-{seconds}-"
        cursor.execute(_DEVICES, {"count": n_meters, "seconds": seconds, "zone": _ZONE.key, "name": name})
        rows = sorted(cursor.fetchall())
        keys = np.array([row[0] for row in rows], dtype=np.int64)
        cursor.execute(
            "INSERT INTO cis_metering_monthtotal (channel_id, total, month, n_days, n_not_measured, n_incomplete)"
            " SELECT id, 600000, '2026-04-01', 30, 0, 0 FROM unnest(%s::bigint[]) id",
            [keys.tolist()],
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT metering_ensure_month(%s)", [_DAY])
    vacuum()
    return _Utility(tuple(row[1] for row in rows), keys)
