"""A bad tariff file: every fault at once, each with its line; nothing is taken for another thing's fault."""

from __future__ import annotations

import pytest

from meterside.connectors.tariffs.reading import import_bytes

BAD = """format = "meterside-tariff/1"
code = "E-1"
name = "Bad"
utility = "Riverside"
commodity = "electric"
colour = "blue"

[[versions]]
effective_from = 2024-01-01
effective_to = 2024-12-01

[[versions.components]]
kind = "fixed"
code = "customer"
label = "Customer"
amount = 10

[[versions]]
effective_from = 2025-01-01

[[versions.schedules]]
name = "clock"
periods = [
  { name = "day", times = [{ from = "06:00", to = "18:00" }] },
  { name = "evening", times = [{ from = "17:00", to = "22:00" }] },
]

[[versions.components]]
kind = "fixed"
code = "customer"
label = "Customer"
amount = "ten"

[[versions.components]]
kind = "tiered"
code = "energy"
label = "Energy"
unit = "kWh"
prices = [0.1, 0.2, 0.3]
widths = [100, -5]
wdith_per = "month"

[[versions.components]]
kind = "counted"
code = "lots"
label = "Lots"
amount = 1
count = "lots"
size = 0

[[versions.components]]
kind = "minimum"
code = "least"
label = "Minimum"
amount = -5
of = ["customer", "energy"]
"""


def _faults(text: str, name: str = "bad.toml") -> list[tuple[int | None, str, str]]:
    read = import_bytes(text.encode(), source=name)
    assert not read.tariffs
    return sorted(((one.line, one.path, one.kind) for one in read.refused), key=lambda one: one[0] or 0)


def test_all_faults_are_told_at_once_each_with_its_line() -> None:
    assert _faults(BAD) == [
        (6, "colour", "unknown_key"),
        (10, "versions[0].effective_to", "gap"),
        (23, "versions[1].schedules[0].periods", "hour"),
        (32, "versions[1].components[0].amount", ""),
        (40, "versions[1].components[1].widths", "tier_width"),
        (41, "versions[1].components[1].wdith_per", "unknown_key"),
        (49, "versions[1].components[2].size", "zero"),
        (55, "versions[1].components[3].amount", "negative"),
    ]


def test_mended_one_by_one_the_others_stay() -> None:
    """What could not be read hides no fault, and makes none."""
    mended = BAD.replace('"ten"', "10")
    assert len(_faults(mended)) == 7
    for wrong, right in (
        ('colour = "blue"\n', ""), ("2024-12-01", "2025-01-01"), ('wdith_per = "month"\n', ""),
        ("-5]", "5]"), ("size = 0", "size = 1"), ("amount = -5", "amount = 5"),
    ):  # fmt: skip
        mended = mended.replace(wrong, right)
    (last,) = _faults(mended)
    assert last[2] == "hour"
    mended = mended.replace('"17:00"', '"18:00"').replace('"06:00"', '"22:00"')
    read = import_bytes(mended.encode(), source="good.toml")
    assert (len(read.tariffs), read.refused) == (1, ())


def test_an_hour_without_a_period_names_it() -> None:
    text = BAD.replace('from = "17:00", to = "22:00"', 'from = "18:00", to = "22:00"')
    (hour,) = [one for one in import_bytes(text.encode(), source="bad.toml").refused if one.kind == "hour"]
    assert dict(hour.facts) == {"minute": "0", "month": "1", "kind": "0", "names": ""}


def test_what_is_no_toml_says_its_line() -> None:
    assert _faults("format = \n= 3\n") == [(1, "document", "")]


def test_lines_of_other_formats() -> None:
    owrs = (
        "metadata:\n  effective_date: 2018-01-01\n  utility_name: Spring\n  bill_frequency: Monthly\n"
        "  bill_unit: ccf\nrate_structure:\n  FARM:\n    commodity_charge: Budget\n    bill: commodity_charge\n"
    )
    assert _faults(owrs, "x.owrs")[0][0] == 8
    divides = owrs.replace("commodity_charge: Budget", "commodity_charge: 3 / 0")
    (line, _path, _kind) = _faults(divides, "x.owrs")[0]
    assert line == 8


HOSTILE = {
    "nul.toml": BAD.split("colour")[0]
    + "[[versions]]\neffective_from = 2025-01-01\n[[versions.components]]\n"
    'kind = "fixed"\ncode = "c"\nlabel = "a\\u0000b"\namount = 1\n',
    "half.json": '{"format": "meterside-tariff/1", "code": "x", "name": "\\ud800", "utility": "u", '
    '"commodity": "water", "versions": [{"effective_from": "2025-01-01", '
    '"components": [{"kind": "fixed", "code": "c", "label": "c", '
    '"amount": 1}]}]}',
    "deep.json": '{"format": "meterside-tariff/1", "notes": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "deep.toml": "a = " + "[" * 100_000 + "]" * 100_000,
    "huge.toml": BAD.split("colour")[0]
    + "[[versions]]\neffective_from = 2025-01-01\n[[versions.components]]\n"
    'kind = "fixed"\ncode = "c"\nlabel = "c"\namount = 1e999999999\n',
    "zeros.toml": BAD.split("colour")[0]
    + "[[versions]]\neffective_from = 2025-01-01\n[[versions.components]]\n"
    'kind = "fixed"\ncode = "c"\nlabel = "c"\namount = "0e999999999"\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_by_name(name: str) -> None:
    read = import_bytes(HOSTILE[name].encode(), source=name)
    assert (len(read.tariffs), len(read.refused)) == (0, 1), read.refused
