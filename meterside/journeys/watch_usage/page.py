"""Usage as it is shown. Amounts are in the page's `unit`, money in cents; texts are in the language of the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from meterside.contracts.usage import MeteredService, ServiceRef, UseQuality


@dataclass(frozen=True, slots=True)
class ServiceTab:
    """One of the account's metered services, to choose. `place` is empty where all are at one place and of one kind."""

    ref: ServiceRef
    name: str
    place: str
    commodity: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class DayOfPeriod:
    """A day: its use, last year's, what it gave back, what it cost; `is_expected` where it is still to come.

    `temperature` is its mean, in the degrees of the page's `temperatures`.
    """

    day: date
    amount: Decimal | None
    quality: UseQuality
    is_expected: bool = False
    last_year: Decimal | None = None
    given: Decimal | None = None
    cost_cents: int | None = None
    temperature: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Temperatures:
    """What the weather was beside a use, in words; `degrees` is F or C."""

    degrees: str
    words: str


@dataclass(frozen=True, slots=True)
class Likely:
    """Where the open period leads: a range of use, and of its cost where the rate can price it.

    `habit_words` say what of the household's profile counted.
    """

    low: str
    likely: str
    high: str
    low_cents: int | None
    high_cents: int | None
    until: date
    words: str
    habit_words: str = ""


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """One bill period by day. `total` is empty where nothing of it is known.

    `temperatures` is None where the utility keeps none of the place.
    """

    service: MeteredService
    tabs: tuple[ServiceTab, ...]
    unit: str
    first: date
    last: date
    is_open: bool
    place: str
    total: str
    cost_cents: int | None
    cost_words: str
    compared: tuple[str, ...]
    days: tuple[DayOfPeriod, ...]
    data_words: str
    known_until: datetime | None
    likely: Likely | None
    given: str
    given_words: str
    bill_words: str
    bill: object | None
    previous_on: date | None
    next_on: date | None
    latest_day: date | None
    temperatures: Temperatures | None = None


@dataclass(frozen=True, slots=True)
class YearRow:
    """A billed period of the year's list, beside the one of a year before."""

    start: date
    end: date
    label_day: date
    amount: Decimal | None
    said: str
    quality: UseQuality
    last_year: Decimal | None
    given: str
    cost_cents: int | None
    bill: object | None


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A calendar month by the meter, in words; what is not known is empty. `gaps` says how many days are known.

    `than_last_year` is against the same month a year before.
    """

    month: date
    said: str
    gaps: str
    than_last_year: str
    temperature: str


@dataclass(frozen=True, slots=True)
class YearPage:
    """A year of bill periods. Amounts are in `unit`, which is the bill's own where the meter's cannot say it.

    `months` are those of the year that are over, the latest first; `degrees` is F or C where any has a temperature.
    """

    service: MeteredService
    tabs: tuple[ServiceTab, ...]
    unit: str
    rows: tuple[YearRow, ...]
    words: str
    total: str
    cost_cents: int | None
    older_until: date | None
    newer_until: date | None
    is_latest: bool
    months: tuple[MonthRow, ...] = ()
    degrees: str = ""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a day, or an interval of the meter's own; `is_peak` where it begins in peak hours."""

    starts_at: datetime
    seconds: int
    amount: Decimal | None
    quality: UseQuality
    given: Decimal | None = None
    cost_cents: int | None = None
    is_peak: bool = False


@dataclass(frozen=True, slots=True)
class DayPage:
    """One local day by hour, or by the meter's own intervals. `beside` is of its peak hours and its weather."""

    service: MeteredService
    tabs: tuple[ServiceTab, ...]
    unit: str
    day: date
    total: str
    cost_cents: int | None
    cost_words: str
    hours: tuple[Hour, ...]
    sentences: tuple[str, ...]
    beside: tuple[str, ...]
    data_words: str
    given: str
    by_reading: bool
    has_readings: bool
    interval_minutes: int
    is_long_or_short: str
    previous: date | None
    next: date | None
    known_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two stretches that are compared."""

    first: date
    last: date
    days: tuple[DayOfPeriod, ...]
    total: Decimal
    n_known: int
    said: str
    a_day: str


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Two stretches of days beside each other, the later one first."""

    service: MeteredService
    tabs: tuple[ServiceTab, ...]
    unit: str
    one: Side
    other: Side
    sentences: tuple[str, ...] = field(default=())
