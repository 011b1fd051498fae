"""What alerts of an account are judged by, asked of the CIS once for all of its people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterside.contracts.cis import AccountRef, Capability, Cis, CisError, HomeView
from meterside.contracts.usage import MeteredService, OnePeriodOfUse, UseOfPeriod, UseQuality
from meterside.engine.alert import NORMAL_DAYS, Value
from meterside.engine.period import Period
from meterside.engine.projection import Projection, cut_to_year_before
from meterside.journeys.watch_usage.leads_to import projection_of, uses_to_price
from meterside.journeys.watch_usage.peak import NO_PEAK, PeakHours, peak_hours
from meterside.journeys.watch_usage.units import Shown, shown_unit
from meterside.portal.preferences.queries import Household, household_of

_ONE_DAY = timedelta(days=1)
#: Days that are looked at hour by hour: long enough for a leak of 24 hours with data a day late.
HOURLY_DAYS = 4
_WHOLE = frozenset({UseQuality.MEASURED, UseQuality.ESTIMATED})


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """A service's recent use in the unit of its pages. `days` are whole days alone, `values` every interval known of.

    `likely_cents` are low, likely and high of the open period where the rate can be priced. `leak_told` is when the
    meter itself first told of a leak on the days that are looked at hour by hour. `peak` is of the latest whole day.
    """

    service: MeteredService
    shown: Shown
    days: Mapping[date, Decimal]
    values: tuple[Value, ...]
    open_since: date | None
    open_until: date | None
    projection: Projection | None
    likely_cents: tuple[int, int, int] | None
    billed: UseOfPeriod | None
    leak_told: datetime | None = None
    peak: PeakHours = NO_PEAK

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.service.zone)

    @property
    def latest(self) -> date | None:
        """The latest whole day."""
        return max(self.days, default=None)


@dataclass(frozen=True, slots=True)
class AccountUse:
    """All services of an account with what its bills say."""

    customer_class: str
    services: tuple[ServiceUse, ...]
    home: HomeView


def gather_account(cis: Cis, account: AccountRef, *, now: datetime, today: date) -> AccountUse | None:
    """Ask for everything; None for a closed account, or one without a meter that says use by day."""
    home = cis.home(account, today=today)
    if not home.account.is_active:
        return None
    try:
        first = cis.use_by_day(account, None, start=today - _ONE_DAY, end=today, today=today)
    except CisError:
        return None
    open_ones = [one for one in first.services if one.has_days and one.until is None]
    household = household_of(account)
    services = tuple(_service(cis, account, one, household, now=now) for one in open_ones)
    return AccountUse(home.account.customer_class, services, home) if services else None


def _service(
    cis: Cis, account: AccountRef, service: MeteredService, household: Household | None, *, now: datetime
) -> ServiceUse:
    shown = shown_unit(service)
    today = now.astimezone(ZoneInfo(service.zone)).date()
    view = cis.use_by_day(
        account, service.ref, start=today - _ONE_DAY * 2 * NORMAL_DAYS, end=today, today=today
    )
    recent = cis.use_by_interval(
        account, service.ref, start=today - _ONE_DAY * HOURLY_DAYS, end=today + _ONE_DAY, now=now
    )
    days = {
        day.day: shown.of(day.quantity)
        for day in view.days
        if day.quantity is not None and day.quality in _WHOLE
    }
    values = [
        Value(item.starts_at, item.seconds, None if item.quantity is None else shown.of(item.quantity))
        for item in recent.intervals
    ]
    while values and values[-1].amount is None:
        values.pop()  # what has not come yet says nothing
    period = _open_period(cis, account, service, today)
    projection = None if period is None else _projection(period, shown, household, today)
    return ServiceUse(
        service=service,
        shown=shown,
        days=days,
        values=tuple(values),
        open_since=view.open_since,
        open_until=view.open_until,
        projection=projection,
        likely_cents=_likely_cents(cis, account, period, shown, projection),
        billed=recent.billed,
        leak_told=cis.leak_told(account, service.ref, since=now - _ONE_DAY * HOURLY_DAYS)
        if service.commodity == "water"
        else None,
        peak=peak_hours(cis, account, service, day=max(days)) if days else NO_PEAK,
    )


def _open_period(
    cis: Cis, account: AccountRef, service: MeteredService, today: date
) -> OnePeriodOfUse | None:
    """As the service's own page has it, so that an alert says what the page says; None where nothing is open."""
    try:
        view = cis.use_of_period(account, service.ref, on=None, today=today)
    except CisError:
        return None
    return view if view.is_open else None


def _projection(
    view: OnePeriodOfUse, shown: Shown, household: Household | None, today: date
) -> Projection | None:
    known, year_ago = (
        {day.day: shown.of(day.quantity) for day in days if day.quantity is not None}
        for days in (view.days, view.days_last_year)
    )
    span = Period(view.period.start, view.period.end)
    return projection_of(view, known, cut_to_year_before(year_ago, span), household, today)


def _likely_cents(
    cis: Cis,
    account: AccountRef,
    view: OnePeriodOfUse | None,
    shown: Shown,
    projection: Projection | None,
) -> tuple[int, int, int] | None:
    if view is None or projection is None or Capability.PRICE_USAGE not in cis.capabilities():
        return None
    uses = uses_to_price(view, projection, shown)
    period = view.period
    try:
        priced = cis.price_use(account, view.service.ref, start=period.start, end=period.end, uses=uses)
    except CisError:
        return None
    if priced is None:
        return None
    low, likely, high = (one.total_cents for one in priced)
    return low, likely, high
