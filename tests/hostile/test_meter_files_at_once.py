"""Meter files from several sides at the same moment, and files that are made to do harm; commits are real."""

from __future__ import annotations

import gzip
import io
import threading
import zipfile
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import pytest
from django.db import connections

from meterside import wiring
from meterside.cis.metering.files.senders import save_sender
from meterside.cis.metering.models import IntervalDay, MeterFile, MeterFilePart, MeterSource
from meterside.contracts.metering import FileReport, FileStatus, Reason
from meterside.kit.postgres import DatabaseUrls
from tests.cast import Riverside, riverside
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, csv_table, hours_of

MAY_1 = datetime(2025, 5, 1, tzinfo=LOS_ANGELES)


@pytest.fixture
def own(fresh_database: DatabaseUrls) -> Riverside:
    town = riverside()
    save_sender(name="Head-end", format="generic_csv", details=MAPPING)
    return town


def _at_once(contents: Sequence[bytes]) -> list[FileReport]:
    reports: list[FileReport] = []
    ready = threading.Barrier(len(contents))

    def bring(number: int, content: bytes) -> None:
        try:
            ready.wait(timeout=30)
            reports.append(wiring.receive_meter_file(io.BytesIO(content), name=f"{number}.csv"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=partial(bring, *each)) for each in enumerate(contents)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return reports


def test_of_four_importers_of_one_file_one_wins(own: Riverside) -> None:
    content = csv_table("A-E", hours_of(MAY_1, [5] * 24))
    reports = _at_once([content] * 4)
    assert [report.status for report in reports] == [FileStatus.ACCEPTED] * 4
    assert sorted(bool(report.notes) for report in reports) == [False, True, True, True]
    assert (MeterFile.objects.count(), MeterFilePart.objects.count(), IntervalDay.objects.count()) == (
        1,
        1,
        1,
    )


def test_files_that_tell_parts_of_one_day_at_once_make_it_whole(own: Riverside) -> None:
    hours = hours_of(MAY_1, range(1, 25))
    reports = _at_once([csv_table("A-E", hours[start : start + 6]) for start in range(0, 24, 6)])
    assert {report.status for report in reports} == {FileStatus.ACCEPTED}
    newest = IntervalDay.objects.order_by("-version")[0]
    assert (newest.total, newest.quality) == (sum(range(1, 25)), None)


def test_whole_days_of_a_new_month_that_come_at_once_are_all_stored(own: Riverside) -> None:
    """Each file looks at what its meters used before, and makes room for the month: none waits for another for ever."""
    days = [MAY_1.replace(day=day) for day in range(1, 4)]
    contents = [csv_table(meter, hours_of(day, [5] * 24)) for meter in ("A-E", "C-E") for day in days]
    reports = _at_once(contents)
    assert [report.status for report in reports] == [FileStatus.ACCEPTED] * 6
    assert sorted(IntervalDay.objects.values_list("total", flat=True)) == [120] * 6


def test_files_of_dials_that_come_at_once_count_the_use_between_them(own: Riverside) -> None:
    details = {**MAPPING, "kind": "cumulative"}
    save_sender(name="Head-end", format="generic_csv", details=details, sender=MeterSource.objects.get())
    dials = hours_of(MAY_1, range(100, 125))
    reports = _at_once([csv_table("A-E", dials[start : start + 5]) for start in range(0, 25, 5)])
    assert {report.status for report in reports} == {FileStatus.ACCEPTED}
    newest = IntervalDay.objects.order_by("-version")[0]
    assert (newest.total, newest.quality) == (24, None)


def _zip_bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("day.csv", b"0" * 10_000_000)
    return made.getvalue()


@pytest.mark.parametrize("content", [_zip_bomb(), gzip.compress(b"0" * 10_000_000)], ids=["zip", "gzip"])
def test_an_archive_is_not_unpacked(own: Riverside, content: bytes) -> None:
    report = wiring.receive_meter_file(io.BytesIO(content), name="day.csv")
    assert (report.status, report.quarantined[0].reason) == (FileStatus.HELD, Reason.NOT_THIS_FORMAT)
    (reader,) = wiring.saved_readers()
    forced = wiring.receive_meter_file(io.BytesIO(content), name="day.csv", reader=reader)
    assert (forced.status, forced.quarantined[0].reason) == (FileStatus.HELD, Reason.COMPRESSED)
    assert IntervalDay.objects.count() == 0
