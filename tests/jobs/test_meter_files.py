"""Watched folders: new files come in once, a folder that vanishes stops no other."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from django.test import override_settings

from meterside import wiring
from meterside.cis.metering.files.operations import release_file
from meterside.cis.metering.files.senders import save_sender
from meterside.cis.metering.models import IntervalDay, MeterFile, MeterSource
from meterside.config.environment import MeterFiles
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.contracts.metering import Feed
from meterside.contracts.transfers import FileFolder
from meterside.jobs.meter_files import collect, look_into_folders
from tests.cast import riverside
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, csv_table, hours_of

pytestmark = pytest.mark.django_db
MAY_1 = datetime(2025, 5, 1, tzinfo=LOS_ANGELES)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    riverside()
    save_sender(name="North", format="generic_csv", details=MAPPING, folder="north")
    save_sender(name="Gone", format="generic_csv", details=MAPPING, folder="gone")
    made = tmp_path / "north"
    made.mkdir()
    with override_settings(METER_FILES=MeterFiles(METER_FOLDER_ROOT=tmp_path)):
        yield made


def put(folder: Path, name: str, data: bytes, *, age_s: float = 60) -> None:
    (folder / name).write_bytes(data)
    then = datetime.now(UTC).timestamp() - age_s
    os.utime(folder / name, (then, then))


def test_new_files_come_in_once_and_stay_where_they_are(folder: Path) -> None:
    put(folder, "day.csv", csv_table("A-E", hours_of(MAY_1, [5] * 24)))
    assert (collect("North"), collect("North")) == (1, 0)
    assert MeterFile.objects.get().source is not None
    assert IntervalDay.objects.get().total == 120
    assert (folder / "day.csv").exists()


def test_a_held_file_is_not_read_again_every_minute(folder: Path) -> None:
    put(folder, "cut.csv", csv_table("A-E", hours_of(MAY_1, [5] * 24))[:-3])
    assert (collect("North"), collect("North")) == (1, 0)
    assert MeterFile.objects.get().status == "held"


def test_a_folder_that_vanished_is_said_and_stops_no_other(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, "day.csv", csv_table("A-E", hours_of(MAY_1, [5] * 24)))
    with caplog.at_level(logging.WARNING):
        look_into_folders(0)
    assert "files of Gone were not looked at: The folder gone cannot be read" in caplog.text
    assert MeterFile.objects.get().status == "accepted"


def test_without_a_root_no_folder_is_read(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = MeterFiles(METER_FOLDER_ROOT=None)
    with override_settings(METER_FILES=nowhere), caplog.at_level(logging.WARNING):
        look_into_folders(0)
    assert "METER_FOLDER_ROOT" in caplog.text
    assert MeterFile.objects.count() == 0


def test_a_file_that_our_program_fails_over_is_held_and_stops_no_other(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = csv_table("A-E", hours_of(MAY_1, [5] * 24))
    put(folder, "a-bad.csv", csv_table("C-E", hours_of(MAY_1, [5] * 24)))
    put(folder, "b-good.csv", good)
    parse = GenericCsv.parse

    def failing(self: GenericCsv, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        if name == "a-bad.csv":
            raise ZeroDivisionError
        return parse(self, stream, name=name, now=now)

    monkeypatch.setattr(GenericCsv, "parse", failing)
    assert (collect("North"), collect("North")) == (2, 0)
    assert "a-bad.csv failed and is held" in caplog.text
    assert dict(MeterFile.objects.values_list("name", "status")) == {
        "a-bad.csv": "held",
        "b-good.csv": "accepted",
    }
    monkeypatch.undo()
    file = MeterFile.objects.get(name="a-bad.csv")
    assert release_file(file, wiring.reader_of_file(file).source).status == "accepted"


def test_a_sender_that_cannot_be_looked_at_stops_no_other(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "day.csv", csv_table("A-E", hours_of(MAY_1, [5] * 24)))
    folder_of = wiring.folder_of

    def failing(sender: MeterSource) -> FileFolder:
        if sender.name == "Gone":
            raise ZeroDivisionError
        return folder_of(sender)

    monkeypatch.setattr(wiring, "folder_of", failing)
    look_into_folders(0)
    assert "files of Gone were not looked at" in caplog.text
    assert MeterFile.objects.get().status == "accepted"
