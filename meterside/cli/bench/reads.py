"""Interval reads: stored through the product's own way, and read back, beside a bare COPY."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from meterside.cis.metering.store.day_arrays import DayArrays
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import day_totals, interval_days
from meterside.cis.metering.store.storing import store_blocks
from meterside.cis.registry.models import Channel, Device
from meterside.engine.interval import DayIntervals, day_intervals
from meterside.engine.period import service_day

from . import Result
from .timing import best_s

_CHANNELS, _DAYS, _SINCE = 100, 365, date(2025, 1, 1)
_METERS_KEPT, _DAYS_KEPT = 200, 395


class _TakeBack(Exception):
    """Ends a round so that nothing of it stays."""


def run() -> Iterator[Result]:
    """Hourly reads a second, in and out."""
    zone = ZoneInfo("America/Los_Angeles")
    days = []
    for number in range(_DAYS):
        day = _SINCE + timedelta(days=number)
        start, end = service_day(day, zone)
        hours = int((end - start) / timedelta(hours=1))
        days.append(day_intervals(day, start, 3600, [300 + hour * 17 + number for hour in range(hours)]))
    n_reads = _CHANNELS * sum(day.count for day in days)
    try:
        with transaction.atomic():
            device = Device.objects.create(badge="BENCH-READS", commodity="electric")
            channels = Channel.objects.bulk_create(
                Channel(device=device, code=str(number), unit="Wh", interval_s=3600)
                for number in range(_CHANNELS)
            )
            rows = [(channel.pk, day) for channel in channels for day in days]
            stored = best_s(lambda: _undone(rows), rounds=3)
            floor = best_s(lambda: _bare_copy(rows), rounds=3)
            yield Result(
                "hourly reads stored (merge, versions)", n_reads / stored, "reads/s", n_reads / floor,
                "reads/s, bare COPY of the same rows",
            )  # fmt: skip
            store_days(rows)
            keys = [channel.pk for channel in channels[:1]]
            out = best_s(lambda: day_totals(keys, _SINCE, _SINCE + timedelta(days=_DAYS)), rounds=20)
            yield Result("a year of one channel by day, read back", out * 1000, "ms", None, "")
            raise _TakeBack
    except _TakeBack:
        pass
    # Years of their own: what a round that was taken back leaves behind in the files would count.
    yield from _kept(900, date(2023, 1, 1), most_bytes=6)
    yield from _kept(3_600, date(2020, 1, 1), most_bytes=9)


def _kept(seconds: int, since: date, *, most_bytes: int) -> Iterator[Result]:
    """Thirteen months of meters, committed a day at a time as they come: room on disk, and one meter read back."""
    what = f"reads every {seconds // 60} minutes"
    device = Device.objects.create(badge=f"BENCH-KEPT-{seconds}", commodity="electric")
    channels = Channel.objects.bulk_create(
        Channel(device=device, code=str(number), unit="Wh", interval_s=seconds)
        for number in range(_METERS_KEPT)
    )
    keys = np.array([channel.pk for channel in channels], dtype=np.int64)
    before, n_reads = _disk_bytes(), 0
    for number in range(_DAYS_KEPT):
        block = _block(keys, since + timedelta(days=number), seconds)
        store_blocks([block], stated_at=datetime(2026, 6, 1, tzinfo=UTC))
        n_reads += block.values.size
    each = (_disk_bytes() - before) / n_reads
    yield Result(
        f"{what}: disk of the current version with keys", each, "bytes a read", None, "",
        goal=f"{most_bytes} bytes", is_met=each <= most_bytes,
    )  # fmt: skip
    one, end = [int(keys[len(keys) // 2])], since + timedelta(days=_DAYS_KEPT)
    took_ms = (
        best_s(lambda: [day.array() for day in interval_days(one, since, end)[one[0]]], rounds=20) * 1000
    )
    is_goal = seconds == 900
    yield Result(
        f"{what}: 13 months of one meter", took_ms, "ms", best_s(lambda: _bare_read(one[0]), rounds=20) * 1000,
        "ms, the rows alone", goal="10 ms" if is_goal else "", is_met=took_ms <= 10 if is_goal else None,
    )  # fmt: skip


def _block(keys: NDArray[np.int64], day: date, seconds: int) -> DayArrays:
    first, last = service_day(day, ZoneInfo("America/Los_Angeles"))
    slots = int((last - first).total_seconds()) // seconds
    draw = np.random.default_rng(day.toordinal())
    return DayArrays(
        channel_ids=keys,
        first_s=np.full(len(keys), int(first.timestamp()), dtype=np.int64),
        days=np.full(len(keys), (day - date(1970, 1, 1)).days, dtype=np.int64),
        seconds=seconds,
        values=draw.gamma(2.0, 500.0 * seconds / 3_600, (len(keys), slots)).astype(np.int64),
    )


def _disk_bytes() -> int:
    """Tables and their indexes, of days and of their months' totals."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('cis_metering_monthtotal')"
            " + (SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) FROM pg_inherits"
            "     WHERE inhparent = 'cis_metering_intervalday'::regclass)"
        )
        return int(cursor.fetchone()[0])


def _bare_read(channel_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT local_day, first_at, width, reads FROM cis_metering_intervalday WHERE channel_id = %s",
            [channel_id],
        )
        cursor.fetchall()


def _undone(rows: list[tuple[int, DayIntervals]]) -> None:
    try:
        with transaction.atomic():
            store_days(rows)
            raise _TakeBack
    except _TakeBack:
        return


def _bare_copy(rows: list[tuple[int, DayIntervals]]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE bare (c bigint, d date, v bytea, t bigint) ON COMMIT DROP")
            with cursor.copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "date", "bytea", "int8"])
                for channel_id, day in rows:
                    copy.write_row((channel_id, day.day, day.values, day.total()))
            raise _TakeBack
    except _TakeBack:
        return
