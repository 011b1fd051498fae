"""Reads of temperatures: what the weather step of a bill and the pages of use show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_

from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import TruncMonth

from meterside.engine.weather import DayTemperature, TemperatureUnit

from .models import DayTemperature as DayRow
from .models import WeatherStation

#: The characteristic of a premise that names its station.
STATION_FACT = "weather_station"
_HALF_A_MONTH = 15


@dataclass(frozen=True, slots=True)
class Station:
    """A weather station; `degrees` is what its temperatures are in."""

    id: int
    code: str
    name: str
    degrees: TemperatureUnit
    is_default: bool


class Stations:
    """Every station, and which of them a premise's weather is told by."""

    def __init__(self, stations: Collection[Station]) -> None:
        self.every = tuple(stations)
        self._by_code = {station.code: station for station in self.every}
        self._default = next((station for station in self.every if station.is_default), None)

    def __bool__(self) -> bool:
        return bool(self.every)

    def of(self, named: str | None) -> Station | None:
        """The station a premise names, else the default; None for a name nobody knows, or without either."""
        return self._by_code.get(named) if named else self._default

    def by_code(self, code: str) -> Station | None:
        """The station of that code."""
        return self._by_code.get(code)


def stations() -> Stations:
    """Every station, in one query."""
    rows = WeatherStation.objects.order_by("code")
    return Stations(
        [Station(row.pk, row.code, row.name, TemperatureUnit(row.degrees), row.is_default) for row in rows]
    )


def temperatures(
    station_ids: Collection[int], start: date, end: date
) -> Mapping[int, Mapping[date, DayTemperature]]:
    """Each station's days in [start, end) that are known, in one query; none is asked without stations."""
    found: dict[int, dict[date, DayTemperature]] = {station_id: {} for station_id in station_ids}
    if found:
        rows = DayRow.objects.filter(station_id__in=found, day__gte=start, day__lt=end).order_by("day")
        for station_id, day, low, high in rows.values_list("station_id", "day", "min_tenths", "max_tenths"):
            found[station_id][day] = DayTemperature(low, high)
    return found


def temperatures_within(
    station_id: int, stretches: Sequence[tuple[date, date]]
) -> Mapping[date, DayTemperature]:
    """A station's days in any of these [start, end) that are known, in one query."""
    asked = reduce(or_, (Q(day__gte=start, day__lt=end) for start, end in stretches))
    rows = DayRow.objects.filter(asked, station_id=station_id).values_list("day", "min_tenths", "max_tenths")
    return {day: DayTemperature(low, high) for day, low, high in rows}


def station_rows() -> list[dict[str, object]]:
    """Each station with its number of days, the first and the last of them."""
    rows = WeatherStation.objects.annotate(n=Count("days"), first=Min("days__day"), last=Max("days__day"))
    return [
        {
            "station": row.code,
            "name": row.name,
            "degrees": row.degrees,
            "default": row.is_default,
            "days": row.n,
            "first": row.first,
            "last": row.last,
        }
        for row in rows.order_by("code")
    ]


def month_means(station_id: int, start: date, end: date) -> Mapping[date, Decimal]:
    """The mean temperature of each month in [start, end), by its first day, of the days that are known; one query.

    A month of which less than half is known is left out.
    """
    rows = (
        DayRow.objects.filter(station_id=station_id, day__gte=start, day__lt=end)
        .annotate(month=TruncMonth("day"))
        .values("month")
        .annotate(tenths=Sum(F("min_tenths") + F("max_tenths")), n=Count("*"))
        .values_list("month", "tenths", "n")
    )
    return {month: Decimal(tenths) / (20 * n) for month, tenths, n in rows if n >= _HALF_A_MONTH}
