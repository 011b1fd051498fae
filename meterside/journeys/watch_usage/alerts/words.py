"""What an alert says: one line for a subject, a few sentences for the page and the message, what may help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from meterside.engine.alert import AlertKind
from meterside.journeys.see_bill import Say
from meterside.journeys.see_bill.times import blocks_words
from meterside.journeys.see_bill.words import service_name, use_text
from meterside.portal.preferences.queries import AlertView, Household

#: The hours of alerts that were told before they kept theirs.
_PEAK_ONCE = ((960, 1260),)


def headline(alert: AlertView, say: Say) -> str:
    """One line: what is the matter."""
    facts = alert.facts
    if alert.kind is AlertKind.LEAK:
        return _("You may have a water leak")
    if alert.kind is AlertKind.SPIKE:
        return _("%(service)s: much more than usual") % {"service": service_name(alert.commodity)}
    if alert.kind is AlertKind.STOP:
        return _("%(service)s: nothing was used for two days") % {"service": service_name(alert.commodity)}
    if alert.kind is AlertKind.USE_DAY:
        return _("%(service)s: over your limit for a day") % {"service": service_name(alert.commodity)}
    if alert.kind is AlertKind.USE_PERIOD:
        return _("%(service)s: over your limit for this bill") % {"service": service_name(alert.commodity)}
    if alert.kind is AlertKind.PEAK:
        return _("A lot was used at the busiest hours")
    if alert.kind is AlertKind.BILL:
        return _("Your next bill is likely to be over %(limit)s") % {"limit": say.money(facts["limit_cents"])}
    return _("Your next bill is likely to be higher than usual")


def sentences(alert: AlertView, say: Say) -> tuple[str, ...]:
    """What was seen, and what it means."""
    facts = alert.facts
    if alert.kind is AlertKind.LEAK:
        return _leak(alert, say)
    if alert.kind in (AlertKind.BILL, AlertKind.EARLY):
        return (
            _("It is likely to come to between %(low)s and %(high)s; the last one had %(usual)s.")
            % {
                "low": say.money(facts["low_cents"]),
                "high": say.money(facts["high_cents"]),
                "usual": say.money(facts["usual_cents"]),
            },
            _("There is time to bring it down before it is made."),
        )
    return (_of_days(alert, say),)


def _leak(alert: AlertView, say: Say) -> tuple[str, ...]:
    facts = alert.facts
    if facts.get("is_told_by_meter"):
        return (_("Your meter tells of water that does not stop."),)
    hours = int((alert.last_at - alert.first_at).total_seconds() // 3600)
    said = [
        _("Water has not stopped running for %(hours)s hours, not even at night: at least %(flow)s an hour.")
        % {"hours": hours, "flow": _amount(facts, "an_hour", say)}
    ]
    if facts.get("month_cents"):
        said.append(
            _("If it goes on, it costs about %(cost)s a month.") % {"cost": say.money(facts["month_cents"])}
        )
    return tuple(said)


def _of_days(alert: AlertView, say: Say) -> str:
    facts = alert.facts
    told = {
        "amount": _amount(facts, "amount", say),
        "against": _amount(facts, "against", say),
        "day": say.day_long(date.fromisoformat(facts["first"])),
    }
    if alert.kind is AlertKind.SPIKE:
        return _("On %(day)s you used %(amount)s; on such a day it is mostly %(against)s.") % told
    if alert.kind is AlertKind.STOP:
        return _("Since %(day)s the meter counts nothing; it is mostly %(against)s a day.") % told
    if alert.kind is AlertKind.USE_DAY:
        return _("On %(day)s you used %(amount)s; your limit is %(against)s.") % told
    if alert.kind is AlertKind.USE_PERIOD:
        return _("Since %(day)s you have used %(amount)s; your limit is %(against)s.") % told
    told["hours"] = blocks_words([(first, until) for first, until in facts.get("peak", _PEAK_ONCE)], say)
    return _("On %(day)s you used %(amount)s %(hours)s; your limit is %(against)s.") % told


def _amount(facts: Mapping[str, Any], name: str, say: Say) -> str:
    return use_text(Decimal(facts[name]), facts["unit"], say)


def what_helps(alert: AlertView, household: Household | None = None) -> tuple[str, ...]:
    """What may be behind it, and what to do first; what the household is known to have comes first."""
    return (*_of_household(alert, household), *_in_general(alert))


def _of_household(alert: AlertView, household: Household | None) -> tuple[str, ...]:
    if household is None:
        return ()
    found = []
    if household.has_pool and alert.kind in (AlertKind.LEAK, AlertKind.SPIKE, AlertKind.USE_DAY):
        if alert.commodity == "water":
            found.append(_("You have a pool: was it being filled, or does its valve not close?"))
        elif alert.commodity == "electric":
            found.append(_("You have a pool: did its pump run longer?"))
    if household.has_ev and alert.commodity == "electric" and alert.kind is not AlertKind.STOP:
        found.append(_("You charge a car: was it charged more, or at busier hours?"))
    is_electric_heat = household.heating in {"electric", "heat_pump"} and alert.commodity == "electric"
    is_gas_heat = household.heating == "gas" and alert.commodity == "gas"
    if (is_electric_heat or is_gas_heat) and alert.kind is AlertKind.SPIKE:
        found.append(_("Your heating runs on it: was it a cold day?"))
    return tuple(found)


def _in_general(alert: AlertView) -> tuple[str, ...]:
    if alert.kind is AlertKind.LEAK:
        return (
            _(
                "Listen at each toilet: a running one is the most common leak. A drop of food dye in the tank shows it."
            ),
            _("Look at taps, hoses, the water heater and the garden’s valves."),
            _("Turn every tap off and look at the meter: if it still moves, the leak may be in a pipe."),
            _("If you fill a pool or water a garden all day, nothing is wrong."),
        )
    if alert.kind is AlertKind.STOP:
        return (
            _("If you are away, nothing is wrong."),
            _("If you are home and something does not work, call us."),
        )
    if alert.kind is AlertKind.PEAK:
        return (_("Wash, dry and charge outside these hours: the same use, at a quieter time."),)
    return (
        _("Look at the hours: what ran then?"),
        _("Heating, cooling, a dryer, a pump or guests are the most common reasons."),
    )


@dataclass(frozen=True, slots=True)
class AlertPage:
    """An alert as its page shows it."""

    alert: AlertView
    title: str
    sentences: tuple[str, ...]
    helps: tuple[str, ...]
    is_open: bool


def alert_page(alert: AlertView, say: Say, household: Household | None = None) -> AlertPage:
    """Its words in the language of the request."""
    return AlertPage(
        alert=alert,
        title=headline(alert, say),
        sentences=sentences(alert, say),
        helps=what_helps(alert, household),
        is_open=alert.cleared_at is None,
    )
