"""IEC 61968-9: intervals, dials and events; reading types, qualities, envelopes, and what is refused."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterside.connectors.metering.iec_61968.adapter import Iec61968File
from meterside.contracts.metering import (
    EventKind,
    Feed,
    FlowDirection,
    MeterFileSource,
    Reason,
    SourceOptions,
    UnableToReadFile,
)
from meterside.engine.interval import Quality
from tests.conformance.metering import MeterFileConformance
from tests.connectors.text_documents import HOUR, LOS_ANGELES, Hours, hours_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)
HOURLY_WH = "0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
DIAL_KWH = "0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
VALUES = [37 * k % 101 for k in range(24 + 23 + 24)]
HOURS = hours_of(datetime(2024, 3, 9, tzinfo=LOS_ANGELES), VALUES)
MAY_1 = hours_of(datetime(2024, 5, 1, tzinfo=LOS_ANGELES), [1])


def intervals(hours: Hours, *, quality: str = "") -> str:
    said = f'<ReadingQualities><ReadingQualityType ref="{quality}"/></ReadingQualities>' if quality else ""
    return "".join(
        f"<IntervalReadings><timeStamp>{(start.astimezone(UTC) + HOUR):%Y-%m-%dT%H:%M:%SZ}</timeStamp>"
        f"<value>{value}</value>{said}</IntervalReadings>\n"
        for start, value in hours
    )


def message(*blocks: str, code: str = HOURLY_WH, meter: str = "E-1") -> bytes:
    inside = "".join(
        f'<IntervalBlocks><ReadingType ref="{code}"/>{block}</IntervalBlocks>' for block in blocks
    )
    return _wrapped(f"<Meter><Names><name>{meter}</name></Names></Meter>{inside}")


def _wrapped(inside: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<m:MeterReadings xmlns:m="http://iec.ch/TC57/2011/MeterReadings#" '
        'xmlns="http://iec.ch/TC57/2011/MeterReadings#"><MeterReading>'
        + inside
        + "</MeterReading></m:MeterReadings>"
    ).encode()


def read(data: bytes) -> Feed:
    return Iec61968File(SourceOptions(LOS_ANGELES)).parse(io.BytesIO(data), name="m.xml", now=NOW)


def reasons(feed: Feed) -> list[Reason]:
    return [refusal.reason for refusal in feed.refusals]


class TestIec61968File(MeterFileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return Iec61968File()

    def good_file(self) -> bytes:
        return message(intervals(HOURS[:30]), intervals(HOURS[30:]))

    def shuffled_file(self) -> bytes:
        rows = list(HOURS)
        random.Random(3).shuffle(rows)
        return message(intervals(rows[:11]), intervals(rows[11:]))

    def good_total(self) -> int:
        return sum(VALUES)


@pytest.mark.real_data
def test_a_power_failure_in_an_envelope(real_data: Path) -> None:
    path = real_data / "meter-data" / "cim" / "LandisGyr_iec61968_EndDeviceEvents_POWER_FAIL.xml"
    feed = read(path.read_bytes())
    (event,) = feed.events
    assert (event.meter_id, event.kind, event.code) == ("abcde", EventKind.POWER_FAIL, "6.20.1.185")
    assert datetime.fromtimestamp(event.at_s, UTC) == datetime(2017, 10, 11, 19, 19, 12, tzinfo=UTC)
    assert datetime.fromtimestamp(feed.made_at_s, UTC).year == 2017
    assert "password" not in repr(feed)


def test_dials_are_dial_reads_and_thousands_keep_their_decimals() -> None:
    feed = read(
        _wrapped(
            "<Meter><mRID>E-9</mRID></Meter><Readings><timeStamp>2024-05-01T00:00:00-07:00</timeStamp>"
            f'<value>1234.567</value><ReadingType ref="{DIAL_KWH}"/></Readings>'
        )
    )
    (register,) = feed.registers
    assert (register.meter_id, register.unit.code, register.reads[0].value) == ("E-9", "Wh", 1_234_567)
    assert register.reads[0].read_at_s == int(datetime(2024, 5, 1, 7, tzinfo=UTC).timestamp())


def test_a_local_stamp_is_the_utilitys_and_the_hour_that_comes_twice_is_put_aside() -> None:
    block = "<IntervalReadings><timeStamp>{}</timeStamp><value>1</value></IntervalReadings>"
    (channel,) = read(message(block.format("2024-05-01T01:00:00"))).channels
    assert f"{channel.reads[0].start_utc:%d %H:%M}" == "01 07:00"
    assert reasons(read(message(block.format("2024-11-03T01:30:00")))) == [Reason.NO_TIME]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1.2.3", Reason.NO_READING_TYPE),
        ("0.0.7.4.4.1.12.0.0.0.0.0.0.0.0.0.72.0", Reason.UNSUPPORTED_DIRECTION),
        ("0.0.7.4.1.1.8.0.0.0.0.0.0.0.0.0.38.0", Reason.NOT_INTERVAL_USE),
        ("0.0.7.12.1.1.12.0.0.0.0.0.0.0.0.0.72.0", Reason.NOT_INTERVAL_USE),
        ("0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.0.29.0", Reason.UNSUPPORTED_UNIT),
        ("0.0.7.4.1.3.12.0.0.0.0.0.0.0.0.0.72.0", Reason.UNSUPPORTED_COMMODITY),
        ("0.0.99.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", Reason.UNSUPPORTED_INTERVAL),
        ("0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.5.72.0", Reason.UNSUPPORTED_MULTIPLIER),
    ],
)
def test_what_is_no_use_is_refused_by_name(code: str, reason: Reason) -> None:
    feed = read(message(intervals(MAY_1), code=code))
    assert (feed.channels, reasons(feed)) == ((), [reason])


def test_received_energy_is_a_channel_of_its_own() -> None:
    (channel,) = read(message(intervals(MAY_1), code=HOURLY_WH.replace("7.4.1.", "7.4.19."))).channels
    assert channel.direction is FlowDirection.RECEIVED


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        ("2.0.0", Quality.MEASURED),
        ("2.2.32", Quality.MEASURED),
        ("2.7.0", Quality.EDITED),
        ("3.8.1", Quality.ESTIMATED),
    ],
)
def test_qualities(code: str, quality: Quality) -> None:
    assert read(message(intervals(MAY_1, quality=code))).channels[0].reads[0].quality is quality


@pytest.mark.parametrize(
    ("code", "reason"),
    [("2.12.0", Reason.FORECAST), ("2.5.259", Reason.QUESTIONABLE), ("fine", Reason.UNKNOWN_QUALITY)],
)
def test_doubted_reads_are_put_aside(code: str, reason: Reason) -> None:
    assert reasons(read(message(intervals(MAY_1, quality=code)))) == [reason]


def _events(*events: Sequence[str]) -> bytes:
    inside = "".join(
        f'<EndDeviceEvent><EndDeviceEventType ref="{code}"/><createdDateTime>{at}</createdDateTime>'
        f"<Assets><mRID>{meter}</mRID></Assets><status><value>{said}</value></status></EndDeviceEvent>"
        for code, at, meter, said in events
    )
    return f'<EndDeviceEvents xmlns="urn:x">{inside}</EndDeviceEvents>'.encode()


def test_events_keep_their_own_code_and_are_refused_without_a_device_or_a_time() -> None:
    at = "2024-05-01T00:00:00Z"
    feed = read(
        _events(
            ("3.26.0.216", at, "M", ""),
            ("3.1.2.3", at, "M", "Leak detected"),
            ("9.9.9.9", at, "M", "?"),
            ("3.26.0.185", at, "", ""),
            ("3.26.0.185", "once", "M", ""),
            ("3.26.0.185", "1970-01-01T00:00:00Z", "M", ""),
        )
    )
    assert sorted((event.kind, event.code) for event in feed.events) == [
        (EventKind.LEAK, "3.1.2.3"),
        (EventKind.POWER_RESTORED, "3.26.0.216"),
        (EventKind.UNKNOWN, "9.9.9.9"),
    ]
    assert sorted(reasons(feed)) == [Reason.NO_TIME, Reason.STAMP_TOO_OLD, Reason.UNKNOWN_CHANNEL]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]>', Reason.FORBIDDEN_MARKUP),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd">', Reason.FORBIDDEN_MARKUP),
        (b"<a>" * 50, Reason.FORBIDDEN_MARKUP),
        (b"<MeterReading><x>" + b"y" * 5000, Reason.FORBIDDEN_MARKUP),
        (b"<!-- " + b"x" * 3_000_000, Reason.FORBIDDEN_MARKUP),
    ],
)
def test_attacks_are_held(head: bytes, reason: Reason) -> None:
    with pytest.raises(UnableToReadFile) as held:
        read(head + message(intervals(MAY_1)).partition(b"?>")[2])
    assert held.value.reason is reason


def test_another_document_is_held() -> None:
    with pytest.raises(UnableToReadFile) as held:
        read(b"<feed><entry/></feed>")
    assert held.value.reason is Reason.NOT_THIS_FORMAT
