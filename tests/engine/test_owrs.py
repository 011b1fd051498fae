"""OWRS files: formulas, tables, and refusals by the name of the field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.connectors.tariffs import TariffImport
from meterside.connectors.tariffs.owrs import import_owrs
from meterside.connectors.tariffs.owrs.formula import FormulaError, parse_formula
from meterside.engine.determinant import usage_of
from meterside.engine.period import Period
from meterside.engine.rating import RatedSegment, rate

HEAD = """
metadata:
  effective_date: 01/31/2018
  utility_name: Spring  Valley
  bill_frequency: Bi-Monthly
  bill_unit: ccf
rate_structure:
  HOME:
"""


def imported(*fields: str, head: str = HEAD) -> TariffImport:
    """The import of one class with these fields."""
    body = "\n".join(f"    {line}" for field in fields for line in field.strip("\n").split("\n"))
    return import_owrs(head + body + "\n", source="test.owrs")


def priced(found: TariffImport, use: str, **attributes: str) -> RatedSegment:
    assert not found.refused, found.refused
    return rate(
        found.tariffs[0],
        period=Period(date(2018, 2, 1), date(2018, 4, 1)),
        determinants=usage_of(Decimal(use), "ccf"),
        attributes=attributes,
    )


SERVICE = "service_charge: 10"
FLAT = "commodity_charge: flat_rate*usage_ccf\nflat_rate: 2.5"
BILL = "bill: service_charge+commodity_charge"
TIERED = "commodity_charge: Tiered\n"


def test_the_head_of_a_file() -> None:
    tariff = imported(SERVICE, FLAT, BILL).tariffs[0]
    assert (tariff.utility, tariff.customer_class, tariff.bill_months) == ("Spring Valley", "HOME", 2)
    assert tariff.versions[0].effective_from == date(2018, 1, 31)
    assert tariff.code == "spring-valley-home"


def test_a_day_and_classes_can_be_chosen() -> None:
    text = HEAD + "    bill: service_charge\n    service_charge: 4\n  SHOP:\n    bill: service_charge\n"
    found = import_owrs(text, source="t", effective_from=date(2011, 1, 1), classes=["home"])
    assert [tariff.versions[0].effective_from for tariff in found.tariffs] == [date(2011, 1, 1)]
    assert found.refused == ()
    missing = import_owrs(text, source="t", classes=["FARM"])
    assert "HOME, SHOP" in missing.refused[0].reason


@pytest.mark.parametrize(
    ("fields", "use", "cents"),
    [
        ([SERVICE, FLAT, BILL], "4", 2000),
        ([SERVICE, FLAT, "bill: 1.10*(service_charge+commodity_charge)"], "4", 2200),
        ([SERVICE, FLAT, "bill: 0.5*service_charge+commodity_charge"], "4", 1500),
        ([SERVICE, FLAT, "bill: service_charge+commodity_charge+(0.5518*usage_ccf)"], "10", 4052),
        ([SERVICE, FLAT, "fee: 3", "bill: service_charge+commodity_charge+fee"], "4", 2300),
        (
            [
                SERVICE,
                FLAT,
                "t: (commodity_charge+service_charge)*0.375",
                "bill: service_charge+commodity_charge+t",
            ],
            "4",
            2750,
        ),
        (
            [
                SERVICE,
                "commodity_charge: flat_rate*usage_ccf+lift*usage_ccf+zone\nflat_rate: 2\nlift: 1\nzone: 7",
                BILL,
            ],
            "4",
            2900,
        ),
        ([SERVICE, "commodity_charge: 0", BILL], "4", 1000),
        ([SERVICE, TIERED + "tier_starts: [0, 13, 21]\ntier_prices: [1, 2, 3]", BILL], "22", 1000 + 3400),
        ([SERVICE, TIERED + "tier_starts_commodity: [1, 3]\ntier_prices_commodity: [0, 3]", BILL], "3", 1300),
    ],
)
def test_formulas_become_components(fields: list[str], use: str, cents: int) -> None:
    assert priced(imported(*fields), use).total_cents == cents


def test_a_tier_starts_with_its_first_unit() -> None:
    """Starts 0, 13, 21 mean 12 units, 8 units, the rest."""
    tiers = TIERED + "tier_starts: [0, 13, 21]\ntier_prices: [1, 2, 3]"
    segment = priced(imported(SERVICE, tiers, BILL), "30")
    assert [line.quantity for line in segment.lines if line.tier] == [12, 8, 10]


def test_a_table_by_two_attributes_with_a_size_that_has_the_joiner_in_it() -> None:
    table = (
        "service_charge:\n  depends_on: [meter_size, zone]\n  values:\n"
        '    3/4"|1: 27.07\n    1|1/2"|1: 51.05\n    1|1/2"|2: 53.41\n'
    )
    found = imported(table, "bill: service_charge")
    assert priced(found, "0", meter_size="1.5", zone="2").total_cents == 5341
    assert found.tariffs[0].attribute_options() == {"meter_size": ('3/4"', '1 1/2"'), "zone": ("1", "2")}


def test_widths_and_prices_may_depend_on_different_attributes() -> None:
    tiers = TIERED + (
        'tier_starts_commodity:\n  depends_on: meter_size\n  values:\n    1": [0, 3]\n    2": [0, 11]\n'
        "tier_prices_commodity:\n  depends_on: season\n  values:\n    Summer: [1, 5]\n    Winter: [1, 2]\n"
    )
    found = imported(SERVICE, tiers, BILL)
    assert priced(found, "12", meter_size="1", season="Winter").total_cents == 1000 + 200 + 2000
    assert priced(found, "12", meter_size="2", season="Summer").total_cents == 1000 + 1000 + 1000


def test_a_table_of_prices_of_use() -> None:
    sewer = (
        "sewer_charge:\n  depends_on: rate_class\n  values:\n    C1: 0.87*usage_ccf\n    C2: 1.03*usage_ccf\n"
    )
    found = imported(SERVICE, sewer, "bill: service_charge+sewer_charge")
    assert priced(found, "10", rate_class="C2").total_cents == 2030


def test_what_the_bill_does_not_name_is_not_charged() -> None:
    assert priced(imported(SERVICE, FLAT, "fixed_drought_surcharge: 99", BILL), "0").total_cents == 1000


BUDGET = (
    "commodity_charge: Budget\ngpcd_commodity: 55\nlandscape_factor_commodity: .7\n"
    "indoor_commodity: hhsize*gpcd*days_in_period*(1/748)\n"
    "outdoor_commodity: landscape_factor*et_amount*irr_area*0.62*(1/748)\n"
    "budget_commodity: indoor+outdoor\ntier_starts_commodity: [0, indoor, 100%, 150%]\n"
    "tier_prices_commodity: [1, 2, 4, 8]\n"
)
HOME = {"hhsize": "4", "irr_area": "2000", "et_amount": "11.6"}


def budget_of(old: str = "", new: str = "") -> TariffImport:
    assert old in BUDGET
    return imported(SERVICE, BUDGET.replace(old, new) if old else BUDGET, BILL)


def test_a_budget_is_a_budget() -> None:
    """59 days: indoors 4 x 55 x 59 / 748, outdoors 0.7 x 11.6 x 2000 x 0.62 / 748."""
    segment = priced(budget_of(), "60", **HOME)
    tiers = [line for line in segment.lines if line.tier]
    assert [str(line.tier_to) for line in tiers] == ["17.352941", "30.813904", "46.2208560", "None"]
    assert [line.quantity for line in tiers] == [
        Decimal("17.352941"),
        Decimal("13.460963"),
        Decimal("15.406952"),
        Decimal("13.779144"),
    ]
    assert budget_of().tariffs[0].numbers_needed() == {"hhsize": None, "irr_area": None, "et_amount": None}


def test_first_per_cents_follow_on_those_before() -> None:
    tariff = budget_of("indoor, 100%, 150%", "indoor, 101%, 151%").tariffs[0]
    assert tariff == budget_of().tariffs[0]


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("indoor, 100%, 150%", "indoor, 100%, 151%", "tier_starts_commodity", "mixes"),
        ("indoor, 100%, 150%", "indoor, 100%", "commodity_charge: Budget", "differ in length"),
        ("indoor, 100%, 150%", "indoor, 12, 150%", "tier_starts_commodity[2]", "neither"),
        ("[0, indoor", "[3, indoor", "tier_starts_commodity[0]", "start at 0 or 1"),
        ("indoor, 100%, 150%", "indoor, 150%, 100%", "rate_structure.HOME", "does not rise"),
        ("indoor+outdoor", "2*indoor+outdoor", "budget_commodity", "no sum"),
        ("indoor+outdoor", "a+b", "budget_commodity", "adds a and b"),
        ("hhsize*gpcd*days_in_period*(1/748)", "gpcd*30", "indoor_commodity", "product of"),
        ("hhsize*gpcd*days_in_period*(1/748)", "hhsize*gpcd*days_in_period/0", "indoor_commodity", "zero"),
        ("landscape_factor*et_amount", "shade*et_amount", "outdoor_commodity", "product of"),
        ("gpcd_commodity: 55\n", "", "commodity_charge: Budget", "needs gpcd"),
        (
            "landscape_factor_commodity: .7",
            "landscape_factor_commodity: much",
            "landscape_factor",
            "plain number",
        ),
    ],
)
def test_a_budget_that_cannot_be_read_is_refused_by_its_field(
    old: str, new: str, path: str, reason: str
) -> None:
    found = budget_of(old, new)
    assert not found.tariffs
    assert path in found.refused[0].path
    assert reason in found.refused[0].reason


def test_a_budget_of_a_file_that_counts_thousands_of_gallons_contradicts_itself() -> None:
    found = imported(SERVICE, BUDGET, BILL, head=HEAD.replace("ccf", "kgal"))
    assert "counts kgal" in found.refused[0].reason


def test_what_the_bill_does_not_charge_is_noted() -> None:
    found = imported(SERVICE, FLAT, "fixed_drought_surcharge: 99\nvariable_drought_surcharge: 0", BILL)
    assert found.tariffs[0].notes == (
        "fixed_drought_surcharge: in the file, but its bill does not charge it",
    )


def test_an_amount_for_each_inch_of_a_connection() -> None:
    found = imported(
        "service_charge: flat_rate*diameter_of_connection\nflat_rate: 13.31", "bill: service_charge"
    )
    assert priced(found, "0", diameter_of_connection="6").total_cents == 7986


REFUSED = [
    ([SERVICE, "commodity_charge: Budget", BILL], "rate_structure.HOME.commodity_charge: Budget", "budget"),
    ([SERVICE, "commodity_charge: 1.39", BILL], "rate_structure.HOME.commodity_charge: 1.39", "plain number"),
    ([SERVICE, BILL], "rate_structure.HOME.bill", "names commodity_charge"),
    (
        [SERVICE, FLAT, "x: commodity_charge*usage_ccf", "bill: service_charge+commodity_charge+x"],
        "HOME.x",
        "no price",
    ),
    ([SERVICE, "x: 2*diameter", "bill: service_charge+x"], "HOME.x", "names diameter"),
    ([SERVICE, "x: usage_ccf*usage_ccf", "bill: x"], "HOME.x", "multiplies usage_ccf by usage_ccf"),
    ([SERVICE, "x: a*b*usage_ccf\na: 2", "bill: x"], "HOME.x", "names b"),
    ([SERVICE, "x: x+1", "bill: x"], "HOME.x", "itself"),
    ([SERVICE, "bill: service_charge-2*service_charge"], "HOME.bill", "subtracts"),
    ([SERVICE, "bill: 0*service_charge"], "HOME.bill", "prices nothing"),
    ([SERVICE, "bill: service_charge/0"], "HOME.bill", "zero"),
    ([SERVICE, "bill: service_charge)"], "HOME.bill", "operator"),
    ([SERVICE, "bill: service_charge+$5"], "HOME.bill", "no number"),
    ([SERVICE, "bill: ''"], "HOME.bill", "no formula"),
    ([SERVICE, "x: 2*service_charge+1", "bill: service_charge+x"], "HOME.x", "mixes"),
    ([SERVICE, "commodity_charge: Tiered", BILL], "HOME.commodity_charge", "tier_starts_commodity"),
    ([SERVICE, TIERED + "tier_starts: [0, 5]\ntier_prices: [1]", BILL], "commodity_charge", "length"),
    ([SERVICE, TIERED + "tier_starts: [0, 8.97]\ntier_prices: [1, 2]", BILL], "tier_starts[1]", "whole"),
    ([SERVICE, TIERED + "tier_starts: [0, 9, 5]\ntier_prices: [1, 2, 3]", BILL], "tier_starts", "rise"),
    ([SERVICE, TIERED + "tier_starts: [4, 9]\ntier_prices: [1, 2]", BILL], "tier_starts[0]", "start at"),
    ([SERVICE, TIERED + "tier_starts: [0, indoor]\ntier_prices: [1, 2]", BILL], "tier_starts[1]", "plain"),
    (
        ["service_charge:\n  depends_on: a\n  values:\n    x: 1\n  more: 2", "bill: service_charge"],
        "service_charge",
        "alone",
    ),
    (
        ["service_charge:\n  depends_on: [a, b]\n  values:\n    x: 1", "bill: service_charge"],
        "values.x",
        "parts",
    ),
    (
        [
            "service_charge:\n  depends_on: meter_size\n  values:\n    3/4: 1\n    0.75: 2",
            "bill: service_charge",
        ],
        "values",
        "one key",
    ),
    (
        ["service_charge:\n  depends_on: a\n  values:\n    x: 1e3", "bill: service_charge"],
        "values.x",
        "operator",
    ),
]


@pytest.mark.parametrize(("fields", "path", "reason"), REFUSED)
def test_a_class_is_refused_by_the_name_of_the_field(fields: list[str], path: str, reason: str) -> None:
    found = imported(*fields)
    assert not found.tariffs
    assert path in found.refused[0].path
    assert reason in found.refused[0].reason


def test_other_classes_stand_on_their_own() -> None:
    text = HEAD + "    commodity_charge: Budget\n    bill: commodity_charge\n"
    found = import_owrs(text + "  SHOP:\n    service_charge: 4\n    bill: service_charge\n", source="t")
    assert [tariff.customer_class for tariff in found.tariffs] == ["SHOP"]
    assert len(found.refused) == 1


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("a: [1", "line", "YAML"),
        ("a:\n\t- 1", "line 2", "YAML"),
        ("- 1", "file", "OWRS"),
        ("", "file", "OWRS"),
        ("metadata: {utility_name: U, utility_name: V}", "line 1", "twice"),
        ("rate_structure: {}", "metadata", "missing"),
        ("metadata: {utility_name: U, effective_date: 13/45/2018}", "effective_date", "no day"),
        (
            "metadata: {utility_name: U, effective_date: 2018-01-01, bill_frequency: Hourly}",
            "bill_frequency: Hourly",
            "frequency",
        ),
        (
            "metadata: {utility_name: U, effective_date: 2018-01-01, bill_frequency: Monthly, bill_unit: barrel}",
            "bill_unit: barrel",
            "unit",
        ),
        (
            "metadata: {utility_name: U, effective_date: 2018-01-01, bill_frequency: Monthly}",
            "rate_structure",
            "missing",
        ),
    ],
)
def test_a_file_is_refused_with_its_place(text: str, path: str, reason: str) -> None:
    found = import_owrs(text, source="t")
    assert not found.tariffs
    assert path in found.refused[0].path
    assert reason in found.refused[0].reason


def test_a_formula_is_expanded_exactly() -> None:
    assert parse_formula("0.1*3*x").terms == {("x",): Decimal("0.3")}
    assert parse_formula("(a+b)*(a-b)").terms == {("a", "a"): 1, ("b", "b"): -1}
    assert parse_formula("-(2-3)/4").terms == {(): Decimal("0.25")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1+",
        "(1",
        "a b",
        "a**b",
        "__import__('os')",
        "a.b",
        "1/x",
        "x" * 600,
        "(" * 60 + "1" + ")" * 60,
        "*".join(f"(a{i}+b{i})" for i in range(12)),
    ],
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


@given(st.text(max_size=80))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        parse_formula(text)
    except FormulaError:
        return
    assert parse_formula(f"({text})+0") == parse_formula(text)


@given(st.text(max_size=200))
def test_any_text_is_a_file_or_refused(text: str) -> None:
    found = import_owrs(text, source="t")
    assert found.tariffs or found.refused
