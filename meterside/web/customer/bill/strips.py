"""A journey's days as the day strip draws them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from meterside.journeys.see_bill import UseOfDay
from meterside.web.components.chart import DayStrip, DayUse, Quality, day_strip

# A value that was edited or derived was not measured as it stands, and looks like an estimate.
_QUALITIES = {
    "measured": Quality.MEASURED,
    "estimated": Quality.ESTIMATED,
    "edited": Quality.ESTIMATED,
    "derived": Quality.ESTIMATED,
    "projected": Quality.PROJECTED,
}


def strip_of(days: Sequence[UseOfDay], *, today: date | None = None) -> DayStrip | None:
    """The strip of these days; None where there are none, or where use was negative on a day (received)."""
    if not days or any(day.amount is not None and day.amount < 0 for day in days):
        return None
    return day_strip(
        days=[
            DayUse(day.day, None, Quality.MISSING)
            if day.amount is None
            else DayUse(day.day, day.amount, _QUALITIES.get(day.quality, Quality.ESTIMATED))
            for day in days
        ],
        today=today,
    )
