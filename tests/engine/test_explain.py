"""Why a bill changed: parts that sum exactly, in the documented order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.engine.explain import ChangeKind, SegmentInputs, explain_change, price_segment
from meterside.engine.period import Period
from meterside.engine.tariff import PercentCharge, Proration, ProrationMethod, Tariff, constant
from tests.engine.strategies import kwh, periods, tariffs, uses
from tests.engine.tables import worked_table
from tests.engine.test_rating import fixed, tariff_of, use

MAY = Period(date(2025, 5, 1), date(2025, 6, 1))
JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))


def inputs(tariff: Tariff, period: Period, quantity: Decimal, one_time_cents: int = 0) -> SegmentInputs:
    return SegmentInputs(
        tariff=tariff,
        period=period,
        determinants=kwh(quantity),
        attributes={},
        one_time_cents=one_time_cents,
    )


@settings(max_examples=250, deadline=None)
@given(
    tariff_before=tariffs(),
    tariff_after=tariffs(),
    period_before=periods(),
    period_after=periods(),
    use_before=uses,
    use_after=uses,
    one_time=st.integers(-5000, 5000),
)
def test_parts_sum_to_the_difference_always(
    tariff_before: Tariff,
    tariff_after: Tariff,
    period_before: Period,
    period_after: Period,
    use_before: Decimal,
    use_after: Decimal,
    one_time: int,
) -> None:
    before = inputs(tariff_before, period_before, use_before)
    after = inputs(tariff_after, period_after, use_after, one_time)
    found = explain_change(before, after)
    assert found.before_cents == price_segment(before).total_cents
    assert found.after_cents == price_segment(after).total_cents + one_time
    assert sum(part.amount_cents for part in found.parts) == found.difference_cents
    assert [part.kind for part in found.parts] == [kind for kind in ChangeKind if kind != ChangeKind.WEATHER]


@settings(max_examples=100, deadline=None)
@given(tariff=tariffs(), period=periods(), quantity=uses)
def test_nothing_changed_means_no_part_has_money(tariff: Tariff, period: Period, quantity: Decimal) -> None:
    same = inputs(tariff, period, quantity)
    assert {part.amount_cents for part in explain_change(same, same).parts} == {0}


def amounts(before: SegmentInputs, after: SegmentInputs) -> dict[str, int]:
    return {
        part.kind.value: part.amount_cents
        for part in explain_change(before, after).parts
        if part.amount_cents
    }


DAILY = fixed("30", proration=Proration(ProrationMethod.DAYS_30))
LATER = {
    "June, 400 kWh": lambda: inputs(tariff_of(DAILY, use("0.10")), JUNE, Decimal(400)),
    "May (31 days), 310 kWh": lambda: inputs(tariff_of(DAILY, use("0.10")), MAY, Decimal(310)),
    "June, 300 kWh at 0.12": lambda: inputs(tariff_of(DAILY, use("0.12")), JUNE, Decimal(300)),
    "June, 300 kWh, credit of 8.00": lambda: inputs(
        tariff_of(DAILY, use("0.10"), fixed("-8", "help")), JUNE, Decimal(300)
    ),
    "June, 300 kWh, a fee of 25.00": lambda: inputs(
        tariff_of(DAILY, use("0.10")), JUNE, Decimal(300), one_time_cents=2500
    ),
    "May, 410 kWh at 0.20, credit of 5.00": lambda: inputs(
        tariff_of(DAILY, use("0.20"), fixed("-5", "help")), MAY, Decimal(410)
    ),
}


@pytest.mark.parametrize("row", worked_table("algorithms/rating.md", "later bill"), ids=lambda row: row[0])
def test_what_changed_as_documented(row: tuple[str, ...]) -> None:
    before = inputs(tariff_of(DAILY, use("0.10")), JUNE, Decimal(300))
    found = explain_change(before, LATER[row[0]]())
    assert found.before_cents == 6000
    assert [Decimal(part.amount_cents).scaleb(-2) for part in found.parts] == [*map(Decimal, row[1:])]


def test_a_credit_s_tax_goes_with_the_credit() -> None:
    tax = PercentCharge(code="tax", label="T", rate=constant(Decimal("0.10")), of=("service", "help"))
    credit_only = PercentCharge(code="extra", label="X", rate=constant(Decimal("0.50")), of=("help",))
    plain = tariff_of(fixed("30"), replace(tax, of=("service",)))
    helped = tariff_of(fixed("30"), fixed("-10", "help"), tax, credit_only)
    assert amounts(inputs(plain, JUNE, Decimal(0)), inputs(helped, JUNE, Decimal(0))) == {"credits": -1600}


def test_facts_name_the_numbers() -> None:
    tariff = tariff_of(use("0.10"))
    before = inputs(tariff, JUNE, Decimal(300))
    after = replace(inputs(tariff, MAY, Decimal(400)), attributes={"zone": "2"})
    parts = {part.kind: dict(part.facts) for part in explain_change(before, after).parts}
    assert parts[ChangeKind.DAYS] == {"days_before": "30", "days_after": "31"}
    assert parts[ChangeKind.USE] == {"usage_before": "300 kWh", "usage_after": "400 kWh"}
    assert parts[ChangeKind.RATE]["zone_after"] == "2"
    assert explain_change(before, after).to_dict()["parts"][0]["kind"] == "days"
