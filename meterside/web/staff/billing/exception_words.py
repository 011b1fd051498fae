"""What stands against a bill, in words: kinds of exceptions, and a sentence from the facts of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.web.design.formats import day_short, money, usage

from .rating_words import of_rating

_DAY_FACTS = ("day", "start", "end")


def kind_words(kind: str) -> str:
    """A kind of exception in a few words; an unknown one as it is."""
    return {
        "daily_usage": _("Use by day cannot be right"),
        "failed": _("The program failed"),
        "first_bill": _("First bill"),
        "high": _("High use"),
        "inactive_use": _("Use without service"),
        "interval_length": _("Intervals too long for the rate"),
        "low": _("Low use"),
        "missing_attribute": _("A fact the rate asks for is missing"),
        "missing_intervals": _("Interval data is missing"),
        "missing_determinant": _("A quantity the rate asks for is missing"),
        "missing_read": _("A read is missing"),
        "missing_series": _("A price that changes by month is missing"),
        "negative": _("Charges below nothing"),
        "negative_usage": _("Use below nothing"),
        "no_meter": _("No meter in place"),
        "no_rate": _("No rate for these days"),
        "read_went_back": _("The meter reads less than before"),
        "received_energy": _("Energy received, no price for it"),
        "received_without_tariff": _("Energy received, no price for it"),
        "too_many_estimates": _("Estimated too often"),
        "unknown_attribute": _("A fact the rate does not know"),
        "wrong_unit": _("Wrong unit"),
        "zero": _("No use"),
    }.get(kind, kind)


def exception_sentence(kind: str, facts: Mapping[str, str]) -> str:
    """What was found, with its numbers; empty where nothing more is known."""
    told = {name: day_short(date.fromisoformat(facts[name])) for name in _DAY_FACTS if name in facts}
    told = {**facts, **told}
    try:
        return _sentence(kind, told, facts)
    except KeyError:  # a hold of an older version kept no numbers
        return ""


def _sentence(kind: str, told: Mapping[str, str], facts: Mapping[str, str]) -> str:
    if kind in ("high", "low", "zero"):
        return _compared(facts)
    if kind == "first_bill":
        return _("This agreement has no earlier bill.")
    if kind == "negative":
        return _("The charges come to %(amount)s.") % {"amount": money(int(facts["amount_cents"]))}
    return _of_meters(kind, told, facts) or of_rating(kind, told) or facts.get("said", "")


def _of_meters(kind: str, told: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """What metering found; nothing for what rating found."""
    if kind in ("missing_read", "too_many_estimates"):
        return _("Meter %(badge)s has no read of %(day)s.") % told
    if kind == "interval_length" and "badge" in facts:
        return (
            _("Meter %(badge)s has intervals of %(seconds)s seconds on %(day)s, others have %(others)s.")
            % told
        )
    if kind == "missing_intervals" and "badge" in facts:
        return _("Meter %(badge)s told %(found)s of %(days)s days from %(start)s on.") % told
    if kind == "read_went_back":
        return _("Meter %(badge)s reads less on %(end)s than on %(start)s.") % told
    if kind == "no_meter":
        return _("No meter is in place from %(start)s to %(end)s.") % told
    if kind == "no_rate" and "start" in told and "tariff" not in facts:
        return _("No rate is known on %(start)s.") % told
    if kind == "negative_usage" and "quantity" in facts and "determinant" not in facts:
        return _("The meters come to %(use)s.") % {"use": _used(facts["quantity"], facts["unit"])}
    if kind == "received_without_tariff":
        values = {"use": _used(facts["quantity"], facts["unit"]), "tariff": facts["tariff"]}
        return _("%(use)s came from the customer; rate %(tariff)s has no price for it.") % values
    if kind == "inactive_use":
        values = {**told, "use": _used(facts["quantity"], facts["unit"])}
        return _("Meter %(badge)s counted %(use)s from %(start)s to %(end)s without an agreement.") % values
    if kind == "wrong_unit" and "wanted" in facts and "why" not in facts:
        return _("One meter counts in %(unit)s, another in %(wanted)s.") % facts
    return ""


def _compared(facts: Mapping[str, str]) -> str:
    values = {
        "now": _used(facts["quantity"], facts["unit"]),
        "days": facts["days"],
        "before": _used(facts["earlier_quantity"], facts["earlier_unit"]),
        "days_before": facts["earlier_days"],
    }
    if facts["basis"] == "last_year":
        return _("%(now)s in %(days)s days; a year ago it was %(before)s in %(days_before)s days.") % values
    return _("%(now)s in %(days)s days; the last bill had %(before)s in %(days_before)s days.") % values


_SHOWN = {"Wh": ("kWh", 1000), "cf": ("ccf", 100)}


def _used(quantity: str, unit: str) -> str:
    """A meter's least units as people say them."""
    shown, divisor = _SHOWN.get(unit, (unit, 1))
    value = Decimal(quantity) / divisor
    return usage(value, shown, 0 if value == value.to_integral_value() else 2)
