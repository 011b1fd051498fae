"""A meter file's life: matched, held, kept, released; two importers; other names, other utilities, other units."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterside.cis.metering.checks.rules import set_validation_rules
from meterside.cis.metering.files.operations import NothingToRelease, bring_in, release_file
from meterside.cis.metering.files.originals import open_original
from meterside.cis.metering.models import (
    DeviceEvent,
    IntervalDay,
    MeterFile,
    MeterFilePart,
    QuarantinedRow,
    ReadException,
    RegisterRead,
)
from meterside.cis.metering.store.queries import day_totals
from meterside.cis.registry.models import Channel, Device, Multiplier, Register
from meterside.cis.registry.operations import NewChannel, NewRegister, install_meter
from meterside.cli.meter import meter_group
from meterside.connectors.metering.badger_beacon.adapter import BadgerBeaconFile
from meterside.connectors.metering.cmep.adapter import CmepFile
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.contracts.metering import (
    Feed,
    FileReport,
    FileStatus,
    MeterFileSource,
    Reason,
    SourceOptions,
    UnableToReadFile,
)
from meterside.engine.validation_rule import Action, RuleKind, ValidationRule
from meterside.spine.models import AuditEntry
from tests.cast import Riverside, riverside
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, badger, cmep_row, csv_table, hours_of

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 6, 1, tzinfo=UTC)
MAY_1 = datetime(2025, 5, 1, tzinfo=LOS_ANGELES)
DAY_1, DAY_2 = date(2025, 5, 1), date(2025, 5, 2)


@pytest.fixture
def town() -> Riverside:
    return riverside()


def bring(data: bytes, source: MeterFileSource | None = None, *, name: str = "day.csv") -> FileReport:
    source = source or table()
    stream = io.BytesIO(data)
    outcome: Feed | UnableToReadFile
    try:
        outcome = source.parse(stream, name=name, now=NOW)
    except UnableToReadFile as error:
        outcome = error
    return bring_in(source, outcome, original=stream)


def table(**changes: Any) -> GenericCsv:
    return GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, **changes}))


def cmep() -> CmepFile:
    return CmepFile(SourceOptions(LOS_ANGELES))


def totals(device: Device) -> dict[date, int]:
    channel = device.channels.get()
    found = day_totals([channel.pk], date(2025, 4, 1), date(2025, 6, 1)).get(channel.pk, ())
    return {each.day: each.total for each in found}


def reasons(report: FileReport) -> list[Reason]:
    return [refusal.reason for refusal in report.quarantined]


def test_a_head_ends_table_is_stored_by_the_meters_badge(town: Riverside) -> None:
    rows = csv_table("A-E", hours_of(MAY_1, [100] * 48)) + csv_table("C-E", hours_of(MAY_1, [7] * 24))[20:]
    report = bring(rows)
    assert (report.status, report.reads, report.days, report.rows) == (FileStatus.ACCEPTED, 72, 3, 72)
    assert totals(town.alice.electric) == {DAY_1: 2400, DAY_2: 2400}
    assert totals(town.charlie.electric) == {DAY_1: 168}
    assert [(each.channel_id, each.total) for each in report.channels] == [("", 4968)]
    assert AuditEntry.objects.filter(action="meter_file.received").count() == 1


def test_the_original_is_kept_as_it_was(town: Riverside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterside.cis.metering.files.originals.PIECE_BYTES", 100)
    data = csv_table("A-E", hours_of(MAY_1, range(24)))
    bring(data)
    file = MeterFile.objects.get()
    assert MeterFilePart.objects.count() == -(-len(data) // 100)
    with open_original(file) as original:
        assert original.read() == data
        original.seek(150)
        assert original.read(20) == data[150:170]
        assert original.seek(0, io.SEEK_END) == len(data)


def test_twice_is_once_under_any_name(town: Riverside) -> None:
    data = csv_table("A-E", hours_of(MAY_1, [100] * 24))
    bring(data)
    again = bring(data, name="other-name.csv")
    assert again.notes == ("This file was received before; nothing was changed.",)
    assert (MeterFile.objects.count(), MeterFilePart.objects.count(), IntervalDay.objects.count()) == (
        1,
        1,
        1,
    )


@pytest.mark.parametrize("again", [False, True], ids=["in bulk", "read by read"])
def test_a_meter_whose_clock_runs_on_is_told_of(town: Riverside, again: bool) -> None:
    rules = [ValidationRule(rule=RuleKind.CLOCK_DRIFT, seconds=30)]
    set_validation_rules(rules, since=date(2025, 1, 1))
    hours = hours_of(MAY_1, [100] * 24)
    late = csv_table("A-E", hours).replace(b":00,", b":00:45,") + csv_table("C-E", hours)[20:].replace(
        b":00,", b":00:09,"
    )
    if again:  # a second value for an hour: the channel is laid out by itself
        late += csv_table("A-E", hours_of(MAY_1, [90]))[20:].replace(b":00,", b":00:45,")
    report = bring(late, table(stamp_format="%Y-%m-%d %H:%M:%S", tolerance_s=60))
    assert report.reads == 48
    assert (report.status is FileStatus.ACCEPTED) != again
    found = ReadException.objects.get()
    assert (found.rule, found.facts["seconds"], found.channel.device) == (
        "clock_drift",
        45,
        town.alice.electric,
    )


def test_the_same_name_with_other_content_is_another_file_and_said(town: Riverside) -> None:
    bring(csv_table("A-E", hours_of(MAY_1, [100] * 24)))
    other = bring(csv_table("A-E", hours_of(MAY_1 + timedelta(days=1), [100] * 24)))
    assert "came once before, with other content" in other.notes[0]
    assert MeterFile.objects.count() == 2
    assert len(totals(town.alice.electric)) == 2


def test_an_unknown_meters_rows_are_kept_and_released_once_it_is_registered(town: Riverside) -> None:
    data = csv_table("A-E", hours_of(MAY_1, [100] * 24)) + csv_table("NEW", hours_of(MAY_1, [5] * 24))[20:]
    report = bring(data)
    assert (report.status, reasons(report)) == (FileStatus.PARTLY_QUARANTINED, [Reason.UNKNOWN_CHANNEL])
    (row,) = QuarantinedRow.objects.all()
    assert (row.line, row.channel_name, row.released_at) == (26, "NEW", None)
    assert "release what is kept: 24 reads." in row.words
    # A later correction of Alice's day stands when the older file is read again.
    bring(csv_table("A-E", hours_of(MAY_1, [100] * 23 + [50])), name="later.csv")
    with pytest.raises(NothingToRelease):
        release_file(MeterFile.objects.get(name="later.csv"), table())
    new = install_meter(
        service_point=town.alice.electric.installations.get().service_point,
        badge="NEW",
        installed_at=datetime(2025, 4, 1, tzinfo=UTC),
        channels=(NewChannel("1", "Wh", 3600),),
    )
    released = release_file(MeterFile.objects.get(name="day.csv"), table())
    assert (released.status, released.quarantined) == (FileStatus.ACCEPTED, ())
    assert totals(new) == {DAY_1: 120}
    assert totals(town.alice.electric) == {DAY_1: 2350}
    row.refresh_from_db()
    assert row.released_at is not None
    assert MeterFile.objects.get(name="day.csv").status == "accepted"
    with pytest.raises(NothingToRelease):
        release_file(MeterFile.objects.get(name="day.csv"), table())


def test_a_file_that_stays_refused_stays_held(town: Riverside) -> None:
    bring(csv_table("NOBODY", hours_of(MAY_1, [1] * 24)))
    file = MeterFile.objects.get()
    assert (file.status, IntervalDay.objects.count()) == ("held", 0)
    assert release_file(file, table()).status is FileStatus.HELD
    file.refresh_from_db()
    assert file.status == "held"
    Channel.objects.filter(device=town.alice.electric).update(external_id="NOBODY")
    assert release_file(file, table()).status is FileStatus.ACCEPTED
    assert totals(town.alice.electric) == {DAY_1: 24}


def test_files_that_wait_are_released_by_a_command(town: Riverside) -> None:
    hours = hours_of(MAY_1, [1] * 24)
    bring(cmep_row("NOBODY", hours), cmep(), name="one.cmep")
    bring(cmep_row("A-W", hours)[:-3], cmep(), name="cut.cmep")
    result = CliRunner().invoke(meter_group, ["release"])
    assert result.exit_code == 1
    assert "one.cmep: held, 1 put aside" in result.output
    assert "cut.cmep: held: line 1: The last line does not end" in result.output
    Channel.objects.create(
        device=town.alice.water, code="1", unit="cf", interval_s=3600, external_id="NOBODY:CF"
    )
    result = CliRunner().invoke(meter_group, ["release", "--name", "one.cmep"])
    assert (result.exit_code, result.output) == (0, "one.cmep: accepted, 0 put aside\n")
    assert totals(town.alice.water) == {DAY_1: 24}
    assert CliRunner().invoke(meter_group, ["release", "--name", "one.cmep"]).output == ""


def test_a_file_of_another_utility_is_held(town: Riverside) -> None:
    data = csv_table("A-E", hours_of(MAY_1, [1] * 24))
    for number in range(30):
        data += csv_table(f"X{number}", hours_of(MAY_1, [1]))[20:]
    report = bring(data)
    assert (report.status, report.quarantined[0].reason) == (FileStatus.HELD, Reason.ANOTHER_UTILITY)
    assert "30 of its 31 meters are not known here" in report.quarantined[0].words
    assert IntervalDay.objects.count() == 0


def test_a_thousandfold_of_what_was_before_is_held_and_not_converted(town: Riverside) -> None:
    for number in range(4):
        start = MAY_1 + timedelta(days=number)
        bring(csv_table("A-E", hours_of(start, [500] * 24)), name=f"{number}.csv")
    wrong = csv_table("A-E", hours_of(MAY_1 + timedelta(days=5), [500_000] * 24))
    report = bring(wrong, name="wrong.csv")
    assert (report.status, report.quarantined[0].reason) == (FileStatus.HELD, Reason.UNIT_SUSPECT)
    assert "1,000 times what the same meters used before" in report.quarantined[0].words
    assert MeterFile.objects.get(name="wrong.csv").status == "held"
    assert len(totals(town.alice.electric)) == 4


def test_a_garden_in_spring_is_no_other_unit(town: Riverside) -> None:
    for number in range(4):
        start = MAY_1 + timedelta(days=number)
        bring(csv_table("A-E", hours_of(start, [1] * 24)), name=f"{number}.csv")
    report = bring(csv_table("A-E", hours_of(MAY_1 + timedelta(days=5), [3000] * 24)), name="spring.csv")
    assert report.status is FileStatus.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"decimals": 0}, Reason.UNIT_MISMATCH),
        ({"interval_s": 900}, Reason.UNSUPPORTED_INTERVAL),
        ({"commodity": "water"}, Reason.COMMODITY_CONFLICT),
        ({"sign": "received"}, Reason.UNIT_MISMATCH),
    ],
)
def test_what_the_registry_does_not_say_is_held(
    town: Riverside, changes: dict[str, Any], reason: Reason
) -> None:
    if "interval_s" in changes or "sign" in changes:
        Channel.objects.filter(device=town.alice.electric).update(external_id="A-E")
    data = csv_table("A-E", hours_of(MAY_1, [1000] * 4)).replace(b".000", b"")
    report = bring(data, table(**changes))
    assert (report.status, reasons(report)) == (FileStatus.HELD, [reason])


def test_a_multiplier_that_file_and_registry_see_differently_is_held(town: Riverside) -> None:
    Multiplier.objects.create(
        device=town.alice.electric, value=80, applied_by_source=True, during=(date(2025, 1, 1), None)
    )
    data = csv_table("A-E", hours_of(MAY_1, [100] * 24))
    report = bring(data, table(multiplier="not_applied"))
    assert (report.status, reasons(report)) == (FileStatus.HELD, [Reason.MULTIPLIER_DIFFERS])
    assert bring(data, table(multiplier="applied")).status is FileStatus.ACCEPTED


def test_dials_events_and_hours_of_one_file(town: Riverside) -> None:
    device = town.alice.water
    Channel.objects.create(device=device, code="1", unit="10^-1 gal", interval_s=3600)
    report = bring(
        badger("A-W", hours_of(MAY_1, [10, 20]), Read="32.50", Current_Leak_Rate="1.5"),
        BadgerBeaconFile(SourceOptions(LOS_ANGELES)),
    )
    assert (report.status, report.reads, report.dial_reads, report.events) == (FileStatus.ACCEPTED, 2, 2, 2)
    read = RegisterRead.objects.order_by("read_at").first()
    assert read is not None
    assert (read.dial_count, read.local_day, read.kind) == (3250, DAY_1, "actual")
    assert {(event.device_id, event.kind) for event in DeviceEvent.objects.all()} == {(device.pk, "leak")}


def test_a_dial_that_cannot_show_a_value_is_put_aside(town: Riverside) -> None:
    Register.objects.filter(device=town.alice.water).update(units_per_count=100)
    dials = [(MAY_1, 3200), (MAY_1 + timedelta(days=1), 3250)]
    report = bring(cmep_row("A-W", dials, unit="CFREG"), cmep())
    assert (report.status, reasons(report)) == (FileStatus.PARTLY_QUARANTINED, [Reason.OUT_OF_RANGE])
    assert RegisterRead.objects.get().dial_count == 32


def test_two_registers_that_may_be_meant_are_not_chosen_from(town: Riverside) -> None:
    device = install_meter(
        service_point=town.alice.water.installations.get().service_point,
        badge="TWO",
        installed_at=datetime(2025, 4, 1, tzinfo=UTC),
        registers=(NewRegister("low", "volume", "cf", dials=6), NewRegister("high", "volume", "cf", dials=6)),
    )
    report = bring(cmep_row(device.badge, [(MAY_1, 3200)], unit="CFREG"), cmep())
    assert reasons(report) == [Reason.UNKNOWN_REGISTER]
    assert "has 2 registers" in report.quarantined[0].words


def test_a_channel_in_trouble_is_laid_out_read_by_read_and_the_others_at_once(town: Riverside) -> None:
    hours = hours_of(MAY_1, [100] * 24)
    twice = csv_table("A-E", [*hours, (hours[5][0], 900)])
    report = bring(twice + csv_table("C-E", hours)[20:])
    assert (report.status, reasons(report)) == (FileStatus.PARTLY_QUARANTINED, [Reason.CONFLICTING_VALUE])
    assert totals(town.alice.electric) == totals(town.charlie.electric) == {DAY_1: 2400}


def test_rows_in_trouble_are_kept_with_column_and_line(town: Riverside) -> None:
    data = csv_table("A-E", hours_of(MAY_1, [100] * 23)) + b"A-E,2025-05-01 23:00,many,A\n"
    report = bring(data)
    assert report.status is FileStatus.PARTLY_QUARANTINED
    (row,) = QuarantinedRow.objects.all()
    assert (row.line, row.reason, row.field, row.raw) == (
        25, "not_a_whole_number", "use", "A-E,2025-05-01 23:00,many,A",
    )  # fmt: skip
    assert MeterFile.objects.get().report["quarantined"] == 1


def test_a_read_a_thousand_times_too_large_is_held_back_by_the_rules(town: Riverside) -> None:
    rule = ValidationRule(rule=RuleKind.SPIKE, action=Action.HOLD, above=50_000)
    set_validation_rules([rule], since=date(2025, 1, 1))
    report = bring(csv_table("A-E", hours_of(MAY_1, [100] * 23 + [100_000])))
    assert report.status is FileStatus.ACCEPTED
    assert MeterFile.objects.get().report["exceptions"] == 1
    assert totals(town.alice.electric) == {DAY_1: 2300}
    assert ReadException.objects.get().rule == "spike"


def test_a_meter_changed_inside_a_day_gives_both_meters_their_part(town: Riverside) -> None:
    old = town.alice.electric
    hung, noon = old.installations.get(), MAY_1 + timedelta(hours=12)
    point, hung.during = hung.service_point, (hung.during.lower, noon)
    hung.save()
    new = install_meter(
        service_point=point, badge="A-E2", installed_at=noon, channels=(NewChannel("1", "Wh", 3600),)
    )
    hours = hours_of(MAY_1, range(24))
    report = bring(csv_table("A-E", hours[:12]) + csv_table("A-E2", hours[12:])[20:])
    assert (report.status, report.reads) == (FileStatus.ACCEPTED, 24)
    assert totals(old)[DAY_1] + totals(new)[DAY_1] == sum(range(24))


def test_a_leap_day_is_a_day(town: Riverside) -> None:
    install_meter(
        service_point=town.alice.electric.installations.get().service_point,
        badge="OLD",
        installed_at=datetime(2024, 1, 1, tzinfo=UTC),
        channels=(NewChannel("1", "Wh", 3600),),
    )
    start = datetime(2024, 2, 28, tzinfo=LOS_ANGELES)
    assert bring(csv_table("OLD", hours_of(start, [1] * 72))).days == 3
    days = IntervalDay.objects.order_by("local_day").values_list("local_day", flat=True)
    assert list(days) == [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_table_cut_and_shuffled_anyhow_gives_the_same_store(town: Riverside, data: st.DataObject) -> None:
    """Two meters, two days, rows in any order in any number of files, some of them twice."""
    from django.db import transaction

    rows = [
        csv_table(badge, [each]).partition(b"\n")[2]
        for badge in ("A-E", "C-E")
        for each in hours_of(MAY_1, [100 + k for k in range(48)])
    ]
    order = data.draw(st.permutations(rows), "order")
    cuts = sorted(data.draw(st.lists(st.integers(1, len(rows) - 1), max_size=5, unique=True), "cuts"))
    parts = [order[low:high] for low, high in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    parts += [
        data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=20), "again"),
        data.draw(st.sampled_from(parts), "whole again"),
    ]
    with transaction.atomic():
        for number, part in enumerate(data.draw(st.permutations(parts), "arrival")):
            bring(b"meter,time,use,flag\n" + b"".join(part), name=f"{number}.csv")
        for device in (town.alice.electric, town.charlie.electric):
            newest = IntervalDay.objects.filter(channel__device=device).order_by("local_day", "-version")
            found = {day.local_day: day for day in reversed(newest)}
            assert [found[day].total for day in (DAY_1, DAY_2)] == [
                sum(range(100, 124)), sum(range(124, 148)),
            ]  # fmt: skip
            assert all(day.quality is None for day in found.values())
        transaction.set_rollback(True)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_chunking_repetition_and_lateness_give_the_same_store(
    town: Riverside, data: st.DataObject
) -> None:
    """Three days of hours, a correction stated later, cut anyhow, doubled and shuffled: one store."""
    from django.db import transaction

    hours = hours_of(MAY_1, [1 + k % 7 for k in range(72)])
    wrong = [(start, value + 3) for start, value in hours[20:30]]
    early = data.draw(_chunks(hours[:20] + wrong + hours[30:]), "early")
    late = data.draw(_chunks(hours[20:30]), "late")
    files = [cmep_row("A-W", chunk, made="202505050000") for chunk in early]
    files += [cmep_row("A-W", chunk, made="202505060000") for chunk in late]
    files += data.draw(st.lists(st.sampled_from(files), max_size=4), "repeated")
    order = data.draw(st.permutations(files), "order")
    with transaction.atomic():
        device = town.alice.water
        Channel.objects.create(device=device, code="1", unit="cf", interval_s=3600)
        for number, content in enumerate(order):
            bring(content, cmep(), name=f"{number}.cmep")
        channel = device.channels.get()
        newest = IntervalDay.objects.filter(channel=channel).order_by("local_day", "-version")
        found = {day.local_day: day for day in reversed(newest)}
        reads = [value for day in sorted(found) for value in bytes(found[day].reads)]
        assert reads == [value for _, value in hours]
        assert all(day.quality is None for day in found.values())
        transaction.set_rollback(True)


def _chunks(hours: list[tuple[datetime, int]]) -> st.SearchStrategy[list[list[tuple[datetime, int]]]]:
    cuts = st.lists(st.integers(1, max(1, len(hours) - 1)), max_size=4, unique=True).map(sorted)
    return cuts.map(
        lambda at: [
            hours[low:high] for low, high in zip([0, *at], [*at, len(hours)], strict=True) if low < high
        ]
    )
