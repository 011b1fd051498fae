"""Real rates priced against bills others worked out: to the cent."""

from __future__ import annotations

import ast
import csv
import json
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.connectors.tariffs.owrs import import_owrs
from meterside.connectors.tariffs.owrs.yaml_text import parse_text
from meterside.connectors.tariffs.reading import import_file
from meterside.connectors.tariffs.urdb import import_urdb, urdb_json
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
    RoundingScope,
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


@pytest.fixture
def owrs(real_data: Path) -> Path:
    return real_data / "tariffs-water" / "owrs"


def _month_from(day: date) -> Period:
    return Period(day, day + timedelta(days=monthrange(day.year, day.month)[1]))


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


def test_all_28_published_water_bills(real_data: Path, owrs: Path) -> None:
    """Attributes the case does not give take the file's first value, as the program that made them did."""
    rows = list(csv.DictReader((real_data / "tariffs-water" / "bill_cases.csv").open(encoding="utf-8")))
    assert len(rows) == 28
    for row in rows:
        path = owrs / row["owrs_path"]
        found = import_owrs(path.read_text("utf-8"), source=path.name, classes=[row["customer_class"]])
        assert not found.refused, (row["utility_name"], found.refused)
        tariff = found.tariffs[0]
        attributes = {name: options[0] for name, options in tariff.attribute_options().items()}
        segment = rate(
            tariff,
            period=_month_from(date.fromisoformat(row["effective_date"])),
            determinants=usage_of(Decimal(row["usage_ccf"]), "ccf"),
            attributes={**attributes, "meter_size": row["meter_size"]},
        )
        got = (
            segment.component_cents("service_charge"),
            segment.component_cents("commodity_charge"),
            segment.total_cents,
        )
        expected = tuple(
            _cents(row[f"expected_{name}"]) for name in ("service_charge", "commodity_charge", "bill")
        )
        assert got == expected, row["utility_name"]


def test_rounding_lines_by_themselves_would_miss_a_bill(real_data: Path, owrs: Path) -> None:
    """Why the importer names the rule `bill`: Norwalk's 129.7755 is 129.78, its rounded lines sum to less."""
    path = owrs / "full_utility_rates/California/Liberty Utilities - Norwalk - 0/01-01-2018.owrs"
    tariff = import_owrs(path.read_text("utf-8"), source="n", classes=["RESIDENTIAL_SINGLE"]).tariffs[0]
    assert tariff.versions[0].rounding.scope is RoundingScope.BILL
    segment = rate(
        tariff,
        period=_month_from(date(2018, 1, 1)),
        determinants=usage_of(Decimal(15), "ccf"),
        attributes={"meter_size": "3/4"},
    )
    assert segment.unrounded == Decimal("129.7754924")
    each = [(line.unrounded * 100).quantize(Decimal(1)) for line in segment.lines]
    assert sum(each) == 12977
    assert segment.total_cents == 12978


#: Files of which nothing can be imported, and where.
REFUSED_WHOLE = {
    "Olivenhain Municipal Water District - 2047": "line 326, column 6",
    "California American Water Ventura District  - 0": "tier_starts_commodity[1]",
    "Las Virgenes Municipal Water District - 1566": "line 40, column 1",
    "Los Angeles Department of Water and Power - 1665": "line 30, column 11",
    "San Bernardino City of - 2503": "outside_city_service_charge",
}
#: Classes refused beside others that were imported.
REFUSED_CLASSES = {
    "California Water Service Company Kern River Valley - 313": "INTERRUPTIBLE IRRIGATION.commodity_charge",
    "Rincon Del Diablo Municipal Water District - 2388": "IRRIGATION.commodity_charge: Budget",
    "West Kern Water District - 3156": "COMMERCIAL.bill",
}


def test_every_owrs_file_is_imported_or_refused_by_name(owrs: Path) -> None:
    files = sorted(owrs.rglob("*.owrs"))
    assert len(files) == 100
    found = [(path, import_file(path)) for path in files]
    counts = [
        sum(1 for _, each in found if each.tariffs and not each.refused),
        sum(1 for _, each in found if each.tariffs and each.refused),
        sum(1 for _, each in found if not each.tariffs),
        sum(len(each.tariffs) for _, each in found),
    ]
    assert counts == [91, 3, 6, 481]
    for path, each in found:
        folder = path.relative_to(owrs / "full_utility_rates").parts[1]
        if each.tariffs and each.refused:
            (refusal,) = each.refused
            assert REFUSED_CLASSES[folder] in refusal.path
        if not each.tariffs:
            assert REFUSED_WHOLE[folder] in each.refused[0].path
        for refusal in each.refused:
            assert refusal.path.startswith(("rate_structure.", "line "))
            assert refusal.reason


def test_every_imported_water_rate_prices_a_bill_and_survives_as_a_document(owrs: Path) -> None:
    for path in sorted(owrs.rglob("*.owrs")):
        for tariff in import_file(path).tariffs:
            attributes = {name: options[0] for name, options in tariff.attribute_options().items()}
            units = {"usage": "ccf", **tariff.determinant_units()}
            segment = rate(
                tariff,
                period=_month_from(tariff.versions[0].effective_from),
                determinants={
                    name: Determinant(name, Decimal("17.25"), unit) for name, unit in units.items()
                },
                attributes={**dict.fromkeys(tariff.numbers_needed(), 4), **attributes},
            )
            assert sum(line.amount_cents for line in segment.lines) == segment.total_cents
            assert tariff_from_toml(toml_of(tariff)) == tariff


#: One home: four people, 2,000 square feet, so many inches in 30 days, and 40 ccf used.
HOME = {
    "hhsize": Fraction(4),
    "irr_area": Fraction(2000),
    "et_amount": Fraction(29, 5),
    "days_in_period": Fraction(30),
}


def _by_hand(formula: str, names: dict[str, Fraction]) -> Fraction:
    """A formula of the file, worked out in fractions apart from the importer."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, ast.Mult):
                return left * right
            return left / right if isinstance(node.op, ast.Div) else left + right
        if isinstance(node, ast.Constant):
            return Fraction(str(node.value))
        assert isinstance(node, ast.Name)
        return names[node.id]

    return value(ast.parse(formula, mode="eval").body)


def _budget_by_hand(fields: dict[str, Any], month: str) -> tuple[list[Fraction], list[str]]:
    """Where the tiers of a class end, and their prices, out of the file's own text."""
    plain = {name.removesuffix("_commodity"): item for name, item in fields.items()}
    names = dict(HOME)
    for name in (
        "gpcd",
        "landscape_factor",
        "plant_factor",
        "irrigation_efficiency",
        "et_amount",
        "days_in_period",
    ):
        if name in plain:
            item = plain[name]
            names[name] = Fraction(item["values"][month] if isinstance(item, dict) else item)
    for name in ("indoor", "outdoor"):
        if plain.get(name, "0") != "0" and name in plain["budget"]:
            names[name] = _by_hand(plain[name], names)
    budget = _by_hand(
        plain["budget"], {**names, "rolling_average": Fraction(20), "commercial_budget": Fraction(20)}
    )
    ends = []
    for start in plain["tier_starts"][1:]:
        share = int(start.removesuffix("%")) if start.endswith("%") else None
        # Santa Margarita writes the first whole per cent of a tier: 101% follows on 100%.
        ends.append(names[start] if share is None else budget * (share - (share % 10 == 1)) / 100)
    prices = plain["tier_prices"]
    return ends, prices if isinstance(prices, list) else next(iter(prices["values"].values()))


def test_every_budget_is_what_the_file_s_own_formulas_say(owrs: Path) -> None:
    """27 classes of seven utilities: the quantities of every tier, by hand in fractions."""
    seen = 0
    for path in sorted(owrs.rglob("*.owrs")):
        tariffs = {tariff.customer_class: tariff for tariff in import_file(path).tariffs}
        for name, tariff in tariffs.items():
            fields = parse_text(path.read_text("utf-8"))["rate_structure"][name]
            if fields.get("commodity_charge") != "Budget":
                continue
            seen += 1
            attributes = {each: options[0] for each, options in tariff.attribute_options().items()}
            numbers = {each: Decimal(value.numerator) / value.denominator for each, value in HOME.items()}
            given = {each: Determinant(each, Decimal(20), "ccf") for each in tariff.determinant_units()}
            segment = rate(
                tariff,
                period=Period(date(2018, 3, 1), date(2018, 3, 31)),
                determinants={**given, **usage_of(Decimal(40), "ccf")},
                attributes={**numbers, **attributes},
            )
            ends, prices = _budget_by_hand(fields, attributes.get("usage_month", "1"))
            lines = [line for line in segment.lines if line.component == "commodity_charge"]
            bounds = [min(end, Fraction(40)) for end in ends] + [Fraction(40)]
            expected = [after - before for before, after in zip([Fraction(0), *bounds], bounds, strict=False)]
            expected = [each for each in expected if each > 0]
            assert len(lines) == len(expected)
            for line, quantity, price in zip(lines, expected, prices, strict=False):
                assert abs(Fraction(line.quantity) - quantity) < Fraction(1, 100_000), (path, name)
                assert line.price == Decimal(price)
    assert seen == 27


def test_tiers_whose_number_depends_on_the_meter(owrs: Path) -> None:
    path = owrs / "full_utility_rates/California/Lincoln  City Of - 1614/07-01-2017.owrs"
    tariff = import_file(path, classes=["IRRIGATION"]).tariffs[0]
    lines = {
        size: rate(
            tariff,
            period=_month_from(date(2017, 7, 1)),
            determinants=usage_of(Decimal(300), "kgal"),
            attributes={"meter_size": size},
        ).lines
        for size in ("1", "2")
    }
    assert [line.quantity for line in lines["1"] if line.tier] == [34, 53, 87, 126]
    assert [line.quantity for line in lines["2"] if line.tier] == [34, 53, 87, 105, 21]


def test_a_charge_by_the_inch_of_a_connection(owrs: Path) -> None:
    path = (
        owrs / "full_utility_rates/California/San Gabriel Valley Water Company - 2524/sgvwc-2016-10-06.owrs"
    )
    tariff = import_file(path, classes=["FIRE_SERVICE"]).tariffs[0]
    attributes = {"diameter_of_connection": Decimal(6)}
    segment = rate(tariff, period=_month_from(date(2016, 10, 6)), determinants={}, attributes=attributes)
    assert segment.total_cents == 7986


def test_a_surcharge_the_bill_does_not_name_is_noted(owrs: Path) -> None:
    path = next((owrs / "full_utility_rates/California").glob("Azusa*/*.owrs"))
    tariff = import_file(path, classes=["RESIDENTIAL_SINGLE"]).tariffs[0]
    assert [note.split(":")[0] for note in tariff.notes] == [
        "fixed_drought_surcharge",
        "variable_drought_surcharge",
    ]


#: Days each version begins, where a start inside a day is taken as the nearest one.
URDB_STARTS = {
    "FPL_GSLD-1.json": ["2025-01-01"],
    "JacksonEMC_A_residential_senior_2017.json": ["2017-01-01"],
    "PGE_E-19_TOU_secondary_history.json": [
        "2014-05-01", "2015-03-01", "2016-03-24", "2017-01-01", "2017-10-24", "2017-12-01",
    ],
    "SCE_TOU-GS-3_history.json": ["2014-01-01", "2016-01-01"],
    "SDGE_EV-HP_EECC-CPP-D_2025-09-08_Neat.json": ["2024-10-01"],
    "Sacramento_Municipal_Utility_District_CI_TOD3_Commercial_and_Industrial_TOD_Secondary_500_999_kW.json": [
        "2025-05-01",
    ],
}  # fmt: skip


def test_every_urdb_file_is_imported_and_exported_whole(real_data: Path) -> None:
    """Six files, histories among them: one tariff each, which URDB JSON says again just so."""
    files = sorted((real_data / "tariffs-electric" / "urdb").glob("*.json"))
    assert [path.name for path in files] == list(URDB_STARTS)
    for path in files:
        found = import_file(path, nearest_day=True)
        assert not found.refused, (path.name, found.refused)
        (tariff,) = found.tariffs
        assert [str(version.effective_from) for version in tariff.versions] == URDB_STARTS[path.name]
        assert import_urdb(urdb_json(tariff), source="again").tariffs == (tariff,)
        assert tariff_from_toml(toml_of(tariff)) == tariff


def test_a_start_inside_a_day_is_not_guessed(real_data: Path) -> None:
    folder = real_data / "tariffs-electric" / "urdb"
    found = {path.name: import_file(path) for path in sorted(folder.glob("*.json"))}
    assert [name.split("_")[0] for name, each in found.items() if each.tariffs] == [
        "JacksonEMC",
        "Sacramento",
    ]
    refused = [refusal for each in found.values() for refusal in each.refused]
    assert {refusal.path.split(":")[0].split("].")[-1] for refusal in refused} == {"startdate", "enddate"}
    assert all("--nearest-day" in refusal.reason for refusal in refused)


def test_a_residential_rate_with_seasons_and_tiers(real_data: Path) -> None:
    """Jackson EMC, schedule A for senior citizens: 1,200 kWh in July and in January, by hand."""
    path = real_data / "tariffs-electric" / "urdb" / "JacksonEMC_A_residential_senior_2017.json"
    found = import_urdb(path.read_text("utf-8"), source=path.name, effective_from=date(2011, 1, 1))
    use = usage_of(Decimal(1_200_000), "Wh")
    july = rate(found.tariffs[0], period=Period(date(2011, 7, 1), date(2011, 8, 1)), determinants=use)
    january = rate(found.tariffs[0], period=Period(date(2011, 1, 1), date(2011, 2, 1)), determinants=use)
    assert [line.amount_cents for line in july.lines] == [550, 5824, 3924, 2362]
    assert [line.amount_cents for line in january.lines] == [550, 5824, 2909, 1642]


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
