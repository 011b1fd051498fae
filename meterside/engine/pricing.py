"""Pricing of single components: each takes one part of the period and gives draft lines.

A draft is a line whose cents are not settled yet; ``engine.rating`` settles them by the rounding
the tariff names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from meterside.engine.determinant import Determinant
from meterside.engine.period import Period
from meterside.engine.proration import SHARE_PLACES, Factor, PeriodDays, UsageShare, factor
from meterside.engine.quantity import CannotConvert, UnknownUnit, convert
from meterside.engine.rated import RatedLine
from meterside.engine.tariff.model import (
    Component,
    FixedCharge,
    MinimumCharge,
    PercentCharge,
    Rounding,
    TariffVersion,
    TieredCharge,
    UsageCharge,
)

ZERO = Decimal(0)

Attributes = Mapping[str, str | int | Decimal]


class RatingError(ValueError):
    """The segment cannot be priced; ``kind`` is a stable code, ``detail`` says what in words.

    Kinds: no_rate (no version on some day), missing_determinant, negative_usage, daily_usage
    (does not cover the period), missing_attribute, unknown_attribute, unit.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the period priced by one version in one season."""

    version: TariffVersion
    span: Period
    season: str | None


@dataclass(slots=True, kw_only=True)
class Draft:
    """A line before its cents are settled; ``cents`` stays None until then."""

    component: Component
    part: Part
    kind: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_unit: str
    unrounded: Decimal
    rounding: Rounding
    determinant: str = ""
    tier: int = 0
    tier_from: Decimal | None = None
    tier_to: Decimal | None = None
    days: int = 0
    days_basis: int = 0
    base: Decimal | None = None
    cents: int | None = None

    @property
    def amount(self) -> Decimal:
        """What a percentage is taken of: the cents once settled, else the exact amount."""
        return self.unrounded if self.cents is None else Decimal(self.cents).scaleb(-2)

    def line(self) -> RatedLine:
        """The finished line."""
        if self.cents is None:
            raise AssertionError("cents are not settled")
        return RatedLine(
            component=self.component.code,
            kind=self.kind,
            label=self.component.label,
            label_es=self.component.label_es,
            quantity=self.quantity,
            unit=self.unit,
            price=self.price,
            price_unit=self.price_unit,
            version_from=self.part.version.effective_from,
            span=self.part.span,
            unrounded=self.unrounded,
            amount_cents=self.cents,
            determinant=self.determinant,
            season=self.part.season or "",
            tier=self.tier,
            tier_from=self.tier_from,
            tier_to=self.tier_to,
            days=self.days,
            days_basis=self.days_basis,
            base=self.base,
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """What all components of a segment are priced from."""

    days: PeriodDays
    determinants: Mapping[str, Determinant]
    attributes: Attributes
    shares: Mapping[str, UsageShare]
    even_share: UsageShare

    def usage(self, component: UsageCharge | TieredCharge, part: Part) -> Decimal:
        """The part's share of a determinant, converted, and rounded as the tariff says."""
        determinant = self.determinants.get(component.determinant)
        if determinant is None:
            raise RatingError("missing_determinant", f"{component.code} needs {component.determinant}")
        if determinant.quantity < 0:
            said = f"{determinant.name} is {determinant.quantity} {determinant.unit}"
            raise RatingError("negative_usage", f"{said}; it cannot be priced")
        try:
            total = convert(determinant.quantity, determinant.unit, component.unit, part.version.factors)
        except (UnknownUnit, CannotConvert) as error:
            raise RatingError("unit", f"{component.code}: {error}") from error
        if part.version.usage_rounding is not None:
            total = part.version.usage_rounding.apply(total)
        return self.shares.get(component.determinant, self.even_share).of(total, part.span)


def price_fixed(component: FixedCharge, part: Part, inputs: Inputs, rounding: Rounding) -> list[Draft]:
    """An amount per bill, month or day."""
    amount = component.amount.get(inputs.attributes, part.season)
    times = factor(component.proration, component.per, part.span.days, inputs.days)
    return [
        Draft(
            component=component,
            part=part,
            kind="credit" if amount < 0 else "fixed",
            quantity=times.quantity,
            unit=component.per.value,
            price=amount,
            price_unit=component.per.value,
            unrounded=times.of(amount),
            rounding=rounding,
            days=times.days,
            days_basis=times.days_basis,
        )
    ]


def price_usage(component: UsageCharge, part: Part, inputs: Inputs, rounding: Rounding) -> list[Draft]:
    """One price for each unit used."""
    quantity = inputs.usage(component, part)
    price = component.price.get(inputs.attributes, part.season)
    return [
        Draft(
            component=component,
            part=part,
            kind="usage",
            quantity=quantity,
            unit=component.unit,
            price=price,
            price_unit=component.unit,
            unrounded=quantity * price,
            rounding=rounding,
            determinant=component.determinant,
        )
    ]


def price_tiered(component: TieredCharge, part: Part, inputs: Inputs, rounding: Rounding) -> list[Draft]:
    """Blocks of use, each at its price; blocks nothing fell into are left out, but for the first."""
    quantity = inputs.usage(component, part)
    prices = component.prices.get(inputs.attributes, part.season)
    widths = component.widths.get(inputs.attributes, part.season)
    times = factor(component.proration, component.width_per, part.span.days, inputs.days)
    drafts = []
    lower = ZERO
    for tier, price in enumerate(prices, start=1):
        upper = lower + tier_width(widths[tier - 1], times) if tier <= len(widths) else None
        within = (quantity if upper is None else min(quantity, upper)) - lower
        if within > 0 or tier == 1:
            drafts.append(
                Draft(
                    component=component,
                    part=part,
                    kind="tiered",
                    quantity=within,
                    unit=component.unit,
                    price=price,
                    price_unit=component.unit,
                    unrounded=within * price,
                    rounding=rounding,
                    determinant=component.determinant,
                    tier=tier,
                    tier_from=lower,
                    tier_to=upper,
                    days=times.days,
                    days_basis=times.days_basis,
                )
            )
        if upper is None or quantity <= upper:
            break
        lower = upper
    return drafts


def tier_width(width: Decimal, times: Factor) -> Decimal:
    """The width of a tier for this period; kept to six places where days do not divide evenly."""
    if times.denominator == 1:
        return width * times.numerator
    return times.of(width).quantize(SHARE_PLACES, rounding=ROUND_HALF_EVEN)


def price_minimum(
    component: MinimumCharge, part: Part, inputs: Inputs, rounding: Rounding, before: list[Draft]
) -> list[Draft]:
    """What is missing to the least amount of a bill; no line when nothing is."""
    amount = component.amount.get(inputs.attributes, part.season)
    times = factor(component.proration, component.per, part.span.days, inputs.days)
    base = base_of(component, part, before)
    missing = times.of(amount) - base
    if missing <= 0:
        return []
    return [
        Draft(
            component=component,
            part=part,
            kind="minimum",
            quantity=times.quantity,
            unit=component.per.value,
            price=amount,
            price_unit=component.per.value,
            unrounded=missing,
            rounding=rounding,
            days=times.days,
            days_basis=times.days_basis,
            base=base,
        )
    ]


def price_percent(
    component: PercentCharge, part: Part, inputs: Inputs, rounding: Rounding, before: list[Draft]
) -> list[Draft]:
    """A share of other components' amounts."""
    rate = component.rate.get(inputs.attributes, part.season)
    base = base_of(component, part, before)
    return [
        Draft(
            component=component,
            part=part,
            kind="percent",
            quantity=base,
            unit="currency",
            price=rate,
            price_unit="currency",
            unrounded=base * rate,
            rounding=rounding,
            base=base,
        )
    ]


def base_of(component: PercentCharge | MinimumCharge, part: Part, before: list[Draft]) -> Decimal:
    """Sum of the amounts a percentage or minimum is taken of, over the days of one part.

    A line that covers other days too counts for its share of days, so that the bases of all
    parts sum to the lines. Settled lines count with their cents, others exactly (docs/algorithms/tax.md).
    """
    listed = _listed_before(component, part.version)
    total = ZERO
    for draft in before:
        if draft.component.code not in listed:
            continue
        span = draft.part.span
        if span == part.span:
            total += draft.amount
            continue
        shared = span.overlap(part.span)
        if shared is not None:
            total += draft.amount * shared.days / span.days
    return total


def _listed_before(component: PercentCharge | MinimumCharge, version: TariffVersion) -> frozenset[str]:
    if component.of:
        return frozenset(component.of)
    codes = []
    for other in version.components:
        if other.code == component.code:
            break
        if not isinstance(other, PercentCharge):
            codes.append(other.code)
    return frozenset(codes)
