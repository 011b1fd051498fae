"""The weather between two bills of an agreement: its own fitted response, and both periods' degree days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from meterside.cis.weather.queries import temperatures
from meterside.engine.period import Period
from meterside.engine.weather import DayTemperature, WeatherStep, degree_days

from .source_rows import Agreement


@dataclass(frozen=True, slots=True)
class Weather:
    """Temperatures by station, of the days that a chunk's bills and those before them cover."""

    days: Mapping[int, Mapping[date, DayTemperature]] = field(default_factory=dict)

    def step(self, agreement: Agreement, before: Period, after: Period) -> WeatherStep | None:
        """What the weather did between two periods; None without a response, or a day whose temperature lacks."""
        known = agreement.weather
        if known is None:
            return None
        days, degrees = self.days.get(known.station_id, {}), known.response.degrees
        earlier, later = degree_days(days, before, degrees), degree_days(days, after, degrees)
        if earlier is None or later is None:
            return None
        return WeatherStep(known.response, known.station, earlier, later)


#: Where no agreement has a response.
NO_WEATHER = Weather()


def load_weather(agreements: Iterable[Agreement], window: Period) -> Weather:
    """The temperatures that explaining changes needs, in one query; none is asked where no response is known."""
    concerned = [one for one in agreements if one.weather is not None and one.last_inputs is not None]
    if not concerned:
        return NO_WEATHER
    first = min(date.fromisoformat(one.last_inputs["period"][0]) for one in concerned if one.last_inputs)
    stations = {one.weather.station_id for one in concerned if one.weather is not None}
    return Weather(temperatures(stations, first, window.closed_end))
