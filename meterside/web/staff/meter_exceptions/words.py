"""What codes of meter data read like to people: rules, what they found, states, edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meterside.web.design.formats import number, usage


def rule_words(rule: str) -> str:
    """A rule in a few words."""
    return {
        "gap": _("Reads are missing"),
        "duplicate": _("Reads came twice"),
        "spike": _("Spike"),
        "high": _("High use"),
        "low": _("Low use"),
        "zero_run": _("No use for hours"),
        "constant": _("The same value for hours"),
        "negative": _("Below nothing"),
        "both_ways": _("Both ways at once"),
        "inactive": _("Use without service"),
        "clock_drift": _("The meter's clock is off"),
        "register_sum": _("Register and intervals differ"),
        "multiplier": _("Multiplier in one, not in the other"),
        "rollover": _("The dial is lower than before"),
    }.get(rule, rule)


def found_words(rule: str, facts: Mapping[str, Any], *, unit: str, commodity: str) -> str:
    """What was found, as a sentence."""
    if rule == "gap":
        if facts.get("in_part"):
            return _("Part of the day has not come.")
        return _("The day has not come.")
    if rule in ("spike", "negative"):
        return _slots(rule, facts, unit, commodity)
    if rule in ("high", "low"):
        said = {"total": usage(facts["total"], unit), "usual": usage(facts["usual"], unit)}
        return _("%(total)s that day; usual are %(usual)s.") % said
    if rule in ("register_sum", "multiplier"):
        said = {"register": usage(facts["register"], unit), "intervals": usage(facts["intervals"], unit)}
        return _("The register says %(register)s, the intervals sum to %(intervals)s.") % said
    if rule == "rollover":
        said = {"before": number(facts["before"]), "now": number(facts["now"])}
        if facts["move"] == "rolled_over":
            return _("From %(before)s to %(now)s: the dial went round.") % said
        return _("From %(before)s to %(now)s: the dial went back.") % said
    return _other(rule, facts, unit)


def _slots(rule: str, facts: Mapping[str, Any], unit: str, commodity: str) -> str:
    value = usage(facts["most"] if rule == "spike" else facts["least"], unit)
    count = facts["intervals"]
    words = ngettext("%(count)s interval, %(value)s.", "%(count)s intervals, up to %(value)s.", count) % {
        "count": number(count),
        "value": value,
    }
    if rule == "negative" and commodity == "water":
        words += " " + _("Water flowed back.")
    if facts.get("held"):
        words += " " + _("Held back until somebody decides.")
    return words


def _other(rule: str, facts: Mapping[str, Any], unit: str) -> str:
    if rule == "constant":
        return _("Every interval says %(value)s.") % {"value": usage(facts["value"], unit)}
    if rule == "duplicate":
        return _("%(count)s reads came twice.") % {"count": number(facts["reads"])}
    if rule == "clock_drift":
        return _("Its stamps are %(count)s seconds off.") % {"count": number(abs(facts["seconds"]))}
    if rule == "both_ways":
        return _("Delivered and received in %(count)s intervals at once.") % {
            "count": number(facts["intervals"])
        }
    return _("%(total)s that day.") % {"total": usage(facts["total"], unit)} if "total" in facts else ""


def state_words(status: str) -> tuple[str, str]:
    """A state's word and the kind of its tag."""
    return {
        "open": (_("waits"), "warn"),
        "accepted": (_("accepted"), "good"),
        "edited": (_("edited"), "good"),
        "estimated": (_("estimated again"), "good"),
        "mended": (_("mended by itself"), "good"),
    }.get(status, (status, "neutral"))


def edit_words(kind: str) -> str:
    """What an edit did."""
    return {
        "edit": _("Values written"),
        "accept": _("Held values accepted"),
        "re_estimate": _("Estimated again"),
    }.get(kind, kind)
