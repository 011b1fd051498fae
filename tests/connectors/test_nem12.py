"""NEM12 and NEM13: the published examples, market time against local days, qualities, and what is refused."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meterside.connectors.metering.nem12.adapter import Nem12File
from meterside.contracts.metering import Feed, FlowDirection, Reason, UnableToReadFile
from meterside.engine.interval import Quality
from tests.connectors.text_documents import nem12

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = list(range(24))


def read(data: bytes) -> Feed:
    return Nem12File().parse(io.BytesIO(data), name="nem.csv", now=NOW)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "channels", "refused"),
    [
        ("actual_interval", [("E1", "Wh", 48, 53_328), ("Q1", "varh", 48, 106_656)], 0),
        ("different_interval_length", [("E1", "Wh", 48, 254_000), ("E2", "Wh", 48, 120_000)], 1),
        ("month_solar", [("B1", "Wh", 8928, 589_172), ("E1", "Wh", 8928, 270_738)], 0),
        ("multiple_quality", [("E1", "Wh", 48, 896_990)], 0),
        ("substituted_interval", [("E1", "Wh", 48, 110_976), ("Q1", "varh", 48, 47_053_848)], 0),
    ],
)
def test_published_examples(
    real_data: Path, name: str, channels: list[tuple[str, str, int, int]], refused: int
) -> None:
    feed = read((real_data / "meter-data" / "nem12" / f"Example_NEM12_{name}.csv").read_bytes())
    assert [
        (
            channel.external_id.partition(":")[2],
            channel.unit.code,
            len(channel.reads),
            sum(each.value for each in channel.reads),
        )
        for channel in feed.channels
    ] == channels
    assert len(feed.refusals) == refused


@pytest.mark.real_data
def test_several_meters_and_qualities_by_part_of_the_day(real_data: Path) -> None:
    folder = real_data / "meter-data" / "nem12"
    feed = read((folder / "Example_NEM12_multiple_meters.csv").read_bytes())
    assert [(channel.usage_point_id, channel.direction) for channel in feed.channels] == [
        ("NCDE001111", FlowDirection.RECEIVED),
        ("NCDE001111", FlowDirection.DELIVERED),
        ("NCDE001111", FlowDirection.DELIVERED),
        ("NCDE001111", FlowDirection.DELIVERED),
        ("NDDD001888", FlowDirection.RECEIVED),
        ("NDDD001888", FlowDirection.RECEIVED),
    ]
    (mixed,) = read((folder / "Example_NEM12_multiple_quality.csv").read_bytes()).channels
    assert [each.quality for each in mixed.reads] == (
        [Quality.EDITED] * 20 + [Quality.MEASURED] * 4 + [Quality.ESTIMATED] * 24
    )


def test_a_market_day_falls_into_two_days_where_clocks_change() -> None:
    sydney = ZoneInfo("Australia/Sydney")
    days = Nem12File().to_day_rows(read(nem12([("20240110", DAY), ("20240111", DAY)])).channels, sydney)
    # 00:00 market time is 01:00 in Sydney's summer.
    assert [(row.day.day, row.missing_count()) for row in days.rows] == [(10, 1), (11, 0), (12, 23)]
    assert sum(row.total() for row in days.rows) == 2 * sum(DAY)


def test_the_end_record_says_that_a_file_is_whole() -> None:
    whole = nem12([("20240110", DAY)])
    assert read(whole.rstrip()).channels == read(whole).channels
    with pytest.raises(UnableToReadFile) as held:
        read(whole.removesuffix(b"900\n"))
    assert held.value.reason is Reason.CUT_OFF
    with pytest.raises(UnableToReadFile) as held:
        read(whole + b"300,20240111,1\n")
    assert (held.value.reason, held.value.line) == (Reason.NOT_WELL_FORMED, 5)


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        (b",Wh,", b",furlong,", Reason.UNSUPPORTED_UNIT),
        (b",60,", b",45,", Reason.UNSUPPORTED_INTERVAL),
        (b"300,20240110,0,1,", b"300,20240110,", Reason.COUNT_DIFFERS),
        (b"300,20240110", b"300,20249910", Reason.NO_TIME),
        (b",23,A,", b",23,Z,", Reason.UNKNOWN_QUALITY),
        (b"300,20240110", b"301,20240110", Reason.NOT_UNDERSTOOD),
        (b",E1,1,E1,", b",E1,1,C1,", Reason.UNSUPPORTED_DIRECTION),
    ],
)
def test_what_is_refused(was: bytes, now: bytes, reason: Reason) -> None:
    good = nem12([("20240110", DAY)])
    assert was in good
    feed = read(good.replace(was, now))
    assert (feed.channels, {refusal.reason for refusal in feed.refusals}) == ((), {reason})


def test_null_and_variable_intervals() -> None:
    assert read(nem12([("20240110", DAY)], quality="N")).no_reads == 24
    unnamed = read(nem12([("20240110", DAY)], quality="V"))
    assert {refusal.reason for refusal in unnamed.refusals} == {Reason.UNKNOWN_QUALITY}


RECORD = "250,NMI1,11,1,11,11,SER1,E,{before},20240401000000,A,,,{after},20240501000000,A,,,{quantity},kWh,,20240502,"


def _accumulation(before: str, after: str, quantity: str) -> Feed:
    record = RECORD.format(before=before, after=after, quantity=quantity)
    return read(f"100,NEM13,202405020000,MDP,RET\n{record}\n900\n".encode())


def test_dial_reads_of_nem13() -> None:
    (register,) = _accumulation("1000.5", "1100.5", "100").registers
    assert (register.meter_id, register.register, register.unit.code) == ("NMI1", "1", "Wh")
    assert [each.value for each in register.reads] == [1_000_500, 1_100_500]
    assert register.reads[0].read_at_s == int(datetime(2024, 3, 31, 14, tzinfo=UTC).timestamp())


def test_a_quantity_that_is_not_the_difference_is_refused() -> None:
    feed = _accumulation("1000", "1100", "8000")
    assert (feed.registers, [refusal.reason for refusal in feed.refusals]) == ((), [Reason.REGISTER_DIFFERS])
