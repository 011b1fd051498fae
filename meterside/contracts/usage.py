"""What a customer's use is, as the CIS tells it: by bill period, by day and by interval, within their tenure.

Quantities are exact, in the `unit` of their service (the meter's own least unit); days are local days of the
premise, intervals start at instants in UTC. Energy that came from the customer stands apart, and is never netted.
History follows the account's own agreements, never the location: what somebody used before is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType
from uuid import UUID

ServiceRef = NewType("ServiceRef", UUID)


class UseQuality(StrEnum):
    """How an amount is known.

    `partial`: some of it is missing, and the amount is what is there. `missing`: nothing came, though later reads
    did. `awaited`: nothing came yet. Only these two have no amount.
    """

    MEASURED = "measured"
    ESTIMATED = "estimated"
    PARTIAL = "partial"
    MISSING = "missing"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True)
class MeteredService:
    """A service of the account with a meter: electric, water or gas at one place.

    `since` and `until` (half-open, None while it runs on) are the account's tenure. `interval_s` is the length of the
    meter's intervals, None where only its dial is read; `step` is the least it can count, in `unit`. `gives_back` says
    whether it measures energy from the customer.
    """

    ref: ServiceRef
    commodity: str
    address_line: str
    zone: str
    unit: str
    since: date
    until: date | None
    interval_s: int | None
    gives_back: bool
    step: Decimal = Decimal(1)

    @property
    def has_days(self) -> bool:
        """Whether use is known by day."""
        return self.interval_s is not None


@dataclass(frozen=True, slots=True)
class UseOfPeriod:
    """A bill period [start, end). One that was billed has its cost, its bill and the unit the bill measured in.

    `quantity` is None where the bill says none. The open period has no cost, no bill and no quantity: its days say it.
    """

    start: date
    end: date
    unit: str
    quantity: Decimal | None
    received: Decimal | None
    quality: UseQuality
    cost_cents: int | None
    bill: UUID | None


@dataclass(frozen=True, slots=True)
class UseOfDay:
    """One local day; `quantity` and `received` in the service's unit."""

    day: date
    quantity: Decimal | None
    received: Decimal | None
    quality: UseQuality


@dataclass(frozen=True, slots=True)
class UseOfInterval:
    """One interval of `seconds` from `starts_at` (UTC), as the meter sent it."""

    starts_at: datetime
    seconds: int
    quantity: Decimal | None
    received: Decimal | None
    quality: UseQuality


@dataclass(frozen=True, slots=True)
class Temperature:
    """A day's lowest and highest temperature, in the degrees of its station."""

    low: Decimal
    high: Decimal

    @property
    def mean(self) -> Decimal:
        """Half-way between."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class WeatherOfDays:
    """The temperatures of the days around a use, as far as they are known; `degrees` is F or C."""

    station: str
    degrees: str
    days: Mapping[date, Temperature]


@dataclass(frozen=True, slots=True)
class UseOfMonth:
    """A calendar month that is over, by its first day: what was used on its `n_days` with data, in the service's unit.

    `temperature` is the mean of its days, None where too few are kept.
    """

    month: date
    quantity: Decimal
    received: Decimal | None
    n_days: int
    temperature: Decimal | None


@dataclass(frozen=True, slots=True)
class MonthsOfUse:
    """Months with data, oldest first; `degrees` is F or C, empty where no temperature is kept."""

    months: tuple[UseOfMonth, ...]
    degrees: str = ""


@dataclass(frozen=True, slots=True)
class PeriodsOfUse:
    """Bill periods, oldest first, at most as many as asked; `open_period` is the one that no bill is made of yet.

    `by_month` are calendar months, where they were asked for. `services` are all of the account's, the open ones first;
    `service` is the one this is about.
    """

    services: tuple[MeteredService, ...]
    service: MeteredService
    periods: tuple[UseOfPeriod, ...]
    open_period: UseOfPeriod | None
    by_month: MonthsOfUse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOfPeriod:
    """One bill period of a service with its days, and those of the same dates a year before.

    `days` are those before today within the tenure, empty where the meter keeps no intervals. `weather` has the
    temperatures of all these days, None where the utility keeps none of the place.
    """

    service: MeteredService
    period: UseOfPeriod
    days: tuple[UseOfDay, ...]
    days_last_year: tuple[UseOfDay, ...]
    weather: WeatherOfDays | None = None

    @property
    def is_open(self) -> bool:
        """Whether no bill is made of it yet."""
        return self.period.bill is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePeriodOfUse(DaysOfPeriod):
    """One bill period with its days, and the periods around it.

    `before` and `last_year` are the billed period before it and the one of about a year before; `next_start` is where
    the one after begins.
    """

    services: tuple[MeteredService, ...]
    known_until: datetime | None
    before: UseOfPeriod | None
    last_year: UseOfPeriod | None
    next_start: date | None


@dataclass(frozen=True, slots=True)
class DaysOfUse:
    """Every day of [start, end) within the tenure and before today; `known_until` is where the data ends (UTC).

    `open_since` and `open_until` are the bill period that no bill is made of yet, None where the service has ended.
    """

    services: tuple[MeteredService, ...]
    service: MeteredService
    days: tuple[UseOfDay, ...]
    known_until: datetime | None
    open_since: date | None
    open_until: date | None


@dataclass(frozen=True, slots=True)
class IntervalsOfUse:
    """Every interval of [start, end) within the tenure and before now.

    `billed` is the billed period that has the first day, else the last one before it, for what a unit costs.
    `weather` has the temperatures of these days, None where the utility keeps none of the place.
    """

    services: tuple[MeteredService, ...]
    service: MeteredService
    intervals: tuple[UseOfInterval, ...]
    known_until: datetime | None
    billed: UseOfPeriod | None
    weather: WeatherOfDays | None = None


@dataclass(frozen=True, slots=True)
class RecentService:
    """What a service that is measured by day used lately: what alerts are judged by.

    `days` are those before today, `intervals` those of the last days and of today so far, each as many as were asked
    for. `open_period` is the one that no bill is made of yet, `billed` the last one billed before the intervals.
    `leak_told` is when the meter itself first told of a leak on the days of the intervals.
    """

    service: MeteredService
    days: tuple[UseOfDay, ...]
    intervals: tuple[UseOfInterval, ...]
    open_period: DaysOfPeriod | None
    billed: UseOfPeriod | None
    leak_told: datetime | None


@dataclass(frozen=True, slots=True)
class RecentUse:
    """An open account's services that are measured by day. `last_bill_cents` is what each came to on the last bill.

    The latter has all services of the bill, those without a meter too; it is empty before a first bill.
    """

    customer_class: str
    services: tuple[RecentService, ...]
    last_bill_cents: Mapping[ServiceRef, int]


@dataclass(frozen=True, slots=True)
class UseToPrice:
    """A quantity for a whole period, and what the customer gave in it, both in `unit`."""

    quantity: Decimal
    received: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class PricedUse:
    """What a use would cost on the rate in force: in all, and the part that goes by use. Cents.

    An estimate: the bill prices what the meter says when the period is over. Where the price goes by the clock,
    `by_day` is what a unit of the use that was asked costs on each day of the period, by its own hours, and `by_clock`
    what it costs in each period of the rate (see DayClock), in cents; both are empty elsewhere.
    """

    total_cents: int
    use_cents: int
    by_day: Mapping[date, Decimal] = field(default_factory=dict)
    by_clock: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Minutes [first, until) of a day on the wall clock, in one period of the customer's rate."""

    first: int
    until: int
    period: str
    is_peak: bool


@dataclass(frozen=True, slots=True)
class DayClock:
    """A whole day by the clock of the rate, in order. A day may have no peak."""

    times: tuple[ClockTime, ...]

    def period_at(self, minute: int) -> str:
        """The period of a minute of the day."""
        return next(one.period for one in self.times if one.first <= minute < one.until)

    @property
    def peak(self) -> tuple[tuple[int, int], ...]:
        """The minutes [first, until) of its peak."""
        return tuple((one.first, one.until) for one in self.times if one.is_peak)


#: What a day's or an interval's quality says beside another one's: the least certain counts.
CERTAINTY: Mapping[UseQuality, int] = {
    UseQuality.MEASURED: 0,
    UseQuality.ESTIMATED: 1,
    UseQuality.PARTIAL: 2,
    UseQuality.MISSING: 3,
    UseQuality.AWAITED: 4,
}


def least_certain(one: UseQuality, other: UseQuality) -> UseQuality:
    """The quality of a sum of two: a part that is not there makes the sum partial."""
    if one is other:
        return one
    worse = max(one, other, key=lambda quality: CERTAINTY[quality])
    return UseQuality.PARTIAL if CERTAINTY[worse] >= CERTAINTY[UseQuality.PARTIAL] else worse
