"""What a use would cost on the rate in force."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from meterside.cis.billing.forecasting import Quantity, price_quantities
from meterside.contracts.cis import AccountRef
from meterside.contracts.usage import PricedUse, ServiceRef, UseToPrice
from meterside.engine.period import Period


def price_use(
    account: AccountRef, service: ServiceRef, *, period: Period, uses: Sequence[UseToPrice]
) -> tuple[PricedUse, ...] | None:
    """See the contract. What does not go by use is what no use at all would cost."""
    nothing = UseToPrice(Decimal(0), None, uses[0].unit) if uses else None
    if nothing is None:
        return ()
    asked = [Quantity(use.quantity, use.received, use.unit) for use in (nothing, *uses)]
    cents = price_quantities(account=account, agreement=service, period=period, uses=asked)
    if cents is None:
        return None
    return tuple(PricedUse(total, total - cents[0]) for total in cents[1:])
