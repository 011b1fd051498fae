"""What a Green Button feed says, before it is written: usage points, their channels, their bill periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo


class ReadingOut(NamedTuple):
    """A whole number of the channel's unit over `seconds` from `start_s` (since 1970); `quality` is ESPI's."""

    start_s: int
    seconds: int
    value: int
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelOut:
    """One stream of readings. `uom`, `power_of_ten` and `commodity` are ESPI's codes; readings are in order."""

    name: str
    commodity: int
    is_received: bool
    uom: int
    power_of_ten: int
    interval_s: int
    readings: tuple[ReadingOut, ...]


@dataclass(frozen=True, slots=True)
class SummaryOut:
    """A bill period with its cost in cents, and its use as a whole number of `uom` times a power of ten."""

    start: datetime
    end: datetime
    cents: int | None
    value: int | None
    uom: int
    power_of_ten: int
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class PointOut:
    """A usage point: `service_kind` is ESPI's (0 electric, 1 gas, 2 water, 6 sewer)."""

    id: UUID
    title: str
    service_kind: int
    zone: ZoneInfo
    channels: tuple[ChannelOut, ...]
    summaries: tuple[SummaryOut, ...] = ()
