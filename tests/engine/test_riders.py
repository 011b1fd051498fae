"""Riders and monthly factors: the table of docs/algorithms/riders.md; the documents of the format's page."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal

import pytest

from meterside.engine.series import DatedSeries
from meterside.engine.tariff.document import tariff_from_toml
from tests.engine.tables import FOLDER, worked_table
from tests.engine.worked import HEAD, bill, cents, tariff_of, used

VALUES = ((date(2025, 5, 1), "0.02"), (date(2025, 6, 16), "0.03"), (date(2025, 7, 1), "-0.01"))
RIDER = {"rider": DatedSeries("rider", tuple((day, Decimal(value)) for day, value in VALUES))}
KINDS = {
    "usage": 'unit = "therm"\nprice = { series = "rider" }\n',
    "percent": 'rate = { series = "rider" }\nof = ["gas"]\n',
    "fixed": 'amount = { series = "rider" }\n',
    "counted": 'amount = { series = "rider" }\ncount = "meters"\n',
}


@pytest.mark.parametrize("row", worked_table("algorithms/riders.md", "rider of 300.00"), ids=" ".join)
def test_riders(row: tuple[str, ...]) -> None:
    kind, per, pick, lines = row
    gas = '[[c]]\nkind = "usage"\ncode = "gas"\nlabel = "Gas"\nunit = "therm"\nprice = 1\n'
    gas += f'version_pick = "{pick}"\n'
    terms = KINDS[kind] + (f'per = "{per}"\n' if kind == "fixed" else "")
    rider = f'[[c]]\nkind = "{kind}"\ncode = "rider"\nlabel = "Rider"\nversion_pick = "{pick}"\n' + terms
    segment = bill(
        tariff_of(gas + rider),
        30,
        used("300", "therm"),
        series=RIDER,
        attributes={"meters": 4},
        bill_date=date(2025, 6, 10),
    )
    found = [line.amount_cents for line in segment.lines if line.component == "rider"]
    assert found == [cents(each) for each in lines.split()]


def snippets() -> list[str]:
    """Whole TOML blocks of the format's page that are parts of a version."""
    text = (FOLDER / "tariff-format.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in text.split("```toml\n")[1:]]
    return [block for block in blocks if block.lstrip().startswith("[[versions.")]


USED = '[[versions.components]]\nkind = "usage"\ncode = "water"\nlabel = "W"\nunit = "kgal"\nprice = 1\n'
FIRST = '[[versions.components]]\nkind = "fixed"\ncode = "service"\nlabel = "S"\namount = 1\n' + USED


@pytest.mark.parametrize("block", snippets())
def test_the_examples_of_the_format_s_page_are_tariffs(block: str) -> None:
    stated = tomllib.loads("[[versions]]\n" + block)["versions"][0]
    codes = {component["code"] for component in stated.get("components", ())}
    body = block if codes & {"water", "service"} else FIRST + block
    tariff = tariff_from_toml(HEAD + body)
    assert tariff.versions[0].components
    assert len(tariff.versions[0].uses) == len(stated.get("uses", ()))


def test_there_are_examples() -> None:
    assert len(snippets()) >= 3
