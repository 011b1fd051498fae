"""Use by calendar month: from the store's continuous totals, from days alone where a month is not one meter's whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from meterside.cis.billing.inputs.counted import RECEIVED, MeterChannel
from meterside.cis.metering.store.queries import DayTotal, day_totals_within, month_totals
from meterside.cis.weather.queries import month_means
from meterside.contracts.usage import MonthsOfUse, UseOfMonth

from .usage_rows import ServiceRow


def months_of(one: ServiceRow, *, until: date, n_months: int) -> MonthsOfUse:
    """The months that ended by a day, oldest first, those with data alone.

    One query; one more where a meter, its multiplier or the tenure began or ended inside a month, and one where
    temperatures of the place are kept.
    """
    months = _months(until, n_months)
    first, last = one.within(months[0], _next(months[-1]))
    channels = one.channels_in(first, last) if one.view.has_days else []
    if not channels:
        return MonthsOfUse(())
    summed = _summed(channels, months)
    warmth = month_means(one.station.id, months[0], _next(months[-1])) if one.station else {}
    return MonthsOfUse(
        tuple(
            UseOfMonth(month, own.used, own.given, own.days, warmth.get(month))
            for month, own in zip(months, summed, strict=True)
            if own.days
        ),
        one.station.degrees if one.station and warmth else "",
    )


@dataclass(slots=True)
class _Sum:
    """A month as it is added up; `cut_days` are the days read one by one."""

    used: Decimal = Decimal(0)
    given: Decimal | None = None
    n_days: int = 0
    cut_days: set[date] = field(default_factory=set)

    @property
    def days(self) -> int:
        return max(self.n_days, len(self.cut_days))

    def add(self, channel: MeterChannel, counts: int) -> None:
        if channel.direction == RECEIVED:
            self.given = (self.given or Decimal(0)) + counts * channel.worth
        else:
            self.used += counts * channel.worth


def _summed(channels: Sequence[MeterChannel], months: Sequence[date]) -> list[_Sum]:
    """Each month over its channels: by their totals, of a month that is cut by their days."""
    totals = month_totals([channel.id for channel in channels], months[0], months[-1])
    cut = [(one, month) for one in channels for month in months if _is_cut(one, month)]
    stretches = [(month, _next(month)) for month in sorted({month for _, month in cut})]
    days = day_totals_within([channel.id for channel, _ in cut], stretches)
    found = {month: _Sum() for month in months}
    for channel in channels:
        for month, own in found.items():
            total = totals.get((channel.id, month))
            if _is_cut(channel, month):
                rows = list(_own(channel, month, days.get(channel.id, ())))
                own.cut_days.update(row.day for row in rows)
                own.add(channel, sum(row.total for row in rows))
            elif _is_here(channel, month) and total is not None:
                own.n_days = max(own.n_days, total.n_days)
                own.add(channel, total.total)
    return list(found.values())


def _months(until: date, n_months: int) -> list[date]:
    """The first days of the last months that are over on a day, oldest first."""
    found, month = [], until.replace(day=1)
    for _ in range(n_months):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(month)
    return found[::-1]


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _is_here(channel: MeterChannel, month: date) -> bool:
    return channel.first < _next(month) and (channel.end is None or channel.end > month)


def _is_cut(channel: MeterChannel, month: date) -> bool:
    """Whether the channel counts for some days of the month and not for others."""
    is_whole = channel.first <= month and (channel.end is None or channel.end >= _next(month))
    return _is_here(channel, month) and not is_whole


def _own(channel: MeterChannel, month: date, days: Sequence[DayTotal]) -> Iterator[DayTotal]:
    for row in days:
        is_counted = channel.first <= row.day and (channel.end is None or row.day < channel.end)
        if is_counted and month <= row.day < _next(month):
            yield row
