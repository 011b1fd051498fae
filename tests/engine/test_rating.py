"""Rating: the tables of docs/algorithms, and what must hold for every tariff."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from meterside.engine.determinant import usage_of
from meterside.engine.money import RoundingRule
from meterside.engine.period import Period
from meterside.engine.quantity import UsageRounding
from meterside.engine.rating import RatingError, rate
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
    Tariff,
    TariffVersion,
    TieredCharge,
    UsageCharge,
    VersionPick,
    check_tariff,
    constant,
)
from tests.engine.strategies import SEASONS, kwh
from tests.engine.tables import worked_table

JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))


def tariff_of(*components: Component, bill_months: int = 1, **version: object) -> Tariff:
    """A tariff of one version from 2020 on."""
    found = Tariff(
        code="T",
        name="T",
        utility="U",
        commodity="electric",
        bill_months=bill_months,
        versions=(
            TariffVersion(effective_from=date(2020, 1, 1), components=components, **version),  # type: ignore[arg-type]
        ),
    )
    check_tariff(found)
    return found


def fixed(amount: str, code: str = "service", **more: object) -> FixedCharge:
    return FixedCharge(code=code, label=code, amount=constant(Decimal(amount)), **more)  # type: ignore[arg-type]


def use(price: str, code: str = "use", **more: object) -> UsageCharge:
    return UsageCharge(code=code, label=code, price=constant(Decimal(price)), unit="kWh", **more)  # type: ignore[arg-type]


def tiers(prices: list[str], widths: list[str], **more: object) -> TieredCharge:
    return TieredCharge(
        code="use",
        label="use",
        prices=constant(tuple(map(Decimal, prices))),
        widths=constant(tuple(map(Decimal, widths))),
        unit="kWh",
        **more,  # type: ignore[arg-type]
    )


def days_from(start: date, days: int) -> Period:
    return Period(start, start + timedelta(days=days))


@pytest.mark.parametrize("row", worked_table("algorithms/proration.md", "method"), ids=" ".join)
def test_a_fixed_charge_follows_the_days(row: tuple[str, ...]) -> None:
    method, per, days, cycle, months, amount = row
    component = fixed("30.00", per=ChargePer(per), proration=Proration(ProrationMethod(method)))
    start = date(2025, 3, 1)
    segment = rate(
        tariff_of(component, bill_months=int(months)),
        period=days_from(start, int(days)),
        determinants={},
        cycle=days_from(start, int(cycle)),
    )
    assert Decimal(segment.total_cents).scaleb(-2) == Decimal(amount)


@pytest.mark.parametrize(("days", "cents"), [(26, 2600), (27, 3000), (35, 3000), (36, 3600)])
def test_inside_the_tolerance_window_a_period_is_whole(days: int, cents: int) -> None:
    proration = Proration(ProrationMethod.DAYS_30, (27, 35))
    segment = rate(
        tariff_of(fixed("30", proration=proration)), period=days_from(JUNE.start, days), determinants={}
    )
    assert segment.total_cents == cents


def test_tier_widths_stretch_with_the_days() -> None:
    """Oracle's documentation of step proration: 100 and 300 for 30 days are 150 and 450 for 45."""
    component = tiers(["1", "2", "3"], ["100", "300"], proration=Proration(ProrationMethod.DAYS_30))
    segment = rate(tariff_of(component), period=days_from(JUNE.start, 45), determinants=kwh(Decimal(1000)))
    assert [(line.tier_from, line.tier_to) for line in segment.lines] == [
        (Decimal(low), None if high is None else Decimal(high))
        for low, high in ((0, 150), (150, 600), (600, None))
    ]
    assert [line.quantity for line in segment.lines] == [150, 450, 400]


def test_daily_tiers_follow_the_days() -> None:
    component = tiers(["1", "2"], ["10"], width_per=ChargePer.DAY)
    segment = rate(tariff_of(component), period=days_from(JUNE.start, 7), determinants=kwh(Decimal(100)))
    assert [line.quantity for line in segment.lines] == [70, 30]


def test_a_declining_block_and_an_inclining_one() -> None:
    """Energy management handbook, figure 22-1: 47,500 ccf of gas."""
    component = tiers(["0.4297", "0.4145", "0.4023"], ["10000", "20000"])
    segment = rate(tariff_of(component), period=JUNE, determinants=kwh(Decimal(47500)))
    assert [line.amount_cents for line in segment.lines] == [429700, 829000, 704025]


def test_use_at_the_edge_of_a_tier_stays_in_it() -> None:
    component = tiers(["1", "2"], ["12"])
    segment = rate(tariff_of(component), period=JUNE, determinants=kwh(Decimal(12)))
    assert [line.tier for line in segment.lines] == [1]


def test_no_use_still_shows_a_line() -> None:
    segment = rate(
        tariff_of(tiers(["1", "2"], ["12"]), use("3", "extra")), period=JUNE, determinants=kwh(Decimal(0))
    )
    assert [(line.component, line.quantity, line.amount_cents) for line in segment.lines] == [
        ("use", Decimal(0), 0),
        ("extra", Decimal(0), 0),
    ]


def test_a_rate_change_splits_use_by_days_and_shows_both_versions() -> None:
    old = TariffVersion(
        effective_from=date(2020, 1, 1), effective_to=date(2025, 6, 11), components=(fixed("30"), use("0.10"))
    )
    new = TariffVersion(effective_from=date(2025, 6, 11), components=(fixed("60"), use("0.20")))
    tariff = Tariff(code="T", name="T", utility="U", commodity="electric", versions=(old, new))
    segment = rate(tariff, period=JUNE, determinants=kwh(Decimal(300)))
    found = [
        (line.component, line.version_from.year, line.quantity, line.amount_cents) for line in segment.lines
    ]
    assert [(code, quantity.quantize(Decimal("0.01")), cents) for code, _, quantity, cents in found] == [
        ("service", Decimal("0.33"), 1000),
        ("service", Decimal("0.67"), 4000),
        ("use", Decimal(100), 1000),
        ("use", Decimal(200), 4000),
    ]
    assert segment.versions == (Period(JUNE.start, date(2025, 6, 11)), Period(date(2025, 6, 11), JUNE.end))
    assert [line.days for line in segment.lines if line.component == "service"] == [10, 20]


def test_daily_use_decides_the_split_when_it_is_known() -> None:
    old = TariffVersion(
        effective_from=date(2020, 1, 1), effective_to=date(2025, 6, 11), components=(use("0.10"),)
    )
    new = TariffVersion(effective_from=date(2025, 6, 11), components=(use("0.20"),))
    tariff = Tariff(code="T", name="T", utility="U", commodity="electric", versions=(old, new))
    daily = {day: Decimal("2.5") if day.day <= 10 else Decimal("13.75") for day in JUNE.each_day()}
    total = sum(daily.values(), Decimal(0))
    segment = rate(tariff, period=JUNE, determinants=kwh(total), daily_usage={"usage": daily})
    assert [line.quantity for line in segment.lines] == [Decimal(25), Decimal(275)]


@pytest.mark.parametrize(
    ("pick", "bill_date", "cents"),
    [
        ("read_date", None, 6000),
        ("bill_date", date(2025, 6, 10), 3000),
        ("bill_date", date(2025, 6, 11), 6000),
        ("day_of_use", date(2025, 6, 10), 5000),
    ],
)
def test_what_picks_the_version(pick: str, bill_date: date | None, cents: int) -> None:
    chosen = VersionPick(pick)
    old = TariffVersion(
        effective_from=date(2020, 1, 1),
        effective_to=date(2025, 6, 11),
        components=(fixed("30", version_pick=chosen),),
    )
    new = TariffVersion(effective_from=date(2025, 6, 11), components=(fixed("60", version_pick=chosen),))
    tariff = Tariff(code="T", name="T", utility="U", commodity="electric", versions=(old, new))
    assert rate(tariff, period=JUNE, determinants={}, bill_date=bill_date).total_cents == cents


def test_a_season_decides_the_price_and_the_charge() -> None:
    by_season = Lookup(("season",), ((("winter",), Decimal("0.10")), (("summer",), Decimal("0.30"))))
    energy = UsageCharge(code="use", label="use", price=by_season, unit="kWh")
    tariff = tariff_of(energy, fixed("31", "cooling", season="summer"), seasons=SEASONS)
    spring = Period(date(2025, 4, 16), date(2025, 5, 17))
    segment = rate(tariff, period=spring, determinants=kwh(Decimal(310)))
    assert [
        (line.component, line.season, line.quantity, line.amount_cents) for line in segment.lines[:2]
    ] == [
        ("use", "winter", Decimal(150), 1500),
        ("use", "summer", Decimal(160), 4800),
    ]
    assert segment.lines[2].amount_cents == 1600


def test_a_season_without_a_calendar_is_an_attribute() -> None:
    by_season = Lookup(("season",), ((("Summer",), Decimal(2)), (("Winter",), Decimal(1))))
    tariff = tariff_of(UsageCharge(code="use", label="use", price=by_season, unit="kWh"))
    assert (
        rate(tariff, period=JUNE, determinants=kwh(Decimal(5)), attributes={"season": "Winter"}).total_cents
        == 500
    )


@pytest.mark.parametrize("row", worked_table("algorithms/rounding.md", "scope"), ids=lambda row: row[0])
def test_where_amounts_are_rounded(row: tuple[str, ...]) -> None:
    lines = (fixed("0.335", "a"), fixed("0.335", "b"), fixed("0.33", "c"))
    segment = rate(
        tariff_of(*lines, rounding=Rounding(scope=RoundingScope(row[0]))), period=JUNE, determinants={}
    )
    cents = [*(line.amount_cents for line in segment.lines), segment.total_cents]
    assert [Decimal(each).scaleb(-2) for each in cents] == [*map(Decimal, row[1:])]


def test_a_component_s_tiers_are_rounded_together_where_the_tariff_says() -> None:
    component = tiers(["0.105", "0.205"], ["1"], rounding=Rounding(scope=RoundingScope.COMPONENT))
    segment = rate(tariff_of(component), period=JUNE, determinants=kwh(Decimal(2)))
    assert [line.amount_cents for line in segment.lines] == [11, 20]


def test_use_is_rounded_before_it_is_priced() -> None:
    tariff = tariff_of(use("1"), usage_rounding=UsageRounding(Decimal(1), RoundingRule.DOWN))
    assert rate(tariff, period=JUNE, determinants=kwh(Decimal("12.9"))).total_cents == 1200


# docs/algorithms/tax.md
def test_a_tax_is_taken_of_rounded_lines_and_can_be_taxed() -> None:
    franchise = PercentCharge(code="franchise", label="F", rate=constant(Decimal("0.03")), of=("use",))
    tax = PercentCharge(code="tax", label="T", rate=constant(Decimal("0.10")), of=("use", "franchise"))
    tariff = tariff_of(fixed("10"), use("0.12345"), franchise, tax)
    segment = rate(tariff, period=JUNE, determinants=kwh(Decimal(100)))
    assert [(line.component, line.base, line.amount_cents) for line in segment.lines[2:]] == [
        ("franchise", Decimal("12.35"), 37),
        ("tax", Decimal("12.72"), 127),
    ]


def test_a_tax_on_all_leaves_other_percentages_out() -> None:
    first = PercentCharge(code="a", label="A", rate=constant(Decimal("0.10")))
    second = PercentCharge(code="b", label="B", rate=constant(Decimal("0.10")))
    segment = rate(tariff_of(fixed("10"), first, second), period=JUNE, determinants={})
    assert [line.amount_cents for line in segment.lines] == [1000, 100, 100]


def test_a_tax_whose_rate_changes_takes_each_part_s_share() -> None:
    tax = PercentCharge(code="tax", label="T", rate=constant(Decimal("0.10")))
    later = PercentCharge(code="tax", label="T", rate=constant(Decimal("0.20")))
    service = fixed("30", version_pick=VersionPick.READ_DATE)
    old = TariffVersion(
        effective_from=date(2020, 1, 1), effective_to=date(2025, 6, 11), components=(service, tax)
    )
    new = TariffVersion(effective_from=date(2025, 6, 11), components=(service, later))
    tariff = Tariff(code="T", name="T", utility="U", commodity="electric", versions=(old, new))
    segment = rate(tariff, period=JUNE, determinants={})
    assert [(line.component, line.base, line.amount_cents) for line in segment.lines] == [
        ("service", None, 3000),
        ("tax", Decimal(10), 100),
        ("tax", Decimal(20), 400),
    ]


def test_a_minimum_lifts_the_sum_and_disappears_above_it() -> None:
    least = MinimumCharge(code="least", label="M", amount=constant(Decimal("20")))
    tax = PercentCharge(code="tax", label="T", rate=constant(Decimal("0.05")))
    tariff = tariff_of(fixed("5"), use("0.10"), least, tax)
    low = rate(tariff, period=JUNE, determinants=kwh(Decimal(30)))
    assert [(line.component, line.amount_cents) for line in low.lines[2:]] == [("least", 1200), ("tax", 100)]
    high = rate(tariff, period=JUNE, determinants=kwh(Decimal(300)))
    assert [line.component for line in high.lines] == ["service", "use", "tax"]


def test_a_credit_is_a_negative_fixed_amount() -> None:
    segment = rate(tariff_of(fixed("30"), fixed("-8", "help")), period=JUNE, determinants={})
    assert [(line.kind, line.amount_cents) for line in segment.lines] == [("fixed", 3000), ("credit", -800)]


def test_more_than_two_to_the_31st_cents() -> None:
    segment = rate(tariff_of(use("1.00")), period=JUNE, determinants=kwh(Decimal(10**12)))
    assert segment.total_cents == 10**14


def test_what_cannot_be_priced_says_why() -> None:
    tariff = tariff_of(
        use("1"), FixedCharge(code="s", label="s", amount=Lookup(("meter_size",), ((('3/4"',), Decimal(1)),)))
    )
    cases: list[tuple[dict[str, Any], str]] = [
        ({"determinants": {}}, "missing_determinant"),
        ({"determinants": kwh(Decimal(-1))}, "negative_usage"),
        ({"determinants": usage_of(Decimal(1), "gal")}, "unit"),
        ({"determinants": usage_of(Decimal(1), "cup")}, "unit"),
        ({"attributes": {}}, "missing_attribute"),
        ({"attributes": {"meter_size": "9"}}, "unknown_attribute"),
        ({"period": Period(date(2019, 12, 20), date(2020, 1, 20))}, "no_rate"),
        ({"daily_usage": {"usage": {JUNE.start: Decimal(1)}}}, "daily_usage"),
        ({"daily_usage": {"usage": dict.fromkeys(JUNE.each_day(), Decimal(-1))}}, "daily_usage"),
    ]
    good: dict[str, Any] = {
        "period": JUNE,
        "determinants": kwh(Decimal(1)),
        "attributes": {"meter_size": "3/4"},
    }
    assert rate(tariff, **good).total_cents == 200
    for change, kind in cases:
        with pytest.raises(RatingError) as caught:
            rate(tariff, **{**good, **change})
        assert caught.value.kind == kind


def test_a_read_date_after_the_last_version_has_no_rate() -> None:
    version = TariffVersion(
        effective_from=date(2020, 1, 1),
        effective_to=date(2025, 7, 1),
        components=(fixed("1", version_pick=VersionPick.READ_DATE),),
    )
    tariff = Tariff(code="T", name="T", utility="U", commodity="electric", versions=(version,))
    with pytest.raises(RatingError, match="read_date"):
        rate(tariff, period=JUNE, determinants={})
