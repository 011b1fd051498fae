"""A database from before the store has versions and originals keeps every day, and gets its totals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from meterside.cis.metering.models import IntervalDay, MonthTotal, RestatedDay
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import interval_days
from meterside.config.migrating import connect_as
from meterside.engine.interval import Quality, day_intervals, pack_quality, pack_values
from meterside.kit.postgres import Cluster, DatabaseUrls
from tests.databases import current_entry, use_as_owner

_MARCH = date(2025, 3, 1)
_FIRST = datetime(2025, 3, 30, 7, tzinfo=UTC)


@pytest.fixture
def empty_database(
    cluster: Cluster, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseUrls]:
    """A database without a table; Django works on it as the owner."""
    name = f"test_empty_{os.getpid()}"
    urls = cluster.ensure_database(name)
    before = current_entry()
    with django_db_blocker.unblock():
        use_as_owner(urls)
        yield urls
        connections.close_all()
        connect_as(before)
    cluster.drop_database(name)


def test_days_from_before_are_kept_with_their_versions(empty_database: DatabaseUrls) -> None:
    call_command("migrate", "cis_metering", "0002", verbosity=0)
    partial = [Quality.MEASURED] * 20 + [Quality.MISSING] * 4
    rows = [
        (date(2025, 3, 30), 1, [10] * 20 + [0] * 4, partial),
        (date(2025, 3, 30), 2, [10] * 24, None),
        (date(2025, 3, 31), 1, [5] * 20 + [0] * 4, partial),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cis_registry_device (badge, commodity, maker, model) VALUES ('OLD', 'electric', '', '')"
            " RETURNING id"
        )
        device = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO cis_registry_channel (device_id, code, unit, direction, interval_s, external_id)"
            " VALUES (%s, '1', 'Wh', 'delivered', 3600, '') RETURNING id",
            [device],
        )
        channel = cursor.fetchone()[0]
        cursor.execute("SELECT metering_ensure_month(%s)", [_MARCH])
        for day, version, values, codes in rows:
            width, reads = pack_values(values)
            cursor.execute(
                "INSERT INTO cis_metering_intervalday (channel_id, local_day, version, interval_s, first_at, width,"
                " reads, quality, total) VALUES (%s, %s, %s, 3600, %s, %s, %s, %s, %s)",
                [channel, day, version, _FIRST.replace(day=day.day), width, reads,
                 None if codes is None else pack_quality(codes), sum(values)],
            )  # fmt: skip
    call_command("migrate", verbosity=0)
    days = interval_days([channel], _MARCH, date(2025, 4, 1))[channel]
    assert [(day.day, day.total(), day.missing_count()) for day in days] == [
        (date(2025, 3, 30), 240, 0),
        (date(2025, 3, 31), 100, 4),
    ]
    assert list(IntervalDay.objects.order_by("local_day", "version").values_list("version", "origin")) == [
        (1, "ours"), (2, "ours"), (1, "ours"),
    ]  # fmt: skip
    total = MonthTotal.objects.get()
    assert (total.total, total.n_days, total.n_not_measured, total.n_incomplete) == (340, 2, 1, 1)
    # What comes now is laid over what was said then.
    evening = day_intervals(
        date(2025, 3, 31), _FIRST.replace(day=31), 3600, [0] * 20 + [7] * 4, [Quality.MISSING] * 20 + [0] * 4
    )
    assert store_days([(channel, evening)]).corrected == 1
    assert MonthTotal.objects.get().total == 368
    assert RestatedDay.objects.count() == 2
