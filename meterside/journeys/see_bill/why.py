"""Why the charges differ from the last bill's, grouped as a person would say it. Parts always sum exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .page import Compared, Why, WhyPart
from .say import Say
from .words import converted, day_of, service_name, use_text

_ORDER = ("days", "weather", "use", "rate", "credits", "one_time", "service_started", "service_ended")
_MOST_PARTS = 7
_NBSP = "\N{NO-BREAK SPACE}"
# So that water and sewer, side by side, are told in the same unit though the sewer is priced by the gallon.
_LARGER = {"cf": "CCF", "wh": "kWh"}
_MORE: dict[str, Promise] = {
    "electric": gettext_lazy("More electricity a day"),
    "water": gettext_lazy("More water a day"),
    "gas": gettext_lazy("More gas a day"),
    "sewer": gettext_lazy("More water to the sewer"),
}
_LESS: dict[str, Promise] = {
    "electric": gettext_lazy("Less electricity a day"),
    "water": gettext_lazy("Less water a day"),
    "gas": gettext_lazy("Less gas a day"),
    "sewer": gettext_lazy("Less water to the sewer"),
}

Part = Mapping[str, Any]


def why_it_changed(statement: Mapping[str, Any], say: Say) -> Why | None:
    """The reasons; None where the statement has no last bill to compare with."""
    change = statement.get("change")
    if not change:
        return None
    services = {item["service"]: item for item in statement["services"]}
    repeated = Counter(item["service"] for item in statement["services"])
    parts = sorted(change["parts"], key=lambda part: _place(part["kind"]))
    found: dict[tuple[str, str], WhyPart] = {}
    for part in parts:
        label, note = _words(part, services.get(part["service"]), repeated[part["service"]] > 1, say)
        before = found.get((label, note))
        cents = part["amount_cents"] + (before.amount_cents if before else 0)
        found[label, note] = WhyPart(label, cents, note)
    return Why(
        before_cents=change["previous_cents"],
        after_cents=change["previous_cents"] + change["difference_cents"],
        previous_bill_date=day_of(change["previous_bill_date"]),
        parts=_not_too_many(part for part in found.values() if part.amount_cents),
    )


def compared(statement: Mapping[str, Any]) -> tuple[Compared, ...]:
    """Each service's charges then and now; nothing where the last bill's are not fully known."""
    change = statement.get("change")
    if not change:
        return ()
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for item in statement["services"]:
        name = item["service"]
        after[name] = after.get(name, 0) + item["total_cents"]
        before[name] = before.get(name, 0) + (item["change"]["before_cents"] if item["change"] else 0)
    for part in change["parts"]:
        if part["kind"] == "service_ended":
            before[part["service"]] = before.get(part["service"], 0) - part["amount_cents"]
    if sum(before.values()) != change["previous_cents"]:
        return ()
    return tuple(Compared(service_name(name), before[name], after.get(name, 0)) for name in before)


def _place(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _not_too_many(parts: Iterable[WhyPart]) -> tuple[WhyPart, ...]:
    """The largest parts in their order; the small ones in one part of their own, so that all still sum."""
    every = list(parts)
    if len(every) <= _MOST_PARTS:
        return tuple(every)
    large = sorted(every, key=lambda part: -abs(part.amount_cents))[: _MOST_PARTS - 1]
    rest = sum(part.amount_cents for part in every if part not in large)
    kept = [part for part in every if part in large]
    return (*kept, WhyPart(_("Smaller changes"), rest)) if rest else tuple(kept)


def _words(part: Part, service: Mapping[str, Any] | None, is_repeated: bool, say: Say) -> tuple[str, str]:
    kind, name, facts = part["kind"], service_name(part["service"]), part["facts"]
    if kind == "days" and "days_after" in facts:
        return _days(int(facts["days_before"]), int(facts["days_after"]))
    if kind == "weather" and facts:
        return _weather(name, facts, say)
    if kind == "use" and facts and service is not None:
        return _use(part, service, say)
    if kind == "rate" and service is not None:
        return _rate(facts, service, say)
    if kind == "credits":
        return _("%(service)s: credits") % {"service": name}, ""
    if kind == "service_started":
        if is_repeated:
            return _("%(service)s: days on another rate") % {"service": name}, ""
        return _("%(service)s: new on this bill") % {"service": name}, ""
    if kind == "service_ended":
        return _("%(service)s: no longer on this bill") % {"service": name}, ""
    if kind == "one_time":
        return _("%(service)s: one-time charges") % {"service": name}, ""
    return name, ""


def _days(before: int, after: int) -> tuple[str, str]:
    note = _("%(after)s days instead of %(before)s") % {"after": after, "before": before}
    if after > before:
        more = after - before
        return ngettext("%(count)s more day", "%(count)s more days", more) % {"count": more}, note
    fewer = before - after
    return ngettext("%(count)s fewer day", "%(count)s fewer days", fewer) % {"count": fewer}, note


def _weather(name: str, facts: Mapping[str, str], say: Say) -> tuple[str, str]:
    """`Electric: colder weather`, with the mean temperatures, and where the answer to them is known from."""
    before, after = (round(Decimal(facts[f"mean_{when}"])) for when in ("before", "after"))
    degrees = f"{_NBSP}°{facts['degrees']}"
    said = {
        "after": say.number(after) + degrees,
        "before": say.number(before) + degrees,
        "bills": facts["bills"],
    }
    note = (
        _(
            "%(after)s on average, it was %(before)s. What that did to your use we know from %(bills)s bills of yours."
        )
        % said
    )
    if after < before:
        return _("%(service)s: colder weather") % {"service": name}, note
    if after > before:
        return _("%(service)s: warmer weather") % {"service": name}, note
    return _("%(service)s: other weather") % {"service": name}, note


def _use(part: Part, service: Mapping[str, Any], say: Say) -> tuple[str, str]:
    name = part["service"]
    pair = _a_day(service)
    if pair is None:
        return _("%(service)s: use") % {"service": service_name(name)}, ""
    before, after, unit = pair
    note = _("%(after)s a day, it was %(before)s") % {
        "after": use_text(after, unit, say),
        "before": use_text(before, unit, say),
    }
    named = {"service": service_name(name)}
    if any(one["kind"] == "weather" for one in (service.get("change") or {}).get("parts", ())):
        # Use a day holds what the weather did, too: beside the rest of it, it could point the other way.
        note = _("This is what weather and days do not explain. In all it was %(note)s.") % {"note": note}
        if part["amount_cents"] > 0:
            return _("%(service)s: more use for other reasons") % named, note
        return _("%(service)s: less use for other reasons") % named, note
    if (after > before) != (part["amount_cents"] > 0) or after == before:
        return _("%(service)s: use") % named, note
    return (_more(name) if after > before else _less(name)), note


def _more(service: str) -> str:
    own = _MORE.get(service)
    return str(own) if own else _("%(service)s: more use a day") % {"service": service_name(service)}


def _less(service: str) -> str:
    own = _LESS.get(service)
    return str(own) if own else _("%(service)s: less use a day") % {"service": service_name(service)}


def _a_day(service: Mapping[str, Any]) -> tuple[Decimal, Decimal, str] | None:
    """Use a day before and after, in the unit shown, from the change's own facts."""
    facts: dict[str, str] = {}
    for part in (service.get("change") or {}).get("parts", ()):
        facts |= part["facts"]
    wanted = (service.get("usage") or {}).get("priced_unit", "")
    amounts = []
    for when in ("before", "after"):
        quantity = _quantity(facts.get(f"usage_{when}", ""), wanted)
        days = int(facts.get(f"days_{when}", 0))
        if quantity is None or not days:
            return None
        amounts.append((quantity[0] / days, quantity[1]))
    (before, unit_before), (after, unit_after) = amounts
    return (before, after, unit_after) if unit_before == unit_after else None


def _quantity(text: str, wanted: str) -> tuple[Decimal, str] | None:
    """`762000 Wh` as the unit wanted; where only the rate could convert it, in a larger one of the same measure."""
    number, _space, unit = text.partition(" ")
    try:
        quantity = Decimal(number)
    except InvalidOperation:
        return None
    for other in (wanted, _LARGER.get(unit.lower(), "")):
        shown = converted(quantity, unit, other) if other else None
        if shown is not None:
            return shown, other
    return quantity, unit


def _rate(facts: Mapping[str, str], service: Mapping[str, Any], say: Say) -> tuple[str, str]:
    name = {"service": service_name(service["service"])}
    if facts.get("tariff_before") != facts.get("tariff_after"):
        return (
            _("%(service)s: you are on another rate") % name,
            _("%(after)s instead of %(before)s")
            % {"after": facts["tariff_after"], "before": facts["tariff_before"]},
        )
    if facts.get("meter_size_before") != facts.get("meter_size_after"):
        sizes = {"after": facts.get("meter_size_after", "–"), "before": facts.get("meter_size_before", "–")}
        return (
            _("%(service)s: another meter size") % name,
            _("%(after)s instead of %(before)s") % sizes,
        )
    since = _new_since(service)
    if since is not None:
        return _("%(service)s: new prices since %(day)s") % (name | {"day": say.day(since)}), ""
    seasons = {line.get("season", "") for line in service["lines"]}
    if seasons != {""}:
        return _("%(service)s: prices of the season") % name, ""
    return _("%(service)s: prices and fixed charges") % name, ""


def _new_since(service: Mapping[str, Any]) -> date | None:
    """The day newer prices began, when that lies after the last bill's first day."""
    facts: dict[str, str] = {}
    for part in (service.get("change") or {}).get("parts", ()):
        facts |= part["facts"]
    days_before = int(facts.get("days_before", 0))
    first_before = day_of(service["period"][0]) - timedelta(days=days_before)
    newest = max((day_of(line["version_from"]) for line in service["lines"]), default=None)
    return newest if newest is not None and newest > first_before else None
