"""Words for lines that are worked out in steps: counts, budgets, billed use, exemptions, assistance."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from meterside.engine.rated import RatedLine

from .say import Say
from .words import USE_PLACES, in_language, percent_text, price_text

_PRICED_PLACES = 4


def counted_how(line: RatedLine, say: Say) -> str:
    """`3 carts × $5.25`, with the days where they play a part."""
    facts = dict(line.facts)
    count = say.number(*_shown(Decimal(facts["count"])))
    words = in_language(facts.get("counted", ""), facts.get("counted_es", ""))
    each, price = " ".join(text for text in (count, words) if text), price_text(line.price)
    if line.price_unit == "day":
        return _("%(each)s × %(days)s days × %(price)s") % {"each": each, "days": line.days, "price": price}
    if line.days_basis and line.days != line.days_basis:
        facts = {"each": each, "price": price, "days": str(line.days), "basis": str(line.days_basis)}
        return _("%(each)s × %(price)s, for %(days)s of %(basis)s days") % facts
    times = line.quantity / Decimal(facts["count"])
    many = f"{say.number(*_shown(times))} × " if times != 1 else ""
    return f"{many}{each} × {price}"


def budget_label(line: RatedLine) -> str:
    """`Within the indoor budget`, `Up to 150% of the budget`; nothing for a budget of a single tier."""
    facts = dict(line.facts)
    if "to_bound" in facts:
        bound = facts["to_bound"]
        if bound == "indoor":
            return _("Within the indoor budget")
        if bound == "outdoor":
            return _("Within the outdoor budget")
        return _("Up to %(share)s of the budget") % {"share": _share_of(bound)}
    if "from_bound" not in facts:
        return ""
    bound = facts["from_bound"]
    if bound == "indoor":
        return _("Over the indoor budget")
    if bound == "outdoor":
        return _("Over the outdoor budget")
    return _("Over %(share)s of the budget") % {"share": _share_of(bound)}


def budget_words(line: RatedLine, say: Say) -> str:
    """`Budget for these days: 15.55 CCF (indoors 8.82 CCF, outdoors 6.73 CCF)`, on the first line alone."""
    if line.tier > 1:
        return ""
    facts = dict(line.facts)

    def use(name: str) -> str:
        return say.usage(Decimal(facts[name]), line.unit, USE_PLACES)

    parts = [
        words % {"use": use(name)}
        for name, words in (("indoor", _("indoors %(use)s")), ("outdoor", _("outdoors %(use)s")))
        if name in facts
    ]
    whole = _("Budget for these days: %(use)s") % {"use": use("budget")}
    return f"{whole} ({', '.join(parts)})" if parts else whole


def use_words(line: RatedLine, say: Say) -> str:
    """From what billed use was worked out, on the first line alone: `90% of 12 kgal, at most 10 kgal`."""
    facts = dict(line.facts)
    if "measured" not in facts or line.tier > 1:
        return ""
    measured, billed_unit = Decimal(facts["measured"]), facts["billed_unit"]
    parts = [_("your winter average")] if facts.get("picked") == "winter_average" else []
    if "factor" in facts:
        use = say.usage(*_use_of(measured, facts["measured_unit"]))
        factor = Decimal(facts["factor"])
        if facts["measured_unit"] == billed_unit and factor < 1:
            parts.append(_("%(share)s of %(base)s") % {"share": percent_text(factor), "base": use})
        else:
            parts.append(f"{use} × {say.number(*_shown(factor))}")
    elif "at_least" in facts or "at_most" in facts:
        parts.append(say.usage(*_use_of(measured, facts["measured_unit"])))
    for name, words in (("at_least", _("at least %(amount)s")), ("at_most", _("at most %(amount)s"))):
        if name in facts:
            parts.append(words % {"amount": say.usage(*_use_of(Decimal(facts[name]), billed_unit))})
    return ", ".join(parts)


def percent_how(line: RatedLine) -> str:
    """`5% of $50.00`, with what is exempt and the bound that was met."""
    facts = dict(line.facts)
    base = price_text(_to_cents(line.base))
    parts = [_("%(share)s of %(base)s") % {"share": percent_text(line.price), "base": base}]
    if "exempt_share" in facts:
        share, whole = Decimal(facts["exempt_share"]), Decimal(facts["whole_base"])
        said = {"share": percent_text(share), "base": price_text(_to_cents(whole))}
        parts.append(_("%(share)s of %(base)s is exempt") % said)
    for name, words in (("at_least", _("at least %(amount)s")), ("at_most", _("at most %(amount)s"))):
        if name in facts:
            parts.append(words % {"amount": price_text(_to_cents(Decimal(facts[name])))})
    return ", ".join(parts)


def assistance_how(line: RatedLine) -> str:
    """`20% of $50.00 off, at most $8.00 a bill`."""
    facts = dict(line.facts)
    rate, amount = Decimal(facts["rate"]), Decimal(facts["amount_off"])
    said = {
        "share": percent_text(rate),
        "base": price_text(_to_cents(line.base)),
        "amount": price_text(_to_cents(amount)),
    }
    if rate and amount:
        text = _("%(share)s of %(base)s and %(amount)s off") % said
    elif rate:
        text = _("%(share)s of %(base)s off") % said
    else:
        text = _("%(amount)s off") % said
    for name, words in (
        ("at_most_base", _("no more than the charges")),
        ("at_most", _("at most %(amount)s a bill")),
        ("at_most_year", _("%(amount)s left for this year")),
    ):
        if name in facts:
            text = f"{text}, {words % {'amount': price_text(_to_cents(Decimal(facts[name])))}}"
    return text


def _share_of(bound: str) -> str:
    return percent_text(Decimal(bound.removesuffix("%")) / 100)


def _shown(value: Decimal) -> tuple[Decimal, int]:
    """A number and the places it is shown with: as many as it has, up to four."""
    places = max(-int(value.normalize().as_tuple().exponent), 0)
    return value, min(places, _PRICED_PLACES)


def _use_of(value: Decimal, unit: str) -> tuple[Decimal, str, int]:
    return value, unit, _shown(value)[1]


def _to_cents(amount: Decimal | None) -> Decimal:
    return round(amount or Decimal(0), 2)
