"""Real rates priced against bills others worked out: to the cent."""

from __future__ import annotations

import csv
import json
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.connectors.tariffs.owrs import import_owrs
from meterside.connectors.tariffs.reading import import_file
from meterside.connectors.tariffs.urdb import import_urdb, urdb_json
from meterside.engine.determinant import Determinant, usage_of
from meterside.engine.period import Period
from meterside.engine.quantity import ConversionFactors
from meterside.engine.rating import RatedSegment, rate
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
    "Myoma Dunes Mutual Water Company - 1934": "Budget",
    "Moulton Niguel Water District - 1899": "Budget",
    "Olivenhain Municipal Water District - 2047": "line 326, column 6",
    "Laguna Beach County Water District - 1501": "Budget",
    "California American Water Ventura District  - 0": "tier_starts_commodity[1]",
    "Las Virgenes Municipal Water District - 1566": "line 40, column 1",
    "Los Angeles Department of Water and Power - 1665": "line 30, column 11",
    "Indio  City Of - 1397": "Budget",
    "San Bernardino City of - 2503": "outside_city_service_charge",
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
    assert counts == [81, 9, 10, 449]
    for path, each in found:
        if not each.tariffs:
            folder = path.relative_to(owrs / "full_utility_rates").parts[1]
            assert REFUSED_WHOLE[folder] in each.refused[0].path
        for refusal in each.refused:
            assert refusal.path.startswith(("rate_structure.", "line "))
            assert refusal.reason


def test_every_imported_water_rate_prices_a_bill_and_survives_as_a_document(owrs: Path) -> None:
    for path in sorted(owrs.rglob("*.owrs")):
        for tariff in import_file(path).tariffs:
            attributes = {name: options[0] for name, options in tariff.attribute_options().items()}
            segment = rate(
                tariff,
                period=_month_from(tariff.versions[0].effective_from),
                determinants=usage_of(Decimal("17.25"), tariff.determinant_units().get("usage", "ccf")),
                attributes=attributes,
            )
            assert sum(line.amount_cents for line in segment.lines) == segment.total_cents
            assert tariff_from_toml(toml_of(tariff)) == tariff


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
