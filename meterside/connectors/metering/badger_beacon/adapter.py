"""The Beacon source: a row is a dial read, the flow of an hour, and what the endpoint says of leaks."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO
from zoneinfo import ZoneInfo

from meterside.connectors.metering.shared.rows import (
    ChannelKey,
    Gathered,
    NotWhole,
    RegisterKey,
    whole_value,
)
from meterside.connectors.metering.shared.source import SourceBase
from meterside.connectors.metering.shared.stamps import Instant, NoInstant, instant_of
from meterside.connectors.metering.shared.text import measured, plain_head, slabs
from meterside.contracts.metering import (
    Commodity,
    DialRead,
    EventKind,
    Feed,
    FileFacts,
    FlowDirection,
    IntervalRead,
    MeterEvent,
    ReadKind,
    ReadUnit,
    Reason,
    UnableToReadFile,
)
from meterside.engine.interval import Quality

MAX_BYTES = 512 * 1024 * 1024
NEEDED = ("Meter_ID", "Read", "Read_Time", "Read_Unit", "Flow", "Flow_Time", "Flow_Unit", "Estimated_Flag")
HOUR_S = 3600

# Beacon's words for units: the unit of the whole numbers, and the decimals a value may have.
UNITS = {
    "ccf": (ReadUnit("cf"), 2),
    "cubic feet": (ReadUnit("cf", -2), 2),
    "cf": (ReadUnit("cf", -2), 2),
    "gallons": (ReadUnit("gal", -1), 1),
    "gal": (ReadUnit("gal", -1), 1),
    "kgal": (ReadUnit("gal", -1), 4),
    "cubic meters": (ReadUnit("m3", -3), 3),
}


class BadgerBeaconFile(SourceBase):
    """Reads Beacon's CSV reports. Stamps are local to the utility."""

    format_name = "badger_beacon"

    def recognises(self, head: bytes) -> bool:
        """Whether the header has Beacon's columns."""
        first = plain_head(head).partition(b"\n")[0]
        return b"Endpoint_SN" in first and b"Read_Time" in first and b"Flow_Unit" in first

    def parse(self, stream: BinaryIO, *, name: str, now: datetime) -> Feed:
        """The feed of a whole file. Raises UnableToReadFile."""
        file = measured(stream, name=name, max_bytes=MAX_BYTES)
        found = Gathered(file, now)
        header: list[str] = []

        def is_whole(line: str) -> bool:
            """Every field is quoted: one that is cut is not closed, or there are fewer."""
            return line.endswith('"') and len(_fields(0, line, file)) == len(header)

        for slab in slabs(stream, file, is_whole=is_whole):
            for number, line in slab.lines():
                fields = _fields(number, line, file)
                if not header:
                    header = _header(number, fields, file)
                elif any(fields):
                    self._take(number, line, header, fields, found)
        return found.feed()

    def _take(self, number: int, line: str, header: list[str], fields: list[str], found: Gathered) -> None:
        if len(fields) != len(header):
            found.rows += 1
            words = f"The row has {len(fields)} columns, the header {len(header)}."
            found.refuse(number, Reason.COUNT_DIFFERS, words, line)
            return
        row = dict(zip(header, fields, strict=True))
        meter_id = row["Meter_ID"]
        if not meter_id:
            found.rows += 1
            found.refuse(number, Reason.UNKNOWN_CHANNEL, "The row names no meter.", line, field="Meter_ID")
            return
        for take in (self._dial, self._flow):
            try:
                take(number, row, found)
            except _Refused as error:
                found.rows += 1
                found.refuse(
                    number, error.reason, error.words, _told(row), meter_id=meter_id, field=error.field
                )
        self._events(number, row, found)

    def _dial(self, number: int, row: Mapping[str, str], found: Gathered) -> None:
        if not row["Read"]:
            found.no_reads += 1
            return
        unit, value = _amount(row, "Read")
        at_s = self._instant(row, "Read_Time")
        kind = ReadKind.ESTIMATED if _is_estimated(row) else ReadKind.ACTUAL
        key = RegisterKey(row["Meter_ID"], row.get("Register_Number", ""), Commodity.WATER, unit, _DELIVERED)
        found.dial(key, DialRead(at_s, value, kind, number), _told(row))

    def _flow(self, number: int, row: Mapping[str, str], found: Gathered) -> None:
        """The flow of the hour its stamp lies in: Beacon stamps an hour at its last minute, hh:59."""
        if not row["Flow"]:
            found.no_reads += 1
            return
        unit, value = _amount(row, "Flow")
        start_s = self._instant(row, "Flow_Time", is_hour=True)
        quality = Quality.ESTIMATED if _is_estimated(row) else Quality.MEASURED
        name = f"{row['Meter_ID']}:flow"
        key = ChannelKey(row["Meter_ID"], name, Commodity.WATER, unit, _DELIVERED, HOUR_S)
        found.read(key, IntervalRead(start_s, HOUR_S, value, quality, 0, number), _told(row))

    def _events(self, number: int, row: Mapping[str, str], found: Gathered) -> None:
        try:
            at_s = self._instant(row, "Read_Time")
        except _Refused:
            return
        meter_id, rate = row["Meter_ID"], row.get("Current_Leak_Rate", "")
        if rate.strip("0."):
            began = row.get("Current_Leak_Start_Date", "")
            words = f"leak rate {rate}" + (f", since {began}" if began else "")
            found.events.append(MeterEvent(meter_id, at_s, EventKind.LEAK, rate[:40], words[:200], number))
        battery = row.get("Battery_Level", "")
        if battery and battery.lower() != "good":
            found.events.append(
                MeterEvent(
                    meter_id, at_s, EventKind.LOW_BATTERY, battery[:40], f"battery {battery}"[:200], number
                )
            )

    def _instant(self, row: Mapping[str, str], column: str, *, is_hour: bool = False) -> int:
        try:
            first_s, second_s = _instant_of(row[column], self._options.zone, is_hour)
        except ValueError:
            words = f"{column} is not written as 2024-08-01 00:59."
            raise _Refused(Reason.NO_TIME, words, column) from None
        except OverflowError:
            raise _Refused(Reason.STAMP_TOO_OLD, "The stamp is outside of any calendar.", column) from None
        except NoInstant as error:
            raise _Refused(error.reason, error.words, column) from None
        if second_s is not None:
            words = (
                "The hour comes twice when the clocks go back, and the report does not say which one this is."
            )
            raise _Refused(Reason.AMBIGUOUS_LOCAL_TIME, words, column)
        return first_s


@lru_cache(maxsize=4096)
def _instant_of(text: str, zone: ZoneInfo, is_hour: bool) -> Instant:
    """A stamp's instant, or that of its hour's beginning: all meters of a report have the same stamps."""
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007  (the zone follows)
    return instant_of(moment.replace(minute=0) if is_hour else moment, zone=zone)


_DELIVERED = FlowDirection.DELIVERED


class _Refused(Exception):
    def __init__(self, reason: Reason, words: str, field: str) -> None:
        super().__init__(words)
        self.reason, self.words, self.field = reason, words, field


def _fields(number: int, line: str, file: FileFacts) -> list[str]:
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        words = "A quotation mark is not closed."
        raise UnableToReadFile(line=number, reason=Reason.NOT_WELL_FORMED, words=words, file=file) from None
    return [part.strip() for part in rows[0]] if rows else []


def _header(number: int, fields: list[str], file: FileFacts) -> list[str]:
    missing = [name for name in NEEDED if name not in fields]
    if missing or len(set(fields)) != len(fields):
        words = f"The report lacks the column {missing[0]}." if missing else "The report has a column twice."
        raise UnableToReadFile(line=number, reason=Reason.MISSING_COLUMN, words=words, file=file)
    return fields


def _amount(row: Mapping[str, str], column: str) -> tuple[ReadUnit, int]:
    said = row[f"{column}_Unit"]
    if said.lower() not in UNITS:
        raise _Refused(Reason.UNSUPPORTED_UNIT, f"The unit {said[:20]!r} is not known.", f"{column}_Unit")
    unit, decimals = UNITS[said.lower()]
    try:
        return unit, whole_value(row[column], decimals=decimals)
    except NotWhole as error:
        raise _Refused(error.reason, error.words, column) from None


def _is_estimated(row: Mapping[str, str]) -> bool:
    return row["Estimated_Flag"].lower() not in ("", "0", "false", "n", "no")


def _told(row: Mapping[str, str]) -> str:
    shown = ("Meter_ID", "Read", "Read_Unit", "Read_Time", "Flow", "Flow_Unit", "Flow_Time")
    return " ".join(f"{name}={row[name]}" for name in shown)
