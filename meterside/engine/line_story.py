"""Where a line of a bill comes from: what was measured, from which reads, which component of which version, the sum.

A story is put together from a rated segment and what it was priced from; nothing is priced again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from meterside.engine.determinant import Determinant, ReadEvidence
from meterside.engine.formula import Formula
from meterside.engine.interval import Quality
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.rated import RatedLine
from meterside.engine.series import SeriesValue
from meterside.engine.tariff.model import Component, Tariff, TariffVersion


@dataclass(frozen=True, slots=True)
class Behind:
    """A quantity behind a line: its whole over the bill's period, with the reads that prove it.

    ``n_intervals`` counts the intervals it came from, or was shared out by, and ``n_not_measured`` those of
    them that were estimated, edited or derived; both 0 where none played a part. ``source`` is a
    ``DeterminantSource``; ``intervals`` for a quantity that was given by intervals alone.
    """

    name: str
    quantity: Decimal
    unit: str
    source: str
    reads: tuple[ReadEvidence, ...] = ()
    n_intervals: int = 0
    n_not_measured: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        data: dict[str, Any] = {
            "name": self.name,
            "quantity": str(self.quantity),
            "unit": self.unit,
            "source": self.source,
            "reads": [read.to_dict() for read in self.reads],
        }
        if self.n_intervals:
            data |= {"intervals": self.n_intervals, "not_measured": self.n_not_measured}
        return data


@dataclass(frozen=True, slots=True)
class LineStory:
    """A line with everything behind it; ``taken_of`` are the components it is a share or a minimum of."""

    line: RatedLine
    behind: tuple[Behind, ...]
    taken_of: tuple[str, ...]

    @property
    def component(self) -> str:
        """The code of the component in its version."""
        return self.line.component

    @property
    def version_from(self) -> date:
        """The first day of the version of the tariff."""
        return self.line.version_from

    @property
    def span(self) -> Period:
        """The days it covers."""
        return self.line.span

    @property
    def formula(self) -> Formula:
        """The numbers of its sum, by name."""
        return self.line.formula

    @property
    def series(self) -> tuple[SeriesValue, ...]:
        """The values of dated series in it."""
        return self.line.series

    @property
    def unrounded(self) -> Decimal:
        """The exact amount."""
        return self.line.unrounded

    @property
    def amount_cents(self) -> int:
        """What is billed."""
        return self.line.amount_cents

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form: the line's own, its formula, and what is behind it."""
        return {
            **self.line.to_dict(),
            "formula": self.line.formula.to_dict(),
            "formula_text": self.line.formula_text,
            "behind": [each.to_dict() for each in self.behind],
            "taken_of": list(self.taken_of),
        }


def stories(
    lines: tuple[RatedLine, ...],
    *,
    tariff: Tariff,
    determinants: Mapping[str, Determinant],
    intervals: Mapping[str, IntervalUse] | None = None,
) -> tuple[LineStory, ...]:
    """The story of each line, in order, from what they were priced from."""
    versions = {version.effective_from: version for version in tariff.versions}
    given = _given(determinants, intervals or {})
    return tuple(_story(line, versions.get(line.version_from), given) for line in lines)


def _given(
    determinants: Mapping[str, Determinant], intervals: Mapping[str, IntervalUse]
) -> dict[str, Behind]:
    found = {
        name: Behind(name, item.quantity, item.unit, item.source.value, item.evidence)
        for name, item in determinants.items()
    }
    for name, use in intervals.items():
        count, unsure = len(use.values), 0
        if use.quality is not None:
            unsure = int(np.count_nonzero(use.quality != Quality.MEASURED))
        before = found.get(name)
        if before is None:
            found[name] = Behind(name, use.total(), use.unit, "intervals", (), count, unsure)
        else:
            found[name] = Behind(
                name, before.quantity, before.unit, before.source, before.reads, count, unsure
            )
    return found


def _story(line: RatedLine, version: TariffVersion | None, given: Mapping[str, Behind]) -> LineStory:
    component = version.component(line.component) if version is not None else None
    if version is None or component is None:  # a version that is no longer known: what the line itself says
        own = (given[line.determinant],) if line.determinant in given else ()
        return LineStory(line, own, ())
    derived = {name: of for each in version.components for name, of in each.derives().items()}
    names = dict.fromkeys(
        own
        for name in _names(line, version, component)
        for own in (name, *(_as_of(name, one) for one in derived.get(name.partition(".")[0], ())))
    )
    return LineStory(line, tuple(given[name] for name in names if name in given), component.refers_to())


def _as_of(name: str, source: str) -> str:
    """What a derived quantity, or its part in a period of the clock, comes from."""
    _, point, period = name.partition(".")
    return f"{source}{point}{period}"


def _names(line: RatedLine, version: TariffVersion, component: Component) -> Iterator[str]:
    """What was given that may decide the line: a period's own register in place of the whole, then the rest."""
    period = dict(line.facts).get("period", "")
    for name in component.determinants() or (line.determinant,):
        if period:
            yield f"{name}.{period}"
        yield name
    yield from component.intervals_used(version)
    yield from version.sources_of(component)
