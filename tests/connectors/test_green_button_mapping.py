"""Entries to a feed: what is use and in which unit, and what is refused and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from meterside.connectors.metering.green_button.links import path_of, updated_ms
from meterside.connectors.metering.green_button.reading_type import whole_number
from meterside.contracts.metering import Commodity, FlowDirection, Reason
from meterside.engine.interval import Quality
from tests.connectors.green_button_documents import (
    NOW,
    WATER,
    Channel,
    block_entry,
    describing_entries,
    document,
    entry,
    espi,
    hours,
    only_channel,
    parse,
    reading,
    reasons,
    summary_entry,
    utc_s,
    with_reads,
)

START_S = utc_s(2024, 5, 1, 7)


def refused_channel(channel: Channel) -> tuple[Reason, str]:
    feed = parse(with_reads(hours(START_S, [1, 2]), channel))
    assert feed.channels == ()
    (refusal,) = feed.refusals
    assert refusal.channel_id == channel.path
    assert refusal.line > 0
    return refusal.reason, refusal.words


@pytest.mark.parametrize(
    ("uom", "power", "code"),
    [
        ("72", "0", "Wh"),
        ("72", "3", "kWh"),
        ("72", None, "Wh"),
        ("128", "3", "kgal"),
        ("119", "2", "ccf"),
        ("169", "-3", "10^-3 therm"),
        ("42", "0", "m3"),
    ],
)
def test_the_unit_is_what_is_said_and_values_stay(uom: str, power: str | None, code: str) -> None:
    channel = only_channel(
        with_reads(hours(START_S, [1500]), Channel().typed(uom=uom, powerOfTenMultiplier=power))
    )
    assert channel.unit.code == code
    assert channel.reads[0].value == 1500


@pytest.mark.parametrize(
    ("fields", "reason", "named"),
    [
        ({"uom": "38"}, Reason.UNSUPPORTED_UNIT, "real power"),
        ({"uom": "29"}, Reason.UNSUPPORTED_UNIT, "voltage"),
        ({"uom": None}, Reason.UNSUPPORTED_UNIT, "does not say the unit"),
        ({"uom": "kWh"}, Reason.NOT_INTERVAL_USE, "'kWh', which is no code"),
        ({"powerOfTenMultiplier": "4"}, Reason.UNSUPPORTED_MULTIPLIER, "4"),
        ({"flowDirection": "4"}, Reason.UNSUPPORTED_DIRECTION, "net"),
        ({"flowDirection": "20"}, Reason.UNSUPPORTED_DIRECTION, "total"),
        ({"flowDirection": None}, Reason.UNSUPPORTED_DIRECTION, "not applicable"),
        ({"accumulationBehaviour": "1"}, Reason.NOT_INTERVAL_USE, "register's dial"),
        ({"accumulationBehaviour": "3"}, Reason.NOT_INTERVAL_USE, "cumulative"),
        ({"accumulationBehaviour": None}, Reason.NOT_INTERVAL_USE, "not said"),
        ({"dataQualifier": "8"}, Reason.NOT_INTERVAL_USE, "maximum"),
        ({"kind": "37"}, Reason.NOT_INTERVAL_USE, "power"),
        ({"commodity": "10"}, Reason.UNSUPPORTED_COMMODITY, "steam"),
        ({"commodity": "7"}, Reason.COMMODITY_CONFLICT, "electric (ServiceCategory)"),
        ({"intervalLength": "5400"}, Reason.UNSUPPORTED_INTERVAL, "5400"),
        ({"defaultQuality": "12"}, Reason.NOT_INTERVAL_USE, "projected"),
    ],
)
def test_what_is_no_use_is_refused_by_name(fields: dict[str, str | None], reason: Reason, named: str) -> None:
    found, words = refused_channel(Channel().typed(**fields))
    assert found is reason
    assert named in words


def test_nothing_says_what_is_metered() -> None:
    reason, _ = refused_channel(Channel(service_kind=None).typed(commodity=None))
    assert reason is Reason.UNSUPPORTED_COMMODITY


def test_the_service_category_says_it_where_the_type_does_not() -> None:
    gas = Channel(service_kind="1").typed(commodity=None, uom="169", flowDirection=None)
    channel = only_channel(with_reads(hours(START_S, [1]), gas))
    assert (channel.commodity, channel.direction) == (Commodity.GAS, FlowDirection.DELIVERED)


def test_delivered_and_received_are_two_channels() -> None:
    bought, sold = Channel(reading="1"), Channel(reading="2").typed(flowDirection="19")
    parts = [*describing_entries(bought), *describing_entries(sold)[1:3]]
    blocks = [block_entry(bought, hours(START_S, [5, 0])), block_entry(sold, hours(START_S, [0, 9]))]
    feed = parse(document([*parts, *blocks]).encode())
    (point,) = feed.usage_points
    assert [channel.direction for channel in point.channels] == [
        FlowDirection.DELIVERED,
        FlowDirection.RECEIVED,
    ]
    assert [[read.value for read in channel.reads] for channel in point.channels] == [[5, 0], [0, 9]]


def test_several_usage_points_and_one_refused_channel() -> None:
    water = Channel(point="8", service_kind="2").typed(commodity="9", uom="128")
    volts = Channel(point="9").typed(uom="29")
    entries: list[str] = []
    for channel in (Channel(), water, volts):
        entries += [*describing_entries(channel), block_entry(channel, hours(START_S, [4]))]
    feed = parse(document(entries).encode())
    found = {
        point.external_id: [channel.unit.code for channel in point.channels] for point in feed.usage_points
    }
    assert found == {"Subscription/3/UsagePoint/7": ["Wh"], "Subscription/3/UsagePoint/8": ["gal"]}
    assert reasons(feed) == [Reason.UNSUPPORTED_UNIT]
    assert feed.rows == 3


def test_a_block_without_a_reading_type_is_refused() -> None:
    feed = parse(document([block_entry(Channel(), hours(START_S, [1]))]).encode())
    assert reasons(feed) == [Reason.NO_READING_TYPE]
    assert feed.refusals[0].channel_id == Channel().path


def test_a_meter_reading_of_two_types_is_refused() -> None:
    channel = Channel()
    point, _, reading_type, local_time = describing_entries(channel)
    other = entry("ReadingType/other", espi("ReadingType", "<uom>72</uom>"))
    both = entry(
        channel.path,
        espi("MeterReading", ""),
        related=["ReadingType/7-1", "ReadingType/other", f"{channel.path}/IntervalBlock"],
    )
    feed = parse(
        document(
            [point, both, reading_type, other, local_time, block_entry(channel, hours(START_S, [1]))]
        ).encode()
    )
    assert reasons(feed) == [Reason.READING_TYPE_CONFLICT]


def test_the_reading_type_stated_last_stands_in_any_order() -> None:
    channel = Channel()
    old = describing_entries(channel)
    new = old[2].replace("<uom>72</uom>", "<uom>73</uom>").replace("2024-12-01", "2024-12-02")
    for entries in ([*old, new], [new, *old]):
        data = document([*entries, block_entry(channel, hours(START_S, [1]))]).encode()
        assert only_channel(data).unit.code == "varh"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (reading(START_S, "1.5"), Reason.NOT_A_WHOLE_NUMBER),
        (reading(START_S, "1e3"), Reason.NOT_A_WHOLE_NUMBER),
        (reading(START_S, "NaN"), Reason.NOT_A_WHOLE_NUMBER),
        (reading(START_S, "1,234"), Reason.NOT_A_WHOLE_NUMBER),
        (reading(START_S, ""), Reason.NOT_A_WHOLE_NUMBER),
        (reading(START_S, "٣"), Reason.NOT_A_WHOLE_NUMBER),
        (reading(START_S, "9" * 16), Reason.NOT_A_WHOLE_NUMBER),
        (reading("", 5), Reason.NO_TIME),
        (reading("2024-05-01T00:00:00Z", 5), Reason.NO_TIME),
        (reading(START_S, 5, -3600), Reason.NO_TIME),
        (reading(START_S, 5, 0), Reason.ZERO_DURATION),
        (reading(0, 5), Reason.STAMP_TOO_OLD),
        (reading(utc_s(1970, 1, 2), 5), Reason.STAMP_TOO_OLD),
        (reading(utc_s(2099, 1, 1), 5), Reason.STAMP_IN_FUTURE),
        (reading(START_S * 1000, 5), Reason.STAMP_IN_FUTURE),
        (reading(START_S, -5), Reason.NEGATIVE_USE),
        (reading(START_S, 5, quality=12), Reason.FORECAST),
        (reading(START_S, 5, quality=15), Reason.FORECAST),
        (reading(START_S, 5, quality=10), Reason.QUESTIONABLE),
        (reading(START_S, 5, quality=99), Reason.UNKNOWN_QUALITY),
    ],
)
def test_rows_are_put_aside_with_line_and_reason(row: str, reason: Reason) -> None:
    data = with_reads([reading(START_S + 3600, 8), row])
    feed = parse(data)
    (refusal,) = feed.refusals
    assert refusal.reason is reason
    assert data.decode().splitlines()[refusal.line - 1] == row
    assert refusal.words
    assert [read.value for channel in feed.channels for read in channel.reads] == [8]


def test_an_excerpt_is_short_and_printable() -> None:
    feed = parse(with_reads([reading(START_S, "\u202e\u0085" + "x" * 3000)]))
    (refusal,) = feed.refusals
    assert len(refusal.excerpt) <= 200
    assert refusal.excerpt.isprintable()
    assert f"start={START_S}" in refusal.excerpt


def test_negative_water_is_a_backflow() -> None:
    feed = parse(with_reads([*hours(START_S, [3]), reading(START_S + 3600, -2)], WATER))
    assert reasons(feed) == [Reason.BACKFLOW]
    assert feed.channels[0].commodity is Commodity.WATER


def test_now_is_what_decides_the_future() -> None:
    end_s = START_S + 3600
    data = with_reads(hours(START_S, [5]))
    an_hour_back = datetime.fromtimestamp(end_s, UTC) - timedelta(hours=1)
    assert reasons(parse(data, now=an_hour_back)) == []
    assert reasons(parse(data, now=an_hour_back - timedelta(seconds=1))) == [Reason.STAMP_IN_FUTURE]


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (None, Quality.MEASURED),
        (0, Quality.MEASURED),
        (7, Quality.EDITED),
        (8, Quality.ESTIMATED),
        (9, Quality.ESTIMATED),
        (11, Quality.DERIVED),
        (13, Quality.ESTIMATED),
        (14, Quality.MEASURED),
        (17, Quality.MEASURED),
        (18, Quality.MEASURED),
        (19, Quality.MEASURED),
    ],
)
def test_qualities(code: int | None, quality: Quality) -> None:
    assert only_channel(with_reads([reading(START_S, 5, quality=code)])).reads[0].quality is quality


def test_the_worst_of_several_qualities_counts_and_the_type_gives_a_default() -> None:
    both = reading(START_S, 5, quality=17).replace(
        "<timePeriod>", "<ReadingQuality><quality>8</quality></ReadingQuality><timePeriod>"
    )
    channel = only_channel(
        with_reads([both, reading(START_S + 3600, 6)], Channel().typed(defaultQuality="7"))
    )
    assert [read.quality for read in channel.reads] == [Quality.ESTIMATED, Quality.EDITED]


def test_a_block_without_times_follows_from_its_start() -> None:
    rows = [
        "<IntervalReading><value>4</value></IntervalReading>",
        "<IntervalReading><value>6</value></IntervalReading>",
    ]
    channel = Channel()
    for duration_s, expected in ((7200, [(START_S, 4), (START_S + 3600, 6)]), (10800, [])):
        interval = f"<interval><duration>{duration_s}</duration><start>{START_S}</start></interval>"
        feed = parse(
            document([*describing_entries(channel), block_entry(channel, rows, interval=interval)]).encode()
        )
        assert [(read.start_s, read.value) for found in feed.channels for read in found.reads] == expected
    assert reasons(feed) == [Reason.NO_TIME, Reason.NO_TIME]


def test_an_unsaid_interval_is_what_all_reads_share() -> None:
    unsaid = Channel().typed(intervalLength=None)
    assert only_channel(with_reads(hours(START_S, [1, 2], 900), unsaid)).interval_s == 900
    mixed = with_reads([reading(START_S, 1, 900), reading(START_S + 900, 1, 3600)], unsaid)
    assert reasons(parse(mixed)) == [Reason.UNSUPPORTED_INTERVAL]


@pytest.mark.parametrize(
    ("value", "power", "is_held"), [(48, 0, False), (48, 3, True), (48_000, 0, True), (48_000, -3, False)]
)
def test_kwh_said_for_wh_is_held(value: int, power: int, is_held: bool) -> None:
    channel = Channel()
    summary = summary_entry(channel, start_s=START_S, duration_s=86_400, value=value, power=power)
    rows = block_entry(channel, hours(START_S, [2] * 24))
    feed = parse(document([summary, *describing_entries(channel), rows]).encode())
    assert reasons(feed) == ([Reason.UNIT_SUSPECT] if is_held else [])
    assert bool(feed.channels) is not is_held
    if not is_held:
        (fact,) = feed.usage_points[0].summaries
        assert (fact.value, fact.unit.power_of_ten, fact.end_s) == (value, power, START_S + 86_400)


def test_a_summary_of_a_period_that_is_not_all_here_proves_nothing() -> None:
    channel = Channel()
    summary = summary_entry(channel, start_s=START_S - 30 * 86_400, duration_s=31 * 86_400, value=10**6)
    rows = block_entry(channel, hours(START_S, [2] * 24))
    assert reasons(parse(document([summary, *describing_entries(channel), rows]).encode())) == []


def test_zone_facts_are_given_on() -> None:
    facts = parse(with_reads(hours(START_S, [1]))).usage_points[0].zone_facts
    assert facts is not None
    assert (facts.standard_offset_s, facts.dst_offset_s, facts.dst_end_rule) == (-28800, 3600, "B40E2000")


def test_a_feed_does_not_depend_on_the_order_of_entries() -> None:
    channel = Channel()
    entries = [
        *describing_entries(channel),
        block_entry(channel, hours(START_S, [1, 2])),
        block_entry(channel, hours(START_S + 7200, [3])),
    ]
    forward, backward = (only_channel(document(order).encode()) for order in (entries, entries[::-1]))
    bare = [[read._replace(line=0) for read in found.reads] for found in (forward, backward)]
    assert bare[0] == bare[1]
    assert (forward.external_id, forward.unit) == (backward.external_id, backward.unit)


def test_links_without_host_or_up() -> None:
    assert (
        path_of("https://a.example/espi/1_1/resource/Subscription/5/UsagePoint/1/?x=1#y")
        == "Subscription/5/UsagePoint/1"
    )
    assert path_of("/RetailCustomer/9/UsagePoint/01/") == "RetailCustomer/9/UsagePoint/01"
    data = with_reads(hours(START_S, [1])).decode()
    without_up = "\n".join(line for line in data.splitlines() if 'rel="up"' not in line)
    assert only_channel(without_up.encode()).external_id == Channel().path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01Z", 1000),
        ("2015-08-04T06:36:20.975Z", 1438670180975),
        ("soon", 0),
        ("", 0),
        ("1970-01-01T00:00:02", 2000),
    ],
)
def test_updated_stamps(text: str, expected: int) -> None:
    assert updated_ms(text) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-7", -7),
        ("007", 7),
        ("9" * 15, 10**15 - 1),
        ("9" * 16, None),
        ("+1", None),
        ("1_0", None),
        ("--1", None),
        ("", None),
        (None, None),
    ],
)
def test_whole_numbers(text: str | None, number: int | None) -> None:
    assert whole_number(text) == number


def test_personal_data_is_not_kept() -> None:
    named = (
        with_reads(hours(START_S, [1]))
        .decode()
        .replace("<content>", "<title>20000 Someplace St</title><content>", 1)
    )
    feed = parse(named.encode(), now=NOW)
    assert "Someplace" not in repr(feed)
