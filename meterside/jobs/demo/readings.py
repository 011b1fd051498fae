"""How much Riverbend uses: made up from a seed, the same every time, by season, weekday, weather and household.

Use is in thousandths of a dial's count (watt-hours for a kWh dial, thousandths of a cubic foot for water and
gas), so that dials and interval reads of one meter always agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import lru_cache
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.engine.interval import DayIntervals, day_intervals
from meterside.engine.period import service_day

from .households import Household
from .plan import Plan

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_HOUR_S: Final = 3600
THOUSAND: Final = 1000
#: The hours before this one are still, mostly.
_NIGHT_ENDS: Final = 6
_STILL: Final = 0.8
#: A running toilet, in thousandths of a cubic foot: about six gallons an hour.
_LEAK_AN_HOUR: Final = 800
#: A dial shows this many digits before it goes round.
DIALS: Final = 6
# Shares of a day by local hour: quiet nights, a small rise at breakfast, an evening peak; taps run at both.
_ELECTRIC_HOURS: Final = (
    2.4, 2.1, 2.0, 2.0, 2.1, 2.6, 3.6, 4.4, 4.2, 3.8, 3.6, 3.7,
    3.8, 3.8, 3.9, 4.3, 5.2, 6.5, 7.4, 7.3, 6.6, 5.6, 4.3, 3.1,
)  # fmt: skip
_WATER_HOURS: Final = (
    0.4, 0.2, 0.2, 0.2, 0.6, 2.6, 7.6, 9.4, 7.0, 4.8, 4.0, 3.8,
    3.8, 3.4, 3.2, 3.6, 4.6, 6.4, 8.0, 8.4, 7.0, 5.2, 3.4, 1.6,
)  # fmt: skip
_SHOP_HOURS: Final = (
    1.6, 1.6, 1.6, 1.8, 3.2, 5.4, 6.6, 7.0, 7.0, 6.8, 6.6, 6.6,
    6.6, 6.4, 6.2, 5.8, 4.8, 3.4, 2.4, 2.0, 1.8, 1.7, 1.6, 1.6,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Use:
    """One meter's use from `first` on, in thousandths of a count; `before` is what the dial held then.

    `by_hour` has 25 columns (the last is the hour that comes twice in autumn) where the meter keeps intervals.
    """

    first: date
    before: int
    by_day: Counts
    by_hour: Counts | None

    def dial(self, day: date) -> int:
        """The whole counts the dial shows when `day` begins."""
        place = (day - self.first).days
        return int((self.before + int(self.by_day[:place].sum())) // THOUSAND % 10**DIALS)


def use_of(plan: Plan, household: Household, commodity: str, meter: int = 1) -> Use:
    """The use of one of a household's meters, from the first day of the past until today."""
    return _use(plan, household, commodity, meter)


@lru_cache(maxsize=512)
def _use(plan: Plan, household: Household, commodity: str, meter: int) -> Use:
    draw = np.random.default_rng([plan.seed, crc32(f"{household.key} {commodity} {meter}".encode())])
    weather = weather_of(plan)
    model = {"electric": _electric, "water": _water, "gas": _gas}[commodity]
    daily = model(household, weather) * household.size / THOUSAND
    daily *= draw.gamma(24.0, 1 / 24.0, len(daily)) * (0.35 if meter > 1 else 1.0)
    by_day = np.maximum(np.rint(daily), 0).astype(np.int64)
    # A dial runs on when somebody moves in: what it shows belongs to the meter, not to the household.
    meter_seed = crc32(f"{household.meter_key} {commodity} {meter} dial".encode())
    before = int(np.random.default_rng([plan.seed, meter_seed]).integers(2_000, 60_000)) * THOUSAND
    by_hour = _by_hour(plan, household, commodity, by_day, draw) if household.has_intervals else None
    if commodity == "water" and household.leak_days and by_hour is not None:
        _leak(plan, by_day, by_hour, household.leak_days)
    if household.previous is not None and household.moved_in is not None:
        earlier, moved = (
            _use(plan, household.previous, commodity, meter),
            (household.moved_in - weather.first).days,
        )
        by_day[:moved] = earlier.by_day[:moved]
        if by_hour is not None and earlier.by_hour is not None:
            by_hour[:moved] = earlier.by_hour[:moved]
    return Use(weather.first, before, by_day, by_hour)


def _leak(plan: Plan, by_day: Counts, by_hour: Counts, n_days: int) -> None:
    """A flow that never stops, on top of all else, on the last days."""
    for place in range(max(0, len(by_day) - 1 - n_days), len(by_day)):
        hours = _hours(plan.first_day + timedelta(days=place), plan.zone)
        by_hour[place, :hours] += _LEAK_AN_HOUR
        by_day[place] += _LEAK_AN_HOUR * hours


@dataclass(frozen=True, slots=True)
class Weather:
    """The mean temperature of each day of the past, the day that is being lived last."""

    first: date
    celsius: Floats
    is_weekend: NDArray[np.bool_]


@lru_cache(maxsize=4)
def weather_of(plan: Plan) -> Weather:
    """What use hangs on. Days around the season's mean that follow on one another, as real weather does."""
    first = plan.first_day
    n_days = (plan.today - first).days + 1
    draw = np.random.default_rng([plan.seed, 2])
    days = np.arange(n_days)
    of_year = (days + first.timetuple().tm_yday) % 365.25
    season = 16.5 - 8.5 * np.cos(2 * np.pi * (of_year - 20) / 365.25)
    spell = np.zeros(n_days)
    for place in range(1, n_days):
        spell[place] = 0.8 * spell[place - 1] + draw.normal(0, 1.8)
    weekday = (days + first.weekday()) % 7
    return Weather(first, season + spell, weekday >= 5)


def _electric(household: Household, weather: Weather) -> Floats:
    """Watt-hours a day: a base by people, cooling above 22 degrees, some heating below 12."""
    hot = np.maximum(weather.celsius - 22, 0)
    cold = np.maximum(12 - weather.celsius, 0)
    if household.customer_class == "commercial":
        week = np.where(weather.is_weekend, 0.72, 1.0)
        shop: Floats = (96_000 + 6_200 * hot) * week
        return shop
    heats_by_electricity = "gas" not in household.services
    base = 6_500 + 3_100 * household.people
    week = np.where(weather.is_weekend, 1.1, 1.0)
    home: Floats = base * week + 2_600 * hot + (2_300 if heats_by_electricity else 420) * cold
    return home


def _water(household: Household, weather: Weather) -> Floats:
    """Thousandths of a cubic foot a day: people, and a garden from spring to autumn."""
    if household.customer_class == "commercial":
        return np.where(weather.is_weekend, 105_000.0, 150_000.0)
    has_garden = not household.unit
    garden = np.maximum(weather.celsius - 13, 0) * (1_650 if has_garden else 0)
    week = np.where(weather.is_weekend, 1.15, 1.0)
    home: Floats = 6_800 * household.people * week + garden
    return home


def _gas(household: Household, weather: Weather) -> Floats:
    """Thousandths of a cubic foot a day: hot water and cooking by people, heating below 15 degrees."""
    cold = np.maximum(15 - weather.celsius, 0)
    return 17_000 + 11_000 * household.people + 21_000 * cold


def _by_hour(
    plan: Plan, household: Household, commodity: str, by_day: Counts, draw: np.random.Generator
) -> Counts:
    """The days cut into hours that sum to them exactly; the 25th hour is used on autumn's long day only."""
    is_shop = household.customer_class == "commercial"
    shape = _SHOP_HOURS if is_shop else _ELECTRIC_HOURS if commodity == "electric" else _WATER_HOURS
    weights = np.zeros((len(by_day), 25))
    weights[:, :24] = np.array(shape) * draw.gamma(5.0, 0.2, (len(by_day), 24))
    if commodity == "water" and not is_shop:
        # At night a tap runs now and then; in most hours none does.
        weights[:, :_NIGHT_ENDS] *= draw.random((len(by_day), _NIGHT_ENDS)) > _STILL
    first = plan.first_day
    for place in range(len(by_day)):
        hours = _hours(first + timedelta(days=place), plan.zone)
        if hours == 23:
            weights[place, 23] = 0
        elif hours == 25:
            weights[place, 24] = weights[place, 23]
    running = np.cumsum(weights, axis=1)
    reached = np.rint(running / running[:, -1:] * by_day[:, None]).astype(np.int64)
    return np.diff(reached, axis=1, prepend=0)


@lru_cache(maxsize=4096)
def _hours(day: date, zone: ZoneInfo) -> int:
    start, end = service_day(day, zone)
    return (end - start) // timedelta(hours=1)


def hourly_days(plan: Plan, use: Use, commodity: str, start: date, end: date) -> list[DayIntervals]:
    """Day rows of interval reads for [start, end): watt-hours, or whole cubic feet as the dial passes them."""
    if use.by_hour is None:
        return []
    first, last = (start - use.first).days, (end - use.first).days
    hours = use.by_hour[first:last]
    if commodity != "electric":
        held = use.before + int(use.by_day[:first].sum())
        passed = (held + np.cumsum(hours.reshape(-1))) // THOUSAND
        hours = np.diff(passed, prepend=held // THOUSAND).reshape(hours.shape)
    rows = []
    for place in range(last - first):
        day = start + timedelta(days=place)
        opens, _ = service_day(day, plan.zone)
        values = hours[place, : _hours(day, plan.zone)]
        rows.append(day_intervals(day, opens.astimezone(UTC), _HOUR_S, values))
    return rows
