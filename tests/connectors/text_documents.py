"""Small documents of our own in the text formats, built for one channel each."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)
Hours = Sequence[tuple[datetime, int]]

MAPPING: dict[str, Any] = {
    "channel": "meter",
    "stamp": "time",
    "value": "use",
    "quality": "flag",
    "unit": "kWh",
    "decimals": 3,
    "commodity": "electric",
    "interval_s": 3600,
    "qualities": {"A": "measured", "E": "estimated", "X": "missing"},
    "missing": ["NA"],
}

_BADGER = (
    "Account_ID", "Meter_ID", "Endpoint_SN", "Read", "Read_Time", "Read_Unit", "Flow", "Flow_Time", "Flow_Unit",
    "Estimated_Flag", "Battery_Level", "Current_Leak_Rate", "Current_Leak_Start_Date",
)  # fmt: skip


def hours_of(start: datetime, values: Sequence[int]) -> list[tuple[datetime, int]]:
    """One value an hour from an instant on, whatever the clock does."""
    first = start.astimezone(UTC)
    return [((first + k * HOUR).astimezone(start.tzinfo), value) for k, value in enumerate(values)]


def cmep_row(
    meter: str,
    hours: Hours,
    *,
    unit: str = "CF",
    commodity: str = "W",
    quality: str = "R0",
    made: str = "202405010000",
    count: int | None = None,
    receiver: str = "TOWN",
) -> bytes:
    """A MEPMD01 row of hours: stamps in local time at their end; a dial's are at their instant."""
    parts = []
    for start, value in hours:
        stamp = start if unit.endswith("REG") else (start.astimezone(UTC) + HOUR).astimezone(start.tzinfo)
        parts.append(f"{stamp:%Y%m%d%H%M},{quality},{value}")
    said = len(parts) if count is None else count
    head = f"MEPMD01,20080501,SENSUS,{receiver},19,{meter},{made},{meter},OK,{commodity},{unit},1.0,00000100,{said}"
    return ",".join([head, *parts]).encode() + b"\n"


def csv_table(meter: str, hours: Hours, *, header: str = "meter,time,use,flag") -> bytes:
    """A table by MAPPING: local stamps at the start, kWh with three decimals."""
    rows = [f"{meter},{start:%Y-%m-%d %H:%M},{value / 1000:.3f},A" for start, value in hours]
    return "\n".join([header, *rows, ""]).encode()


def badger(meter: str, hours: Hours, **more: str) -> bytes:
    """A Beacon report with the flow of each hour, in tenths of a gallon, and no dial."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _BADGER, quoting=csv.QUOTE_ALL, lineterminator="\n", restval="")
    writer.writeheader()
    for start, value in hours:
        stamp = start.replace(minute=59)
        row = {
            "Meter_ID": meter,
            "Read_Time": f"{stamp:%Y-%m-%d %H:%M}",
            "Read_Unit": "CCF",
            "Flow": f"{value // 10}.{value % 10}",
            "Flow_Time": f"{stamp:%Y-%m-%d %H:%M}",
            "Flow_Unit": "Gallons",
            "Estimated_Flag": "0",
            "Battery_Level": "good",
        }
        writer.writerow({**row, **more})
    return text.getvalue().encode()


def nem12(days: Sequence[tuple[str, Sequence[int]]], *, suffix: str = "E1", quality: str = "A") -> bytes:
    """A NEM12 file of one channel in whole Wh, an hour each."""
    rows = ["100,NEM12,202405010000,MDP,RET", f"200,NMI1,{suffix},1,{suffix},N1,SER1,Wh,60,"]
    rows += [f"300,{day},{','.join(map(str, values))},{quality},,,20240501000000," for day, values in days]
    return "\n".join([*rows, "900", ""]).encode()
