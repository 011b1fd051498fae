"""A file of meter data in the store: whole, once, and nothing lost."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from meterside import wiring
from meterside.cis.metering.files.operations import bring_in
from meterside.cis.metering.files.originals import has_original
from meterside.cis.metering.models import IntervalDay, MeterFile, QuarantinedRow
from meterside.cis.metering.store.queries import day_totals
from meterside.cis.registry.models import Channel
from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import Feed, FileReport, FileStatus, Reason, UnableToReadFile
from tests.cast import riverside
from tests.connectors.green_button_documents import LOS_ANGELES, NOW, hours, parse, reading, utc_s, with_reads

pytestmark = pytest.mark.django_db
START_S = utc_s(2025, 5, 1, zone=LOS_ANGELES)


@pytest.fixture
def channel() -> Channel:
    """Alice's electric channel, known to the file by the name its source uses."""
    registered = riverside().alice.electric.channels.get()
    Channel.objects.filter(pk=registered.pk).update(
        external_id=_feed(hours(START_S, [1])).channels[0].external_id
    )
    registered.refresh_from_db()
    return registered


def _feed(readings: list[str]) -> Feed:
    return parse(with_reads(readings))


def _bring(readings: list[str]) -> FileReport:
    return bring_in(GreenButtonFile(), _feed(readings))


def _total(channel: Channel) -> int:
    days = day_totals([channel.pk], START_DAY, END_DAY)[channel.pk]
    return sum(day.total for day in days)


START_DAY = NOW.replace(month=5, day=1).date()
END_DAY = NOW.replace(month=5, day=4).date()


def test_a_day_is_stored_and_the_same_file_again_changes_nothing(channel: Channel) -> None:
    report = _bring(hours(START_S, range(100, 124)))
    assert (report.status, report.days) == (FileStatus.ACCEPTED, 1)
    assert _total(channel) == sum(range(100, 124))
    again = _bring(hours(START_S, range(100, 124)))
    assert again.notes == ("This file was received before; nothing was changed.",)
    assert (MeterFile.objects.count(), IntervalDay.objects.count()) == (1, 1)


def test_a_file_too_large_to_be_read_is_on_record_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.xml"
    path.write_bytes(b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">')
    os.truncate(path, 40 * 1024**3)  # a hole: nothing of it is on the disk
    for _time in range(2):
        with path.open("rb") as stream:
            report = wiring.receive_meter_file(stream, name=path.name)
        assert report.quarantined[0].reason is Reason.TOO_LARGE
    kept = MeterFile.objects.get()
    assert (kept.name, kept.size_bytes, kept.status) == ("huge.xml", 40 * 1024**3, "held")
    assert kept.report["reason"] == "The file is larger than 64 MB. Ask for it in parts."
    assert not has_original(kept)


def test_a_file_of_no_known_kind_is_on_record() -> None:
    content = b"dear utility, my meter says 12345\n"
    wiring.receive_meter_file(io.BytesIO(content), name="letter.txt")
    kept = MeterFile.objects.get()
    assert (kept.format, kept.status) == ("", "held")
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert not has_original(kept)


def test_a_correction_is_a_version_and_the_original_stays(channel: Channel) -> None:
    _bring(hours(START_S, [10] * 24))
    _bring(hours(START_S, [10] * 23 + [99]))
    assert list(IntervalDay.objects.order_by("version").values_list("version", "total")) == [
        (1, 240),
        (2, 329),
    ]
    assert _total(channel) == 329


def test_a_day_in_two_files_is_whole(channel: Channel) -> None:
    _bring(hours(START_S, [10] * 12))
    assert day_totals([channel.pk], START_DAY, END_DAY)[channel.pk][0].quality == "missing"
    _bring(hours(START_S + 12 * 3600, [5] * 12))
    (day,) = day_totals([channel.pk], START_DAY, END_DAY)[channel.pk]
    assert (day.total, day.quality) == (180, "measured")


def test_a_refused_row_is_kept_with_its_line_and_reason(channel: Channel) -> None:
    report = _bring([*hours(START_S, [10] * 24), reading(0, 5)])
    assert report.status is FileStatus.PARTLY_QUARANTINED
    row = QuarantinedRow.objects.get()
    assert (row.reason, row.line > 0, row.file.status) == ("stamp_too_old", True, "partly_quarantined")


def test_an_unknown_meter_holds_the_file_until_it_is_registered(channel: Channel) -> None:
    name = channel.external_id
    Channel.objects.filter(pk=channel.pk).update(external_id="another")
    report = _bring(hours(START_S, [10] * 24))
    assert report.status is FileStatus.HELD
    (refusal,) = report.quarantined
    assert refusal.reason is Reason.UNKNOWN_CHANNEL
    assert "release what is kept: 24 reads." in refusal.words
    assert (MeterFile.objects.get().status, IntervalDay.objects.count()) == ("held", 0)
    Channel.objects.filter(pk=channel.pk).update(external_id=name)
    assert _bring(hours(START_S, [10] * 24)).status is FileStatus.ACCEPTED
    assert MeterFile.objects.get().status == "accepted"


def test_another_unit_is_held_and_never_converted(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(unit="kWh")
    report = _bring(hours(START_S, [10] * 24))
    assert report.status is FileStatus.HELD
    assert [refusal.reason for refusal in report.quarantined] == [Reason.UNIT_MISMATCH]
    assert IntervalDay.objects.count() == 0


def test_a_cut_file_is_held_with_its_reason(channel: Channel) -> None:
    cut = with_reads(hours(START_S, [10] * 24))[:-20]
    with pytest.raises(UnableToReadFile) as held:
        GreenButtonFile().parse(io.BytesIO(cut), name="cut.xml", now=NOW)
    report = bring_in(GreenButtonFile(), held.value)
    assert report.status is FileStatus.HELD
    file = MeterFile.objects.get()
    assert (file.status, bool(file.report["reason"]), IntervalDay.objects.count()) == ("held", True, 0)
