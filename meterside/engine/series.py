"""Dated series: exact values in force from a day, which tariffs refer to by name.

The cost of power by month, the heat content of gas, the tax rate of a place: each changes by itself,
without a new version of every tariff that uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from meterside.engine.period import Period


class SeriesGap(ValueError):
    """The series has no value on that day."""


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """Where a number stands in a tariff: the name of the series that has it."""

    series: str


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """A value that priced a line: which series, and the day it came into force."""

    series: str
    value: Decimal
    since: date

    def to_dict(self) -> dict[str, str]:
        """JSON-safe form."""
        return {"series": self.series, "value": str(self.value), "since": self.since.isoformat()}

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> SeriesValue:
        """The value that ``to_dict`` wrote."""
        return cls(data["series"], Decimal(data["value"]), date.fromisoformat(data["since"]))


@dataclass(frozen=True, slots=True)
class DatedSeries:
    """Values by the day each comes into force, in order; the last holds until ``end`` (None: on and on).

    None in a value's place says that from that day nothing is known: a gap up to the next one.
    Raises ``ValueError`` when days are not in order, nothing is there, or a value is not exact.
    """

    name: str
    values: tuple[tuple[date, Decimal | None], ...]
    end: date | None = None
    _days: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        days = tuple(day for day, _ in self.values)
        if not days:
            raise ValueError(f"series {self.name} has no value")
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError(f"series {self.name} is not in the order of its days")
        if self.end is not None and self.end <= days[-1]:
            raise ValueError(f"series {self.name} ends on {self.end}, before its last value")
        if any(not _is_exact(value) for _, value in self.values):
            raise ValueError(f"series {self.name} has a value that is no plain Decimal")
        object.__setattr__(self, "_days", days)

    def on(self, day: date) -> SeriesValue:
        """The value in force on a day; ``SeriesGap`` when there is none."""
        if day < self._days[0]:
            raise SeriesGap(f"series {self.name} begins on {self._days[0]} and has no value on {day}")
        if self.end is not None and day >= self.end:
            raise SeriesGap(f"series {self.name} ends on {self.end} and has no value on {day}")
        since, value = next(entry for entry in reversed(self.values) if entry[0] <= day)
        if value is None:
            raise SeriesGap(f"series {self.name} has a gap from {since} and no value on {day}")
        return SeriesValue(self.name, value, since)

    def changes_in(self, period: Period) -> tuple[date, ...]:
        """Days inside a period (not its first) on which another value comes into force, or none does."""
        last = () if self.end is None else (self.end,)
        return tuple(day for day in (*self._days, *last) if day > period.start and day < period.closed_end)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form, to be frozen with a segment."""
        return {
            "name": self.name,
            "values": [
                [day.isoformat(), None if value is None else str(value)] for day, value in self.values
            ],
            "end": None if self.end is None else self.end.isoformat(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DatedSeries:
        """The series that ``to_dict`` wrote."""
        values = tuple(
            (date.fromisoformat(day), None if value is None else Decimal(value))
            for day, value in data["values"]
        )
        return cls(data["name"], values, date.fromisoformat(data["end"]) if data["end"] else None)


def series_of_periods(name: str, periods: Iterable[tuple[Period, Decimal]]) -> DatedSeries:
    """A series from values that hold for a period each; days between two periods are a gap.

    Raises ``ValueError`` when two periods overlap, or as ``DatedSeries``.
    """
    values: list[tuple[date, Decimal | None]] = []
    ends: date | None = None
    for period, value in sorted(periods, key=lambda each: each[0].start):
        if values and (ends is None or period.start < ends):
            raise ValueError(f"series {name} has two values on {period.start}")
        if ends is not None and ends < period.start:
            values.append((ends, None))
        values.append((period.start, value))
        ends = period.end
    return DatedSeries(name, tuple(values), ends)


def _is_exact(value: object) -> bool:
    return value is None or (isinstance(value, Decimal) and value.is_finite())


def by_name(series: Iterable[DatedSeries]) -> dict[str, DatedSeries]:
    """Series as rating takes them."""
    return {item.name: item for item in series}
