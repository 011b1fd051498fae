"""What a unit of use costs, in the unit of the page: the mean of a period, of a day by its hours, of a time of day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from meterside.contracts.usage import PricedUse, UseToPrice

#: Prices uses of the page's period; None where the rate cannot price a use alone.
Pricer = Callable[[Sequence[UseToPrice]], tuple[PricedUse, ...] | None]


@dataclass(frozen=True, slots=True)
class UnitPrices:
    """Cents a unit of use as the page shows it.

    `mean` is that of the whole period; `by_day` and `by_clock` stand where the rate has other prices at other hours.
    """

    mean: Decimal
    by_day: Mapping[date, Decimal] = field(default_factory=dict)
    by_clock: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def go_by_hours(self) -> bool:
        """Whether the price is another at other hours."""
        return bool(self.by_clock)

    def of_day(self, day: date) -> Decimal:
        """What a unit cost on a day."""
        return self.by_day.get(day, self.mean)

    def at(self, period: str) -> Decimal:
        """What a unit costs in a period of the rate's clock."""
        return self.by_clock.get(period, self.mean)


def unit_prices(priced: PricedUse, *, asked: Decimal, shown: Decimal | None) -> UnitPrices | None:
    """The prices behind a priced use that was `asked` in the meter's unit and is `shown` in the page's.

    None where nothing goes by use.
    """
    if not shown or priced.use_cents <= 0:
        return None
    one = asked / shown
    return UnitPrices(
        Decimal(priced.use_cents) / shown,
        {day: cents * one for day, cents in priced.by_day.items()},
        {period: cents * one for period, cents in priced.by_clock.items()},
    )


def whole_cents(amount: Decimal) -> int:
    """To the nearest cent."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
