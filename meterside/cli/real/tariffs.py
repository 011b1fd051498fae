"""The real water rates: every file imported or refused by name, and the 28 known bills to the cent."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from meterside.cis.tariffs.operations import VersionConflict, store_tariff
from meterside.connectors.tariffs.reading import import_file
from meterside.engine.determinant import usage_of
from meterside.engine.period import Period
from meterside.engine.rating import rate

from . import Figures


def run(data: Path, result: Figures) -> None:
    """Import all OWRS files into the database, then price the bill cases."""
    result.head("Water rates (OWRS)")
    files = sorted((data / "tariffs-water" / "owrs").rglob("*.owrs"))
    whole, partly, not_at_all, stored, refused = 0, 0, [], 0, 0
    for path in files:
        found = import_file(path)
        refused += len(found.refused)
        if not found.tariffs:
            not_at_all.append(path.name)
        elif found.refused:
            partly += 1
        else:
            whole += 1
        result.must(bool(found.tariffs or found.refused), f"{path.name} was neither imported nor refused")
        result.must(all(each.path for each in found.refused), f"{path.name}: a refusal names no field")
        for tariff in found.tariffs:
            try:
                store_tariff(tariff)
                stored += 1
            except VersionConflict:
                # Two files of one utility and day that disagree: the first stays, as it would for a clerk.
                refused += 1
    result.say(
        "owrs",
        {"files": len(files), "whole": whole, "partly": partly, "refused": len(not_at_all)},
        f"{len(files)} files: {whole} imported whole, {partly} in part, {len(not_at_all)} refused",
    )
    result.say(
        "owrs_rates", {"stored": stored, "refused_fields": refused},
        f"{stored} rates stored; {refused} refusals, each with its field",
    )  # fmt: skip
    right, wrong = 0, []
    for row in _cases(data):
        total = _price(data, row)
        if total == Decimal(row["expected_bill"]):
            right += 1
        else:
            wrong.append(f"{row['utility_name']}: {total} instead of {row['expected_bill']}")
    result.say(
        "bill_cases",
        {"right": right, "of": right + len(wrong)},
        f"{right} of {right + len(wrong)} known bills to the cent",
    )
    result.must(not wrong, "; ".join(wrong))


def _cases(data: Path) -> list[dict[str, str]]:
    with (data / "tariffs-water" / "bill_cases.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _price(data: Path, row: dict[str, str]) -> Decimal:
    path = data / "tariffs-water" / "owrs" / row["owrs_path"]
    tariffs = import_file(path, classes=[row["customer_class"]]).tariffs
    day = date.fromisoformat(row["effective_date"])
    # The cases name size and class only; the program that made them took the first of what else a rate asks.
    attributes = {name: options[0] for name, options in tariffs[0].attribute_options().items()}
    rated = rate(
        tariffs[0],
        period=Period(day, _month_after(day)),
        determinants=usage_of(Decimal(row["usage_ccf"]), "ccf"),
        attributes={**attributes, "meter_size": row["meter_size"]},
    )
    return Decimal(rated.total_cents) / 100


def _month_after(day: date) -> date:
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, 28))
