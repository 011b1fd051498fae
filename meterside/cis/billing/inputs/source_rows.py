"""What billing knows of an agreement: its dates, rates and facts, its meters with their registers and channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from meterside.engine.period import Period
from meterside.engine.weather import WeatherResponse


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register that is billed: `unit` is its least unit, a dial count is `units_per_count` of them."""

    id: int
    code: str
    unit: str
    dials: int
    units_per_count: int


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """An interval channel that is billed where its device has no register."""

    id: int
    unit: str
    interval_s: int = 3600


@dataclass(frozen=True, slots=True)
class ClockRegister:
    """A register of a part of the use: by time of use, or of demand or reactive energy.

    `name` is the determinant it gives (`usage.on_peak`); empty where rating knows none.
    """

    row: RegisterRow
    name: str


@dataclass(frozen=True, slots=True)
class EarlierUse:
    """What an agreement used in an earlier period: `quantity` in `unit` over `days` days."""

    quantity: Decimal
    unit: str
    days: int


@dataclass(frozen=True, slots=True)
class KnownResponse:
    """An agreement's latest response to the weather, and the station it was fitted to."""

    station_id: int
    station: str
    response: WeatherResponse


@dataclass(slots=True)
class Meter:
    """A device at a service point over local days [first, end); `use` is add, subtract or check.

    A device whose multiplier changes is there once for each: what it counted is split at the change.

    `received` are the registers and channels of energy that came from the customer.
    """

    device_id: int
    badge: str
    commodity: str
    use: str
    first: date
    end: date | None
    multiplier: Decimal
    registers: list[RegisterRow] = field(default_factory=list)
    channels: list[ChannelRow] = field(default_factory=list)
    received_registers: list[RegisterRow] = field(default_factory=list)
    received_channels: list[ChannelRow] = field(default_factory=list)
    clock_registers: list[ClockRegister] = field(default_factory=list)
    reactive_channels: list[ChannelRow] = field(default_factory=list)

    @property
    def is_of_use(self) -> bool:
        """Whether it measures use at all; one that only measures what a customer's panels give does not."""
        return bool(self.total_registers or self.channels)

    @property
    def is_of_received(self) -> bool:
        """Whether it measures energy that comes from the customer."""
        return bool(self.total_received or self.received_channels)

    @property
    def total_registers(self) -> list[RegisterRow]:
        """The registers that sum to all use; those by time of use where nothing else counts it."""
        if self.registers or self.channels:
            return self.registers
        return [one.row for one in self.clock_registers if one.name.startswith("usage.")]

    @property
    def total_received(self) -> list[RegisterRow]:
        """As `total_registers`, of energy that comes from the customer."""
        if self.received_registers or self.received_channels:
            return self.received_registers
        return [one.row for one in self.clock_registers if one.name.startswith("received.")]


def multiplied(
    days: Period, rows: Sequence[tuple[str | None, str | None, str]]
) -> list[tuple[Period, Decimal]]:
    """A meter's days cut where its multiplier changes, each with its own; 1 where none is said.

    `rows` are first day, day behind the last, and value, in order and never overlapping. The first one stands for
    the days before it too: nobody said another, and a meter is not put in place at midnight.
    """
    if not rows:
        return [(days, Decimal(1))]
    dated = [
        (
            Period(
                date.fromisoformat(start) if start else date.min, date.fromisoformat(end) if end else None
            ),
            value,
        )
        for start, end, value in rows
    ]
    dated[0] = (Period(min(days.start, dated[0][0].start), dated[0][0].end), dated[0][1])
    cuts = {day for during, _ in dated for day in (during.start, during.end) if day is not None}
    found: list[tuple[Period, Decimal]] = []
    for part in days.split(cuts):
        value = next((Decimal(said) for during, said in dated if during.contains(part.start)), Decimal(1))
        if found and found[-1][1] == value:
            found[-1] = (Period(found[-1][0].start, part.end), value)
        else:
            found.append((part, value))
    return found


@dataclass(slots=True)
class Agreement:
    """An agreement with all that rating asks of it. Facts are dated: of itself, its premise, its account."""

    id: int
    public_id: UUID
    account_id: int
    service: str
    address_line: str
    zone: ZoneInfo
    during: Period
    billed_to: date | None
    last_inputs: Mapping[str, Any] | None
    last_total_cents: int
    last_year: EarlierUse | None
    state: Mapping[str, str] | None
    tariffs: list[tuple[Period, int]]
    attributes: list[tuple[Period, str, str]]
    premise_facts: list[tuple[Period, str, str]] = field(default_factory=list)
    account_facts: list[tuple[Period, str, str]] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    weather: KnownResponse | None = None

    def unbilled(self, window: Period) -> Period | None:
        """The part of its life that this window bills: from the last segment's end to the window's."""
        start = self.billed_to or self.during.start
        end = window.closed_end if self.during.end is None else min(self.during.end, window.closed_end)
        return Period(start, end) if start < end else None
