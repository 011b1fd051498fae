"""A year of bills of many accounts at once: totals without lines, to the cent what ``rate`` gives.

For questions over all accounts (who pays more under another rate, what comes in), not for bills. All sums
are of whole numbers in 64 bits; what this cannot price so is refused by name (``NotVectorised``), and the
caller prices those accounts one by one. Rules: docs/algorithms/many.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from meterside.engine.clock_class import CutsInterval, interval_classes
from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.interval_use import IntervalCalendar, interval_calendar
from meterside.engine.many_charges import Bills, NotVectorised, Terms, charge
from meterside.engine.many_sums import Labelled, labelled
from meterside.engine.period import Period, service_day
from meterside.engine.plan import parts_of, version_spans
from meterside.engine.pricing import Part
from meterside.engine.proration import PeriodDays
from meterside.engine.tariff.model import Tariff
from meterside.engine.terms.choices import VersionPick
from meterside.engine.terms.component import Component

__all__ = ["ManyUse", "NotVectorised", "rate_many"]

#: Accounts summed together: their values stay in the processor's cache.
_SUMMED = 64
#: Accounts priced together: enough that what a charge costs by itself is shared by many.
_PRICED = 4096

Plan = list[tuple[Component, Part]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ManyUse:
    """Interval values of many accounts over the same run: a row each, whole counts worth ``scale`` of ``unit``.

    ``values`` never change. Raises ``TypeError`` or ``ValueError`` for anything but rows of 64-bit whole
    numbers that are not negative.
    """

    values: NDArray[np.int64]
    unit: str
    seconds: int
    start_utc: datetime
    zone: tzinfo
    scale: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.values.dtype != np.int64 or self.values.ndim != 2:
            raise TypeError("interval values are rows of 64-bit whole numbers")
        if self.start_utc.utcoffset() != timedelta(0):
            raise ValueError("start_utc must be in UTC")
        # Looked at once, however many tariffs price it.
        if self.values.size and int(self.values.min()) < 0:
            raise ValueError("interval values are negative; they cannot be priced")
        kept = self.values.view()
        kept.flags.writeable = False
        object.__setattr__(self, "values", kept)

    @property
    def calendar(self) -> IntervalCalendar:
        """The local clock of each interval."""
        return interval_calendar(self.start_utc, self.seconds, self.values.shape[1], self.zone)

    def span(self, period: Period) -> slice:
        """The intervals of a period's days; ``ValueError`` where they are not all there."""
        step = timedelta(seconds=self.seconds)
        opens, closes = (service_day(day, self.zone)[0] for day in (period.start, period.closed_end))
        first, last = -(-(opens - self.start_utc) // step), -(-(closes - self.start_utc) // step)
        if first < 0 or last > self.values.shape[1]:
            raise ValueError(f"intervals do not cover {period.start} to {period.last_day}")
        return slice(first, last)


def rate_many(
    tariff: Tariff,
    *,
    periods: Sequence[Period],
    use: ManyUse,
    attributes: Mapping[str, str | int | Decimal] | None = None,
) -> NDArray[np.int64]:
    """Total cents of every account in each period: a row an account, a column a period.

    ``attributes`` are those of all accounts; nothing is carried from bill to bill. Raises
    ``NotVectorised`` for what is not priced here, ``ValueError`` where intervals are missing or periods
    overlap.
    """
    spans = [use.span(period) for period in periods]
    if any(later.start < earlier.stop for earlier, later in pairwise(spans)):
        raise ValueError("periods overlap, or are not in order")
    plans = [_plan(tariff, period) for period in periods]
    clocks = _Clocks(plans, spans, use.calendar)
    totals = np.zeros((use.values.shape[0], len(periods)), dtype=np.int64)
    terms = [
        Terms(
            days=PeriodDays(period.days, period.days, period.days, tariff.bill_months),
            attributes=attributes or {},
            unit=use.unit,
            scale=use.scale,
            seconds=use.seconds,
        )
        for period in periods
    ]
    for first in range(0, use.values.shape[0], _PRICED):
        rows = slice(first, min(first + _PRICED, use.values.shape[0]))
        block = clocks.block(use.values[rows])
        for number, plan in enumerate(plans):
            bills = block.bills(number, terms[number])
            for component, part in plan:
                charge(component, part, bills)
            totals[rows, number] = bills.sum()
    return totals


def _plan(tariff: Tariff, period: Period) -> Plan:
    """The components of a period with their part, which must be all of it."""
    spans = version_spans(tariff, period)
    if sum(span.days for _, span in spans) != period.days:
        raise NotVectorised(
            f"{tariff.code} has no version on some day of {period.start} to {period.last_day}"
        )
    picked = {VersionPick.READ_DATE: period.closed_end, VersionPick.BILL_DATE: period.closed_end}
    plan: Plan = []
    for code in tariff.component_order:
        for component, part in parts_of(tariff, code, period, spans, picked):
            if part.span != period:
                raise NotVectorised(f"{code}: a version or season that changes inside a period")
            if code in part.version.series_codes:
                raise NotVectorised(f"{code}: dated series")
            if not component.season or component.season == part.season:
                plan.append((component, part))
    return plan


class _Clocks:
    """The labels of every charge by the clock: one set for all charges of one schedule's name."""

    def __init__(self, plans: list[Plan], spans: list[slice], calendar: IntervalCalendar) -> None:
        self._names: dict[tuple[int, str], tuple[str, ...]] = {}
        schedules = {""} | {_schedule(component) for plan in plans for component, _ in plan}
        self.labels = {
            name: labelled(
                spans, [self._classes(number, plan, name, calendar) for number, plan in enumerate(plans)]
            )
            for name in sorted(schedules)
        }
        demands = (
            component for plan in plans for component, _ in plan if isinstance(component, DemandCharge)
        )
        self.with_peaks = {component.schedule for component in demands}

    def _classes(
        self, number: int, plan: Plan, name: str, calendar: IntervalCalendar
    ) -> NDArray[np.int64] | None:
        """The classes of a period's intervals by the schedule of that name its version has."""
        own = next((part for component, part in plan if name and _schedule(component) == name), None)
        schedule = own.version.schedule(name) if own is not None else None
        if own is None or schedule is None:
            return None
        self._names[number, name] = schedule.names()
        try:
            return interval_classes(schedule, own.version, calendar)
        except CutsInterval as error:
            raise NotVectorised(str(error)) from error

    def period_name(self, number: int, name: str, place: int) -> str:
        """The name of a class of a schedule in a period."""
        return self._names[number, name][place]

    def block(self, values: NDArray[np.int64]) -> _Block:
        """The sums, and peaks where some charge needs them, of some accounts."""
        summed = [name for name in self.labels if name or len(self.labels) == 1]
        sums = {name: self._empty(name, len(values)) for name in summed}
        peaks = {name: self._empty(name, len(values)) for name in self.with_peaks}
        for first in range(0, len(values), _SUMMED):
            rows = slice(first, first + _SUMMED)
            own = values[rows]
            for name, found in sums.items():
                found[rows] = self.labels[name].sums(own)
            for name, found in peaks.items():
                found[rows] = self.labels[name].peaks(own)
        return _Block(self, sums, peaks)

    def _empty(self, name: str, count: int) -> NDArray[np.int64]:
        """A place for each account and label; columns lie together, for they are what is priced."""
        return np.empty((count, len(self.labels[name].groups)), dtype=np.int64, order="F")


@dataclass(frozen=True, slots=True)
class _Block:
    """Sums and peaks of a block of accounts, by name of the schedule."""

    clocks: _Clocks
    sums: dict[str, NDArray[np.int64]]
    peaks: dict[str, NDArray[np.int64]]

    def bills(self, number: int, terms: Terms) -> Bills:
        """The bills of one period, nothing charged yet."""
        name = next(iter(self.sums))
        columns = [column for (own, _), column in self.clocks.labels[name].columns.items() if own == number]
        total = self.sums[name][:, columns].sum(axis=1)

        def by_class(component: Component) -> dict[str, NDArray[np.int64]]:
            own = _schedule(component)
            return self._named(number, own, self.clocks.labels[own], self.sums[own])

        def peak(component: Component) -> NDArray[np.int64] | None:
            own = _schedule(component)
            found = self.peaks[own]
            if not own:
                return found[:, self.clocks.labels[own].columns[number, 0]]
            named = self._named(number, own, self.clocks.labels[own], found)
            return named.get(component.period if isinstance(component, DemandCharge) else "")

        return Bills(terms, total, by_class, peak)

    def _named(
        self, number: int, name: str, labels: Labelled, found: NDArray[np.int64]
    ) -> dict[str, NDArray[np.int64]]:
        return {
            self.clocks.period_name(number, name, place): found[:, column]
            for (own, place), column in labels.columns.items()
            if own == number
        }


def _schedule(component: Component) -> str:
    """The name of the schedule a charge is by; empty for none."""
    return component.schedule if isinstance(component, TimeOfUseCharge | DemandCharge) else ""
