"""Golden bills: a tariff and inputs in, the bill's lines out, each in one text file that a person can check."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from meterside.engine.determinant import Determinant, DeterminantSource, usage_of
from meterside.engine.formula import money_text
from meterside.engine.money import format_cents
from meterside.engine.period import Period
from meterside.engine.rating import RatedLine, RatedSegment, RatingState, rate
from meterside.engine.series import DatedSeries
from meterside.engine.tariff.document import tariff_from_toml

FOLDER = Path(__file__).parent.parent / "golden"
FILES = sorted(FOLDER.glob("*.txt"))


def sections(path: Path) -> dict[str, str]:
    """The parts of a file by their headings."""
    found = {}
    for part in path.read_text(encoding="utf-8").split("\n--- ")[1:]:
        name, _, body = part.partition("\n")
        found[name.strip()] = body.strip("\n")
    return found


def rendered(segment: RatedSegment) -> str:
    """The bill as the files have it: label, formula, amount."""
    several = len(segment.versions) > 1
    rows = [(label(line, several), line.formula_text, line.amount_cents) for line in segment.lines]
    rows.append(("Total", f"{money_text(segment.unrounded)} exactly", segment.total_cents))
    return "\n".join(f"{name:<30} {text:<43} {format_cents(cents):>11}" for name, text, cents in rows)


def label(line: RatedLine, several: bool) -> str:
    tier = f" tier {line.tier}" if line.tier else ""
    season = f" ({line.season})" if line.season else ""
    version = f" [{line.version_from}]" if several else ""
    return f"{line.label}{tier}{season}{version}"


def priced(parts: dict[str, str]) -> RatedSegment:
    """The bill of a file's tariff and inputs: use, quantities of earlier periods, attributes, series, state."""
    inputs = tomllib.loads(parts["inputs"], parse_float=Decimal)
    determinants = usage_of(Decimal(inputs["usage"]), inputs["unit"]) if "usage" in inputs else {}
    for name, quantity in inputs.get("prior", {}).items():
        prior = DeterminantSource.PRIOR
        determinants[name] = Determinant(name, Decimal(quantity), inputs["unit"], prior)
    for name, text in inputs.get("quantities", {}).items():
        number, unit = text.split()
        determinants[name] = Determinant(name, Decimal(number), unit)
    series = {
        name: DatedSeries(
            name, tuple((date.fromisoformat(day), Decimal(value)) for day, value in values.items())
        )
        for name, values in inputs.get("series", {}).items()
    }
    state = tuple((name, Decimal(value)) for name, value in inputs.get("state", {}).items())
    return rate(
        tariff_from_toml(parts["tariff"]),
        period=Period(inputs["from"], inputs["to"]),
        determinants=determinants,
        attributes=inputs.get("attributes", {}),
        series=series,
        state=RatingState(state),
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_bill(path: Path) -> None:
    parts = sections(path)
    assert rendered(priced(parts)) == parts["bill"]


def test_there_are_golden_bills() -> None:
    assert len(FILES) >= 11
