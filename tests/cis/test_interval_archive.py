"""Months of interval days go into files that say the same, leave the store, and come back as they were."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from pathlib import Path

import polars as pl
import pytest

from meterside.cis.metering.models import ArchivedMonth, IntervalDay, MonthTotal, RestatedDay
from meterside.cis.metering.store.archive import (
    ArchiveDiffers,
    MonthIsThere,
    NotAnArchive,
    drop_month,
    months_before,
    restore_month,
    write_month,
)
from meterside.cis.metering.store.operations import store_days
from meterside.cis.metering.store.queries import interval_days
from meterside.cis.metering.store.storing import MonthArchived
from meterside.cis.registry.models import Channel, Device
from meterside.engine.interval import DayIntervals, Quality, day_intervals
from meterside.engine.period import service_day
from meterside.kit.postgres import DatabaseUrls
from tests.cast import ZONE
from tests.databases import use, use_as_owner

MARCH, APRIL = date(2023, 3, 1), date(2023, 4, 1)
_ONE_DAY = timedelta(days=1)


def _row(day: date, value: int, codes: list[Quality] | None = None) -> DayIntervals:
    opens, closes = service_day(day, ZONE)
    hours = (closes - opens) // timedelta(hours=1)
    return day_intervals(day, opens.astimezone(UTC), 3600, [value] * hours, codes)


def _fill() -> Channel:
    device = Device.objects.create(badge="ARCHIVE", commodity="electric")
    channel = Channel.objects.create(device=device, code="1", unit="Wh", interval_s=3600)
    for number in range(40):
        store_days([(channel.pk, _row(MARCH + number * _ONE_DAY, 10 + number))])
    store_days([(channel.pk, _row(date(2023, 3, 20), 70_000))])
    store_days([(channel.pk, _row(date(2023, 3, 21), 9, [Quality.ESTIMATED] * 24))], origin="estimate")
    return channel


@pytest.mark.django_db
def test_a_month_in_a_file_says_what_the_store_says(tmp_path: Path) -> None:
    channel = _fill()
    assert months_before(date(2023, 4, 15)) == [MARCH]
    archived = write_month(MARCH, tmp_path)
    assert (archived.n_days, archived.n_originals) == (32, 1)
    frame = pl.read_parquet(archived.file)
    assert frame["channel_id"].unique().to_list() == [channel.pk]
    assert archived.total == sum(
        IntervalDay.objects.filter(local_day__lt=APRIL).values_list("total", flat=True)
    )
    assert [path.name for path in tmp_path.iterdir()] == ["interval-days-2023-03.parquet"]


@pytest.mark.django_db
def test_what_is_there_is_not_brought_in_again_nor_what_is_no_archive(tmp_path: Path) -> None:
    _fill()
    archived = write_month(MARCH, tmp_path)
    with pytest.raises(MonthIsThere, match="2023-03"):
        restore_month(archived.file)
    other = tmp_path / "other.parquet"
    other.write_bytes(b"PAR1 but not really")
    with pytest.raises(NotAnArchive):
        restore_month(other)
    pl.DataFrame({"a": [1]}).write_parquet(other)
    with pytest.raises(NotAnArchive):
        restore_month(other)


def test_a_month_leaves_the_store_and_comes_back_as_it_was(
    fresh_database: DatabaseUrls, tmp_path: Path
) -> None:
    channel = _fill()
    before = interval_days([channel.pk], MARCH, date(2023, 5, 1))[channel.pk]
    n_said, totals = RestatedDay.objects.count(), list(MonthTotal.objects.order_by("month").values())
    archived = write_month(MARCH, tmp_path)
    use_as_owner(fresh_database)
    drop_month(archived)
    use(fresh_database)
    left = interval_days([channel.pk], MARCH, date(2023, 5, 1))[channel.pk]
    assert list(left) == [day for day in before if day.day >= APRIL]
    assert list(MonthTotal.objects.order_by("month").values()) == totals
    assert ArchivedMonth.objects.get().n_days == 32
    with pytest.raises(MonthArchived, match="2023-03"):
        store_days([(channel.pk, _row(date(2023, 3, 5), 1))])
    restore_month(archived.file)
    assert interval_days([channel.pk], MARCH, date(2023, 5, 1))[channel.pk] == before
    assert (RestatedDay.objects.count(), ArchivedMonth.objects.count()) == (n_said, 0)
    assert store_days([(channel.pk, _row(date(2023, 3, 5), 1))]).corrected == 1


def test_what_came_since_the_file_was_written_keeps_the_month(
    fresh_database: DatabaseUrls, tmp_path: Path
) -> None:
    channel = _fill()
    archived = write_month(MARCH, tmp_path)
    store_days([(channel.pk, _row(date(2023, 3, 5), 1))])
    use_as_owner(fresh_database)
    with pytest.raises(ArchiveDiffers):
        drop_month(archived)
    use(fresh_database)
    assert IntervalDay.objects.filter(local_day=date(2023, 3, 5)).count() == 2
