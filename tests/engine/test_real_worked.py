"""Published worked bills, line by line: to the cent."""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterside.engine.determinant import Determinant, usage_of
from meterside.engine.money import RoundingRule
from meterside.engine.period import Period
from meterside.engine.quantity import ConversionFactors, UsageRounding
from meterside.engine.rating import RatedSegment, rate
from meterside.engine.state import NO_STATE
from meterside.engine.tariff import (
    FixedCharge,
    Lookup,
    PercentCharge,
    Proration,
    ProrationMethod,
    Tariff,
    TariffVersion,
    TieredCharge,
    UsageCharge,
    constant,
)
from meterside.engine.tariff.document import tariff_from_toml
from meterside.engine.terms.use import BilledUse
from meterside.engine.winter_average import PriorUse, WinterAverageRule, winter_average
from tests.engine.tables import FOLDER

pytestmark = pytest.mark.real_data


MONTH = Period(date(2025, 1, 1), date(2025, 2, 1))


def _month_from(day: date) -> Period:
    return Period(day, day + timedelta(days=monthrange(day.year, day.month)[1]))


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.fixture
def worked(real_data: Path) -> dict[str, Any]:
    text = (real_data / "worked-bills" / "worked_bills.json").read_text("utf-8")
    return {case["id"]: case for case in json.loads(text)["cases"]}


def _tariff(*components: Any, commodity: str = "electric", **version: Any) -> Tariff:
    found = TariffVersion(effective_from=date(2020, 1, 1), components=components, **version)
    return Tariff(code="w", name="w", utility="w", commodity=commodity, versions=(found,))


def _blocks(blocks: list[Any], code: str, unit: str) -> TieredCharge:
    return TieredCharge(
        code=code,
        label=code,
        prices=constant(tuple(Decimal(price) for _, price in blocks)),
        widths=constant(tuple(Decimal(width) for width, _ in blocks if width is not None)),
        unit=unit,
    )


def _fixed(code: str, amount: str) -> FixedCharge:
    return FixedCharge(code=code, label=code, amount=constant(Decimal(amount)))


def _priced(tariff: Tariff, use: str, unit: str, **attributes: str) -> RatedSegment:
    return rate(tariff, period=MONTH, determinants=usage_of(Decimal(use), unit), attributes=attributes)


def test_seymour_line_by_line(worked: dict[str, Any]) -> None:
    case = worked["seymour-winter-1200"]
    rates, expected = case["rates"], case["expected_lines"]
    tariff = _tariff(
        _blocks(rates["blocks"], "energy", "kWh"),
        UsageCharge(
            code="power", label="p", price=constant(Decimal(rates["power_cost_per_kwh"])), unit="kWh"
        ),
        _fixed("customer", rates["customer_charge"]),
        PercentCharge(code="tax", label="t", rate=constant(Decimal(rates["city_sales_tax"]))),
    )
    segment = _priced(tariff, str(case["inputs"]["kwh"]), "kWh")
    names = ("first_250", "next_450", "over_700", "power_cost", "customer_charge", "tax")
    assert [line.amount_cents for line in segment.lines] == [_cents(expected[name]) for name in names]
    assert segment.lines[-1].base == Decimal(expected["subtotal"])
    assert segment.total_cents == _cents(expected["total"])


def test_goodland_services(worked: dict[str, Any]) -> None:
    case = worked["goodland-residential"]
    expected, inputs = case["expected_lines"], case["inputs"]
    electric = _tariff(
        _fixed("meter", "15.00"),
        UsageCharge(code="energy", label="e", price=constant(Decimal("0.127")), unit="kWh"),
    )
    sizes = Lookup(("meter_size",), ((('1"',), Decimal("20.00")), (('1 1/2"',), Decimal("40.00"))))
    water = _tariff(
        FixedCharge(code="meter", label="m", amount=sizes),
        _blocks([[40, "1.35"], [None, "1.50"]], "water", "ccf"),
        UsageCharge(code="plan", label="p", price=constant(Decimal("0.032")), unit="kgal"),
        commodity="water",
        factors=ConversionFactors(gallons_per_cf=Decimal("7.48")),
    )
    totals = {
        "electric": _priced(electric, str(inputs["kwh"]), "kWh").total_cents,
        "sewer": _priced(_tariff(_fixed("s", "14.00"), commodity="sewer"), "0", "each").total_cents,
        "solid_waste": _priced(_tariff(_fixed("s", "16.50"), commodity="refuse"), "0", "each").total_cents,
    }
    segment = _priced(water, str(inputs["water_cf"]), "cf", meter_size=inputs["meter"])
    totals["state_water_plan"] = segment.component_cents("plan")
    totals["water"] = segment.total_cents - totals["state_water_plan"]
    assert totals == {name: _cents(expected[name]) for name in totals}
    assert sum(totals.values()) == _cents(expected["total_before_tax"])


def test_the_handbook_s_declining_gas_block(worked: dict[str, Any]) -> None:
    case = worked["handbook-gas-declining-block"]
    rates, expected = case["rates"], case["expected_lines"]
    tariff = _tariff(
        _blocks(rates["net_blocks"], "gas", "ccf"),
        _fixed("service", rates["service_charge"]),
        PercentCharge(code="tax", label="t", rate=constant(Decimal(rates["taxes"]))),
        commodity="gas",
    )
    segment = _priced(tariff, str(case["inputs"]["ccf"]), "ccf")
    lines = [line.amount_cents for line in segment.lines]
    assert lines[:3] == [_cents(expected[name]) for name in ("b1", "b2", "b3")]
    assert segment.component_cents("gas") == _cents(expected["commodity"])
    assert segment.lines[-1].base == Decimal(expected["pretax"])
    assert (lines[-1], segment.total_cents) == (_cents(expected["tax"]), _cents(expected["total"]))
    assert _priced(tariff, "0", "ccf").total_cents == _cents(expected["zero_use_bill"])


def test_the_standard_rate_of_river_falls(worked: dict[str, Any]) -> None:
    """The flat part of the case; its time-of-day part wants hours."""
    case = worked["river-falls-tod"]
    price = constant(Decimal(case["rates"]["standard"]))
    tariff = _tariff(_fixed("f", "14.00"), UsageCharge(code="e", label="e", price=price, unit="kWh"))
    assert _priced(tariff, case["inputs"]["kwh"], "kWh").total_cents == _cents(case["expected"]["standard"])


@pytest.mark.parametrize("number", range(4))
def test_time_of_day_of_river_falls(worked: dict[str, Any], number: int) -> None:
    """675.54 kWh with 45, 35, 30 and 25 per cent of them on-peak, by register."""
    case = worked["river-falls-tod"]
    rates, inputs = case["rates"], case["inputs"]
    share = Decimal(inputs["on_peak_share"][number])
    on_peak = Decimal(inputs["kwh"]) * share
    golden = Path(__file__).parent.parent / "golden" / "river-falls-time-of-day.txt"
    tariff = tariff_from_toml(golden.read_text("utf-8").split("--- tariff\n")[1].split("\n--- inputs")[0])
    uses = {"usage.on_peak": on_peak, "usage.off_peak": Decimal(inputs["kwh"]) - on_peak}
    segment = rate(
        tariff,
        period=MONTH,
        determinants={name: Determinant(name, use, "kWh") for name, use in uses.items()},
    )
    prices = [line.price for line in segment.lines if line.kind == "time_of_use"]
    assert prices == [Decimal(rates["on_peak"]), Decimal(rates["off_peak"])]
    assert segment.total_cents == _cents(case["expected"]["tod"][number])


def test_oracle_s_step_proration(worked: dict[str, Any]) -> None:
    case = worked["oracle-step-proration"]
    inputs, expected = case["inputs"], case["expected"]["steps"]
    assert inputs["normal_days"] == 30
    component = TieredCharge(
        code="e",
        label="e",
        prices=constant((Decimal(1), Decimal(2), Decimal(3))),
        widths=constant(tuple(Decimal(step) for step in inputs["steps"])),
        unit="kWh",
        proration=Proration(ProrationMethod.DAYS_30),
    )
    period = Period(MONTH.start, MONTH.start + timedelta(days=inputs["days"]))
    segment = rate(_tariff(component), period=period, determinants=usage_of(Decimal(5000), "kWh"))
    assert [line.quantity for line in segment.lines[:-1]] == expected


def test_erie_s_winter_average(worked: dict[str, Any]) -> None:
    """The average, what is billed of it, and a new customer's default; a bill that prices it by the kgal."""
    case = worked["erie-co-winter-avg"]
    months, expected = [1, 2, 3], case["expected"]
    rule = WinterAverageRule(
        unit="gal",
        months=tuple(months),
        renewed_on=(4, 1),
        fewest=3,
        rounding=UsageRounding(Decimal(1000), RoundingRule.HALF_UP),
        default=Decimal(expected["new_customer_gal"]),
    )
    uses = [
        PriorUse(Period(date(2025, month, 1), date(2025, month, 28)), Decimal(gallons), "gal")
        for month, gallons in zip(months, case["inputs"]["winter_gal"], strict=True)
    ]
    found, _ = winter_average(rule, uses, state=NO_STATE, on=date(2025, 5, 1))
    assert found.exact.quantize(Decimal(1)) == expected["average"]
    assert found.quantity == expected["billed_gal"]
    new, _ = winter_average(rule, uses[:2], state=NO_STATE, on=date(2025, 5, 1))
    assert (new.quantity, new.is_default) == (expected["new_customer_gal"], True)
    # "round to nearest 1000: >=4500 -> 5000"
    edge = [replace(use, quantity=Decimal(4500)) for use in uses]
    assert winter_average(rule, edge, state=NO_STATE, on=date(2025, 5, 1))[0].quantity == 5000
    sewer = BilledUse(name="sewer", unit="kgal", of=("winter_average", "usage"))
    price = constant(Decimal(1))
    charge = UsageCharge(code="s", label="s", price=price, unit="kgal", determinant="sewer")
    tariff = _tariff(charge, commodity="sewer", uses=(sewer,))
    determinants = {**usage_of(Decimal(9000), "gal"), "winter_average": found.determinant()}
    (line,) = rate(tariff, period=MONTH, determinants=determinants).lines
    assert line.quantity * 1000 == expected["billed_gal"]


def test_real_policies_are_in_the_given_rules(real_data: Path) -> None:
    """The pages our worked tables cite are those of the given rules, with the numbers they have there."""
    rules = json.loads((real_data / "worked-bills" / "policy_rules.json").read_text("utf-8"))["rules"]
    ours = {"late fee", "winter quarter average"}
    pages = "".join(
        (FOLDER / "algorithms" / name).read_text("utf-8")
        for name in ("late-fees.md", "deposits.md", "winter-average.md")
    )
    cited = [rule["utility"] for rule in rules if rule["topic"] in ours and rule["url"] in pages]
    assert len(cited) == len([rule for rule in rules if rule["topic"] in ours]) == 7


def test_ongrid_s_use_by_days(real_data: Path) -> None:
    """1,000 kWh from 20 June to 21 July, both inside: 11 of 32 days to June, 21 to July."""
    months = tuple(
        TariffVersion(
            effective_from=start,
            effective_to=end,
            components=(UsageCharge(code="e", label="e", price=constant(Decimal(1)), unit="kWh"),),
        )
        for start, end in ((date(2015, 1, 1), date(2015, 7, 1)), (date(2015, 7, 1), None))
    )
    tariff = Tariff(code="w", name="w", utility="w", commodity="electric", versions=months)
    period = Period(date(2015, 6, 20), date(2015, 7, 22))
    lines = rate(tariff, period=period, determinants=usage_of(Decimal(1000), "kWh")).lines
    assert [line.quantity for line in lines] == [Decimal("343.75"), Decimal("656.25")]
