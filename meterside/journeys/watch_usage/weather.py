"""The temperatures of days beside their use, in words: how warm it was, and how it was a year before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.contracts.usage import WeatherOfDays
from meterside.engine.period import Period
from meterside.engine.projection import cut_to_year_before
from meterside.journeys.see_bill import Say

from .page import DayOfPeriod, Temperatures


def with_temperatures(days: Sequence[DayOfPeriod], weather: WeatherOfDays | None) -> tuple[DayOfPeriod, ...]:
    """The days, those with a known temperature with its mean."""
    if weather is None:
        return tuple(days)
    known = weather.days
    return tuple(replace(day, temperature=known[day.day].mean) if day.day in known else day for day in days)


def temperatures_of(
    weather: WeatherOfDays | None, period: Period, used: Collection[date], say: Say
) -> Temperatures | None:
    """How warm the days of a period with a known use were, and beside those a year before; None where none is known."""
    if weather is None:
        return None
    now = {day: one for day, one in weather.days.items() if day in used and period.start <= day}
    if not now:
        return None
    means = {day: one.mean for day, one in weather.days.items()}
    then = cut_to_year_before(means, period)
    facts = {
        "low": say.number(whole_degrees(min(one.mean for one in now.values()))),
        "high": say.number(whole_degrees(max(one.mean for one in now.values()))),
        "degrees": weather.degrees,
        "station": weather.station,
    }
    words = [
        _("The days’ mean temperature lay between %(low)s and %(high)s °%(degrees)s (%(station)s).") % facts
    ]
    both = [day for day in now if day in then]
    if len(both) * 2 >= len(now):
        words.append(
            _beside_last_year(sum((means[day] - then[day] for day in both), Decimal(0)) / len(both), say)
        )
    return Temperatures(weather.degrees, " ".join(words))


def _beside_last_year(warmer: Decimal, say: Say) -> str:
    degrees = whole_degrees(abs(warmer))
    if not degrees:
        return _("They were as warm as a year before.")
    facts = {"degrees": say.number(degrees)}
    if warmer > 0:
        words = ngettext(
            "On average they were %(degrees)s degree warmer than a year before.",
            "On average they were %(degrees)s degrees warmer than a year before.",
            degrees,
        )
    else:
        words = ngettext(
            "On average they were %(degrees)s degree cooler than a year before.",
            "On average they were %(degrees)s degrees cooler than a year before.",
            degrees,
        )
    return words % facts


def temperature_of_day(weather: WeatherOfDays | None, day: date, say: Say) -> tuple[str, ...]:
    """`It was 61 to 84 °F that day.`; nothing where it is not known."""
    known = weather.days.get(day) if weather else None
    if weather is None or known is None:
        return ()
    facts = {
        "low": say.number(whole_degrees(known.low)),
        "high": say.number(whole_degrees(known.high)),
        "degrees": weather.degrees,
    }
    return (_("It was %(low)s to %(high)s °%(degrees)s that day.") % facts,)


def whole_degrees(degrees: Decimal) -> int:
    """To the nearest degree."""
    return int(degrees.quantize(Decimal(1), rounding=ROUND_HALF_UP))
