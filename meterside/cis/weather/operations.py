"""Writes: stations, and the temperatures of days from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from meterside.engine.weather import DayTemperature, TemperatureUnit
from meterside.spine import audit

from .models import DayTemperature as DayRow
from .models import WeatherStation


class UnitOfStation(ValueError):
    """A station with temperatures keeps the degrees they are in."""


class NoSuchStation(LookupError):
    """No station has that code."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the days of a file."""

    n_new: int
    n_changed: int
    n_unchanged: int


@transaction.atomic
def set_station(
    *, code: str, name: str, degrees: TemperatureUnit, is_default: bool = False
) -> WeatherStation:
    """A station with this name; made the default it takes the place of the one that was. Raises UnitOfStation."""
    station = WeatherStation.objects.select_for_update().filter(code=code).first()
    if station is not None and station.degrees != degrees.value and station.days.exists():
        raise UnitOfStation(f"{code} has temperatures in {station.degrees}")
    if is_default:
        WeatherStation.objects.filter(is_default=True).exclude(code=code).update(is_default=False)
    kept = is_default or (station is not None and station.is_default)
    fields = {"name": name, "degrees": degrees.value, "is_default": kept}
    station, _ = WeatherStation.objects.update_or_create(code=code, defaults=fields)
    audit.record(action="weather_station.set", subject_type="weather_station", subject_id=code, **fields)
    return station


@transaction.atomic
def store_temperatures(*, code: str, days: Mapping[date, DayTemperature]) -> Stored:
    """Keep these days; a day that is there already gets the new temperatures. Raises NoSuchStation."""
    station = WeatherStation.objects.select_for_update().filter(code=code).first()
    if station is None:
        raise NoSuchStation(code)
    there = {
        row.day: DayTemperature(row.min_tenths, row.max_tenths)
        for row in DayRow.objects.filter(station=station, day__in=list(days))
    }
    written = [day for day, own in days.items() if there.get(day) != own]
    if written:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO cis_weather_daytemperature (station_id, day, min_tenths, max_tenths)
                SELECT %s, d.day, d.low, d.high FROM unnest(%s::date[], %s::int[], %s::int[]) AS d (day, low, high)
                ON CONFLICT (station_id, day)
                DO UPDATE SET min_tenths = excluded.min_tenths, max_tenths = excluded.max_tenths
                """,
                [
                    station.pk,
                    written,
                    [days[day].min_tenths for day in written],
                    [days[day].max_tenths for day in written],
                ],
            )
        audit.record(
            action="weather.stored",
            subject_type="weather_station",
            subject_id=code,
            first=min(written).isoformat(),
            last=max(written).isoformat(),
            count=len(written),
        )
    n_changed = sum(day in there for day in written)
    return Stored(len(written) - n_changed, n_changed, len(days) - len(written))
