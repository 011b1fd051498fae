"""CMEP: what a water utility's rows hold, and the clock, counts and dials of our own rows."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterside.connectors.metering.cmep.adapter import CmepFile
from meterside.contracts.metering import Feed, Reason, SourceOptions, UnableToReadFile, UnusableOptions
from meterside.engine.interval import Quality
from tests.connectors.text_documents import LOS_ANGELES, cmep_row, hours_of

NOW = datetime(2026, 6, 5, tzinfo=UTC)
MAY_1 = datetime(2024, 5, 1, tzinfo=LOS_ANGELES)


def read(data: bytes, **details: str) -> Feed:
    source = CmepFile(SourceOptions(LOS_ANGELES, details))
    return source.parse(io.BytesIO(data), name="day.cmep", now=NOW)


def utc_hours(feed: Feed) -> list[str]:
    (channel,) = feed.channels
    return [f"{each.start_utc:%d %H:%M}" for each in channel.reads]


@pytest.mark.real_data
def test_a_water_utilitys_rows(real_data: Path) -> None:
    folder = real_data / "meter-data" / "cmep"
    expected = json.loads((folder / "expected.json").read_text())
    feed = read((folder / "interval_report_excerpt.cmep").read_bytes(), bare_prefix="B")
    by_meter = {channel.usage_point_id: channel for channel in feed.channels}
    assert {name: len(channel.reads) for name, channel in by_meter.items()} == {
        "B90000001": 26,
        "B90000002": 2,
        "B90000003": 2,
    }
    dials = {register.meter_id: register.reads for register in feed.registers}
    first, last = dials["B90000001"]
    inside = [
        each.value for each in by_meter["B90000001"].reads if first.read_at_s <= each.start_s < last.read_at_s
    ]
    assert (len(inside), sum(inside)) == (24, expected["expected_sum_CF"])
    assert last.value - first.value == expected["expected_register_delta"]
    # N32 is no read: neither the 0 of an interval nor the old value of a dial.
    assert (feed.no_reads, feed.refusals) == (3, ())
    assert [each.value for each in dials["B90000003"]] == [62743]
    assert f"{by_meter['B90000001'].reads[-1].start_utc:%Y-%m-%d %H:%M}" == "2026-06-03 13:00"


def test_an_id_without_its_letter_is_another_meter_unless_the_source_says_so() -> None:
    row = cmep_row("90", hours_of(MAY_1, [1]))
    assert read(row).channels[0].usage_point_id == "90"
    assert read(row, bare_prefix="B").channels[0].usage_point_id == "B90"
    assert read(cmep_row("B90", hours_of(MAY_1, [1])), bare_prefix="B").channels[0].usage_point_id == "B90"
    with pytest.raises(UnusableOptions):
        read(row, bare_prefix="1")


def test_the_hour_that_comes_twice_is_told_by_its_neighbours() -> None:
    hours = hours_of(datetime(2024, 11, 3, tzinfo=LOS_ANGELES), range(25))
    row = cmep_row("B1", hours)
    assert row.count(b"202411030100") == 2
    feed = read(row)
    assert [each.value for each in feed.channels[0].reads] == list(range(25))
    assert feed.refusals == ()
    # From the hour itself on: the stamp behind tells.
    assert utc_hours(read(cmep_row("B1", hours[1:4]))) == ["03 08:00", "03 09:00", "03 10:00"]


def test_a_lonely_stamp_of_that_hour_is_not_guessed_at() -> None:
    hours = hours_of(datetime(2024, 11, 3, tzinfo=LOS_ANGELES), range(3))
    feed = read(cmep_row("B1", hours[:1]))
    assert [refusal.reason for refusal in feed.refusals] == [Reason.AMBIGUOUS_LOCAL_TIME]


def test_an_hour_that_never_was_is_refused() -> None:
    row = cmep_row("B1", hours_of(MAY_1, [1])).replace(b"202405010100", b"202403100230")
    assert [refusal.reason for refusal in read(row).refusals] == [Reason.NO_SUCH_LOCAL_TIME]


@pytest.mark.parametrize(
    ("was", "now", "reason", "field"),
    [
        (b",2,2024", b",3,2024", Reason.COUNT_DIFFERS, "count"),
        (b",1.0,", b",80,", Reason.UNSUPPORTED_MULTIPLIER, "constant"),
        (b",CF,", b",FURLONG,", Reason.UNSUPPORTED_UNIT, "units"),
        (b",W,", b",X,", Reason.UNSUPPORTED_COMMODITY, "commodity"),
        (b"00000100", b"00010000x", Reason.UNSUPPORTED_INTERVAL, "interval"),
        (b"MEPMD01,2008", b"MEPMD02,2008", Reason.NOT_UNDERSTOOD, "record"),
    ],
)
def test_a_row_is_refused_whole(was: bytes, now: bytes, reason: Reason, field: str) -> None:
    good = cmep_row("B1", hours_of(MAY_1, [1, 2]))
    feed = read(good + good.replace(was, now))
    assert [(refusal.line, refusal.reason, refusal.field) for refusal in feed.refusals] == [
        (2, reason, field)
    ]
    assert len(feed.channels[0].reads) == 2


@pytest.mark.parametrize(
    ("code", "quality"),
    [("", Quality.MEASURED), ("R0", Quality.MEASURED), ("E0", Quality.ESTIMATED), ("A", Quality.EDITED)],
)
def test_quality_codes(code: str, quality: Quality) -> None:
    (channel,) = read(cmep_row("B1", hours_of(MAY_1, [1]), quality=code)).channels
    assert channel.reads[0].quality is quality


def test_flags_and_unknown_codes_are_put_aside() -> None:
    for code in ("R8", "Z", "E?"):
        feed = read(cmep_row("B1", hours_of(MAY_1, [1]), quality=code))
        assert [refusal.reason for refusal in feed.refusals] == [Reason.UNKNOWN_QUALITY]


def test_intervals_that_do_not_sum_to_the_dial_are_put_aside() -> None:
    day = hours_of(MAY_1, [10] * 24)
    dials = [(MAY_1, 1000), (datetime(2024, 5, 2, tzinfo=LOS_ANGELES), 1240)]
    good = read(cmep_row("B1", dials, unit="CFREG") + cmep_row("B1", day))
    assert (good.refusals, len(good.channels[0].reads)) == ((), 24)
    wrong = read(cmep_row("B1", dials, unit="CFREG") + cmep_row("B1", [*day[:-1], (day[-1][0], 11)]))
    assert [refusal.reason for refusal in wrong.refusals] == [Reason.REGISTER_DIFFERS]
    assert "sum to 241" in wrong.refusals[0].words
    assert (wrong.channels, len(wrong.registers[0].reads)) == ((), 2)
    # An hour that is missing is a gap and no contradiction.
    assert read(cmep_row("B1", dials, unit="CFREG") + cmep_row("B1", day[1:])).refusals == ()


def test_the_value_stated_later_is_the_correction() -> None:
    early = cmep_row("B1", hours_of(MAY_1, [1, 5]), made="202405020000")
    late = cmep_row("B1", hours_of(MAY_1, [1, 6]), made="202405030000")
    for data in (early + late, late + early):
        days = CmepFile().to_day_rows(read(data).channels, LOS_ANGELES)
        assert days.rows[0].array().tolist()[:2] == [1, 6]
        assert [(each.was, each.now) for each in days.corrections] == [(5, 6)]
        assert days.duplicates == 1


def test_a_file_for_another_utility_is_held() -> None:
    row = cmep_row("B1", hours_of(MAY_1, [1]), receiver="OTHERTOWN")
    with pytest.raises(UnableToReadFile) as held:
        read(row, receiver="TOWN")
    assert held.value.reason is Reason.ANOTHER_UTILITY


def test_kilowatt_hours_with_decimals_are_whole_watt_hours() -> None:
    (channel,) = read(
        cmep_row("M", hours_of(MAY_1, [1]), unit="KWH", commodity="E").replace(b",R0,1\n", b",R0,1.234\n")
    ).channels
    assert (channel.unit.code, channel.reads[0].value) == ("Wh", 1234)
