"""Meter files that staff see: one accepted with rows put aside, one that waits to be looked at, one held."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from meterside.cis.metering.files.operations import bring_in, look_at
from meterside.cis.metering.files.senders import save_sender
from meterside.cis.metering.models import MeterSource
from meterside.connectors.metering.cmep.adapter import CmepFile
from meterside.connectors.metering.generic_csv.adapter import GenericCsv
from meterside.contracts.metering import Feed, MeterFileSource, SourceOptions, UnableToReadFile
from meterside.kit import clock
from tests.cast import ZONE, Household
from tests.connectors.text_documents import MAPPING, cmep_row, csv_table, hours_of

SENDER = "North head-end"
ROWS_WAIT, LOOKED_AT, HELD = "north-0401.csv", "north-0402.csv", "water-0402.cmep"

SAMPLE = "meter,time,use,flag\nM-1,2025-05-01 00:00,1.5,A\nM-1,2025-05-01 01:00,x,A\n"


def send_meter_files(households: Mapping[str, Household], day: date) -> MeterSource:
    """A sender with a mapping, and three of its files in their states."""
    details: dict[str, Any] = {**MAPPING, "repeated_hour": "in_order"}
    sender = save_sender(name=SENDER, format="generic_csv", details=details)
    table = GenericCsv(SourceOptions(ZONE, details))
    start = datetime.combine(day, time(0), ZONE)
    hours = hours_of(start, [400 + 13 * k for k in range(24)])
    badge = households["alice"].electric.badge
    spoilt = csv_table(badge, hours[:20])
    spoilt += csv_table("M-20417", hours[:3])[20:] + f"{badge},{start:%Y-%m-%d} 20:00,n/a,A\n".encode()
    _bring(table, spoilt, ROWS_WAIT, sender)
    stream = io.BytesIO(csv_table(badge, [*hours[:6], (start.replace(year=1970), 5)]))
    look_at(table, _read(table, stream, LOOKED_AT), original=stream, sender=sender)
    _bring(CmepFile(SourceOptions(ZONE)), cmep_row("W-1", hours)[:-7], HELD, None)
    return sender


def _bring(source: MeterFileSource, data: bytes, name: str, sender: MeterSource | None) -> None:
    stream = io.BytesIO(data)
    bring_in(source, _read(source, stream, name), original=stream, sender=sender)


def _read(source: MeterFileSource, stream: io.BytesIO, name: str) -> Feed | UnableToReadFile:
    try:
        return source.parse(stream, name=name, now=clock.now())
    except UnableToReadFile as error:
        return error
