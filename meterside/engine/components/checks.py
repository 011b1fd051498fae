"""Checks that several kinds share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meterside.engine.quantity import UnknownUnit, unit_named
from meterside.engine.series import SeriesRef
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.version import TariffVersion


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
        yield TariffProblem(
            f"{path}.widths", "needs one width fewer than prices: the last tier is open", "tier_count"
        )
    if any(not isinstance(width, SeriesRef) and width <= 0 for _, values in widths.cases for width in values):
        yield TariffProblem(f"{path}.widths", "every tier must be wider than nothing", "tier_width")


def is_fitting(prices: Lookup[tuple[Amount, ...]], widths: Lookup[tuple[Amount, ...]]) -> bool:
    """One width fewer than prices: of every case with every other, or key by key of two equal tables."""
    by_key = dict(widths.cases)
    if prices.by == widths.by and {key for key, _ in prices.cases} == set(by_key):
        return all(len(values) == len(by_key[key]) + 1 for key, values in prices.cases)
    lengths = {len(values) for _, values in prices.cases} | {len(values) + 1 for _, values in widths.cases}
    return len(lengths) == 1


def hours_problems(hours_of: str, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
    """Tiers that are hours of something that is no demand charge."""
    found = version.component(hours_of)
    if hours_of and found is not None and found.kind != "demand":
        yield TariffProblem(f"{path}.hours_of", f"{hours_of!r} is no demand charge")


def register_problems(
    own: Mapping[str, str], code: str, version: TariffVersion, path: str
) -> Iterator[TariffProblem]:
    """Two charges whose registers (``usage.on_peak``) would be of one name, by schedules of different names.

    ``own`` gives the schedule of each register that the component ``code`` would be billed by.
    """
    for other in version.components:
        if other.code == code:
            return
        for name, schedule in other.registers(version).items():
            if own.get(name, schedule) != schedule:
                said = f"register {name} would be of schedule {schedule} too; give the periods other names"
                yield TariffProblem(f"{path}.schedule", said)
