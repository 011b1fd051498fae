"""Route files in both shapes: written, filled in, read back; ranges, trouble codes, what is refused."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest

from meterside.connectors.metering.route_file.adapter import RouteFile
from meterside.connectors.metering.route_file.layout import COLUMNS, NAMES, fields_of, fixed_line
from meterside.contracts.metering import (
    EventKind,
    Feed,
    MeterFileSource,
    ReadKind,
    Reason,
    RouteDial,
    RouteStop,
    SourceOptions,
    UnableToReadFile,
    UnusableOptions,
)
from tests.conformance.metering import FileConformance
from tests.connectors.text_documents import LOS_ANGELES

DAY = date(2025, 5, 1)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
DIAL = RouteDial("", "cf", 1, 6, last_count=3200, low_count=3210, high_count=3300)
STOPS = (
    RouteStop(10, "W-1", "water", "418 Oak St, Riverside", "Dog; gate code on file", (DIAL,)),
    RouteStop(20, "E-1", "electric", "12 Elm Ave, Riverside", "", (RouteDial("kWh", "Wh", 1000, 5),)),
)


def route_file(shape: str = "csv") -> RouteFile:
    return RouteFile(SourceOptions(LOS_ANGELES, {"shape": shape}))


def written(shape: str = "csv", stops: tuple[RouteStop, ...] = STOPS) -> bytes:
    return route_file(shape).write(route="R-7", day=DAY, stops=stops)


def filled(shape: str, *answers: tuple[str, str, str]) -> bytes:
    """The file with (read, time, trouble) of each row, as a reader gives it back."""
    lines = written(shape).decode().splitlines()
    for number, answer in enumerate(answers, start=1):
        said = dict(zip(("read", "read_time", "trouble"), answer, strict=True))
        if shape == "fixed":
            lines[number] = fixed_line({**fields_of(lines[number]), **said})
        else:
            lines[number] = lines[number].removesuffix(",,,") + "," + ",".join(answer)
    return ("\n".join(lines) + "\n").encode()


def read(data: bytes, shape: str = "csv") -> Feed:
    return route_file(shape).parse(io.BytesIO(data), name="route", now=NOW)


GOOD = (("003250", "2025-05-01 09:30", ""), ("12345", "2025-05-01 09:40", ""))


class TestRouteFile(FileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return route_file()

    def good_file(self) -> bytes:
        return filled("csv", *GOOD)


@pytest.mark.parametrize("shape", ["csv", "fixed"])
def test_what_was_written_and_filled_in_comes_back(shape: str) -> None:
    data = filled(shape, *GOOD)
    assert route_file().recognises(data)
    feed = read(data, shape)
    electric, water = feed.registers
    assert (water.meter_id, water.unit.code, water.reads[0].value) == ("W-1", "cf", 3250)
    assert (electric.register, electric.unit.code, electric.reads[0].value) == ("kWh", "Wh", 12_345_000)
    assert water.reads[0].read_at_s == int(datetime(2025, 5, 1, 16, 30, tzinfo=UTC).timestamp())
    assert (feed.refusals, feed.no_reads, feed.rows) == ((), 0, 2)


@pytest.mark.parametrize("shape", ["csv", "fixed"])
def test_a_stop_without_a_read_is_no_read(shape: str) -> None:
    feed = read(filled(shape, ("", "2025-05-01 09:30", "DG"), ("", "", "")), shape)
    assert (feed.registers, feed.no_reads, feed.refusals) == ((), 2, ())
    assert [(event.meter_id, event.kind, event.code) for event in feed.events] == [
        ("W-1", EventKind.TROUBLE, "DG")
    ]


@pytest.mark.parametrize(
    ("answer", "reason", "field"),
    [
        (("003205", "2025-05-01 09:30", ""), Reason.OUT_OF_RANGE, "read"),
        (("003301", "2025-05-01 09:30", ""), Reason.OUT_OF_RANGE, "read"),
        (("1003250", "2025-05-01 09:30", "CF"), Reason.OUT_OF_RANGE, "read"),
        (("32.5", "2025-05-01 09:30", ""), Reason.NOT_A_WHOLE_NUMBER, "read"),
        (("003250", "May 1", ""), Reason.NO_TIME, "read_time"),
        (("003250", "2025-03-09 02:30", ""), Reason.NO_SUCH_LOCAL_TIME, "read_time"),
        (("003250", "1970-01-01 00:00", ""), Reason.STAMP_TOO_OLD, ""),
        (("003250", "2031-01-01 00:00", ""), Reason.STAMP_IN_FUTURE, ""),
    ],
)
def test_a_read_in_trouble_is_put_aside(answer: tuple[str, str, str], reason: Reason, field: str) -> None:
    feed = read(filled("csv", answer))
    assert [(refusal.line, refusal.reason, refusal.field) for refusal in feed.refusals] == [
        (2, reason, field)
    ]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (("009999", "2025-05-01 09:30", "CF"), ReadKind.ACTUAL),
        (("003250", "2025-05-01 09:30", "CU"), ReadKind.CUSTOMER),
        (("003250", "2025-05-01 09:30", "ES"), ReadKind.ESTIMATED),
        (("003250", "2025-05-01 09:30", "lk"), ReadKind.ACTUAL),
    ],
)
def test_trouble_codes_say_what_a_read_is(answer: tuple[str, str, str], kind: ReadKind) -> None:
    assert read(filled("csv", answer)).registers[0].reads[0].kind is kind


def test_leaks_tampering_and_unknown_codes_are_told_beside_the_read() -> None:
    for code, kind in (("LK", EventKind.LEAK), ("TM", EventKind.TAMPER), ("Q9", EventKind.UNKNOWN)):
        feed = read(filled("csv", ("003250", "2025-05-01 09:30", code)))
        assert ([event.kind for event in feed.events], len(feed.registers)) == ([kind], 1)


def test_a_dial_that_turns_over_has_a_range_over_its_end() -> None:
    dial = RouteDial("", "cf", 1, 4, last_count=9900, low_count=9950, high_count=100)
    stops = (RouteStop(1, "W-1", "water", "", "", (dial,)),)
    for count, is_good in (("9960", True), ("0020", True), ("5000", False)):
        data = written(stops=stops).replace(b",,,\nend", f",{count},2025-05-01 09:30,\nend".encode())
        assert bool(read(data).registers) is is_good


def test_a_lost_row_or_end_holds_the_file() -> None:
    data = filled("csv", *GOOD)
    lines = data.splitlines(keepends=True)
    for spoilt in (b"".join(lines[:-1]), b"".join([*lines[:2], lines[-1]]), data[:-3]):
        with pytest.raises(UnableToReadFile) as held:
            read(spoilt)
        assert held.value.reason is Reason.CUT_OFF


def test_text_is_cut_and_a_number_never() -> None:
    long = (RouteStop(1, "W-1", "water", "x" * 100, "=cmd()\n@x", (DIAL,)),)
    assert len({len(line) for line in written("fixed", long).decode().splitlines()[1:]}) == 1
    assert b"cmd() @x" in written("csv", long)
    assert b"=cmd" not in written("csv", long)
    big = (RouteStop(1, "W-1", "water", "", "", (RouteDial("", "cf", 1, 6, last_count=10**13),)),)
    with pytest.raises(ValueError, match="last does not fit"):
        written("fixed", big)


def test_the_shape_is_csv_or_fixed() -> None:
    with pytest.raises(UnusableOptions):
        route_file("braille")
    assert sum(column.width for column in COLUMNS) == len(fixed_line(dict.fromkeys(NAMES, "1")))
