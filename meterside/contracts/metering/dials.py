"""Reads of dials, and the routes on which people take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from .reads import ReadUnit
from .refusals import Commodity, FlowDirection


class ReadKind(StrEnum):
    """How a dial's value came to be, as the registry knows it."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"
    CUSTOMER = "customer"
    INITIAL = "initial"
    FINAL = "final"


class DialRead(NamedTuple):
    """What a dial showed at an instant, a whole number of its register's `ReadUnit`."""

    read_at_s: int
    value: int
    kind: ReadKind = ReadKind.ACTUAL
    line: int = 0


@dataclass(frozen=True, slots=True)
class RegisterReads:
    """Dial reads of one register. `register` is its code at the meter, "" where the meter has just one."""

    meter_id: str
    register: str
    commodity: Commodity | None
    unit: ReadUnit
    direction: FlowDirection
    reads: tuple[DialRead, ...]


@dataclass(frozen=True, slots=True)
class RouteDial:
    """One dial to be read on a route: counts as they stand on it.

    The range is what is expected; `low_count` is above `high_count` where the dial turns over. None: not known.
    """

    register: str
    unit: str
    units_per_count: int
    dials: int
    last_count: int | None = None
    low_count: int | None = None
    high_count: int | None = None


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One stop of a reading route, in walking order."""

    sequence: int
    meter_id: str
    commodity: str
    address: str
    note: str
    dials: tuple[RouteDial, ...]


class RouteFileWriter(Protocol):
    """Writes the file that a handheld or drive-by reader takes along; its source reads what comes back."""

    def write(self, *, route: str, day: date, stops: Sequence[RouteStop]) -> bytes:
        """The file of one route on one day. Text that does not fit a column is cut, a number never."""
