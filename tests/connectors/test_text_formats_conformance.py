"""The connectors of text formats against the contract's suite."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from meterside.connectors.metering.badger_beacon.adapter import BadgerBeaconFile
from meterside.connectors.metering.cmep.adapter import CmepFile
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.connectors.metering.nem12.adapter import Nem12File
from meterside.contracts.metering import MeterFileSource, SourceOptions
from tests.conformance.metering import TextFileConformance
from tests.connectors.text_documents import LOS_ANGELES, MAPPING, badger, cmep_row, csv_table, hours_of, nem12

# 9 to 11 March 2024: in Los Angeles the middle day has 23 hours.
VALUES = [37 * k % 101 for k in range(24 + 23 + 24)]
START = datetime(2024, 3, 9, tzinfo=LOS_ANGELES)
HOURS = hours_of(START, VALUES)


class TestCmepFile(TextFileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return CmepFile(SourceOptions(LOS_ANGELES))

    def good_file(self) -> bytes:
        return cmep_row("B1", HOURS[:30]) + cmep_row("B1", HOURS[30:])

    def shuffled_file(self) -> bytes:
        return cmep_row("B1", HOURS[11:]) + cmep_row("B1", HOURS[:11])

    def good_total(self) -> int:
        return sum(VALUES)


class TestGenericCsv(TextFileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return GenericCsv(SourceOptions(LOS_ANGELES, MAPPING))

    def good_file(self) -> bytes:
        return csv_table("M1", HOURS)

    def shuffled_file(self) -> bytes:
        rows = list(HOURS)
        random.Random(3).shuffle(rows)
        return csv_table("M1", rows)

    def good_total(self) -> int:
        return sum(VALUES)


class TestBadgerBeaconFile(TextFileConformance):
    zone = LOS_ANGELES

    def source(self) -> MeterFileSource:
        return BadgerBeaconFile(SourceOptions(LOS_ANGELES))

    def good_file(self) -> bytes:
        return badger("1470", HOURS)

    def shuffled_file(self) -> bytes:
        return badger("1470", list(reversed(HOURS)))

    def good_total(self) -> int:
        return sum(VALUES)


class TestNem12File(TextFileConformance):
    zone = ZoneInfo("Australia/Brisbane")

    def source(self) -> MeterFileSource:
        return Nem12File()

    def good_file(self) -> bytes:
        return nem12([("20240309", VALUES[:24]), ("20240310", VALUES[24:48])])

    def shuffled_file(self) -> bytes:
        return nem12([("20240310", VALUES[24:48]), ("20240309", VALUES[:24])])

    def good_total(self) -> int:
        return sum(VALUES[:48])


def test_the_hours_are_what_they_are_meant_to_be() -> None:
    assert HOURS[0][0] == START
    assert HOURS[-1][0].astimezone(LOS_ANGELES) == datetime(2024, 3, 11, 23, tzinfo=LOS_ANGELES)
    assert len({start for start, _ in HOURS}) == len(HOURS)
    assert HOURS[1][0] - HOURS[0][0] == timedelta(hours=1)
