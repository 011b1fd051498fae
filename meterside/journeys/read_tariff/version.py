"""A whole version as prose: each component, then what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meterside.engine.quantity import DEFAULT_FACTORS
from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import Rounding, RoundingScope
from meterside.engine.terms.component import Component
from meterside.engine.terms.version import TariffVersion

from .amounts import money
from .kinds import (
    annual_minimum,
    assistance,
    budget,
    counted,
    demand,
    demand_minimum,
    fixed,
    hours_use,
    minimum,
    net_metering,
    percent,
    sell,
    tiered,
    time_of_use,
    unmetered,
    usage,
)
from .page import Block, Passage, Statement, VersionProse
from .say import TariffSay
from .schedules import holiday_statements, schedule_table, season_statement
from .uses import use_statements
from .words import label_of, option_words, per_day_of, pick_words, rounding_words

Read = Callable[[Any, TariffVersion, TariffSay], Iterator[Block]]

#: How each kind is read, and what it is called.
_READ: Final[Mapping[str, tuple[Read, str | Promise]]] = {
    "fixed": (fixed.read, gettext_lazy("fixed amount")),
    "usage": (usage.read, gettext_lazy("price by use")),
    "tiered": (tiered.read, gettext_lazy("blocks of use")),
    "percent": (percent.read, gettext_lazy("percentage")),
    "minimum": (minimum.read, gettext_lazy("minimum")),
    "counted": (counted.read, gettext_lazy("amount by count")),
    "budget": (budget.read, gettext_lazy("water budget")),
    "assistance": (assistance.read, gettext_lazy("assistance")),
    "time_of_use": (time_of_use.read, gettext_lazy("price by time")),
    "demand": (demand.read, gettext_lazy("demand")),
    "hours_use": (hours_use.read, gettext_lazy("hours of demand")),
    "demand_minimum": (demand_minimum.read, gettext_lazy("minimum by demand")),
    "annual_minimum": (annual_minimum.read, gettext_lazy("minimum of a year")),
    "net_metering": (net_metering.read, gettext_lazy("net metering")),
    "sell": (sell.read, gettext_lazy("energy sold to us")),
    "unmetered": (unmetered.read, gettext_lazy("lamps without a meter")),
}


def read_version(version: TariffVersion, say: TariffSay) -> VersionProse:
    """The version in the reader's language."""
    return VersionProse(
        since=version.effective_from,
        until=version.effective_to,
        components=tuple(read_component(one, version, say) for one in version.components),
        terms=tuple(passage for passage in _terms(version, say) if passage.blocks),
    )


def read_component(component: Component, version: TariffVersion, say: TariffSay) -> Passage:
    """One component: what its kind says, then what every component may say."""
    read, kind = _READ[component.kind]
    blocks = (*read(component, version, say), *_common(component, version, say))
    return Passage(component.code, label_of(component), str(kind), blocks)


def kinds_read() -> frozenset[str]:
    """The kinds that have words."""
    return frozenset(_READ)


def _common(component: Component, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    if component.season:
        season = {"season": option_words("season", component.season, version)}
        yield Statement("season", _("It is charged in this season only: %(season)s.") % season)
    if said := per_day_of(component.proration, say):
        yield Statement("proration", said)
    if said := pick_words(component.version_pick):
        yield Statement("version_pick", said)
    if component.rounding is not None:
        yield Statement("rounding", _rounding(component.rounding))
    if component.is_tax is not type(component).is_tax_by_kind:
        yield Statement(
            "tax",
            _("It is collected for others, and is no income.")
            if component.is_tax
            else _("It is income of the utility."),
        )


def _terms(version: TariffVersion, say: TariffSay) -> Iterator[Passage]:
    for use in version.uses:
        heading = _("The quantity “%(name)s”") % {"name": use.name.replace("_", " ")}
        blocks = tuple(use_statements(use, version, say))
        yield Passage(f"use.{use.name}", heading, say.unit_name(use.unit), blocks)
    yield Passage("seasons", _("Seasons"), "", tuple(season_statement(one, say) for one in version.seasons))
    for schedule in version.schedules:
        name = schedule.name.replace("_", " ")
        heading = _("Times of “%(name)s”") % {"name": name}
        yield Passage(f"schedule.{schedule.name}", heading, "", (schedule_table(schedule, version, say),))
    yield Passage("holidays", _("Holidays"), "", tuple(holiday_statements(version.holidays, say)))
    yield Passage("measure", _("Rounding and measure"), "", tuple(_measure(version, say)))


def _measure(version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    yield Statement("rounding", _rounding(version.rounding))
    if version.usage_rounding is not None:
        rounded = rounding_words(version.usage_rounding, "", say)
        yield Statement("usage_rounding", _("Use is %(rounded)s before it is priced.") % {"rounded": rounded})
    factors = version.factors
    if factors.gallons_per_cf != DEFAULT_FACTORS.gallons_per_cf:
        gallons = {"number": say.number(factors.gallons_per_cf, 6)}
        yield Statement("gallons", _("A cubic foot is taken for %(number)s gallons.") % gallons)
    if factors.cf_per_m3 != DEFAULT_FACTORS.cf_per_m3:
        feet = {"number": say.number(factors.cf_per_m3, 6)}
        yield Statement("cubic_feet", _("A cubic metre is taken for %(number)s cubic feet.") % feet)
    heat = factors.therms_per_ccf
    if heat is not None:
        number = money(heat, say) if isinstance(heat, SeriesRef) else say.number(heat, 6)
        yield Statement(
            "heat", _("A CCF of gas is taken for this many therms: %(number)s.") % {"number": number}
        )


def _rounding(rounding: Rounding) -> str:
    rule = {
        "half_up": _("half a cent is rounded up"),
        "half_even": _("half a cent is rounded to the even cent"),
        "down": _("parts of a cent are dropped"),
        "up": _("parts of a cent count as a cent"),
    }[rounding.rule.value]
    said = {
        RoundingScope.LINE: _("Each line is rounded to cents by itself: %(rule)s."),
        RoundingScope.COMPONENT: _("The lines of a charge are rounded to cents together: %(rule)s."),
        RoundingScope.GROUP: _(
            "The charges of the group “%(group)s” are rounded to cents together: %(rule)s."
        ),
        RoundingScope.BILL: _("Only the sum of all lines is rounded to cents: %(rule)s."),
    }[rounding.scope]
    return said % {"rule": rule, "group": rounding.group}
