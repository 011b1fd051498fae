"""Files that are read again once a cause is mended: as they were read when they came, so that nothing counts twice."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from meterside import wiring
from meterside.cis.metering.files.operations import release_file
from meterside.cis.metering.files.senders import save_sender
from meterside.cis.metering.models import ArchivedMonth, IntervalDay, MeterFile, MeterSource, QuarantinedRow
from meterside.cis.metering.store.queries import day_totals
from meterside.cis.registry.models import Channel, Device
from meterside.cli.meter import meter_group
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.contracts.metering import FileReport, FileStatus, Reason, SourceOptions
from tests.cast import Riverside, riverside
from tests.cis.test_meter_file_life import DAY_1, DAY_2, MAY_1, bring, cmep, reasons, table, totals
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, cmep_row, csv_table, hours_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Riverside:
    made = riverside()
    Channel.objects.create(device=made.alice.water, code="1", unit="cf", interval_s=3600)
    return made


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(meter_group, list(arguments))
    assert result.exit_code == exit_code, result.output
    return result.output


def use_of(device: Device) -> int:
    """All the use that the store has of a meter, in its channel's unit."""
    channel = device.channels.get()
    days = day_totals([channel.pk], date(2025, 4, 1), date(2025, 7, 1)).get(channel.pk, ())
    return sum(day.total for day in days)


def call_it(device: Device, badge: str) -> None:
    """The meter's number is put right in the registry."""
    device.badge = badge
    device.save()


def test_a_file_read_in_another_zone_is_released_in_that_zone(town: Riverside, tmp_path: Path) -> None:
    file = tmp_path / "day.cmep"
    hours = hours_of(MAY_1, [10] * 24)
    file.write_bytes(cmep_row("A-W", hours) + cmep_row("NEW", hours))
    run("import", str(file), "--zone", "America/New_York")
    assert use_of(town.alice.water) == 240
    run("release")
    assert use_of(town.alice.water) == 240


def test_rows_put_aside_of_a_table_with_a_mapping_of_its_own_can_be_released(
    town: Riverside, tmp_path: Path
) -> None:
    file, mapping = tmp_path / "day.csv", tmp_path / "mapping.json"
    file.write_bytes(
        csv_table("A-E", hours_of(MAY_1, [10] * 24)) + csv_table("NEW", hours_of(MAY_1, [7] * 24))[20:]
    )
    mapping.write_text(json.dumps(MAPPING))
    run("import", str(file), "--mapping", str(mapping), "--zone", LOS_ANGELES.key)
    call_it(town.charlie.electric, "NEW")
    assert "day.csv: accepted" in run("release")
    assert (use_of(town.alice.electric), use_of(town.charlie.electric)) == (240, 168)
    assert not QuarantinedRow.objects.filter(released_at=None).exists()


def sent(sender: MeterSource, data: bytes) -> FileReport:
    return wiring.receive_meter_file(io.BytesIO(data), name="day.csv", reader=wiring.reader_of(sender))


def test_a_senders_zone_put_right_later_moves_nothing_that_was_loaded(town: Riverside) -> None:
    sender = save_sender(name="North", format="generic_csv", details=MAPPING, zone="America/New_York")
    sent(
        sender,
        csv_table("A-E", hours_of(MAY_1, [10] * 24)) + csv_table("NEW", hours_of(MAY_1, [7] * 24))[20:],
    )
    sender.zone = LOS_ANGELES.key
    sender.save()
    call_it(town.charlie.electric, "NEW")
    release(MeterFile.objects.get())
    assert (use_of(town.alice.electric), use_of(town.charlie.electric)) == (240, 168)


def test_a_code_that_the_sender_learns_releases_the_rows_that_had_it(town: Riverside) -> None:
    known = {**MAPPING, "qualities": {"A": "measured"}}
    sender = save_sender(name="North", format="generic_csv", details=known, zone=LOS_ANGELES.key)
    data = csv_table("A-E", hours_of(MAY_1, [10] * 24)).replace(b"00:00,0.010,A", b"00:00,0.010,E")
    assert reasons(sent(sender, data)) == [Reason.UNKNOWN_QUALITY]
    assert use_of(town.alice.electric) == 230
    sender.details = {**known, "qualities": {"A": "measured", "E": "estimated"}}
    sender.save()
    assert release(MeterFile.objects.get()).status is FileStatus.ACCEPTED
    assert use_of(town.alice.electric) == 240


def test_a_held_file_is_read_by_what_its_sender_says_now(town: Riverside) -> None:
    wrong = {**MAPPING, "value": "nothing"}
    sender = save_sender(name="North", format="generic_csv", details=wrong, zone=LOS_ANGELES.key)
    assert sent(sender, csv_table("A-E", hours_of(MAY_1, [10] * 24))).status is FileStatus.HELD
    sender.details = MAPPING
    sender.save()
    assert release(MeterFile.objects.get()).status is FileStatus.ACCEPTED
    assert use_of(town.alice.electric) == 240


def release(file: MeterFile) -> FileReport:
    return release_file(file, wiring.reader_of_file(file).source)


def test_a_time_of_making_ahead_of_now_does_not_stand_against_what_is_said_later(town: Riverside) -> None:
    report = bring(cmep_row("A-W", hours_of(MAY_1, [10] * 24), made="209905010000"), cmep())
    assert "is not believed" in report.notes[-1]
    assert MeterFile.objects.get().made_at is None
    bring(cmep_row("A-W", hours_of(MAY_1, [20] * 24), made="209905010001"), cmep(), name="corrected.cmep")
    assert use_of(town.alice.water) == 480


def test_a_time_of_making_out_of_any_calendar_is_no_error(town: Riverside) -> None:
    report = bring(cmep_row("A-W", hours_of(MAY_1, [10] * 24), made="000101010000"), cmep())
    assert report.status is FileStatus.ACCEPTED
    assert use_of(town.alice.water) == 240


def archive(month: date) -> None:
    ArchivedMonth.objects.create(
        month=month, file="interval-days.parquet", n_days=1, archived_at=datetime.now(UTC)
    )


@pytest.mark.parametrize("kind", ["table", "cmep"])
def test_late_days_of_an_archived_month_wait_until_it_is_back(town: Riverside, kind: str) -> None:
    archive(date(2025, 4, 1))
    hours = hours_of(datetime(2025, 4, 30, tzinfo=LOS_ANGELES), [10] * 48)
    is_table = kind == "table"
    device = town.alice.electric if is_table else town.alice.water
    report = bring(csv_table("A-E", hours)) if is_table else bring(cmep_row("A-W", hours), cmep())
    assert (report.status, report.reads) == (FileStatus.PARTLY_QUARANTINED, 24)
    assert [(each.reason, each.words[:17]) for each in report.quarantined] == [
        (Reason.MONTH_ARCHIVED, "1 day of 2025-04:")
    ]
    assert totals(device) == {DAY_1: 240}
    ArchivedMonth.objects.all().delete()
    source = table() if is_table else cmep()
    assert release_file(MeterFile.objects.get(), source).status is FileStatus.ACCEPTED
    assert use_of(device) == 480


def two_ways(**changes: Any) -> GenericCsv:
    return GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, "sign": "negative_is_received", **changes}))


@pytest.mark.parametrize("at_once", [True, False])
def test_hours_without_giving_back_are_zeros_however_the_file_is_cut(town: Riverside, at_once: bool) -> None:
    """A meter that gives back says so in some hours; in the others it gave nothing, in whichever file they are."""
    sunny = Channel.objects.create(
        device=town.alice.electric, code="2", unit="Wh", interval_s=3600, direction="received"
    )
    hours = hours_of(MAY_1, [5] * 24) + hours_of(MAY_1.replace(day=2), [-5] * 24)
    for part in [hours] if at_once else [hours[:24], hours[24:]]:
        report = bring(csv_table("A-E", part), two_ways(), name=f"{len(part)}.csv")
        assert report.quarantined == ()
    days = {day.local_day: (day.total, day.quality) for day in IntervalDay.objects.filter(channel=sunny)}
    assert days == {DAY_1: (0, None), DAY_2: (120, None)}


def test_a_meter_that_gives_nothing_back_needs_no_channel_for_it(town: Riverside) -> None:
    report = bring(csv_table("A-E", hours_of(MAY_1, [5] * 24)), two_ways())
    assert (report.status, report.quarantined) == (FileStatus.ACCEPTED, ())
    giving = bring(csv_table("C-E", hours_of(MAY_1, [-5] * 24)), two_ways(), name="giving.csv")
    assert reasons(giving) == [Reason.UNKNOWN_CHANNEL]


def test_a_file_of_no_known_kind_is_on_record_from_the_command_line_too(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear utility, my meter says 4711.")
    run("import", str(file), exit_code=1)
    assert (MeterFile.objects.get().name, MeterFile.objects.get().status) == ("letter.txt", "held")


def test_another_unit_is_seen_where_no_day_of_the_file_is_whole(town: Riverside) -> None:
    for day in range(1, 6):
        bring(csv_table("A-E", hours_of(MAY_1.replace(day=day), [100] * 24)), name=f"{day}.csv")
    part = csv_table("A-E", hours_of(MAY_1.replace(day=6), [100_000] * 20))
    report = bring(part, name="6.csv")
    assert (report.status, reasons(report)[0]) == (FileStatus.HELD, Reason.UNIT_SUSPECT)
