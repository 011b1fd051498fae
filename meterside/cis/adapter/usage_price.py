"""What a use would cost on the rate in force, and the clock of the rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from meterside.cis.billing.forecasting import Prices, Quantity, clock_on, price_quantities
from meterside.contracts.cis import AccountRef
from meterside.contracts.usage import ClockTime, DayClock, PricedUse, ServiceRef, UseToPrice
from meterside.engine.hour_prices import hour_prices
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment


def price_use(
    account: AccountRef, service: ServiceRef, *, period: Period, uses: Sequence[UseToPrice]
) -> tuple[PricedUse, ...] | None:
    """See the contract. What does not go by use is what no use at all would cost."""
    nothing = UseToPrice(Decimal(0), None, uses[0].unit) if uses else None
    if nothing is None:
        return ()
    asked = [Quantity(use.quantity, use.received, use.unit) for use in (nothing, *uses)]
    prices = price_quantities(account=account, agreement=service, period=period, uses=asked)
    if prices is None:
        return None
    rated = zip(uses, prices.segments[1:], strict=True)
    return tuple(_priced(prices, one, use) for use, one in rated)


def _priced(prices: Prices, rated: RatedSegment, use: UseToPrice) -> PricedUse:
    idle, hours = prices.segments[0], prices.hours
    use_cents = rated.total_cents - idle.total_cents
    found = hours and hour_prices(prices.tariff, rated, idle, hours, quantity=use.quantity)
    if not found:
        return PricedUse(rated.total_cents, use_cents)
    return PricedUse(rated.total_cents, use_cents, found.by_day, found.by_period)


def clock_of_day(account: AccountRef, service: ServiceRef, *, day: date) -> DayClock | None:
    """See the contract. One query."""
    spans = clock_on(account=account, agreement=service, day=day)
    if spans is None:
        return None
    return DayClock(tuple(ClockTime(one.first, one.until, one.period, one.is_peak) for one in spans))
