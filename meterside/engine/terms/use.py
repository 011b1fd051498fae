"""Billed use: what components price where it is not simply what a meter says.

The share of water that becomes sewage, a winter average, a volume of gas as energy, lamps that burn
all night: worked out from determinants in steps the tariff names (docs/algorithms/billed-use.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from meterside.engine.quantity import UnknownUnit, UsageRounding, unit_named
from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import NO_PRORATION, ChargePer, Proration
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.reader import Reader

#: What is priced when a tariff says nothing else.
USAGE = ("usage",)


class Pick(StrEnum):
    """Which of several quantities counts."""

    FIRST = "first"  #: the first that is known
    LEAST = "least"
    GREATEST = "greatest"
    SUM = "sum"
    DIFFERENCE = "difference"  #: the first less all others (a deduct meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledUse:
    """A quantity in ``unit`` that components price by its ``name``, worked out for the whole period.

    From the determinants (or earlier uses) in ``of``, or from ``assumed`` for each of ``each``; the latter,
    bounds and quantities of earlier periods stand for a ``per`` and follow the days by ``proration``.
    """

    name: str
    unit: str
    of: tuple[str, ...] = USAGE
    pick: Pick = Pick.FIRST
    assumed: Lookup[Amount] | None = None
    each: tuple[Given, ...] = ()
    measured_unit: str = ""
    measured_rounding: UsageRounding | None = None
    times: tuple[Lookup[Amount], ...] = ()
    times_given: tuple[Given, ...] = ()
    factor_rounding: UsageRounding | None = None
    least: Lookup[Amount] | None = None
    most: Lookup[Amount] | None = None
    per: ChargePer = ChargePer.BILL
    proration: Proration = NO_PRORATION
    rounding: UsageRounding | None = None

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """Every table it is worked out with."""
        return tuple(item for item in (self.assumed, *self.times, self.least, self.most) if item is not None)

    def givens(self) -> tuple[Given, ...]:
        """The numbers of the agreement it asks for."""
        return self.each + self.times_given

    @property
    def source_unit(self) -> str:
        """The unit quantities are brought to before any factor."""
        return self.measured_unit or self.unit


def read_use(reader: Reader, proration: Proration) -> BilledUse:
    """The use a document says; its proration was read before."""
    assumed = reader.optional_table("assumed")
    of = tuple(reader.texts("of"))
    use = BilledUse(
        name=reader.text("name"),
        unit=reader.text("unit"),
        of=of if of or assumed is not None else USAGE,
        pick=reader.choice("pick", Pick, Pick.FIRST),
        assumed=assumed,
        each=reader.givens("each"),
        measured_unit=reader.text("measured_unit", ""),
        measured_rounding=reader.step("measured_rounding"),
        times=reader.tables("times"),
        times_given=reader.givens("times_given"),
        factor_rounding=reader.step("factor_rounding"),
        least=reader.optional_table("least"),
        most=reader.optional_table("most"),
        per=reader.choice("per", ChargePer, ChargePer.BILL),
        proration=proration,
        rounding=reader.step("rounding"),
    )
    reader.done()
    return use


def use_problems(uses: tuple[BilledUse, ...], path: str) -> Iterator[TariffProblem]:
    """What is wrong with the uses of a version."""
    seen: set[str] = set()
    names = {use.name for use in uses}
    for index, use in enumerate(uses):
        here = f"{path}.uses[{index}]"
        if not use.name.strip() or use.name in seen:
            yield TariffProblem(f"{here}.name", f"{use.name!r} must be a name of its own")
        for name in use.of:
            if name == use.name or (name in names and name not in seen):
                yield TariffProblem(f"{here}.of", f"{name!r} must be listed before {use.name!r}")
        seen.add(use.name)
        yield from _problems(use, here)


def _problems(use: BilledUse, path: str) -> Iterator[TariffProblem]:
    for field in ("unit", "measured_unit"):
        try:
            unit_named(getattr(use, field) or use.unit)
        except UnknownUnit as error:
            yield TariffProblem(f"{path}.{field}", str(error))
    if use.assumed is not None and use.of:
        yield TariffProblem(f"{path}.of", "has no place beside assumed; leave one out")
    if len(use.of) < 2 and use.pick is not Pick.FIRST:
        yield TariffProblem(f"{path}.pick", f"{use.pick.value} needs two quantities or more in of")
    if use.measured_rounding is not None and not use.measured_unit:
        yield TariffProblem(f"{path}.measured_rounding", "needs measured_unit: in what is it rounded?")
    for name in ("assumed", "least", "most"):
        table: Lookup[Amount] | None = getattr(use, name)
        if table is not None and _has_negative(table):
            yield TariffProblem(f"{path}.{name}", "cannot be negative", "negative")
    for index, table in enumerate(use.times):
        if _has_negative(table):
            yield TariffProblem(f"{path}.times[{index}]", "cannot be negative", "negative")
    least, most = _written(use.least), _written(use.most)
    if least is not None and most is not None and least > most:
        yield TariffProblem(f"{path}.least", f"is {least}, more than most")


def _has_negative(table: Lookup[Amount]) -> bool:
    return any(not isinstance(value, SeriesRef) and value < 0 for _, value in table.cases)


def _written(table: Lookup[Amount] | None) -> Decimal | None:
    """The one number a table says, where it depends on nothing and stands in the tariff."""
    if table is None or not table.is_constant or isinstance(table.cases[0][1], SeriesRef):
        return None
    return table.cases[0][1]
