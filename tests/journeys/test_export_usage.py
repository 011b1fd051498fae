"""Files of a customer's use: what they say, what they guard against, and that ESPI's own schema takes them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.reader.excel import load_workbook

from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import ChannelReads, Feed
from meterside.contracts.usage import MeteredService, ServiceRef, UseOfInterval, UseOfPeriod, UseQuality
from meterside.engine.interval import Quality
from meterside.journeys.export_usage.feed import ChannelOut, PointOut, ReadingOut, SummaryOut
from meterside.journeys.export_usage.gather import CannotExport, UseToExport, point_of
from meterside.journeys.export_usage.green_button import write_feed
from meterside.journeys.export_usage.local_time import local_time
from meterside.journeys.export_usage.sheets import guarded, write_csv, write_xlsx

ZONE = ZoneInfo("America/Los_Angeles")
REF = UUID("6a1f3c1e-3f55-4c63-9a86-0d5d8ff0a001")
NOW = datetime(2026, 11, 26, tzinfo=UTC)
open_book: Any = load_workbook  # it has no types of its own
ATOM, ESPI = "{http://www.w3.org/2005/Atom}", "{http://naesb.org/espi}"


def use_of(
    commodity: str = "electric",
    unit: str = "Wh",
    *,
    gives_back: bool = False,
    amounts: tuple[str, ...] = ("310", "0", "295"),
) -> UseToExport:
    """Some hours from 2026-11-01T00:00 on, the night the clock goes back; the second is estimated, the last missing."""
    first = datetime(2026, 11, 1, 7, tzinfo=UTC)
    qualities = [UseQuality.MEASURED, UseQuality.ESTIMATED, UseQuality.MEASURED]
    intervals = [
        UseOfInterval(
            first + timedelta(hours=hour),
            3600,
            Decimal(amount),
            Decimal(hour) if gives_back else None,
            quality,
        )
        for hour, (amount, quality) in enumerate(zip(amounts, qualities, strict=True))
    ]
    intervals.append(UseOfInterval(first + timedelta(hours=3), 3600, None, None, UseQuality.MISSING))
    service = MeteredService(
        ServiceRef(REF), commodity, "=418 Oak St", ZONE.key, unit, date(2025, 1, 1), None, 3600, gives_back
    )
    period = UseOfPeriod(
        date(2026, 10, 1), date(2026, 11, 1), unit, Decimal("7410"), None, UseQuality.MEASURED, 8858, REF
    )
    return UseToExport(service, date(2026, 10, 1), date(2026, 12, 1), tuple(intervals), (period,))


def feed_of(*points: PointOut) -> bytes:
    return write_feed(points, title="Riverbend & Sons <water>", feed_id=UUID(int=7), updated=NOW)


def read_back(document: bytes) -> Feed:
    return GreenButtonFile().parse(io.BytesIO(document), name="own.xml", now=NOW)


@pytest.mark.parametrize(
    ("commodity", "unit"),
    [
        ("electric", "Wh"),
        ("electric", "kWh"),
        ("gas", "cf"),
        ("gas", "therm"),
        ("water", "gal"),
        ("water", "cf"),
    ],
)
def test_our_own_importer_reads_what_we_write(commodity: str, unit: str) -> None:
    feed = read_back(feed_of(point_of(use_of(commodity, unit))))
    (channel,) = feed.channels
    assert feed.refusals == ()
    assert (channel.commodity, channel.unit.code, channel.interval_s) == (commodity, unit, 3600)
    assert [(read.start_s, read.value, read.quality) for read in channel.reads] == [
        (1793516400, 310, Quality.MEASURED),
        (1793520000, 0, Quality.ESTIMATED),
        (1793523600, 295, Quality.MEASURED),
    ]  # the hour that is missing is left out, and no zero


def test_what_was_given_back_is_a_channel_of_its_own() -> None:
    used, given = sorted(
        read_back(feed_of(point_of(use_of(gives_back=True)))).channels, key=lambda channel: channel.direction
    )
    assert [read.value for read in used.reads] == [310, 0, 295]
    assert [read.value for read in given.reads] == [0, 1, 2]
    assert (used.direction, given.direction) == ("delivered", "received")


def test_fractions_are_whole_numbers_of_a_finer_power_of_ten() -> None:
    (channel,) = read_back(feed_of(point_of(use_of(unit="kWh", amounts=("0.31", "0", "12.5"))))).channels
    assert channel.unit.code == "10^1 Wh" or channel.unit.power_of_ten == 1
    assert [read.value for read in channel.reads] == [31, 0, 1250]


def test_a_unit_nobody_else_knows_is_refused_by_name() -> None:
    with pytest.raises(CannotExport, match="widgets"):
        point_of(use_of(unit="widgets"))


def test_the_bill_periods_have_their_cost_and_use() -> None:
    tree = ElementTree.fromstring(feed_of(point_of(use_of())))
    (summary,) = tree.iter(f"{ESPI}UsageSummary")
    said = {child.tag.removeprefix(ESPI): child.text for child in summary.iter()}
    assert said["billLastPeriod"] == "8858000"  # hundred-thousandths of a dollar
    assert (said["value"], said["uom"], said["currency"]) == ("7410", "72", "840")
    assert said["duration"] == str(31 * 86400)


def test_the_same_use_has_the_same_ids_and_no_two_entries_share_one() -> None:
    first, second = (feed_of(point_of(use_of(gives_back=True))) for _ in range(2))
    assert first == second
    ids = [item.text for item in ElementTree.fromstring(first).iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))


def test_every_link_that_is_related_leads_to_an_entry_or_a_list_of_some() -> None:
    tree = ElementTree.fromstring(feed_of(point_of(use_of())))
    links = [(link.get("rel"), str(link.get("href"))) for link in tree.iter(f"{ATOM}link")]
    there = {href for rel, href in links if rel == "self"} | {href for rel, href in links if rel == "up"}
    assert {href for rel, href in links if rel == "related"} <= there


@pytest.mark.parametrize(
    ("zone", "standard_s", "start", "end"),
    [
        ("America/Los_Angeles", -28800, "360E2000", "B40E2000"),  # as the alliance's samples say it
        ("America/New_York", -18000, "360E2000", "B40E2000"),
        ("America/Phoenix", -25200, "FFFFFFFF", "FFFFFFFF"),
        ("Pacific/Honolulu", -36000, "FFFFFFFF", "FFFFFFFF"),
        ("Europe/Berlin", 3600, "3E0E2000", "AE0E3000"),  # the last Sundays of March and October
    ],
)
def test_local_time(zone: str, standard_s: int, start: str, end: str) -> None:
    for year in (2025, 2026, 2027):
        found = local_time(ZoneInfo(zone), year)
        assert (found.standard_offset_s, found.dst_start_rule, found.dst_end_rule) == (standard_s, start, end)


@pytest.mark.real_data
@pytest.mark.parametrize("unit", ["Wh", "gal", "therm"])
def test_the_schema_takes_every_entry(real_data: Path, unit: str) -> None:
    commodity = {"Wh": "electric", "gal": "water", "therm": "gas"}[unit]
    check_schema(real_data, feed_of(point_of(use_of(commodity, unit, gives_back=unit == "Wh"))))


def check_schema(real_data: Path, document: bytes) -> None:
    """Each entry's content against espi.xsd; of each kind of entry there is one."""
    schema = xmlschema.XMLSchema(str(real_data / "greenbutton" / "xsd" / "espi.xsd"))
    kinds = set()
    for content in ElementTree.fromstring(document).iter(f"{ATOM}content"):
        (entry,) = content
        schema.validate(entry)
        kinds.add(entry.tag.removeprefix(ESPI))
    assert {"UsagePoint", "LocalTimeParameters", "MeterReading", "ReadingType", "IntervalBlock"} <= kinds


def test_the_check_of_the_schema_can_fail(real_data: Path) -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        check_schema(real_data, feed_of(point_of(use_of())).replace(b"<kind>0</kind>", b"<kind>x</kind>"))


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        "15minLP_15Days.xml", "1hrLP_32Days.xml", "hourlyForMonthMar.xml", "hourlyForMonthNov.xml", "1dayLP_45Days.xml",
        "12MonthlyUpdates.xml", "Electric.xml", "Gas.xml", "Water.xml",
        "Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012.xml",
    ],
)  # fmt: skip
def test_the_alliances_samples_say_the_same_when_they_are_exported_again(real_data: Path, name: str) -> None:
    with (real_data / "greenbutton" / "samples" / name).open("rb") as stream:
        theirs = GreenButtonFile().parse(stream, name=name, now=NOW)
    document = feed_of(*(_point(theirs, number) for number in range(len(theirs.usage_points))))
    check_schema(real_data, document)
    ours = read_back(document)
    assert [said(channel) for channel in ours.channels] == [said(channel) for channel in theirs.channels]


def said(channel: ChannelReads) -> object:
    """What a channel says, but for where its source wrote it down."""
    return (
        channel.commodity, channel.unit, channel.direction, channel.interval_s,
        [(read.start_s, read.duration_s, read.value, read.quality) for read in channel.reads],
    )  # fmt: skip


UOMS = {"Wh": 72, "gal": 128, "cf": 119, "therm": 169, "m3": 42, "l": 134}
COMMODITIES = {"electric": 1, "gas": 7, "water": 9}
KINDS = {"electric": 0, "gas": 1, "water": 2}
QUALITIES = {Quality.MEASURED: 17, Quality.ESTIMATED: 8, Quality.EDITED: 7, Quality.DERIVED: 11}


def _point(feed: Feed, number: int) -> PointOut:
    point = feed.usage_points[number]
    channels = tuple(
        ChannelOut(
            name=f"{channel.direction} {index}",
            commodity=COMMODITIES[str(channel.commodity)],
            is_received=channel.direction == "received",
            uom=UOMS[channel.unit.symbol],
            power_of_ten=channel.unit.power_of_ten,
            interval_s=channel.interval_s,
            readings=tuple(
                ReadingOut(read.start_s, read.duration_s, read.value, QUALITIES[read.quality])
                for read in channel.reads
            ),
        )
        for index, channel in enumerate(point.channels)
    )
    kind = KINDS[str(point.channels[0].commodity)]
    return PointOut(UUID(int=number + 1), point.external_id, kind, ZoneInfo("America/New_York"), channels)


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.integers(0, 2**40), st.sampled_from(sorted(QUALITIES.values()))),
        min_size=1,
        unique_by=lambda read: read[0],
    ),
    st.integers(0, 2**31),
    st.sampled_from(["America/Los_Angeles", "America/Phoenix", "Pacific/Auckland"]),
)
def test_any_readings_come_back_as_they_were(
    reads: list[tuple[int, int, int]], first: int, zone: str
) -> None:
    opens = 1_000_000_000 + first % 500_000_000 // 900 * 900
    readings = tuple(
        ReadingOut(opens + slot * 900, 900, value, quality) for slot, value, quality in sorted(reads)
    )
    channel = ChannelOut("Use", 1, False, 72, 0, 900, readings)
    summary = SummaryOut(NOW, NOW + timedelta(days=30), 1, 1, 72, 0, False)
    (back,) = read_back(feed_of(PointOut(REF, "x", 0, ZoneInfo(zone), (channel,), (summary,)))).channels
    assert [(read.start_s, read.value) for read in back.reads] == [
        (one.start_s, one.value) for one in readings
    ]


# --- tables ---------------------------------------------------------------------------------------


def test_csv_says_local_times_with_their_offset_and_how_each_is_known() -> None:
    rows = list(csv.reader(io.StringIO(write_csv(use_of(gives_back=True)).decode("utf-8-sig"))))
    assert rows[0] == ["From", "Until", "Use (Wh)", "Given back (Wh)", "How we know"]
    assert rows[1] == ["2026-11-01T00:00:00-07:00", "2026-11-01T01:00:00-07:00", "310", "0", "measured"]
    assert rows[2][4] == "estimated"
    # One o'clock comes twice that night, and the two are told apart.
    assert [row[0] for row in rows[2:4]] == ["2026-11-01T01:00:00-07:00", "2026-11-01T01:00:00-08:00"]
    assert rows[4][2:] == ["", "", "missing"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "|x", "%x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded(f"a{text}") == f"a{text}"


def test_a_unit_that_is_a_formula_stays_a_text() -> None:
    use = use_of(unit="=cmd|' /C calc'!A0")
    period = [*csv.reader(io.StringIO(write_csv(_dial_alone(use)).decode("utf-8-sig")))][1]
    assert period[3] == "'=cmd|' /C calc'!A0"
    book = open_book(io.BytesIO(write_xlsx(use)))
    for sheet in book.worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def _dial_alone(use: UseToExport) -> UseToExport:
    view = use.service
    service = MeteredService(
        view.ref, view.commodity, view.address_line, view.zone, view.unit, view.since, None, None, False
    )
    return UseToExport(service, use.start, use.end, (), use.periods)


def test_a_dial_alone_gives_its_bill_periods() -> None:
    rows = list(csv.reader(io.StringIO(write_csv(_dial_alone(use_of())).decode("utf-8-sig"))))
    assert rows[1] == ["2026-10-01", "2026-10-31", "7410", "Wh", "88.58", "measured"]


def test_the_workbook_has_numbers_and_times() -> None:
    book = open_book(io.BytesIO(write_xlsx(use_of())))
    assert book.sheetnames == ["Intervals", "Bill periods"]
    rows = list(book["Intervals"].iter_rows(values_only=True))
    assert rows[1][:3] == (datetime(2026, 11, 1), datetime(2026, 11, 1, 1), 310)
    assert rows[4][2] is None
    assert next(book["Bill periods"].iter_rows(min_row=2, values_only=True))[4] == 88.58
