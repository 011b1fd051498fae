"""Tariffs as prose: every kind has its words, every number is said, and two versions' differences are all there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from typing import Any, cast

import pytest
from django.utils import translation

from meterside.engine.components.registry import KINDS
from meterside.engine.tariff.document import tariff_from_toml
from meterside.engine.tariff.model import Tariff, TariffVersion
from meterside.journeys.read_tariff import PriceTable, Statement, differences, kinds_read, read_version
from meterside.journeys.read_tariff.say import TariffSay
from meterside.web.design import formats
from tests.cast import ELECTRIC
from tests.journeys.tariffs_of_every_kind import EVERY_KIND

SAY = cast(TariffSay, formats)


def texts(version: TariffVersion) -> list[str]:
    """Everything the prose says, in order."""
    prose = read_version(version, SAY)
    found: list[str] = []
    for passage in (*prose.components, *prose.terms):
        found.append(passage.heading)
        for block in passage.blocks:
            if isinstance(block, Statement):
                found.append(block.text)
            else:
                assert isinstance(block, PriceTable)
                found += [cell for row in (block.head, *block.rows) for cell in row]
                assert {len(row) for row in block.rows} == {len(block.head)}
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in found]


def published() -> list[Tariff]:
    folder = resources.files("meterside.jobs.demo").joinpath("tariffs")
    return [
        tariff_from_toml(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".toml")
    ]


def test_every_kind_of_component_has_its_words() -> None:
    assert kinds_read() == frozenset(KINDS)
    assert {component.kind for component in tariff_from_toml(EVERY_KIND).versions[0].components} == set(KINDS)


def test_a_plain_rate_is_read_aloud() -> None:
    said = texts(tariff_from_toml(ELECTRIC).versions[0])
    assert said == [
        "Customer charge", "$13.50 is charged for each bill, whatever the use.",
        "Energy", "Each kWh used costs by the block it falls into; the blocks are for each bill.",
        "Block", "Price for each kWh", "First 650 kWh", "$0.0934", "Over 650 kWh", "$0.1080",
        "City tax", "5% of the charges before it (percentages left out) is added.",
        "Rounding and measure", "Each line is rounded to cents by itself: half a cent is rounded up.",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_number_of_every_tariff_is_said(language: str) -> None:
    for tariff in (tariff_from_toml(EVERY_KIND), *published()):
        for version in tariff.versions:
            with translation.override(language):
                said = " ".join(texts(version))
            numbers = set(re.findall(r"\d+(?:\.\d+)?", said.replace(",", "")))
            found = {Decimal(number) for number in numbers}
            for component in version.components:
                for number in _numbers(component.write()):
                    ways = {number, abs(number), number * 100}
                    assert ways & found, (tariff.code, component.code, number)


def _numbers(value: Any) -> Iterator[Decimal]:
    """The numbers of a component's document, but for those that are told in words."""
    if isinstance(value, dict):
        for key, item in value.items():
            # A month by its name; a key of a table by its words; a share of one by saying nothing.
            if key not in {"true_up_month", "month", "of_months", "tolerance_days"} and item not in (
                "1",
                ["1"],
            ):
                yield from _numbers(item)
    elif isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and not _is_number(value[0]):
            yield from _numbers(value[1])
        else:
            for item in value:
                yield from _numbers(item)
    elif isinstance(value, str | int) and not isinstance(value, bool) and _is_number(str(value)):
        yield Decimal(str(value))


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def test_spanish_says_no_english() -> None:
    version = tariff_from_toml(EVERY_KIND).versions[0]
    with translation.override("en"):
        english = texts(version)
    with translation.override("es"):
        spanish = texts(version)
    assert len(english) == len(spanish)
    own_words = {component.label for component in version.components}
    same = {
        one for one, other in zip(english, spanish, strict=True)
        if one == other and re.search(r"[A-Za-z]{4,}", re.sub(r"\$?[\d.,]+|kWh|gallons", "", one))
    }  # fmt: skip
    # What the tariff says in one language alone stays as it is: labels, keys of tables, names of attributes.
    own_words |= {"manufacturing", "south", "north", "lifeline", "none", "sodium", "Lamp"}
    assert same <= own_words, same


def test_differences_are_told_component_by_component() -> None:
    before = tariff_from_toml(ELECTRIC).versions[0]
    text = ELECTRIC.replace('"13.50"', '"14.25"').replace('"0.1080"', '"0.1190"').replace('"650"', '"700"')
    text = text.replace(
        '[[versions.components]]\nkind = "percent"',
        '[[versions.components]]\nkind = "minimum"\ncode = "least"\nlabel = "Minimum bill"\namount = "20"\n\n'
        '[[versions.components]]\nkind = "percent"',
    )
    after = tariff_from_toml(text).versions[0]
    found = differences(read_version(before, SAY), read_version(after, SAY))
    assert [(one.code, one.change) for one in found] == [
        ("customer", "changed"), ("energy", "changed"), ("least", "added"),
    ]  # fmt: skip
    assert [(one.before, one.after) for one in found[0].differences] == [
        ("$13.50 is charged for each bill, whatever the use.", "$14.25 is charged for each bill, whatever the use."),
    ]  # fmt: skip
    assert [(one.what.replace("\N{NO-BREAK SPACE}", " "), one.before, one.after) for one in found[1].differences] == [
        ("First 700 kWh", "", "$0.0934"), ("Over 700 kWh", "", "$0.1190"),
        ("First 650 kWh", "$0.0934", ""), ("Over 650 kWh", "$0.1080", ""),
    ]  # fmt: skip
    back = differences(read_version(after, SAY), read_version(before, SAY))
    assert [(one.code, one.change) for one in back] == [
        ("customer", "changed"), ("energy", "changed"), ("least", "removed"),
    ]  # fmt: skip
    assert differences(read_version(after, SAY), read_version(after, SAY)) == ()
