"""What a household's profile changes of where its use leads, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.contracts.usage import WeatherOfDays
from meterside.engine.habits import NO_HABITS, Habit, Habits
from meterside.engine.period import Period
from meterside.engine.projection import cut_to_year_before
from meterside.engine.weather import TemperatureUnit
from meterside.portal.preferences.queries import Household

#: What each kind of heating runs on.
_HEATS = {"electric": "electric", "heat_pump": "electric", "gas": "gas"}


def habits_of(
    household: Household | None, commodity: str, weather: WeatherOfDays | None, period: Period
) -> Habits:
    """What the profile says of a commodity's days; without temperatures nothing of heating."""
    if household is None:
        return NO_HABITS
    heats = _HEATS.get(household.heating) == commodity
    return Habits(
        charges_car=bool(household.has_ev) and commodity == "electric",
        fills_pool=bool(household.has_pool) and commodity == "water",
        heating_degrees=_heating_degrees(weather, period) if heats and weather else {},
    )


def _heating_degrees(weather: WeatherOfDays, period: Period) -> dict[date, Decimal]:
    base = TemperatureUnit(weather.degrees).base
    means = {day: one.mean for day, one in weather.days.items()}
    known = {day: mean for day, mean in means.items() if period.contains(day)}
    expected = {**cut_to_year_before(means, period), **known}
    return {day: max(Decimal(0), base - mean) for day, mean in expected.items()}


def habit_words(habits: Iterable[Habit]) -> str:
    """What of the household counted; empty where nothing did."""
    said = {
        Habit.CAR: _("As you charge a car, all days of the week are taken to be alike."),
        Habit.POOL: _("Days on which your pool was filled are not taken as usual ones."),
        Habit.HEATING: _(
            "As your heating runs on it, the days ahead are taken to be as cold as a year before."
        ),
    }
    return " ".join(said[habit] for habit in habits)
