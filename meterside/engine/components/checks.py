"""Checks that several kinds share."""

from __future__ import annotations

from collections.abc import Iterator

from meterside.engine.quantity import UnknownUnit, unit_named
from meterside.engine.series import SeriesRef
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem


def unit_problems(unit: str, path: str) -> Iterator[TariffProblem]:
    """A unit nobody knows."""
    try:
        unit_named(unit)
    except UnknownUnit as error:
        yield TariffProblem(f"{path}.unit", str(error))


def is_negative(amount: Amount) -> bool:
    """Whether a number written in the tariff is below zero; what a series holds is not known here."""
    return not isinstance(amount, SeriesRef) and amount < 0


def not_above_zero(amount: Amount) -> bool:
    """Whether a number written in the tariff is zero or less: nothing can be divided by it."""
    return not isinstance(amount, SeriesRef) and amount <= 0


def tier_problems(
    prices: Lookup[tuple[Amount, ...]], widths: Lookup[tuple[Amount, ...]], path: str
) -> Iterator[TariffProblem]:
    """Widths that do not fit the prices, or a tier without width."""
    if not is_fitting(prices, widths):
        yield TariffProblem(f"{path}.widths", "needs one width fewer than prices: the last tier is open")
    if any(not isinstance(width, SeriesRef) and width <= 0 for _, values in widths.cases for width in values):
        yield TariffProblem(f"{path}.widths", "every tier must be wider than nothing")


def is_fitting(prices: Lookup[tuple[Amount, ...]], widths: Lookup[tuple[Amount, ...]]) -> bool:
    """One width fewer than prices: of every case with every other, or key by key of two equal tables."""
    by_key = dict(widths.cases)
    if prices.by == widths.by and {key for key, _ in prices.cases} == set(by_key):
        return all(len(values) == len(by_key[key]) + 1 for key, values in prices.cases)
    lengths = {len(values) for _, values in prices.cases} | {len(values) + 1 for _, values in widths.cases}
    return len(lengths) == 1
