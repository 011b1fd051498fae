"""This period so far: what is known day by day, and where the same pace would lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from meterside.contracts.cis import BillView, PeriodUse
from meterside.journeys.see_bill import Say, UseOfDay
from meterside.journeys.see_bill.words import converted, last_day, service_name, use_text

from .page import PeriodSoFar

_ONE_DAY = timedelta(days=1)
_LEAST_DAYS = 3  # fewer days say nothing of a month
_MOST_DAYS = 62
_SHOWN = {"Wh": "kWh", "W": "kW"}


def period_so_far(use: PeriodUse, bill: BillView | None, *, today: date, say: Say) -> PeriodSoFar | None:
    """One service's open period; None where too few days are known to show any."""
    before = _billed(bill, use.service)
    unit = _unit(use, before)
    one = converted(Decimal(1), use.unit, unit)
    known = {day.day: day for day in use.days if day.day < today}
    if one is None or len(known) < _LEAST_DAYS:
        return None
    is_open = today < use.period_end
    total = one * sum(day.quantity for day in known.values())
    pace = total / len(known)
    days = _days(use, known, one, pace if is_open else None, today)
    facts = {"use": use_text(total, unit, say)}
    return PeriodSoFar(
        ref=use.ref,
        service=use.service,
        title=service_name(use.service),
        unit=unit,
        days=days,
        place=_place(use, today),
        so_far=_("%(use)s so far") % facts,
        compared=_compared(pace, unit, before, say),
        expected=_expected(pace, unit, use, say) if is_open else "",
        known_until=max(known),
    )


def _unit(use: PeriodUse, before: Mapping[str, Any] | None) -> str:
    """The unit of the bill, where it measures the same; else a larger one of the meter's own."""
    priced = (before or {}).get("usage") or {}
    wanted = priced.get("priced_unit", "")
    if wanted and converted(Decimal(1), use.unit, wanted) is not None:
        return str(wanted)
    return _SHOWN.get(use.unit, use.unit)


def _billed(bill: BillView | None, service: str) -> Mapping[str, Any] | None:
    services = bill.statement.get("services", ()) if bill else ()
    return next((item for item in services if item["service"] == service), None)


def _days(
    use: PeriodUse, known: Mapping[date, Any], one: Decimal, pace: Decimal | None, today: date
) -> tuple[UseOfDay, ...]:
    """Every day of the period. Days after the last known one stand at the pace, or are left out."""
    latest = max(known)
    end = use.period_end if pace is not None else latest + _ONE_DAY
    day = max(use.period_start, end - timedelta(days=_MOST_DAYS))
    found = []
    while day < end:
        row = known.get(day)
        if row is not None:
            found.append(UseOfDay(day, row.quantity * one, row.quality))
        elif day > latest and pace is not None:
            found.append(UseOfDay(day, pace, "projected"))
        else:
            found.append(UseOfDay(day, None, "missing"))
        day += _ONE_DAY
    return tuple(found)


def _place(use: PeriodUse, today: date) -> str:
    if today >= use.period_end:
        return _("Your next bill is being made")
    facts = {
        "day": (today - use.period_start).days + 1,
        "days": (use.period_end - use.period_start).days,
    }
    return _("day %(day)s of %(days)s") % facts


def _compared(pace: Decimal, unit: str, before: Mapping[str, Any] | None, say: Say) -> str:
    """`24 kWh a day; the last bill had 26.` where the last bill measured in the same unit."""
    now = use_text(pace, unit, say)
    usage = (before or {}).get("usage")
    if not before or not usage or not before["days"]:
        return _("%(now)s a day") % {"now": now}
    whole = converted(Decimal(usage["quantity"]), usage["unit"], unit)
    if whole is None:
        return _("%(now)s a day") % {"now": now}
    facts = {"now": now, "before": use_text(whole / before["days"], unit, say)}
    return _("%(now)s a day; on your last bill %(before)s") % facts


def _expected(pace: Decimal, unit: str, use: PeriodUse, say: Say) -> str:
    """Where the same pace leads; of use only, for money needs the rate."""
    whole = pace * (use.period_end - use.period_start).days
    facts = {"use": use_text(whole, unit, say), "day": say.day(last_day(use.period_end))}
    return _("At this pace about %(use)s by %(day)s") % facts
