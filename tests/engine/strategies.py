"""Random tariffs, periods and uses that are valid, for property tests."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from meterside.engine.determinant import Determinant, usage_of
from meterside.engine.money import RoundingRule
from meterside.engine.period import Period
from meterside.engine.quantity import UsageRounding
from meterside.engine.tariff import (
    ChargePer,
    Component,
    FixedCharge,
    Lookup,
    MinimumCharge,
    PercentCharge,
    Proration,
    ProrationMethod,
    Rounding,
    RoundingScope,
    Season,
    SeasonRange,
    Tariff,
    TariffVersion,
    TieredCharge,
    UsageCharge,
    VersionPick,
    constant,
)

SEASONS = (
    Season("winter", (SeasonRange((11, 1), (4, 30)),), "Winter", "Invierno"),
    Season("summer", (SeasonRange((5, 1), (10, 31)),), "Summer", "Verano"),
)
FIRST_DAY = date(2024, 1, 1)

prices = st.decimals(min_value=0, max_value=50, places=4)
amounts = st.decimals(min_value=-20, max_value=200, places=2)
uses = st.decimals(min_value=0, max_value=5000, places=3)


def _rounding(rule: RoundingRule, scope: RoundingScope) -> Rounding:
    """A group is named by its rule: all of a group have one."""
    return Rounding(rule, scope, f"by {rule.value}" if scope is RoundingScope.GROUP else "")


roundings = st.builds(_rounding, st.sampled_from(RoundingRule), st.sampled_from(RoundingScope))
prorations = st.builds(Proration, st.sampled_from(ProrationMethod), st.one_of(st.none(), st.just((27, 35))))


@st.composite
def periods(draw: st.DrawFn, longest_days: int = 70) -> Period:
    """A period inside 2024 and 2025."""
    start = FIRST_DAY + timedelta(days=draw(st.integers(0, 600)))
    return Period(start, start + timedelta(days=draw(st.integers(1, longest_days))))


def _by_season(draw: st.DrawFn, value: st.SearchStrategy[Decimal]) -> Lookup[Decimal]:
    if draw(st.booleans()):
        return constant(draw(value))
    return Lookup(("season",), tuple(((season.name,), draw(value)) for season in SEASONS))


@st.composite
def components(draw: st.DrawFn, pick: VersionPick = VersionPick.DAY_OF_USE) -> tuple[Component, ...]:
    """A fixed charge, a flat or tiered price, and perhaps a credit, a minimum and a tax."""
    found: list[Component] = [
        FixedCharge(
            code="service",
            label="Service",
            amount=_by_season(draw, amounts),
            per=draw(st.sampled_from([ChargePer.BILL, ChargePer.MONTH])),
            proration=draw(prorations),
            version_pick=pick,
            rounding=draw(st.one_of(st.none(), roundings)),
        )
    ]
    if draw(st.booleans()):
        price = _by_season(draw, prices)
        found.append(UsageCharge(code="use", label="Use", price=price, unit="kWh", version_pick=pick))
    else:
        count = draw(st.integers(1, 4))
        found.append(
            TieredCharge(
                code="use",
                label="Use",
                prices=constant(tuple(draw(st.lists(prices, min_size=count, max_size=count)))),
                widths=constant(tuple(draw(_widths(count - 1)))),
                unit="kWh",
                proration=draw(prorations),
                width_per=draw(st.sampled_from(ChargePer)),
                version_pick=pick,
            )
        )
    if draw(st.booleans()):
        credit = constant(-draw(st.decimals(min_value=0, max_value=20, places=2)))
        found.append(FixedCharge(code="credit", label="Credit", amount=credit, version_pick=pick))
    if draw(st.booleans()):
        least = constant(draw(st.decimals(min_value=0, max_value=100, places=2)))
        found.append(MinimumCharge(code="least", label="Minimum", amount=least, version_pick=pick))
    if draw(st.booleans()):
        tax = constant(draw(st.decimals(min_value=0, max_value=1, places=4)))
        found.append(PercentCharge(code="tax", label="Tax", rate=tax, version_pick=pick))
    return tuple(found)


def _widths(count: int) -> st.SearchStrategy[list[Decimal]]:
    return st.lists(st.decimals(min_value=1, max_value=900, places=1), min_size=count, max_size=count)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """A tariff of one to three versions that follow on one another from 2023 on."""
    pick = draw(st.sampled_from(VersionPick))
    cuts = sorted(
        {FIRST_DAY + timedelta(days=each) for each in draw(st.lists(st.integers(1, 700), max_size=2))}
    )
    starts, ends = [date(2023, 1, 1), *cuts], [*cuts, None]
    rounding = draw(st.one_of(st.none(), st.just(UsageRounding(Decimal(1), RoundingRule.DOWN))))
    versions = tuple(
        TariffVersion(
            effective_from=start,
            effective_to=end,
            components=draw(components(pick)),
            seasons=SEASONS,
            rounding=draw(roundings),
            usage_rounding=rounding,
        )
        for start, end in zip(starts, ends, strict=True)
    )
    return Tariff(
        code="T",
        name="Any tariff",
        utility="Any",
        commodity="electric",
        bill_months=draw(st.integers(1, 3)),
        versions=versions,
    )


def kwh(quantity: Decimal) -> dict[str, Determinant]:
    """That much use in kWh."""
    return usage_of(quantity, "kWh")
