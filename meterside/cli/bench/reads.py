"""Interval reads: stored through the product's own way, and read back, beside a bare COPY."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from meterside.cis.metering.operations import store_days
from meterside.cis.metering.queries import day_totals
from meterside.cis.registry.models import Channel, Device
from meterside.engine.interval import DayIntervals, day_intervals
from meterside.engine.period import service_day

from . import Result
from .timing import best_s

_CHANNELS, _DAYS, _SINCE = 100, 365, date(2025, 1, 1)


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
        return


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
