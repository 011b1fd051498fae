"""Charges of many accounts in whole numbers: each kind's cents, a number an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.fixed import FixedCharge
from meterside.engine.components.minimum import MinimumCharge
from meterside.engine.components.percent import PercentCharge
from meterside.engine.components.tiered import TieredCharge, tier_width
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.components.usage import UsageCharge
from meterside.engine.money import RoundingRule, round_to_cents
from meterside.engine.pricing import Part
from meterside.engine.proration import Factor, PeriodDays, factor
from meterside.engine.quantity import convert
from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import ChargePer, Proration, RoundingScope
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import Lookup

Whole = NDArray[np.int64]

#: Products must stay below this, with room for a rounding's half.
_ROOM = 2**62
#: Quantities are kept to six places of their unit.
_MICRO = 10**6


class NotVectorised(ValueError):
    """A tariff, or use, that is not priced for many accounts at once; the text says what of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all accounts of one bill share: days, attributes, and what a count of their intervals is worth."""

    days: PeriodDays
    attributes: Mapping[str, str | int | Decimal]
    unit: str
    scale: Decimal
    seconds: int

    def table(self, table: Lookup[Any], part: Part) -> Any:
        """What a table says; ``NotVectorised`` where it names a dated series."""
        value = table.get(self.attributes, part.season)
        if any(isinstance(each, SeriesRef) for each in (value if isinstance(value, tuple) else (value,))):
            raise NotVectorised("dated series")
        return value

    def micro(self, unit: str, times: Fraction = Fraction(1)) -> int:
        """Millionths of ``unit`` that a count is worth."""
        worth = Fraction(convert(self.scale, self.unit, unit)) * _MICRO * times
        if worth.denominator != 1:
            raise NotVectorised(f"a count of less than a millionth of {unit}")
        return int(worth)


@dataclass(slots=True)
class Bills:
    """One period's bills of a block of accounts: sums by class of the clock, and the cents so far."""

    terms: Terms
    total: Whole
    by_class: Callable[[Component], Mapping[str, Whole]]
    peak: Callable[[Component], Whole | None]
    cents: dict[str, Whole] = field(default_factory=dict)
    in_base: list[str] = field(default_factory=list)

    def sum(self) -> Whole:
        """Total cents of each account."""
        return sum(self.cents.values(), np.zeros_like(self.total))

    def base(self, component: Component) -> Whole:
        """What a percentage or minimum is taken of, in cents."""
        codes = component.refers_to() or tuple(self.in_base)
        return sum((self.cents[code] for code in codes if code in self.cents), np.zeros_like(self.total))


def charge(component: Component, part: Part, bills: Bills) -> None:
    """Add a component's cents to the bills. Raises ``NotVectorised`` for kinds and rules not priced here."""
    price = _PRICERS.get(type(component))
    if price is None:
        raise NotVectorised(f"{component.code}: the kind {component.kind}")
    _refuse_unknown(component)
    if any(part.version.use(name) is not None for name in component.determinants()):
        raise NotVectorised(f"{component.code}: a use that is worked out")
    rounding = component.rounding or part.version.rounding
    if rounding.scope is not RoundingScope.LINE:
        raise NotVectorised(f"{component.code}: rounding by {rounding.scope.value}")
    if part.version.usage_rounding is not None and component.determinants():
        raise NotVectorised(f"{component.code}: rounding of use")
    if any(name != "usage" for name in component.determinants()):
        raise NotVectorised(f"{component.code}: another quantity than usage")
    bills.cents[component.code] = price(component, part, bills, rounding.rule)
    if component.in_base:
        bills.in_base.append(component.code)


def _refuse_unknown(component: Component) -> None:
    """Refuse a field that is not at its default and that its pricer here does not know."""
    known = _KNOWN[type(component)]
    for entry in fields(component):
        if entry.name in known or entry.name in _COMMON or entry.default is MISSING:
            continue
        if getattr(component, entry.name) != entry.default:
            raise NotVectorised(f"{component.code}: {entry.name}")


def cents_of(quantity: Whole, price: Fraction, rule: RoundingRule) -> Whole:
    """``quantity`` times a price in cents, rounded by a rule; exact in 64 bits or ``NotVectorised``."""
    number, divisor = price.numerator, price.denominator
    if quantity.size and (int(np.abs(quantity).max()) * abs(number) + divisor) * 2 >= _ROOM:
        raise NotVectorised("an amount beyond 62 bits")
    return divided(quantity * number, divisor, rule)


def divided(number: Whole, divisor: int, rule: RoundingRule) -> Whole:
    """Whole quotients, rounded by a rule; ``divisor`` is more than nothing."""
    if divisor == 1:
        return number
    size, sign = np.abs(number), np.sign(number)
    if rule is RoundingRule.HALF_UP:
        found = (2 * size + divisor) // (2 * divisor)
    elif rule is RoundingRule.DOWN:
        found = size // divisor
    elif rule is RoundingRule.UP:
        found = -(-size // divisor)
    else:
        found, rest = np.divmod(size, divisor)
        found = found + ((2 * rest > divisor) | ((2 * rest == divisor) & (found % 2 == 1)))
    result: Whole = sign * found
    return result


def _times(proration: Proration, per: ChargePer, part: Part, bills: Bills) -> Factor:
    return factor(proration, per, part.span.days, bills.terms.days)


def _fixed(component: FixedCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    amount = bills.terms.table(component.amount, part)
    cents = round_to_cents(_times(component.proration, component.per, part, bills).of(amount), rule)
    return np.full_like(bills.total, cents)


def _usage(component: UsageCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    price = Fraction(bills.terms.table(component.price, part)) * 100
    worth = Fraction(convert(bills.terms.scale, bills.terms.unit, component.unit))
    return cents_of(bills.total, price * worth, rule)


def _tiered(component: TieredCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    times = _times(component.proration, component.width_per, part, bills)
    prices = bills.terms.table(component.prices, part)
    widths = _micro_widths(bills.terms.table(component.widths, part), times)
    quantity = bills.total * bills.terms.micro(component.unit)
    return _blocks(quantity, prices, widths, rule)


def _time_of_use(component: TimeOfUseCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    if component.hours_of:
        raise NotVectorised(f"{component.code}: tiers in hours of demand")
    times = _times(component.proration, component.width_per, part, bills)
    micro, uses = bills.terms.micro(component.unit), bills.by_class(component)
    found = np.zeros_like(bills.total)
    overall = _micro_widths(bills.terms.table(component.widths, part), times) if component.widths else ()
    for each in component.periods:
        if each.period not in uses:
            continue
        prices, use = bills.terms.table(each.prices, part), uses[each.period]
        if component.widths:
            found += _shared(use, bills.total, prices, overall, micro, rule)
        else:
            own = _micro_widths(bills.terms.table(each.widths, part), times) if each.widths else ()
            found += _blocks(use * micro, prices, own, rule)
    return found


def _demand(component: DemandCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    extras = (component.minimum, component.contract, component.ratchet, component.power_factor)
    is_plain = not any(extras) and component.demand_rounding is None and not component.at
    if not is_plain or component.unit != "kW" or component.intervals != "usage":
        raise NotVectorised(f"{component.code}: demand beyond the highest interval")
    if component.window_minutes * 60 not in (0, bills.terms.seconds):
        raise NotVectorised(f"{component.code}: a window of several intervals")
    peak = bills.peak(component)
    if peak is None:
        return np.zeros_like(bills.total)
    times = _times(component.proration, component.per, part, bills)
    often = Fraction(times.numerator, times.denominator)
    prices = [Fraction(price) * often for price in bills.terms.table(component.prices, part)]
    widths = (
        _micro_widths(bills.terms.table(component.widths, part), Factor(1, 1)) if component.widths else ()
    )
    quantity = peak * bills.terms.micro("kWh", Fraction(3600, bills.terms.seconds))
    return _blocks(quantity, prices, widths, rule)


def _percent(component: PercentCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    return cents_of(bills.base(component), Fraction(bills.terms.table(component.rate, part)), rule)


def _minimum(component: MinimumCharge, part: Part, bills: Bills, rule: RoundingRule) -> Whole:
    times = _times(component.proration, component.per, part, bills)
    least = (
        Fraction(bills.terms.table(component.amount, part))
        * 100
        * Fraction(times.numerator, times.denominator)
    )
    missing = least.numerator - bills.base(component) * least.denominator
    return divided(np.maximum(missing, 0), least.denominator, rule)


def _micro_widths(widths: tuple[Decimal, ...], times: Factor) -> tuple[int, ...]:
    found = []
    for width in widths:
        micro = Fraction(tier_width(width, times)) * _MICRO
        if micro.denominator != 1:
            raise NotVectorised("a tier's width with more than six places")
        found.append(int(micro))
    return tuple(found)


def _blocks(quantity: Whole, prices: Any, widths: tuple[int, ...], rule: RoundingRule) -> Whole:
    """Cents of millionths that fill tiers one after another, each tier's line rounded."""
    found = np.zeros_like(quantity)
    lower = 0
    for place, price in enumerate(prices):
        upper = lower + widths[place] if place < len(widths) else None
        within = np.maximum((quantity if upper is None else np.minimum(quantity, upper)) - lower, 0)
        found += cents_of(within, Fraction(price) * 100 / _MICRO, rule)
        lower = upper if upper is not None else lower
    return found


def _shared(
    use: Whole, every: Whole, prices: Any, widths: tuple[int, ...], micro: int, rule: RoundingRule
) -> Whole:
    """Cents of a period's use where all use fills the tiers: in each tier its share of all."""
    found = np.zeros_like(use)
    whole, all_whole = use * micro, every * micro
    running, upper = np.zeros_like(use), 0
    divisor = np.maximum(every, 1)
    for place, price in enumerate(prices):
        reached = whole
        if place < len(widths):
            upper += widths[place]
            if use.size and int(use.max()) * upper * 2 >= _ROOM:
                raise NotVectorised("a tier beyond 62 bits")
            share = use * upper
            part, rest = np.divmod(share, divisor)
            # Half a millionth goes to the even one, as shares are rounded.
            part = part + ((2 * rest > divisor) | ((2 * rest == divisor) & (part % 2 == 1)))
            reached = np.where(all_whole > upper, part, whole)
        found += cents_of(reached - running, Fraction(price) * 100 / _MICRO, rule)
        running = reached
    return found


_COMMON = frozenset(entry.name for entry in fields(Component))
#: Fields with defaults that the pricers here read; any other that is set is refused.
_KNOWN: dict[type[Component], frozenset[str]] = {
    FixedCharge: frozenset({"per"}),
    UsageCharge: frozenset({"determinant"}),
    TieredCharge: frozenset({"determinant", "width_per"}),
    TimeOfUseCharge: frozenset({"determinant", "widths", "width_per", "hours_of"}),
    DemandCharge: frozenset(
        {
            *("widths", "unit", "per", "determinant", "intervals", "reactive", "window_minutes", "sliding"),
            *(
                "schedule",
                "period",
                "at",
                "minimum",
                "contract",
                "ratchet",
                "power_factor",
                "demand_rounding",
            ),
        }
    ),
    PercentCharge: frozenset({"of"}),
    MinimumCharge: frozenset({"per", "of"}),
}
_PRICERS: dict[type[Component], Callable[[Any, Part, Bills, RoundingRule], Whole]] = {
    FixedCharge: _fixed,
    UsageCharge: _usage,
    TieredCharge: _tiered,
    TimeOfUseCharge: _time_of_use,
    DemandCharge: _demand,
    PercentCharge: _percent,
    MinimumCharge: _minimum,
}
