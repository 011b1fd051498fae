"""One service's charges in plain words: what for, and how each amount came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meterside.engine.period import Period
from meterside.engine.rated import RatedLine

from .electric_lines import electric_how, period_words
from .page import ChargeGroup, ChargeLine
from .say import Say
from .words import USE_PLACES, in_language, price_text
from .worked_lines import (
    assistance_how,
    budget_label,
    budget_words,
    counted_how,
    percent_how,
    use_words,
)

_PRICED_PLACES = 4


def rated_lines(service: Mapping[str, Any]) -> tuple[RatedLine, ...]:
    """The engine's lines, as the statement froze them."""
    return tuple(RatedLine.from_dict(dict(line)) for line in service["lines"])


def charge_groups(lines: Sequence[RatedLine], period: Period, say: Say) -> tuple[ChargeGroup, ...]:
    """All lines; under headings of days where a part of the period was priced by itself."""
    is_named = len({line.component for line in lines if line.kind in ("tiered", "budget")}) > 1
    spans = sorted({line.span for line in lines if line.span != period}, key=lambda span: span.start)
    if not spans:
        return (ChargeGroup("", _charges(lines, is_named, say)),)
    groups = []
    for span in spans:
        inside = [line for line in lines if line.span == span]
        groups.append(ChargeGroup(_heading(span, inside, say), _charges(inside, is_named, say)))
    whole = [line for line in lines if line.span == period]
    if whole:
        groups.append(ChargeGroup(_("The whole period"), _charges(whole, is_named, say)))
    return tuple(groups)


def rate_words(service: Mapping[str, Any], lines: Sequence[RatedLine], say: Say) -> str:
    """`Residential electric (E-1), prices since January 1, 2026`, with every date prices changed."""
    tariff = service["tariff"]
    days = sorted({line.version_from for line in lines})
    facts = {
        "rate": in_language(tariff["name"], tariff.get("name_es", "")),
        "code": tariff["code"],
        "days": pgettext("days", " and ").join(say.day_year(day) for day in days),
    }
    return _("Rate: %(rate)s (%(code)s), prices since %(days)s.") % facts


def priced_use(lines: Sequence[RatedLine]) -> tuple[Decimal, str] | None:
    """The use the service was priced on, in the rate's unit; None where no line prices use."""
    priced = [line for line in lines if line.determinant == "usage"]
    if not priced:
        return None
    first = priced[0]
    whole = sum((line.quantity for line in priced if line.component == first.component), Decimal(0))
    return whole, first.unit


def _charges(lines: Sequence[RatedLine], is_named: bool, say: Say) -> tuple[ChargeLine, ...]:
    return tuple(
        ChargeLine(_label(line, is_named, say), _how(line, say), line.amount_cents) for line in lines
    )


def _heading(span: Period, lines: Sequence[RatedLine], say: Say) -> str:
    since = max(line.version_from for line in lines)
    facts = {"days": say.days(span.start, span.last_day), "since": say.day_year(since)}
    return _("%(days)s, prices since %(since)s") % facts


def _label(line: RatedLine, is_named: bool, say: Say) -> str:
    own = in_language(line.label, line.label_es)
    period = period_words(line)
    if period:
        own = _("%(charge)s, %(period)s") % {"charge": own, "period": period}
    if line.kind not in ("tiered", "budget") and not line.tier:
        return own
    is_named = is_named or line.kind not in ("tiered", "budget")
    tier = budget_label(line) if line.kind == "budget" else _tier(line, say)
    if not tier:
        return own
    return _("%(charge)s: %(tier)s") % {"charge": own, "tier": tier} if is_named else tier


def _tier(line: RatedLine, say: Say) -> str:
    """`First 650 kWh`, `Next 350 kWh`, `Over 1,000 kWh`; nothing for a rate of a single block."""
    low, high = line.tier_from or Decimal(0), line.tier_to
    if high is None:
        return _("Over %(use)s") % {"use": say.usage(low, line.unit, USE_PLACES)} if low else ""
    if not low:
        return _("First %(use)s") % {"use": say.usage(high, line.unit, USE_PLACES)}
    return _("Next %(use)s") % {"use": say.usage(high - low, line.unit, USE_PLACES)}


def _how(line: RatedLine, say: Say) -> str:
    price = price_text(line.price)
    electric = electric_how(line, say)
    if electric is not None:
        return electric
    if line.kind in ("usage", "tiered", "budget"):
        places = _PRICED_PLACES if line.price >= 1 else USE_PLACES
        how = f"{say.usage(line.quantity, line.unit, places)} × {price}"
        words = budget_words(line, say) if line.kind == "budget" else use_words(line, say)
        return (
            f"{how} ({words})" if words and line.kind != "budget" else ". ".join(filter(None, (how, words)))
        )
    if line.kind == "percent":
        return percent_how(line)
    if line.kind == "assistance":
        return assistance_how(line)
    if line.kind == "counted":
        return counted_how(line, say)
    if line.kind == "minimum":
        least, base = price_text(_to_cents(line.price * line.quantity)), price_text(_to_cents(line.base))
        return _("The least a bill can be is %(least)s; the charges above came to %(base)s") % {
            "least": least,
            "base": base,
        }
    return _fixed(line, price, say)


def _fixed(line: RatedLine, price: str, say: Say) -> str:
    if line.price_unit == "day":
        return _("%(days)s days × %(price)s") % {"days": say.number(line.quantity, 2), "price": price}
    if line.days_basis and line.days != line.days_basis:
        facts = {"price": _each(line.price_unit, price), "days": line.days, "basis": line.days_basis}
        return _("%(price)s, for %(days)s of %(basis)s days") % facts
    if line.quantity != 1:
        return f"{say.number(line.quantity, _PRICED_PLACES)} × {price}"
    return _each(line.price_unit, price)


def _each(unit: str, price: str) -> str:
    if unit == "month":
        return _("%(price)s a month") % {"price": price}
    return _("%(price)s a bill") % {"price": price}


def _to_cents(amount: Decimal | None) -> Decimal:
    return round(amount or Decimal(0), 2)
