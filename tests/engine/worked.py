"""Tariffs written as documents, and bills of them, for the worked tables of docs/algorithms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from meterside.engine.determinant import Determinant, DeterminantSource
from meterside.engine.period import Period
from meterside.engine.rated import RatedLine, RatedSegment
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_toml

START = date(2025, 6, 1)
HEAD = """
format = "meterside-tariff/1"
code = "T"
name = "T"
utility = "U"
commodity = "water"

[[versions]]
effective_from = 2020-01-01
"""


def days_from(days: int, start: date = START) -> Period:
    """So many days."""
    return Period(start, start + timedelta(days=days))


def tariff_of(body: str) -> Tariff:
    """One version from 2020 on; ``body`` is the rest of it, with ``[[c]]`` for a component."""
    return tariff_from_toml(HEAD + body.replace("[[c]]", "[[versions.components]]"))


def used(quantity: str, unit: str = "ccf", **prior: str) -> dict[str, Determinant]:
    """Metered use, and numbers of earlier periods in the same unit."""
    found = {"usage": Determinant("usage", Decimal(quantity), unit, DeterminantSource.REGISTER)}
    for name, value in prior.items():
        found[name] = Determinant(name, Decimal(value), unit, DeterminantSource.PRIOR)
    return found


def bill(
    tariff: Tariff,
    days: int | Period = 30,
    use: Mapping[str, Determinant] | None = None,
    **more: Any,
) -> RatedSegment:
    """The bill of June 2025, or of so many days from 1 June."""
    period = days if isinstance(days, Period) else days_from(days)
    return rate(tariff, period=period, determinants=use or {}, **more)


def cents(text: str) -> int:
    """An amount of a table."""
    return int((Decimal(text) * 100).to_integral_exact())


def fact(line: RatedLine, name: str) -> str:
    """A number a line says by name."""
    return dict(line.facts)[name]


def step(text: str) -> str:
    """``1 up`` of a table as the document has it."""
    number, rule = text.split()
    return f'{{ step = {number}, rule = "{rule}" }}'
