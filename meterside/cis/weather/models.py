"""Weather stations and the temperatures of their days, as somebody published them (docs/adr/0014-weather.md)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class WeatherStation(models.Model):
    """Where temperatures are taken. The default one stands for every premise that names no other.

    A premise names its own by the characteristic `weather_station`.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    degrees = models.CharField(max_length=1)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(degrees__in=["F", "C"]), name="weather_station_degrees"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="weather_one_default"
            ),
        ]


class DayTemperature(models.Model):
    """A day's lowest and highest temperature in tenths of the station's degrees."""

    id = models.BigAutoField(primary_key=True)
    station = models.ForeignKey(WeatherStation, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    min_tenths = models.SmallIntegerField()
    max_tenths = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "day"], name="weather_day_once"),
            models.CheckConstraint(condition=Q(min_tenths__lte=F("max_tenths")), name="weather_day_in_order"),
        ]
