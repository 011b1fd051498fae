"""What of a household says which days are alike, and how cold ones differ (docs/algorithms/projection.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

_ZERO = Decimal(0)
#: A day of more than so many times the median is a pool's filling.
_FILLING = 3
#: A slope is taken from so many days or more, where cold explains so much of their variance.
_LEAST_COLD_DAYS = 10
_LEAST_EXPLAINED = Decimal("0.3")


class Habit(StrEnum):
    """What of a household changed a projection."""

    CAR = "car"  #: a car is charged on any day: the week says nothing
    POOL = "pool"  #: days on which a pool was filled are no examples
    HEATING = "heating"  #: days ahead are as cold as they were a year before


@dataclass(frozen=True, slots=True)
class Habits:
    """Of one commodity. `heating_degrees` are by day, known and expected; empty where it does not heat."""

    charges_car: bool = False
    fills_pool: bool = False
    heating_degrees: Mapping[date, Decimal] = field(default_factory=dict)


NO_HABITS = Habits()


def without_fillings(examples: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """The days but for those a pool was filled on."""
    ordered = sorted(examples.values())
    most = ordered[len(ordered) // 2] * _FILLING
    return {day: use for day, use in examples.items() if use <= most}


def cold_slope(uses: Mapping[date, Decimal], degrees: Mapping[date, Decimal]) -> Decimal | None:
    """What a heating degree of a day adds to its use, by least squares.

    None where too few days have both, or cold explains too little of how days differ, or less is used when it is cold.
    """
    both = [(degrees[day], use) for day, use in uses.items() if day in degrees]
    if len(both) < _LEAST_COLD_DAYS:
        return None
    mean_cold, mean_use = (sum(values, _ZERO) / len(both) for values in zip(*both, strict=True))
    by_cold = sum(((cold - mean_cold) ** 2 for cold, _ in both), _ZERO)
    by_use = sum(((use - mean_use) ** 2 for _, use in both), _ZERO)
    together = sum(((cold - mean_cold) * (use - mean_use) for cold, use in both), _ZERO)
    if not by_cold or not by_use or together <= 0:
        return None
    return together / by_cold if together * together / (by_cold * by_use) >= _LEAST_EXPLAINED else None


def colder_by(
    slope: Decimal, degrees: Mapping[date, Decimal], known: Mapping[date, Decimal], day: date
) -> Decimal:
    """What a day uses more (negative: less) for its cold than the known days did; nothing where its cold is unknown."""
    if day not in degrees:
        return _ZERO
    had = [degrees[other] for other in known if other in degrees]
    return slope * (degrees[day] - sum(had, _ZERO) / len(had))
