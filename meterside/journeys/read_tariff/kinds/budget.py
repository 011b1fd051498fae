"""Water by budget: blocks that end where the household's own allotment does."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.allotment import Indoor, Outdoor
from meterside.engine.components.budget import BudgetCharge
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.version import TariffVersion

from ..amounts import head, money, number_inside, per_cent
from ..page import Block, PriceTable, Statement
from ..say import TariffSay
from ..words import determinant_words, given_words, option_words, rounding_words


def read(component: BudgetCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """The blocks, and how the budget is worked out."""
    facts = {"unit": say.unit_name(component.unit, 1), "which": determinant_words(component.determinant)}
    yield Statement(
        "price", _("Each %(unit)s %(which)s costs by its place in the household's own water budget.") % facts
    )
    if component.indoor is not None:
        yield from _indoor(component.indoor, version, say)
    if component.outdoor is not None:
        yield from _outdoor(component.outdoor, version, say)
    if component.allotment:
        said = _("To the budget counts the allotment “%(name)s”.") % {
            "name": component.allotment.replace("_", " ")
        }
        yield Statement("allotment", said)
    if component.budget_rounding is not None:
        rounded = rounding_words(component.budget_rounding, component.unit, say)
        yield Statement("budget_rounding", _("The budget is %(rounded)s.") % {"rounded": rounded})
    names = list(_bounds(component))
    rows = [
        (*(option_words(by, part, version) for by, part in zip(component.prices.by, case, strict=True)), name,
         money(price, say))
        for case, stated in component.prices.cases
        for name, price in zip(names, stated, strict=True)
    ]  # fmt: skip
    columns = head(component.prices, None, component.unit, say)
    if len(names) == 1:
        columns = (*columns[:-1], _("Block"), columns[-1])
    yield PriceTable("price", _("Blocks and prices"), columns, tuple(rows))


def _bounds(component: BudgetCharge) -> Iterator[str]:
    words = {"indoor": _("the indoor budget"), "outdoor": _("the outdoor budget")}
    before = ""
    for bound in component.bounds:
        share = bound.removesuffix("%")
        upto = words.get(bound) or _("%(share)s%% of the budget") % {"share": share}
        yield (_("Up to %(bound)s") if not before else _("Then up to %(bound)s")) % {"bound": upto}
        before = upto
    yield _("Over %(use)s") % {"use": before} if before else _("All use")


def _indoor(indoor: Indoor, version: TariffVersion, say: TariffSay) -> Iterator[Statement]:
    facts = {
        "people": given_words(indoor.people, say),
        "gallons": number_inside(indoor.gallons_per_person_day, say, version),
    }
    yield Statement("indoor", _("Indoor budget: %(gallons)s gallons a day for each of: %(people)s.") % facts)
    if indoor.days is not None:
        said = _("A bill is taken to have %(days)s days indoors.") % {"days": say.number(indoor.days, 3)}
        yield Statement("indoor_days", said)
    if indoor.variance is not None:
        granted = {"name": given_words(indoor.variance, say)}
        yield Statement("indoor_variance", _("Indoors, gallons a day granted besides: %(name)s.") % granted)
    if not (indoor.share.is_constant and indoor.share.cases[0][1] == 1):
        share = {"share": number_inside(indoor.share, say, version, per_cent)}
        yield Statement("indoor_share", _("Of the indoor budget this share counts: %(share)s.") % share)


def _outdoor(outdoor: Outdoor, version: TariffVersion, say: TariffSay) -> Iterator[Statement]:
    weather = outdoor.weather
    if weather.series:
        inches = _("the inches of the series “%(name)s”") % {"name": weather.series}
    elif weather.given is not None:
        inches = given_words(weather.given, say)
    else:
        assert weather.inches is not None
        inches = _("%(number)s inches") % {"number": number_inside(weather.inches, say, version)}
    per = {
        ChargePer.BILL: _("for a bill"),
        ChargePer.MONTH: _("for a month"),
        ChargePer.DAY: _("for a day"),
    }[weather.per]
    facts = {
        "area": given_words(outdoor.area, say),
        "inches": inches,
        "per": per,
        "plants": number_inside(outdoor.plant_factor, say, version),
    }
    yield Statement(
        "outdoor",
        _(
            "Outdoor budget: %(area)s in square feet, times %(inches)s %(per)s, times the plants' need of %(plants)s."
        )
        % facts,
    )
    if not (outdoor.efficiency.is_constant and outdoor.efficiency.cases[0][1] == 1):
        share = {"share": number_inside(outdoor.efficiency, say, version, per_cent)}
        yield Statement("efficiency", _("It is divided by the watering's efficiency of %(share)s.") % share)
    if outdoor.gallons_per_inch is not None:
        gallons = {"gallons": say.number(outdoor.gallons_per_inch, 6)}
        said = _("An inch on a square foot is taken for %(gallons)s gallons.") % gallons
        yield Statement("gallons_per_inch", said)
    if outdoor.variance is not None:
        granted = {"name": given_words(outdoor.variance, say)}
        yield Statement("outdoor_variance", _("Outdoors, gallons a day granted besides: %(name)s.") % granted)
    if not (outdoor.share.is_constant and outdoor.share.cases[0][1] == 1):
        share = {"share": number_inside(outdoor.share, say, version, per_cent)}
        yield Statement("outdoor_share", _("Of the outdoor budget this share counts: %(share)s.") % share)
