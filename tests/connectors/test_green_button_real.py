"""Every Green Button file of the real data: read, or refused with the reason the README says."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meterside.connectors.metering.green_button.adapter import GreenButtonFile
from meterside.contracts.metering import DayRows, Feed, FileReport, FileStatus, Reason, UnableToReadFile
from meterside.engine.interval import Quality
from tests.connectors.green_button_documents import LOS_ANGELES

pytestmark = pytest.mark.real_data

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
COASTAL = "samples/Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012.xml"


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "greenbutton"


def read(path: Path, zone: ZoneInfo) -> tuple[Feed, list[DayRows], FileReport]:
    source = GreenButtonFile()
    with path.open("rb") as stream:
        feed = source.parse(stream, name=path.name, now=NOW)
    laid_out = [source.to_day_rows([channel], zone) for channel in feed.channels]
    return feed, laid_out, source.report(feed, laid_out, zone)


def values_by_regex(path: Path) -> list[tuple[int, int, int]]:
    """(start, seconds, value) of every reading, found without an XML parser, as an independent count."""
    times = r"<duration>(\d+)</duration>\s*<start>(\d+)</start>(?:\s*<!--.*?-->)?\s*</timePeriod>"
    pattern = times + r"\s*<value>(\d+)</value>"
    found = re.findall(pattern, path.read_text("utf-8"))
    return [(int(start), int(seconds), int(value)) for seconds, start, value in found]


@pytest.mark.parametrize(
    ("name", "unit", "reads", "days", "periods", "day_lengths"),
    [
        ("samples/15minLP_15Days.xml", "Wh", 1340, 14, 0, {96: 13, 92: 1}),
        ("samples/1hrLP_32Days.xml", "Wh", 768, 32, 0, {24: 32}),
        ("samples/hourlyForMonthMar.xml", "Wh", 743, 31, 0, {24: 30, 23: 1}),
        ("samples/hourlyForMonthNov.xml", "Wh", 721, 30, 0, {24: 29, 25: 1}),
        ("samples/1dayLP_45Days.xml", "Wh", 45, 45, 0, {1: 45}),
        ("samples/12MonthlyUpdates.xml", "Wh", 366, 366, 0, {1: 366}),
        ("samples/Electric.xml", "Wh", 2, 0, 2, {}),
        ("samples/Gas.xml", "10^-3 therm", 13, 0, 13, {}),
        ("samples/Water.xml", "kgal", 2, 0, 2, {}),
        ("utility/TestGBDataHourlyNineDaysBinnedDaily.xml", "Wh", 216, 9, 0, {24: 9}),
        ("utility/TestGBDataOneYearDailyBinnedMonthly.xml", "Wh", 444, 444, 0, {1: 444}),
    ],
)
def test_files_that_are_read_whole(
    folder: Path, name: str, unit: str, reads: int, days: int, periods: int, day_lengths: dict[int, int]
) -> None:
    feed, laid_out, report = read(folder / name, NEW_YORK)
    assert report.status is FileStatus.ACCEPTED
    assert (report.rows, report.reads, report.days, report.periods) == (reads, reads, days, periods)
    assert (report.duplicates, report.derived, report.estimated, report.gaps, report.notes) == (
        0,
        0,
        0,
        (),
        (),
    )
    assert [channel.unit.code for channel in feed.channels] == [unit]
    assert Counter(row.count for rows in laid_out for row in rows.rows) == day_lengths
    assert report.channels[0].total == sum(value for _, _, value in values_by_regex(folder / name))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("PGEIntervalBlock", Reason.NO_READING_TYPE),
        ("PGEReadingType", Reason.NO_READS),
        ("PGEUsagePoint", Reason.NO_READS),
        ("PGEUsageSummaries", Reason.NO_READS),
        ("PGELocalTimeParameters", Reason.NO_READS),
        ("PGERetailCustomer", Reason.NO_READS),
        ("PGEAuthorization", Reason.NO_READS),
        ("PGEApplicationInformation", Reason.NO_READS),
    ],
)
def test_files_that_are_held(folder: Path, name: str, reason: Reason) -> None:
    feed, _, report = read(folder / f"utility/{name}.xml", LOS_ANGELES)
    assert feed.channels == ()
    assert report.status is FileStatus.HELD
    assert [refusal.reason for refusal in report.quarantined] == [reason]
    assert report.quarantined[0].words


def test_a_fragment_with_an_undeclared_prefix_is_held(folder: Path) -> None:
    with pytest.raises(UnableToReadFile) as caught:
        read(folder / "utility/PGEUsageSummary.xml", LOS_ANGELES)
    assert (caught.value.reason, caught.value.line) == (Reason.NOT_WELL_FORMED, 1)


def test_every_real_file_is_accounted_for(folder: Path) -> None:
    readme = Path(__file__).parents[2] / "meterside/connectors/metering/green_button/README.md"
    told = readme.read_text("utf-8")
    for path in [*folder.glob("samples/*.xml"), *folder.glob("utility/*.xml")]:
        stem = path.stem.removesuffix("BinnedDaily").removesuffix("BinnedMonthly")
        stem = stem.partition("_Jan_")[0]
        assert stem in told or (stem.startswith("PGE") and "PGE..., the other seven" in told), path.name


def test_the_coastal_year(folder: Path) -> None:
    _, (rows,), report = read(folder / COASTAL, LOS_ANGELES)
    by_hand = values_by_regex(folder / COASTAL)
    file_sum = sum(value for _, _, value in by_hand)
    assert (len(by_hand), file_sum) == (8760, 6_562_977)

    # The 0 s read and the second 10:00 go, 09:00 of 6 November comes between 697 and 701.
    gone = [(1320570000, 0, 462), (1300035600, 3600, 721)]
    assert all(by_hand.count(read) == 1 for read in gone)
    neighbours = [value for start, _, value in by_hand if start in (1320595200, 1320602400)]
    assert neighbours == [697, 701]
    assert report.channels[0].total == file_sum - 462 - 721 + 699 == 6_562_493

    assert (report.rows, report.reads, report.days) == (8760, 8758, 365)
    assert (report.derived, report.estimated, report.duplicates, report.gaps) == (2, 1, 0, ())
    assert [(refusal.line, refusal.reason) for refusal in report.quarantined] == [
        (12146, Reason.CONFLICTING_VALUE),
        (52130, Reason.ZERO_DURATION),
    ]
    lines = (folder / COASTAL).read_text("utf-8").splitlines()
    assert "<value>721</value>" in lines[12146 - 1 + 5]
    assert "<value>462</value>" in lines[52130 - 1 + 5]
    lengths = {row.day: row.count for row in rows.rows if row.count != 24}
    assert lengths == {date(2011, 3, 13): 23, date(2011, 11, 6): 25}
    assert sum(row.count for row in rows.rows) == 8760
    assert sum(row.missing_count() for row in rows.rows) == 0


def test_the_coastal_clock_changes(folder: Path) -> None:
    _, (rows,), _ = read(folder / COASTAL, LOS_ANGELES)
    by_day = {row.day: row for row in rows.rows}
    spring, autumn = by_day[date(2011, 3, 13)], by_day[date(2011, 11, 6)]
    assert spring.array()[1:3].tolist() == [231, 230]
    assert spring.array()[9] == 707  # 10:00 PDT is the tenth hour of that day
    assert [Quality(code) for code in spring.quality_array()[:4]] == [
        Quality.MEASURED,
        Quality.DERIVED,
        Quality.DERIVED,
        Quality.MEASURED,
    ]
    assert autumn.array()[[1, 2]].tolist() == [530, 441]  # 01:00 twice
    assert autumn.array()[9:12].tolist() == [697, 699, 701]
    assert (
        autumn.quality_array().tolist()
        == [Quality.MEASURED] * 10 + [Quality.ESTIMATED] + [Quality.MEASURED] * 14
    )
    others = [row for row in rows.rows if row.day not in (spring.day, autumn.day)]
    assert all(row.quality is None for row in others)


def test_the_coastal_months(folder: Path) -> None:
    """Months in Wh against sums made here from the file's text, the four odd rows handled by hand."""
    _, (rows,), _ = read(folder / COASTAL, LOS_ANGELES)
    months: Counter[int] = Counter()
    for row in rows.rows:
        months[row.day.month] += row.total()
    by_hand: Counter[int] = Counter()
    for start_s, seconds, value in values_by_regex(folder / COASTAL):
        if seconds and (start_s, value) != (1300035600, 721):
            by_hand[datetime.fromtimestamp(start_s, LOS_ANGELES).month] += value
    by_hand[11] += 699
    assert months == by_hand
