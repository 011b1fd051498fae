"""A CSV by its mapping: every convention a source may have, and what is refused with line, column and reason."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.connectors.metering.shared import text
from meterside.contracts.metering import (
    Feed,
    FlowDirection,
    ReadKind,
    Reason,
    SourceOptions,
    UnableToReadFile,
    UnusableOptions,
)
from meterside.engine.interval import Quality
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, csv_table, hours_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)
HEADER = "meter,time,use,flag"


def source(**changes: Any) -> GenericCsv:
    return GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, **changes}))


def read(*rows: str, header: str = HEADER, **changes: Any) -> Feed:
    data = "\n".join([header, *rows, ""]).encode()
    return source(**changes).parse(io.BytesIO(data), name="table.csv", now=NOW)


def starts(feed: Feed) -> list[str]:
    (channel,) = feed.channels
    return [f"{each.start_utc:%d %H:%M}" for each in channel.reads]


def refused(feed: Feed) -> list[tuple[int, Reason, str]]:
    return [(refusal.line, refusal.reason, refusal.field) for refusal in feed.refusals]


def test_values_become_whole_numbers_of_the_named_unit() -> None:
    feed = read("M1,2025-05-01 00:00,1.234,A", "M1,2025-05-01 01:00,0.1,E")
    (channel,) = feed.channels
    assert (channel.external_id, channel.unit.code) == ("M1", "Wh")
    assert [(each.value, each.quality, each.line) for each in channel.reads] == [
        (1234, Quality.MEASURED, 2),
        (100, Quality.ESTIMATED, 3),
    ]


def test_a_stamp_names_the_start_or_the_end() -> None:
    assert starts(read("M1,2025-05-02 00:00,1,A")) == ["02 07:00"]
    assert starts(read("M1,2025-05-02 00:00,1,A", stamp_at="end")) == ["02 06:00"]


@pytest.mark.parametrize(
    ("clock", "start"), [("local", "01 07:00"), ("standard", "01 08:00"), ("utc", "01 00:00")]
)
def test_the_clock_is_local_standard_or_utc(clock: str, start: str) -> None:
    assert starts(read("M1,2025-05-01 00:00,1,A", clock=clock)) == [start]


def test_a_stamp_with_its_own_offset_counts_and_so_do_seconds_since_1970() -> None:
    assert starts(read("M1,2025-05-01T00:00+02:00,1,A", stamp_format="%Y-%m-%dT%H:%M%z")) == ["30 22:00"]
    assert starts(read("M1,1746057600,1,A", stamp_format="unix")) == ["01 00:00"]


TWICE = ("M1,2024-11-03 01:00,1,A", "M1,2024-11-03 01:00,2,A")


def test_the_hour_that_comes_twice_is_what_the_mapping_says() -> None:
    assert starts(read(*TWICE, repeated_hour="in_order")) == ["03 08:00", "03 09:00"]
    assert starts(read(TWICE[0], repeated_hour="first")) == ["03 08:00"]
    assert starts(read(TWICE[0], repeated_hour="second")) == ["03 09:00"]
    feed = read(*TWICE)
    assert feed.columns == ()
    assert refused(feed) == [
        (2, Reason.AMBIGUOUS_LOCAL_TIME, "time"),
        (3, Reason.AMBIGUOUS_LOCAL_TIME, "time"),
    ]


def test_one_of_two_equal_stamps_is_not_guessed_at() -> None:
    assert refused(read(TWICE[0], repeated_hour="in_order")) == [(2, Reason.AMBIGUOUS_LOCAL_TIME, "time")]


def test_an_hour_that_never_was_is_refused() -> None:
    feed = read("M1,2024-03-10 02:30,1,A")
    assert refused(feed) == [(2, Reason.NO_SUCH_LOCAL_TIME, "time")]


def test_a_day_of_25_hours_in_order_is_whole() -> None:
    table = csv_table("M1", hours_of(datetime(2024, 11, 3, tzinfo=LOS_ANGELES), range(25)))
    feed = source(repeated_hour="in_order").parse(io.BytesIO(table), name="t", now=NOW)
    laid = source().lay_out(feed.columns[0], LOS_ANGELES)
    assert [(block.values.tolist(), block.quality) for block in laid.blocks] == [([list(range(25))], None)]


def test_what_stands_for_missing_is_no_read_and_no_refusal() -> None:
    feed = read("M1,2025-05-01 00:00,,A", "M1,2025-05-01 01:00,NA,A", "M1,2025-05-01 02:00,0.5,X", "")
    assert (feed.no_reads, feed.columns) == (3, ())
    assert [refusal.reason for refusal in feed.refusals] == [Reason.NO_READS]


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        ("M1,2025-05-01 00:00,x,A", Reason.NOT_A_WHOLE_NUMBER, "use"),
        ("M1,2025-05-01 00:00,1.23456,A", Reason.NOT_A_WHOLE_NUMBER, "use"),
        ("M1,2025-05-01 00:00,-1,A", Reason.NEGATIVE_USE, "use"),
        ("M1,2025-05-01 00:00,1e300,A", Reason.VALUE_TOO_LARGE, "use"),
        ("M1,2025-05-01 00:00,inf,A", Reason.VALUE_TOO_LARGE, "use"),
        ("M1,2025-05-01 00:00,NaN,A", Reason.NOT_A_WHOLE_NUMBER, "use"),
        ("M1,2025-05-01 00:00,1,Q", Reason.UNKNOWN_QUALITY, "flag"),
        ("M1,01/05/2025,1,A", Reason.NO_TIME, "time"),
        ("M1,1970-01-01 00:00,1,A", Reason.STAMP_TOO_OLD, "time"),
        ("M1,2031-01-01 00:00,1,A", Reason.STAMP_IN_FUTURE, "time"),
        ("M1,2025-05-01 00:00,1,234,A", Reason.COUNT_DIFFERS, ""),
        ("M1,2025-05-01 00:00", Reason.COUNT_DIFFERS, ""),
        (",2025-05-01 00:00,1,A", Reason.UNKNOWN_CHANNEL, "meter"),
    ],
)
def test_a_row_in_trouble_is_kept_apart(row: str, reason: Reason, column: str) -> None:
    feed = read("M1,2025-05-01 05:00,1,A", row, "M1,2025-05-01 06:00,1,A")
    assert refused(feed) == [(3, reason, column)]
    assert feed.refusals[0].excerpt == row
    assert starts(feed) == ["01 12:00", "01 13:00"]
    assert feed.rows == 3


def test_another_unit_than_the_mappings_is_refused() -> None:
    header = "meter,time,use,flag,uom"
    feed = read("M1,2025-05-01 00:00,1,A,kWh", "M1,2025-05-01 01:00,1,A,Wh", header=header, unit_column="uom")
    assert refused(feed) == [(3, Reason.UNSUPPORTED_UNIT, "uom")]
    assert starts(feed) == ["01 07:00"]


def test_water_below_zero_is_a_backflow() -> None:
    feed = read("M1,2025-05-01 00:00,-1,A", commodity="water", unit="gal", decimals=0)
    assert refused(feed) == [(2, Reason.BACKFLOW, "use")]


def test_energy_received_is_a_channel_of_its_own() -> None:
    feed = read(
        "M1,2025-05-01 00:00,1,A", "M1,2025-05-01 01:00,-0.5,A", "M2,2025-05-01 00:00,2,A",
        sign="negative_is_received",
    )  # fmt: skip
    said = {
        (channel.external_id, channel.direction): [each.value for each in channel.reads]
        for channel in feed.channels
    }
    assert said == {
        ("M1", FlowDirection.DELIVERED): [1000, 0],
        ("M2", FlowDirection.DELIVERED): [2000],
        ("M1", FlowDirection.RECEIVED): [0, 500],
        ("M2", FlowDirection.RECEIVED): [0],
    }
    assert [columns.may_be_unknown is None for columns in feed.columns] == [True, False]
    assert [channel.direction for channel in read("M1,2025-05-01 00:00,1,A", sign="received").channels] == [
        FlowDirection.RECEIVED
    ]


def test_a_dial_becomes_use_and_one_that_goes_back_is_refused() -> None:
    rows = [
        f"M1,2025-05-01 {hour:02}:00,{value},A" for hour, value in ((2, 130), (0, 100), (1, 110), (3, 90))
    ]
    feed = read(*rows, kind="cumulative", decimals=0)
    (channel,) = feed.channels
    assert [(each.value, each.line) for each in channel.reads] == [(10, 4), (20, 2)]
    assert refused(feed) == [(5, Reason.DIAL_WENT_BACK, "use")]


def test_values_without_a_neighbour_in_their_file_are_handed_on() -> None:
    rows = [
        f"M1,2025-05-01 {hour:02}:00,{value},A" for hour, value in ((0, 100), (1, 110), (2, 130), (5, 190))
    ]
    rows += ["M2,2025-05-01 03:00,7,E", "M3,2025-05-01 03:00,5,A", "M3,2025-05-01 03:00,6,A"]
    (columns,) = read(*rows, kind="cumulative", decimals=0).columns
    found = columns.boundaries
    assert found is not None
    names = [columns.names[channel] for channel in found.channel.tolist()]
    ends = zip(names, found.value.tolist(), found.opens.tolist(), found.closes.tolist(), strict=True)
    # Of one instant that is said twice nothing is known.
    assert list(ends) == [
        ("M1", 100, True, False),
        ("M1", 130, False, True),
        ("M1", 190, True, True),
        ("M2", 7, True, True),
    ]


def test_stamps_a_little_off_are_taken_for_their_intervals_edge() -> None:
    rows = [f"M1,2025-05-01 {stamp},5,A" for stamp in ("00:00:04", "00:59:50", "02:00:00", "03:01:01")]
    off: dict[str, Any] = {"stamp_format": "%Y-%m-%d %H:%M:%S", "decimals": 0, "tolerance_s": 60}
    (columns,) = read(*rows, **off).columns
    laid = source(**off).lay_out(columns, LOS_ANGELES)
    assert columns.drift_s is not None
    assert columns.drift_s.tolist() == [4, -10, 0, 0]
    # Further off than may be: looked at read by read, which says why.
    assert laid.troubled.tolist() == [True]
    (exact,) = read(*rows[:3], **off).columns
    (block,) = source(**off).lay_out(exact, LOS_ANGELES).blocks
    assert block.drift_s is not None
    assert (block.values[0, :4].tolist(), block.drift_s.tolist()) == ([5, 5, 5, 0], [10])


@pytest.mark.parametrize(
    "wrong", [{"tolerance_s": 901}, {"tolerance_s": 301}, {"tolerance_s": 5, "interval_s": 86_400}]
)
def test_a_stamp_may_not_lie_anywhere(wrong: dict[str, int]) -> None:
    with pytest.raises(UnusableOptions) as error:
        source(**wrong)
    assert error.value.field == "tolerance_s"


def test_dial_reads_are_kept_as_such() -> None:
    feed = read("M1,2025-05-01 00:00,100,A", "M1,2025-05-02 00:00,110,E", kind="register", decimals=0)
    (register,) = feed.registers
    assert (register.meter_id, register.unit.code, feed.columns) == ("M1", "kWh", ())
    assert [(each.value, each.kind) for each in register.reads] == [
        (100, ReadKind.ACTUAL),
        (110, ReadKind.ESTIMATED),
    ]


def test_quotes_semicolons_decimal_commas_and_columns_by_number() -> None:
    feed = read(
        '"M;1";"2025-05-01 00:00";"1,5";A', header="a;b;c;d", delimiter="semicolon", decimal_comma=True,
        channel="1", stamp="2", value="3", quality="4",
    )  # fmt: skip
    (channel,) = feed.channels
    assert (channel.external_id, channel.reads[0].value) == ("M;1", 1500)


def test_a_daily_read_covers_a_local_day_of_23_hours() -> None:
    feed = read("M1,2024-03-10 00:00,5,A", "M1,2024-03-11 00:00,6,A", interval_s=86_400, decimals=0)
    laid = source().lay_out(feed.columns[0], LOS_ANGELES)
    assert [(block.local_day.day, block.values.tolist()) for block in laid.blocks] == [
        (10, [[5]]),
        (11, [[6]]),
    ]
    ended = read(
        "M1,2024-03-11 00:00,5,A", interval_s=86_400, decimals=0, stamp_at="end", zone="America/Los_Angeles"
    )
    assert starts(ended) == ["10 08:00"]


def test_a_table_of_another_source_is_held() -> None:
    with pytest.raises(UnableToReadFile) as held:
        read("M1,2025-05-01 00:00,1,A", header="id,when,kwh,flag")
    assert held.value.reason is Reason.MISSING_COLUMN
    assert "meter" in held.value.words
    assert not source().recognises(b"id,when,kwh,flag\n")


def test_without_a_mapping_nothing_is_read() -> None:
    bare = GenericCsv()
    assert not bare.recognises(csv_table("M1", []))
    with pytest.raises(UnableToReadFile) as held:
        bare.parse(io.BytesIO(b"a,b,c\n"), name="t", now=NOW)
    assert held.value.reason is Reason.NOT_THIS_FORMAT


def test_rows_in_trouble_without_end_hold_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterside.connectors.metering.generic_csv.reading.MAX_REFUSALS", 10)
    with pytest.raises(UnableToReadFile) as held:
        read(*(["M1,never,1,A"] * 11))
    assert (held.value.reason, held.value.line) == (Reason.NOT_UNDERSTOOD, 12)


def test_slabs_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = hours_of(datetime(2025, 5, 1, tzinfo=LOS_ANGELES), range(48))
    table = csv_table("M1", hours) + csv_table("M2", hours).partition(b"\n")[2] + b"M1,2025-05-03 00:00,x,A\n"
    whole = source().parse(io.BytesIO(table), name="t", now=NOW)
    cut = text.slabs
    for size in (100, 333, 1000):
        monkeypatch.setattr(
            "meterside.connectors.metering.generic_csv.reading.slabs",
            lambda stream, file, size=size: cut(stream, file, slab_bytes=size),
        )
        again = source().parse(io.BytesIO(table), name="t", now=NOW)
        assert (again.channels, again.refusals, again.rows) == (whole.channels, whole.refusals, whole.rows)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("unit", {"unit": "furlong"}),
        ("channel", {"channel": ""}),
        ("decimals", {"decimals": 9}),
        ("interval_s", {"interval_s": 7}),
        ("zone", {"zone": "Mars/Olympus"}),
        ("zone", {"zone": "../../etc/passwd"}),
        ("stamp_format", {"stamp_format": "%H:%M"}),
        ("qualities", {"qualities": {"A": "fine"}}),
        ("missing", {"missing": ["x"] * 30}),
        ("decimal_comma", {"decimal_comma": True}),
        ("colour", {"colour": "red"}),
    ],
)
def test_a_mapping_that_cannot_be_used_names_its_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(UnusableOptions) as refusal:
        source(**changes)
    assert refusal.value.field == field


def test_the_zone_of_the_mapping_comes_before_the_utilitys() -> None:
    assert starts(read("M1,2025-05-01 00:00,1,A", zone="America/Phoenix")) == ["01 07:00"]
    assert ZoneInfo("America/Phoenix") != LOS_ANGELES


@pytest.mark.parametrize(
    "changes", [{"tolerance_s": 60}, {"stamp_at": "end"}, {"stamp_at": "end", "interval_s": 86_400}]
)
def test_a_stamp_at_the_end_of_the_calendar_is_refused_not_computed_with(changes: dict[str, Any]) -> None:
    feed = read("M1,9999-12-31 23:00,1,A", **changes)
    assert [refusal.reason for refusal in feed.refusals] == [Reason.STAMP_IN_FUTURE]


@pytest.mark.parametrize("text", ["%Y-%m-%d %d", "%Y-%m-%d %H:%M %Q", "%Y%m%d%%%"])
def test_a_format_that_nothing_can_be_read_by_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(UnusableOptions, match="stamp_format"):
        GenericCsv(SourceOptions(LOS_ANGELES, {**MAPPING, "stamp_format": text}))


def test_two_columns_of_one_name_are_not_guessed_between() -> None:
    with pytest.raises(UnableToReadFile, match="the column use 2 times"):
        read("M1,2025-05-01 00:00,1,2,A", header="meter,time,use,use,flag")
