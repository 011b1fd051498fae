"""Units and their conversion."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.money import RoundingRule
from meterside.engine.quantity import (
    UNITS,
    CannotConvert,
    ConversionFactors,
    UnknownUnit,
    UsageRounding,
    convert,
    unit_named,
)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("1500", "Wh", "kWh", "1.5"),
        ("2.5", "MWh", "kWh", "2500"),
        ("15", "ccf", "cf", "1500"),
        ("3", "kgal", "gal", "3000"),
        ("2", "dth", "therm", "20"),
        ("1", "ccf", "gal", "748.052"),
        ("1", "m3", "cf", "35.3147"),
    ],
)
def test_conversions(value: str, source: str, target: str, expected: str) -> None:
    assert convert(Decimal(value), source, target) == Decimal(expected)


def test_the_tariff_says_how_many_gallons_are_in_a_cubic_foot() -> None:
    own = ConversionFactors(gallons_per_cf=Decimal("7.48"))
    assert convert(Decimal(1000), "cf", "kgal", own) == Decimal("7.48")


def test_heat_content_must_be_given() -> None:
    with pytest.raises(CannotConvert, match="therms_per_ccf"):
        convert(Decimal(10), "ccf", "therm")
    assert convert(
        Decimal(10), "ccf", "therm", ConversionFactors(therms_per_ccf=Decimal("1.032"))
    ) == Decimal("10.32")


def test_unlike_measures_do_not_convert() -> None:
    for source, target in (("kWh", "gal"), ("gal", "kWh"), ("kWh", "kW"), ("therm", "ccf")):
        with pytest.raises(CannotConvert):
            convert(Decimal(1), source, target)


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(UnknownUnit) as caught:
        unit_named("furlong")
    assert caught.value.code == "furlong"


@pytest.mark.parametrize(
    ("said", "code"), [("KWH", "kWh"), ("CCF", "ccf"), ("HCF", "ccf"), ("gallons", "gal")]
)
def test_units_by_other_spellings(said: str, code: str) -> None:
    assert unit_named(said).code == code


@given(st.decimals(min_value=0, max_value=10**6, places=3), st.sampled_from(sorted(UNITS)))
def test_a_unit_converts_to_itself_unchanged(value: Decimal, unit: str) -> None:
    assert convert(value, unit, unit) == value


@pytest.mark.parametrize(
    ("rule", "quantity", "billed"),
    [
        (RoundingRule.DOWN, "12.9", "12"),
        (RoundingRule.HALF_UP, "12.5", "13"),
        (RoundingRule.UP, "12.1", "13"),
    ],
)
def test_use_is_rounded_to_whole_units(rule: RoundingRule, quantity: str, billed: str) -> None:
    assert UsageRounding(Decimal(1), rule).apply(Decimal(quantity)) == Decimal(billed)


def test_sewer_use_rounds_to_the_nearest_thousand_gallons() -> None:
    """Town of Erie CO: an average of 4,417 gallons is billed as 4,000; 4,500 as 5,000."""
    nearest = UsageRounding(Decimal(1000), RoundingRule.HALF_UP)
    assert nearest.apply(Decimal(4417)) == 4000
    assert nearest.apply(Decimal(4500)) == 5000
