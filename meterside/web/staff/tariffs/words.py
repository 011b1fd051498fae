"""What codes of the tariff book read like to people: states, problems, faults of files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from meterside.cis.studies.queries import ComparisonLine
from meterside.cis.tariffs.life import LifeProblem
from meterside.cis.tariffs.models import TariffVersion
from meterside.connectors.tariffs import Refusal
from meterside.journeys.read_tariff.words import all_of
from meterside.journeys.see_bill.words import in_language, price_text, service_name
from meterside.web.design import formats

_MONDAY = date(2024, 1, 1)
_HOLIDAY = 7
_PLACE = re.compile(r"(versions|components|seasons|schedules|periods|uses|holidays)\[(\d+)\]")


def tariff_name(name: str, name_es: str) -> str:
    """A tariff's name in the reader's language."""
    return in_language(name, name_es)


def commodity_words(commodity: str) -> str:
    """What a tariff is for."""
    return {"stormwater": _("Stormwater"), "steam": _("Steam"), "other": _("Other")}.get(
        commodity, ""
    ) or service_name(commodity)


def version_state(status: str, during: Any, *, today: date) -> tuple[str, str]:
    """Where a version stands, in words, and the kind of its tag."""
    if status != "published":
        return {
            "draft": (_("draft"), "neutral"),
            "proposed": (_("waits for approval"), "warn"),
            "withdrawn": (_("withdrawn"), "neutral"),
        }[status]
    if during.lower > today:
        return _("published, not yet in force"), "info"
    if during.upper is not None and during.upper <= today:
        return _("no longer in force"), "neutral"
    return _("in force"), "good"


def version_name(version: TariffVersion) -> str:
    """What a version is called: by its first day, or, while it has none, as a draft."""
    return _name(version.status, version.during.lower, version.created_at)


def _name(status: str, since: date, created_at: datetime) -> str:
    if status == "draft":
        return _("draft of %(moment)s") % {"moment": formats.moment(created_at)}
    return _("version of %(day)s") % {"day": formats.day_year(since)}


def comparison_name(line: ComparisonLine) -> str:
    """Which versions a comparison is of."""
    after = _name(line.after_status, line.after_since, line.after_created_at)
    if line.before_status is None or line.before_since is None or line.before_created_at is None:
        return _("%(after)s against what was billed") % {"after": after}
    before = _name(line.before_status, line.before_since, line.before_created_at)
    return _("%(after)s against %(before)s") % {"after": after, "before": before}


def step_words(status: str) -> str:
    """A step of a version's life."""
    return {
        "draft": _("draft"),
        "proposed": _("proposed"),
        "published": _("published"),
        "withdrawn": _("withdrawn"),
        "approved": _("approved"),
        "declined": _("declined"),
    }.get(status, status)


def in_force(since: date, until: date | None) -> str:
    """`from June 1, 2025 on`, `June 1, 2025 to May 31, 2026`."""
    if until is None:
        return _("from %(day)s on") % {"day": formats.day_year(since)}
    last = formats.day_year(until - timedelta(days=1))
    return _("%(first)s to %(last)s") % {"first": formats.day_year(since), "last": last}


def life_problem(problem: LifeProblem) -> str | SafeString:
    """Why a version cannot have that day."""
    facts = {
        name: formats.day_year(value) if isinstance(value, date) else value
        for name, value in problem.facts.items()
    }
    if problem.kind == "not_later":
        tomorrow = formats.day_year(problem.facts["today"] + timedelta(days=1))
        return _("It can begin on %(day)s at the earliest, so that what was billed stays as it is") % {
            "day": tomorrow
        }
    if problem.kind == "taken":
        return (
            _("Another published version begins on %(day)s: withdraw it first, or choose another day") % facts
        )
    if problem.kind == "gap":
        return _("From %(first)s to before %(until)s no version would be in force") % facts
    if problem.kind == "differs":
        return _("Its %(field)s is “%(wants)s”, and the tariff's other versions have “%(has)s”") % {
            **facts,
            "field": _field(problem.facts["field"]),
        }
    said = english(problem.facts["said"])
    words = _("With the tariff's other versions it does not hold. %(place)s:")
    return format_html("{} {}", words % {"place": place_words(problem.facts["path"])}, said)


def _field(name: str) -> str:
    return {
        "commodity": _("commodity"),
        "currency": _("currency"),
        "bill_months": _("number of months of a bill"),
        "customer_class": _("customer class"),
    }.get(name, name)


def english(said: str) -> SafeString:
    """What the program says in English alone, marked as such for who listens."""
    return format_html('<span lang="en">{}</span>', said)


def place_words(path: str) -> str:
    """`versions[1].components[0].unit` as `version 2, component 1, unit`."""
    names = {
        "versions": _("version %(number)s"),
        "components": _("component %(number)s"),
        "seasons": _("season %(number)s"),
        "schedules": _("schedule %(number)s"),
        "periods": _("period %(number)s"),
        "uses": _("quantity %(number)s"),
        "holidays": _("holiday %(number)s"),
    }
    if path in ("document", "file"):
        return _("the whole file")
    return ", ".join(
        names[match.group(1)] % {"number": int(match.group(2)) + 1}
        if (match := _PLACE.fullmatch(part))
        else part
        for part in path.split(".")
    )


def fault_words(fault: Refusal) -> str | SafeString:
    """What is wrong, and what to do about it; faults without a kind in the reader's own words."""
    facts = dict(fault.facts)
    if "day" in facts:
        facts["day"] = formats.day_year(date.fromisoformat(facts["day"]))
    if fault.kind == "hour":
        return _hour(facts)
    said = {
        "gap": _("There is a gap before the next version. Let it end on %(day)s."),
        "overlap": _("It overlaps the next version. Let it end on %(day)s."),
        "ends_early": _("It ends on %(day)s, before it begins."),
        "tier_count": _("There must be one block fewer than prices, for the last block is open."),
        "tier_width": _("A block is not wider than nothing: blocks must follow each other, each beginning where the "
                        "last one ends."),
        "tier_order": _("The blocks are out of order at %(bound)s: each must end above the one before."),
        "negative": _("It cannot be below zero."),
        "zero": _("Something is divided by it, so it must be more than zero."),
        "missing": _("It is missing."),
        "unknown_key": _("Nobody knows this word here. Known are: %(known)s."),
        "reference": _("“%(code)s” is not there, or comes only after this."),
    }.get(fault.kind)  # fmt: skip
    return said % facts if said else english(fault.reason)


def _hour(facts: Mapping[str, str]) -> str:
    kind, month = int(facts["kind"]), int(facts["month"])
    hours, minutes = divmod(int(facts["minute"]), 60)
    told = {
        "day": _("a holiday") if kind == _HOLIDAY else formats.weekday(_MONDAY + timedelta(days=kind)),
        "month": formats.month_name(date(2024, month, 1)),
        "time": formats.clock(datetime(2024, 1, 1, hours, minutes, tzinfo=timezone.get_current_timezone())),
        "names": all_of(facts["names"].split(" and ")) if facts["names"] else "",
    }
    if facts["names"]:
        return _("%(time)s lies in more than one period (%(names)s), such as on %(day)s in %(month)s.") % told
    return _("%(time)s lies in no period, such as on %(day)s in %(month)s.") % told


def replay_problem(kind: str) -> str:
    """Why past bills cannot be priced by a version."""
    return {
        "missing_intervals": _("It needs use by the hour, and the bills were priced without"),
        "interval_length": _("It needs use in shorter intervals than the bills have"),
        "missing_determinant": _("It prices a quantity the bills do not have"),
        "missing_attribute": _("It asks for a fact the bills do not hold"),
        "unknown_attribute": _("It has no price for a fact of the bills"),
        "missing_series": _("A dated series has no value for those days"),
        "received_energy": _("The customer sends energy, and it says nothing of that"),
        "unit": _("It prices in a unit the bills' use cannot be brought to"),
        "daily_usage": _("It needs use by day, and the bills lack it"),
        "negative_usage": _("The bills have use below nothing"),
        "failed": _("The program failed"),
    }.get(kind, kind)


def class_words(customer_class: str) -> str:
    """A class of customers."""
    return {"residential": _("Residential"), "commercial": _("Commercial"), "": _("Without a class")}.get(
        customer_class, customer_class.capitalize()
    )


def value_text(value: Decimal, unit: str) -> str:
    """A value of a series with its unit: `$0.0312 a kWh` where the unit says so, else as it stands."""
    if unit.startswith("$"):
        return f"{price_text(value)}{unit.removeprefix('$')}"
    return f"{formats.number(value, 9)} {unit}".strip()


def day_typed(text: str) -> date | None:
    """A day as a form sends it; None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
