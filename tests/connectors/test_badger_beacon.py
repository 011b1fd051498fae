"""Beacon's report: dial and flow of a row, leaks, estimated rows, and what is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterside.connectors.metering.badger_beacon.adapter import BadgerBeaconFile
from meterside.contracts.metering import EventKind, Feed, ReadKind, Reason, SourceOptions, UnableToReadFile
from meterside.engine.interval import Quality
from tests.connectors.text_documents import LOS_ANGELES, badger, hours_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)
HOURS = hours_of(datetime(2024, 5, 1, tzinfo=LOS_ANGELES), [10, 20])


def read(data: bytes) -> Feed:
    source = BadgerBeaconFile(SourceOptions(LOS_ANGELES))
    return source.parse(io.BytesIO(data), name="beacon.csv", now=NOW)


@pytest.mark.real_data
def test_a_utilitys_report(real_data: Path) -> None:
    feed = read((real_data / "meter-data" / "badger" / "badger-beacon-360-report.csv").read_bytes())
    (register,) = feed.registers
    assert (register.meter_id, register.unit.code) == ("1470158170", "cf")
    assert [(each.value, datetime.fromtimestamp(each.read_at_s, UTC).hour) for each in register.reads] == [
        (22_760, 7),
        (22_760, 8),
    ]
    (flow,) = feed.channels
    days = BadgerBeaconFile().to_day_rows([flow], LOS_ANGELES)
    assert (flow.unit.code, days.reads, days.duplicates, days.rows[0].total()) == ("10^-1 gal", 2, 0, 100)
    assert (feed.refusals, feed.events) == ((), ())


def test_a_row_has_a_dial_and_a_flow_and_each_is_judged_apart() -> None:
    feed = read(badger("7", HOURS, Read="12.34"))
    assert [each.value for each in feed.registers[0].reads] == [1234, 1234]
    spoilt = read(badger("7", HOURS, Read="12.345"))
    assert (spoilt.registers, len(spoilt.channels[0].reads)) == ((), 2)
    assert {(refusal.reason, refusal.field) for refusal in spoilt.refusals} == {
        (Reason.NOT_A_WHOLE_NUMBER, "Read")
    }


def test_estimated_rows() -> None:
    feed = read(badger("7", HOURS, Read="12.34", Estimated_Flag="1"))
    assert {each.kind for each in feed.registers[0].reads} == {ReadKind.ESTIMATED}
    assert {each.quality for each in feed.channels[0].reads} == {Quality.ESTIMATED}


def test_leaks_and_batteries_are_told() -> None:
    feed = read(
        badger(
            "7", HOURS[:1], Current_Leak_Rate="1.5", Current_Leak_Start_Date="2024-04-30", Battery_Level="low"
        )
    )
    assert [(event.kind, event.code) for event in feed.events] == [
        (EventKind.LEAK, "1.5"),
        (EventKind.LOW_BATTERY, "low"),
    ]
    assert "since 2024-04-30" in feed.events[0].words


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Flow_Unit", "Furlongs", Reason.UNSUPPORTED_UNIT),
        ("Flow_Time", "yesterday", Reason.NO_TIME),
        ("Flow_Time", "2024-03-10 02:59", Reason.NO_SUCH_LOCAL_TIME),
        ("Flow_Time", "2024-11-03 01:59", Reason.AMBIGUOUS_LOCAL_TIME),
        ("Flow_Time", "1970-01-01 00:59", Reason.STAMP_TOO_OLD),
        ("Flow", "-1", Reason.BACKFLOW),
        ("Meter_ID", "", Reason.UNKNOWN_CHANNEL),
    ],
)
def test_what_is_refused(column: str, value: str, reason: Reason) -> None:
    feed = read(badger("7", HOURS[:1], **{column: value}))
    assert (feed.channels, [refusal.reason for refusal in feed.refusals]) == ((), [reason])


def test_a_report_that_was_cut_is_held_and_one_without_its_last_line_end_is_whole() -> None:
    whole = badger("7", HOURS)
    assert read(whole.rstrip(b"\n")).channels == read(whole).channels
    with pytest.raises(UnableToReadFile):
        read(whole[:-3])


def test_a_header_without_a_needed_column_holds_the_file() -> None:
    with pytest.raises(UnableToReadFile) as held:
        read(badger("7", HOURS).replace(b'"Flow_Unit"', b'"Unit_of_Flow"'))
    assert (held.value.reason, "Flow_Unit" in held.value.words) == (Reason.MISSING_COLUMN, True)
