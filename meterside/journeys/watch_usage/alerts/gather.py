"""What alerts of accounts are judged by, asked of the CIS once for all of them and all of their people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterside.contracts.cis import AccountRef, Capability, Cis, CisError
from meterside.contracts.usage import (
    DaysOfPeriod,
    MeteredService,
    RecentService,
    ServiceRef,
    UseOfPeriod,
    UseQuality,
)
from meterside.engine.alert import NORMAL_DAYS, Value
from meterside.engine.projection import Projection
from meterside.journeys.watch_usage.leads_to import projection_of, shown_days, uses_to_price
from meterside.journeys.watch_usage.units import Shown, shown_unit
from meterside.portal.preferences.queries import Household

#: Days that are looked at hour by hour: long enough for a leak of 24 hours with data a day late.
_HOURLY_DAYS = 4
_WHOLE = frozenset({UseQuality.MEASURED, UseQuality.ESTIMATED})


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """A service's recent use in the unit of its pages. `days` are whole days alone, `values` every interval known of.

    `leak_told` is when the meter itself first told of a leak on the days that are looked at hour by hour.
    """

    service: MeteredService
    shown: Shown
    days: Mapping[date, Decimal]
    values: tuple[Value, ...]
    open_period: DaysOfPeriod | None
    projection: Projection | None
    billed: UseOfPeriod | None
    leak_told: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.service.zone)

    @property
    def open_since(self) -> date | None:
        """When the period began that no bill is made of yet."""
        return None if self.open_period is None else self.open_period.period.start

    @property
    def latest(self) -> date | None:
        """The latest whole day."""
        return max(self.days, default=None)


@dataclass(frozen=True, slots=True)
class AccountUse:
    """An account's services with what each of them, and those without a meter, came to on the last bill."""

    account: AccountRef
    customer_class: str
    services: tuple[ServiceUse, ...]
    last_bill_cents: Mapping[ServiceRef, int]


def gather(
    cis: Cis,
    accounts: Sequence[AccountRef],
    *,
    now: datetime,
    household: Callable[[AccountRef], Household | None],
) -> tuple[AccountUse, ...]:
    """The use of each open account with a meter that says use by day. Raises what the CIS's reads raise."""
    found = cis.recent_use(accounts, now=now, n_days=2 * NORMAL_DAYS, n_interval_days=_HOURLY_DAYS)
    return tuple(
        AccountUse(
            account=account,
            customer_class=use.customer_class,
            services=tuple(_service(one, household(account), now=now) for one in use.services),
            last_bill_cents=use.last_bill_cents,
        )
        for account, use in found.items()
    )


def _service(recent: RecentService, household: Household | None, *, now: datetime) -> ServiceUse:
    service = recent.service
    shown = shown_unit(service)
    values = [
        Value(item.starts_at, item.seconds, None if item.quantity is None else shown.of(item.quantity))
        for item in recent.intervals
    ]
    while values and values[-1].amount is None:
        values.pop()  # what has not come yet says nothing
    today = now.astimezone(ZoneInfo(service.zone)).date()
    period = recent.open_period
    return ServiceUse(
        service=service,
        shown=shown,
        days={
            day.day: shown.of(day.quantity)
            for day in recent.days
            if day.quantity is not None and day.quality in _WHOLE
        },
        values=tuple(values),
        open_period=period,
        # As the service's own page has it, so that an alert says what the page says.
        projection=None
        if period is None
        else projection_of(period, shown_days(period, shown), household, today),
        billed=recent.billed,
        leak_told=recent.leak_told,
    )


def likely_cents(cis: Cis, account: AccountRef, use: ServiceUse) -> tuple[int, int, int] | None:
    """Low, likely and high of the open period; None where nothing is open, or the rate cannot be priced."""
    view, projection = use.open_period, use.projection
    if view is None or projection is None or Capability.PRICE_USAGE not in cis.capabilities():
        return None
    uses = uses_to_price(view, projection, use.shown)
    period = view.period
    try:
        priced = cis.price_use(account, view.service.ref, start=period.start, end=period.end, uses=uses)
    except CisError:
        return None
    if priced is None:
        return None
    low, likely, high = (one.total_cents for one in priced)
    return low, likely, high
