"""Tariff documents: lossless round trips, and faults that name the place."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterside.connectors.tariffs.own import import_document, schema_faults
from meterside.connectors.tariffs.own.toml_text import toml_of
from meterside.engine.meter_size import canonical_meter_size
from meterside.engine.tariff import (
    ChargePer,
    InvalidTariff,
    Lookup,
    MissingAttribute,
    Tariff,
    UnknownAttributeValue,
    constant,
    tariff_from_dict,
    tariff_to_dict,
)
from meterside.engine.tariff.document import tariff_from_toml
from meterside.engine.terms.reader import Reader
from tests.engine.strategies import tariffs
from tests.engine.tables import FOLDER

DOCUMENT = """
format = "meterside-tariff/1"
code = "W-1"
name = "Water"
utility = "Riverbend"
commodity = "water"

[[versions]]
effective_from = 2025-01-01
effective_to = 2026-01-01
conversion = { gallons_per_cf = 7.48 }
usage_rounding = { step = 1, rule = "down" }
rounding = { rule = "half_even", scope = "component" }

[[versions.seasons]]
name = "summer"
ranges = [{ from = "06-01", to = "09-30" }]

[[versions.seasons]]
name = "rest"
ranges = [{ from = "10-01", to = "05-31" }]

[[versions.components]]
kind = "fixed"
code = "service"
label = "Service charge"
proration = { method = "days/30", tolerance_days = [27, 35] }
amount = { by = ["meter_size", "zone"], values = { '3/4"|1' = 23.40, '1 1/2"|1' = 78 } }

[[versions.components]]
kind = "tiered"
code = "water"
label = "Water use"
label_es = "Consumo de agua"
unit = "ccf"
prices = { by = ["season"], values = { summer = [3.9, 4.5], rest = [3, 4] } }
widths = [12]
version_pick = "day_of_use"

[[versions.components]]
kind = "percent"
code = "tax"
label = "City tax"
rate = 0.05
of = ["water"]

[[versions]]
effective_from = 2026-01-01

[[versions.components]]
kind = "usage"
code = "water"
label = "Water use"
unit = "kgal"
price = "4.10"
season = ""
"""


def test_a_document_is_read_exactly() -> None:
    tariff = tariff_from_toml(DOCUMENT)
    first, second = tariff.versions
    service, water, tax = first.components
    assert service.code == "service"
    assert first.factors.gallons_per_cf == Decimal("7.48")
    assert str(tax.rate.cases[0][1]) == "0.05"  # type: ignore[attr-defined]
    assert water.prices.options("season") == ("summer", "rest")  # type: ignore[attr-defined]
    assert second.effective_from == date(2026, 1, 1)
    assert tariff.component_order == ("service", "water", "tax")
    assert tariff.attribute_options() == {"meter_size": ('3/4"', '1 1/2"'), "zone": ("1",)}
    assert tariff.determinant_units() == {"usage": "kgal"}


@settings(max_examples=150, deadline=None)
@given(tariffs())
def test_every_tariff_survives_json_toml_and_the_schema(tariff: Tariff) -> None:
    data = json.loads(json.dumps(tariff_to_dict(tariff)))
    assert tariff_from_dict(data) == tariff
    assert schema_faults(data) == []
    assert tariff_from_toml(toml_of(tariff)) == tariff


def test_a_database_that_reorders_keys_does_no_harm() -> None:
    """jsonb sorts the keys of objects; tables are kept as lists for that reason."""
    tariff = tariff_from_toml(DOCUMENT)
    shuffled = json.loads(json.dumps(tariff_to_dict(tariff), sort_keys=True))
    assert tariff_from_dict(shuffled) == tariff
    assert tariff_from_dict(shuffled).attribute_options() == tariff.attribute_options()


FAULTS = [
    ('format = "meterside-tariff/1"', 'format = "other/9"', "format", "meterside-tariff/1"),
    ('code = "W-1"', 'code = " "', "code", "empty"),
    ('commodity = "water"', "", "commodity", "missing"),
    ("effective_to = 2026-01-01", "effective_to = 2025-12-31", "versions[0].effective_to", "gap"),
    ("effective_to = 2026-01-01", "effective_to = 2026-02-01", "versions[0].effective_to", "overlaps"),
    ("effective_to = 2026-01-01", "effective_to = 2024-01-01", "versions[0].effective_to", "after"),
    ("effective_from = 2026-01-01", 'effective_from = "soon"', "versions[1].effective_from", "day such as"),
    ('to = "09-30"', 'to = "10-02"', "versions[0].seasons", "both"),
    ('from = "10-01"', 'from = "10-05"', "versions[0].components[1]", "lies in none"),
    ('from = "06-01"', 'from = "06-31"', "versions[0].seasons[0].ranges[0].from", "06-01"),
    ("summer = [3.9, 4.5], ", "", "versions[0].components[1]", "no price for season summer"),
    ("rest = [3, 4]", "rest = [3, 4], spring = [1, 1]", "versions[0].components[1]", "spring"),
    ("widths = [12]", "widths = [12, 5]", "versions[0].components[1].widths", "one width fewer"),
    ("widths = [12]", "widths = [0]", "versions[0].components[1].widths", "wider"),
    ("widths = [12]", 'widths = ["a"]', "versions[0].components[1].widths[0]", "exact number"),
    ('unit = "ccf"', 'unit = "cff"', "versions[0].components[1].unit", "cff"),
    ("rate = 0.05", "rate = nan", "versions[0].components[2].rate", "plain number"),
    ('of = ["water"]', 'of = ["watter"]', "versions[0].components[2].of", "watter"),
    ('of = ["water"]', 'of = "water"', "versions[0].components[2].of", "list"),
    ('code = "tax"', 'code = "water"', "versions[0].components[2].code", "twice"),
    ('kind = "percent"', 'kind = "rebate"', "versions[0].components[2].kind", "one of fixed"),
    ('label = "City tax"', 'lable = "City tax"', "versions[0].components[2].label", "missing"),
    ("rate = 0.05", "rate = 0.05\nrte = 1", "versions[0].components[2].rte", "not a known field"),
    (
        'version_pick = "day_of_use"',
        'version_pick = "read_date"',
        "versions[1].components[0].version_pick",
        "keep",
    ),
    ("tolerance_days = [27, 35]", "tolerance_days = [35, 27]", "versions[0].components[0]", "smaller first"),
    ('method = "days/30"', 'method = "weekly"', "versions[0].components[0].proration.method", "one of none"),
    ("step = 1", "step = 0", "versions[0].usage_rounding.step", "more than zero"),
    (
        "gallons_per_cf = 7.48",
        "gallons_per_cf = 0",
        "versions[0].conversion.gallons_per_cf",
        "more than zero",
    ),
    ('season = ""', 'season = "winter"', "versions[1].components[0].season", "no season"),
    ("'3/4\"|1' = 23.40", "'3/4\"' = 23.40", "versions[0].components[0].amount.values", "2 parts"),
    ("'1 1/2\"|1' = 78", "'0.75|1' = 78", "versions[0].components[0].amount", "one key"),
    ('by = ["season"]', "by = []", "versions[0].components[1].prices.by", "at least one"),
]


@pytest.mark.parametrize(("right", "wrong", "path", "message"), FAULTS)
def test_a_fault_names_its_place_and_what_to_do(right: str, wrong: str, path: str, message: str) -> None:
    assert DOCUMENT.count(right) >= 1
    with pytest.raises(InvalidTariff) as caught:
        tariff_from_toml(DOCUMENT.replace(right, wrong, 1))
    problems = caught.value.problems
    assert any(path in problem.path and message in problem.message for problem in problems), problems


def test_a_negative_minimum_is_refused() -> None:
    text = DOCUMENT + '\n[[versions.components]]\nkind = "minimum"\ncode = "m"\nlabel = "M"\namount = -1\n'
    with pytest.raises(InvalidTariff, match="negative"):
        tariff_from_toml(text)


def test_a_binary_float_in_a_stored_document_is_refused() -> None:
    data = tariff_to_dict(tariff_from_toml(DOCUMENT))
    data["versions"][1]["components"][0]["price"] = 4.1
    with pytest.raises(InvalidTariff, match="exact number"):
        tariff_from_dict(data)


def test_what_a_tax_is_taken_of_keeps_its_order_in_all_versions() -> None:
    tail = DOCUMENT.replace('unit = "kgal"', 'unit = "kgal"', 1) + (
        '\n[[versions.components]]\nkind = "percent"\ncode = "fee"\nlabel = "Fee"\nrate = 0.1\n'
        '\n[[versions.components]]\nkind = "minimum"\ncode = "tax"\nlabel = "T"\namount = 1\nof = ["fee"]\n'
    )
    tariff_from_toml(tail)
    swapped = DOCUMENT.replace(
        'of = ["water"]',
        'of = ["water"]\n[[versions.components]]\nkind = "percent"\n'
        'code = "fee"\nlabel = "Fee"\nrate = 0.1\nof = ["tax"]',
    )
    both = swapped + tail[len(DOCUMENT) :]
    with pytest.raises(InvalidTariff, match="one order"):
        tariff_from_toml(both)


def test_the_example_of_the_format_s_page_is_a_tariff() -> None:
    page = (FOLDER / "tariff-format.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    found = import_document(example, source="example.toml")
    assert not found.refused
    assert len(found.tariffs[0].versions) == 2


def test_the_schema_holds_what_the_reader_does_not_ask() -> None:
    found = import_document(DOCUMENT.replace('commodity = "water"', 'commodity = "broth"'), source="w.toml")
    assert not found.tariffs
    assert found.refused[0].path == "commodity"
    assert "broth" in found.refused[0].reason


def test_a_field_may_be_left_out_or_must_be_right() -> None:
    reader = Reader({"yes": True, "word": "no", "whole": 3, "price": "1.5"}, "here")
    assert (reader.flag("yes", False), reader.flag("none", True)) == (True, True)
    assert (reader.optional_integer("whole"), reader.optional_integer("none")) == (3, None)
    assert (reader.optional_table("price"), reader.optional_table("none")) == (constant(Decimal("1.5")), None)
    assert reader.optional_choice("none", ChargePer) is None
    with pytest.raises(InvalidTariff, match=r"here\.word: is 'no'; write true or false"):
        reader.flag("word", False)
    with pytest.raises(InvalidTariff, match=r"here\.word: is 'no'; use one of bill"):
        reader.optional_choice("word", ChargePer)


def test_a_document_that_is_no_toml_is_refused_with_its_line() -> None:
    found = import_document("code = = 1", source="w.toml")
    assert "line 1" in found.refused[0].reason
    dated = import_document(DOCUMENT, source="w.toml", effective_from=date(2020, 1, 1))
    assert "document" in dated.refused[0].reason


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("3/4", '3/4"'),
        ('3/4"', '3/4"'),
        ("0.75", '3/4"'),
        ('1|1/2"', '1 1/2"'),
        ("1-1/2 inch", '1 1/2"'),
        ("1.5", '1 1/2"'),
        ("1.50", '1 1/2"'),
        ("2", '2"'),
        ("2.0 in.", '2"'),
        ("10”", '10"'),
        ("5/8 x 3/4", "5/8 x 3/4"),
        ("0.33", "0.33"),
    ],
)
def test_meter_sizes_have_one_spelling(said: str, size: str) -> None:
    assert canonical_meter_size(said) == size


def test_a_table_says_what_is_missing_and_what_it_has() -> None:
    table = Lookup(("meter_size",), ((('3/4"',), Decimal(1)), (('1"',), Decimal(2))))
    assert table.get({"meter_size": "0.75"}, None) == 1
    with pytest.raises(MissingAttribute) as missing:
        table.get({}, None)
    assert missing.value.options == ('3/4"', '1"')
    with pytest.raises(UnknownAttributeValue, match='3"'):
        table.get({"meter_size": "3"}, None)
    zones = Lookup(("zone",), ((("1",), Decimal(1)),))
    assert zones.get({"zone": 1}, None) == zones.get({"zone": Decimal("1.0")}, None) == 1


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_constant_is_itself(value: Decimal) -> None:
    assert constant(value).get({}, "summer") == value
