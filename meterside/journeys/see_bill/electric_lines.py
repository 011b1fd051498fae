"""Electric charges in plain words: by the hour, by demand, and energy from the customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.engine.rated import RatedLine

from .say import Say
from .words import USE_PLACES, in_language, price_text

#: Kinds whose sum is a use times a price.
_BY_USE = frozenset({"time_of_use", "hours_use", "sell", "net_payout"})


def period_words(line: RatedLine) -> str:
    """The period of the clock a line is for, in the tariff's words; nothing where there is none."""
    facts = dict(line.facts)
    if not facts.get("period"):
        return ""
    return in_language(facts.get("period_label", facts["period"]), facts.get("period_label_es", ""))


def electric_how(line: RatedLine, say: Say) -> str | None:
    """How an amount came about; None for the kinds that every commodity has."""
    facts = dict(line.facts)
    if line.kind in _BY_USE:
        return f"{say.usage(line.quantity, line.unit, USE_PLACES)} × {price_text(line.price)}"
    if line.kind == "demand":
        return _demand(line, facts, say)
    if line.kind == "net_bank":
        return _bank(line, facts, say)
    if line.kind == "unmetered":
        return _lights(line, facts, say)
    if line.kind == "demand_minimum":
        least = f"{say.usage(line.quantity, line.unit, USE_PLACES)} × {price_text(line.price)}"
        words = {"least": least, "base": price_text(_cents(line.base))}
        return _("The least for this demand is %(least)s; the charges above came to %(base)s") % words
    if line.kind == "annual_minimum":
        words = {"least": price_text(_cents(line.price)), "base": price_text(_cents(line.base))}
        return _("The least for a year is %(least)s; the year's charges came to %(base)s") % words
    return None


def _demand(line: RatedLine, facts: Mapping[str, str], say: Say) -> str:
    """`12.5 kW × $15.65, your highest on June 12 at 5:15 PM`."""
    price = f"{say.usage(line.quantity, line.unit, USE_PLACES)} × {price_text(line.price)}"
    if line.days_basis and line.days != line.days_basis:
        words = {"price": price, "days": line.days, "basis": line.days_basis}
        price = _("%(price)s, for %(days)s of %(basis)s days") % words
    why = _why(line, facts, say)
    return _("%(price)s: %(why)s") % {"price": price, "why": why} if why else price


def _why(line: RatedLine, facts: Mapping[str, str], say: Say) -> str:
    """What decided the demand that is billed."""
    decided = facts.get("decided_by", "measured")
    measured = say.usage(Decimal(facts.get("measured", "0")), line.unit, USE_PLACES)
    if decided == "ratchet":
        highest = say.usage(Decimal(facts["ratchet_highest"]), line.unit, USE_PLACES)
        share = say.number(Decimal(facts["ratchet_share"]) * 100, 0)
        words = {"share": share, "highest": highest, "measured": measured}
        return (
            _("%(share)s%% of your highest in the months before, %(highest)s; this time it was %(measured)s")
            % words
        )
    if decided == "minimum":
        return _("the least that is billed; yours was %(measured)s") % {"measured": measured}
    if decided == "contract":
        return _("the share of your contract demand; yours was %(measured)s") % {"measured": measured}
    if "peak_at" not in facts:
        return ""
    at = datetime.fromisoformat(facts["peak_at"])
    words = {"day": say.day(at.date()), "time": say.clock(at)}
    return _("your highest, on %(day)s at %(time)s") % words


def _bank(line: RatedLine, facts: Mapping[str, str], say: Say) -> str:
    """`500 kWh used, 650 kWh sent to us: 0 kWh billed, 150 kWh kept for you`."""
    words = {
        name: say.usage(Decimal(facts[name]), line.unit, USE_PLACES)
        for name in ("used", "received", "bank_before", "net", "bank_after")
    }
    said = _("%(used)s used, %(received)s sent to us: %(net)s billed") % words
    if Decimal(facts["bank_before"]):
        said = (
            _("%(used)s used, %(received)s sent to us, %(bank_before)s kept from before: %(net)s billed")
            % words
        )
    if Decimal(facts["bank_after"]):
        return _("%(said)s, %(bank_after)s kept for you") % {"said": said, "bank_after": words["bank_after"]}
    return said


def _lights(line: RatedLine, facts: Mapping[str, str], say: Say) -> str:
    """`2 lights of 100 watts, 400 hours: 80 kWh × $0.10`."""
    pieces = Decimal(facts["pieces"])
    lights = ngettext("%(pieces)s light", "%(pieces)s lights", int(pieces)) % {"pieces": say.number(pieces)}
    words = {
        "lights": lights,
        "watts": say.number(Decimal(facts["watts"])),
        "hours": say.number(Decimal(facts["hours"]), 1),
        "use": say.usage(line.quantity, line.unit, USE_PLACES),
        "price": price_text(line.price),
    }
    return _("%(lights)s of %(watts)s watts, %(hours)s hours: %(use)s × %(price)s") % words


def _cents(amount: Decimal | None) -> Decimal:
    return round(amount or Decimal(0), 2)
