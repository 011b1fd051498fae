"""Real water rates (OWRS) priced against bills others worked out, and budgets by the files' own formulas."""

from __future__ import annotations

import ast
import csv
from calendar import monthrange
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
from meterside.engine.determinant import Determinant, usage_of
from meterside.engine.period import Period
from meterside.engine.rating import rate
from meterside.engine.tariff import (
    RoundingScope,
)
from meterside.engine.tariff.document import tariff_from_toml

pytestmark = pytest.mark.real_data


MONTH = Period(date(2025, 1, 1), date(2025, 2, 1))


def _month_from(day: date) -> Period:
    return Period(day, day + timedelta(days=monthrange(day.year, day.month)[1]))


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.fixture
def owrs(real_data: Path) -> Path:
    return real_data / "tariffs-water" / "owrs"


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
