"""Pushed messages as a source: exact numbers, types, what is refused and where."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from meterside.connectors.metering.json_push.adapter import JsonPush
from meterside.contracts.metering import EventKind, Feed, MeterFileSource, Reason, UnableToReadFile
from meterside.engine.interval import Quality
from tests.conformance.metering import MeterFileConformance
from tests.connectors.text_documents import LOS_ANGELES, hours_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)
VALUES = [37 * k % 101 for k in range(24 + 23 + 24)]
START = datetime(2024, 3, 9, tzinfo=LOS_ANGELES)


def run(start: datetime, values: list[Any], **more: Any) -> dict[str, Any]:
    said = {"meter": "A-E", "unit": "Wh", "interval_s": 3600, "start": start.isoformat(), "values": values}
    return {**said, **more}


def message(*runs: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"message_id": "m-1", "intervals": runs, **more}).encode()


def read(data: bytes) -> Feed:
    return JsonPush().parse(io.BytesIO(data), name="push", now=NOW)


class TestJsonPush(MeterFileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return JsonPush()

    def good_file(self) -> bytes:
        return message(run(START, VALUES))

    def shuffled_file(self) -> bytes:
        hours = hours_of(START, VALUES)
        return message(run(hours[30][0], VALUES[30:]), run(START, VALUES[:30]))

    def good_total(self) -> int:
        return sum(VALUES)


def test_numbers_are_taken_exactly_and_null_is_no_read() -> None:
    feed = read(message(run(START, [0.1, "0.412", None, 12], unit="kWh")))
    assert [each.value for each in feed.channels[0].reads] == [100, 412, 12_000]
    assert (feed.no_reads, feed.rows) == (1, 3)


def test_qualities_registers_events_and_the_time_it_was_made() -> None:
    feed = read(
        message(
            run(START, [1, 2], qualities=["measured", "estimated"]),
            made_at="2024-03-10T00:00:00Z",
            registers=[
                {"meter": "W", "unit": "cf", "reads": [{"at": "2024-03-10T07:00:00Z", "value": 3250}]}
            ],
            events=[{"meter": "W", "at": "2024-03-10T07:00:00Z", "kind": "leak", "code": "1.5"}],
        )
    )
    assert [each.quality for each in feed.channels[0].reads] == [Quality.MEASURED, Quality.ESTIMATED]
    assert (feed.registers[0].reads[0].value, feed.events[0].kind) == (3250, EventKind.LEAK)
    assert feed.made_at_s == int(datetime(2024, 3, 10, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.5, Reason.NOT_A_WHOLE_NUMBER),
        (-1, Reason.NEGATIVE_USE),
        ("1e300", Reason.VALUE_TOO_LARGE),
        ("1e999999", Reason.VALUE_TOO_LARGE),
    ],
)
def test_a_value_in_trouble_is_told_with_its_place(value: object, reason: Reason) -> None:
    feed = read(message(run(START, [1, value])))
    assert [(refusal.line, refusal.reason) for refusal in feed.refusals] == [(2, reason)]
    assert feed.refusals[0].excerpt.startswith("intervals.0.values.1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "furlong"}, "intervals.0.unit"),
        ({"start": "2024-03-09T00:00:00"}, "intervals.0.start"),
        ({"interval_s": 7}, "intervals.0.interval_s"),
        ({"values": []}, "intervals.0.values"),
        ({"values": ["NaN"]}, "intervals.0.values.0"),
        ({"colour": "red"}, "intervals.0.colour"),
        ({"meter": "a\u0000b"}, "intervals.0.meter"),
    ],
)
def test_a_message_that_is_not_as_described_is_held_by_the_fields_name(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnableToReadFile) as held:
        read(message({**run(START, [1]), **changes}))
    assert held.value.reason is Reason.NOT_UNDERSTOOD
    assert said in held.value.words


def test_qualities_need_one_for_each_value() -> None:
    feed = read(message(run(START, [1, 2], qualities=["measured"])))
    assert [refusal.reason for refusal in feed.refusals] == [Reason.COUNT_DIFFERS]


def test_stamps_of_a_night_with_25_hours_are_their_own() -> None:
    start = datetime(2024, 11, 3, tzinfo=ZoneInfo("America/Los_Angeles"))
    rows = JsonPush().to_day_rows(read(message(run(start, list(range(25))))).channels, LOS_ANGELES).rows
    assert [row.array().tolist() for row in rows] == [list(range(25))]
