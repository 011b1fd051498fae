"""A journey's days as the day strip draws them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.journeys.see_bill import ServiceCharges, UseOfDay
from meterside.journeys.see_bill.words import use_text
from meterside.web.components.chart import DayStrip, DayUse, Quality, day_strip
from meterside.web.components.chart.geometry import share
from meterside.web.design import formats

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
    amounts = [amount for day in days for amount in (day.amount, day.last_year) if amount is not None]
    if not days or any(amount < 0 for amount in amounts):
        return None
    return day_strip(
        days=[
            DayUse(day.day, None, Quality.MISSING, day.last_year)
            if day.amount is None
            else DayUse(day.day, day.amount, _QUALITIES.get(day.quality, Quality.ESTIMATED), day.last_year)
            for day in days
        ],
        today=today,
    )


def pair_of(service: ServiceCharges) -> list[tuple[str, str, Decimal]]:
    """Use a day on this bill and a year before, each with its share of the larger; nothing where one is not known."""
    use = service.last_year
    if use is None or use.now is None or use.before is None or min(use.now, use.before) < 0:
        return []
    larger = max(use.now, use.before)
    rows = ((_("This bill"), use.now), (_("A year before"), use.before))
    return [
        (label, _("%(use)s a day") % {"use": use_text(amount, use.unit, formats)}, share(amount, larger))
        for label, amount in rows
    ]
