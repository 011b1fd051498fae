"""Two importers with the same days at once: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta
from threading import Barrier

from django.db import connection, transaction

from meterside.cis.metering.models import IntervalDay, MonthTotal
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import interval_days
from meterside.cis.registry.models import Channel, Device
from meterside.engine.interval import DayIntervals, Quality, day_intervals
from meterside.engine.period import service_day
from meterside.kit.postgres import DatabaseUrls
from tests.cast import ZONE

_FIRST, _DAYS = date(2025, 4, 1), 20
M, X = Quality.MEASURED, Quality.MISSING


def _half(day: date, value: int, *, morning: bool) -> DayIntervals:
    opens, _ = service_day(day, ZONE)
    values, codes = [value] * 12 + [0] * 12, [M] * 12 + [X] * 12
    if not morning:
        values, codes = values[::-1], codes[::-1]
    return day_intervals(day, opens.astimezone(UTC), 3600, values, codes)


def test_halves_of_days_from_two_importers_are_whole_days(fresh_database: DatabaseUrls) -> None:
    device = Device.objects.create(badge="TWO", commodity="electric")
    channel = Channel.objects.create(device=device, code="1", unit="Wh", interval_s=3600)
    days = [_FIRST + timedelta(days=number) for number in range(_DAYS)]
    both = Barrier(2)

    def bring_in(*, morning: bool) -> None:
        try:
            both.wait(timeout=20)
            for day in days:
                with transaction.atomic():
                    store_days([(channel.pk, _half(day, 5 if morning else 7, morning=morning))])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(bring_in, morning=True), pool.submit(bring_in, morning=False)]:
            done.result()
    stored = interval_days([channel.pk], _FIRST, _FIRST + timedelta(days=_DAYS))[channel.pk]
    assert [(day.day, day.total(), day.quality) for day in stored] == [(day, 144, None) for day in days]
    total = MonthTotal.objects.get()
    assert (total.total, total.n_days, total.n_incomplete) == (144 * _DAYS, _DAYS, 0)
    assert IntervalDay.objects.filter(version=2).count() == _DAYS
