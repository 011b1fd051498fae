"""Why this much, by time of day: each period's use, price and amount, from the lines of a bill; and when it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from meterside.engine.period import Period
from meterside.engine.rated import RatedLine
from meterside.engine.tariff.model import Tariff
from meterside.engine.terms.schedule import DAY_MINUTES, DAY_WORDS, DayPlan, Schedule, day_plan
from meterside.engine.terms.season import Season

_KINDS = ("time_of_use", "sell")


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """What one period of the clock cost: ``quantity`` in ``unit``, and what it came to.

    ``price`` is the average of a unit, in currency units; None where nothing was used. ``share`` is its
    part of all use of its determinant on the bill, from 0 to 1.
    """

    component: str
    determinant: str
    period: str
    label: str
    label_es: str
    quantity: Decimal
    unit: str
    price: Decimal | None
    amount_cents: int
    share: Decimal

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "component": self.component,
            "determinant": self.determinant,
            "period": self.period,
            "label": self.label,
            "label_es": self.label_es,
            "quantity": str(self.quantity),
            "unit": self.unit,
            "price": None if self.price is None else str(self.price),
            "amount_cents": self.amount_cents,
            "share": str(self.share),
        }


def cost_by_period(lines: Iterable[RatedLine]) -> tuple[PeriodCost, ...]:
    """Each charge's periods in the order of their lines; tiers and parts of the bill together.

    The amounts sum to those of the lines, cent for cent. Empty where nothing is priced by the clock.
    """
    groups: dict[tuple[str, str], list[RatedLine]] = {}
    for line in lines:
        period = dict(line.facts).get("period", "")
        if line.kind in _KINDS and period:
            groups.setdefault((line.component, period), []).append(line)
    used = {key: sum((line.quantity for line in own), Decimal(0)) for key, own in groups.items()}
    whole: dict[str, Decimal] = {}
    for (component, _), quantity in used.items():
        whole[component] = whole.get(component, Decimal(0)) + quantity
    return tuple(_cost(own, used[key], whole[key[0]]) for key, own in groups.items())


def _cost(own: list[RatedLine], quantity: Decimal, whole: Decimal) -> PeriodCost:
    first, facts = own[0], dict(own[0].facts)
    exact = sum((line.unrounded for line in own), Decimal(0))
    return PeriodCost(
        component=first.component,
        determinant=first.determinant,
        period=facts["period"],
        label=facts.get("period_label", ""),
        label_es=facts.get("period_label_es", ""),
        quantity=quantity,
        unit=first.unit,
        price=exact / quantity if quantity else None,
        amount_cents=sum(line.amount_cents for line in own),
        share=quantity / whole if whole else Decimal(0),
    )


#: Kinds of day a person names, with their numbers in a schedule; a holiday is told as none of them.
_DAYS: Mapping[str, tuple[int, ...]] = {"weekday": DAY_WORDS["weekday"], "weekend": DAY_WORDS["weekend"]}


@dataclass(frozen=True, slots=True)
class PeriodTimes:
    """When a period of the clock is: ``times`` are kind of day (every, weekday, weekend), first and last minute.

    Minutes count from midnight; the last is not inside. A block over midnight ends earlier than it begins.
    """

    component: str
    period: str
    times: tuple[tuple[str, int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "component": self.component,
            "period": self.period,
            "times": [list(one) for one in self.times],
        }


def times_of_periods(tariff: Tariff, lines: Iterable[RatedLine]) -> tuple[PeriodTimes, ...]:
    """When each period is that some line of a bill is priced by; one that a few words cannot tell is left out.

    That is so where its times changed on the bill with a season or a version, or differ among weekdays.
    """
    found: dict[tuple[str, str], set[tuple[tuple[str, int, int], ...]]] = {}
    versions = {version.effective_from: version for version in tariff.versions}
    for line in lines:
        period, version = dict(line.facts).get("period", ""), versions.get(line.version_from)
        if line.kind not in _KINDS or not period or version is None:
            continue
        schedule = version.schedule(getattr(version.component(line.component), "schedule", ""))
        if schedule is None or period not in schedule.names():
            continue
        times = _times(schedule, period, _sorts_of_day(version.seasons, line.span))
        found.setdefault((line.component, period), set()).add(times)
    return tuple(
        PeriodTimes(component, period, next(iter(told)))
        for (component, period), told in found.items()
        if len(told) == 1 and all(told)
    )


@lru_cache(maxsize=512)
def _sorts_of_day(seasons: tuple[Season, ...], span: Period) -> tuple[tuple[int, str], ...]:
    """The pairs of month and season of some days."""
    return tuple(
        sorted(
            {
                (day.month, next((season.name for season in seasons if season.contains(day)), ""))
                for day in span.each_day()
            }
        )
    )


@lru_cache(maxsize=512)
def _times(
    schedule: Schedule, period: str, days: tuple[tuple[int, str], ...]
) -> tuple[tuple[str, int, int], ...]:
    """The blocks of a period on days of these months and seasons; none where they are not the same throughout."""
    number = schedule.index(period)
    blocks: dict[str, tuple[tuple[int, int], ...]] = {}
    for word, kinds in _DAYS.items():
        every = {
            _blocks(day_plan(schedule, month, season or None, kind), number)
            for month, season in days
            for kind in kinds
        }
        if len(every) != 1:
            return ()
        (blocks[word],) = every
    if blocks["weekday"] == blocks["weekend"]:
        blocks = {"every": blocks["weekday"]}
    return tuple((word, first, last) for word, own in blocks.items() for first, last in own)


def _blocks(plan: DayPlan, number: int) -> tuple[tuple[int, int], ...]:
    """A period's blocks of a day; what ends at midnight and begins there is one block over midnight."""
    ends = [*(first for first, _ in plan[1:]), DAY_MINUTES]
    blocks = [(first, end) for (first, own), end in zip(plan, ends, strict=True) if own == number]
    if len(blocks) > 1 and blocks[0][0] == 0 and blocks[-1][1] == DAY_MINUTES:
        blocks = [*blocks[1:-1], (blocks[-1][0], blocks[0][1])]
    return tuple(blocks)
