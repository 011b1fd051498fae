"""Words for what a tariff refers to: attributes, numbers of the agreement, quantities, lists of components."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from meterside.engine.quantity import UsageRounding
from meterside.engine.terms.choices import ChargePer, Proration, ProrationMethod, VersionPick
from meterside.engine.terms.component import Component
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import SEASON
from meterside.engine.terms.version import TariffVersion
from meterside.journeys.see_bill.words import in_language

from .say import TariffSay

_ATTRIBUTES: dict[str, str | Promise] = {
    "area_units": gettext_lazy("Area units"),
    "cart_gallons": gettext_lazy("Cart size in gallons"),
    "contract_demand": gettext_lazy("Contract demand"),
    "customer_class": gettext_lazy("Customer class"),
    "dwelling_units": gettext_lazy("Dwelling units"),
    "irrigated_area": gettext_lazy("Irrigated area"),
    "meter_size": gettext_lazy("Meter size"),
    "people": gettext_lazy("People in the home"),
    "pickups_a_week": gettext_lazy("Pick-ups a week"),
    "pressure_factor": gettext_lazy("Pressure factor"),
    "programme": gettext_lazy("Programme"),
    "season": gettext_lazy("Season"),
    "tax_district": gettext_lazy("Tax district"),
    "tax_exemption": gettext_lazy("Tax exemption"),
    "zone": gettext_lazy("Zone"),
}


def attribute_words(name: str) -> str:
    """An attribute as a heading; one that a utility has added keeps its own name."""
    known = _ATTRIBUTES.get(name)
    return str(known) if known is not None else name.replace("_", " ").capitalize()


def option_words(name: str, option: str, version: TariffVersion) -> str:
    """A value of an attribute: a season by its label, others as the tariff writes them."""
    if name == SEASON:
        for season in version.seasons:
            if season.name == option:
                return in_language(season.label or season.name.capitalize(), season.label_es)
    return option.replace("_", " ")


def given_words(given: Given, say: TariffSay) -> str:
    """A number of the agreement, with what stands where nobody said it."""
    name = attribute_words(given.name).lower()
    if given.default is None:
        return name
    facts = {"name": name, "number": say.number(given.default, 4)}
    return _("%(name)s (%(number)s where nobody said it)") % facts


def all_of(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return pgettext("list", "%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def component_words(codes: Sequence[str], version: TariffVersion) -> str:
    """The components of these codes, by their labels."""
    return all_of([label_of(found) if (found := version.component(code)) else code for code in codes])


def label_of(component: Component) -> str:
    """A component's own name in the reader's language."""
    return in_language(component.label, component.label_es)


def determinant_words(name: str) -> str:
    """What a component prices, where it is not simply the use."""
    if name == "usage":
        return _("used")
    if name == "received":
        return _("sent to us")
    base, _dot, period = name.partition(".")
    if base == "net":
        netted = _("left after netting")
        return f"{netted} ({period})" if period else netted
    return _("of “%(name)s”") % {"name": name.replace("_", " ")}


def per_words(per: ChargePer) -> str:
    """`each bill`, `each month`, `each day`."""
    return {
        ChargePer.BILL: _("each bill"),
        ChargePer.MONTH: _("each month"),
        ChargePer.DAY: _("each day"),
    }[per]


def per_day_of(proration: Proration, say: TariffSay) -> str:
    """How an amount follows the days of a bill; empty where it does not."""
    said = {
        ProrationMethod.NONE: "",
        ProrationMethod.DAYS_30: _("It follows the days of the bill, thirty days to a month."),
        ProrationMethod.DAYS_OF_PERIOD: _(
            "It follows the days of the bill out of those of the billing period."
        ),
        ProrationMethod.DAYS_365: _("It is for a year, and follows the days of the bill out of 365."),
    }[proration.method]
    if not said or proration.tolerance_days is None:
        return said
    first, last = proration.tolerance_days
    whole = _("A bill of %(first)s to %(last)s days counts as whole.") % {"first": first, "last": last}
    return f"{said} {whole}"


def pick_words(pick: VersionPick) -> str:
    """Which day decides what is charged; empty for the day of use."""
    return {
        VersionPick.DAY_OF_USE: "",
        VersionPick.READ_DATE: _(
            "What is in force on the day of the closing read counts for the whole bill."
        ),
        VersionPick.BILL_DATE: _("What is in force on the bill's date counts for the whole bill."),
    }[pick]


def rounding_words(rounding: UsageRounding, unit: str, say: TariffSay) -> str:
    """`to whole kWh`, `down to 0.1 CCF`: how a quantity is rounded."""
    step = say.usage(rounding.step, unit, 6) if unit else say.number(rounding.step, 6)
    return {
        "half_up": _("rounded to the nearest %(step)s"),
        "half_even": _("rounded to the nearest %(step)s, a half to the even one"),
        "down": _("rounded down to a multiple of %(step)s"),
        "up": _("rounded up to a multiple of %(step)s"),
    }[rounding.rule.value] % {"step": step}


def share_text(share: Decimal, say: TariffSay) -> str:
    """`0.875` as `87.5%`."""
    return _("%(number)s%%") % {"number": say.number(share * 100, 6)}
