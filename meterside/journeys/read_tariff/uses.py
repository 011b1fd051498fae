"""Quantities that are worked out before they are priced: how, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.use import BilledUse, Pick
from meterside.engine.terms.version import TariffVersion

from .amounts import number_inside
from .page import Statement
from .say import TariffSay
from .words import all_of, given_words, per_day_of, per_words, rounding_words

_PICKS = (Pick.FIRST, Pick.LEAST, Pick.GREATEST, Pick.SUM, Pick.DIFFERENCE)


def use_statements(use: BilledUse, version: TariffVersion, say: TariffSay) -> Iterator[Statement]:
    """What the use is taken from, multiplied by, bounded by and rounded to."""
    if use.assumed is not None:
        assumed = {"number": number_inside(use.assumed, say, version), "unit": say.unit_name(use.unit)}
        yield Statement("of", _("Nobody measures it: %(number)s %(unit)s are taken for it.") % assumed)
    else:
        yield Statement("of", _of(use))
    if use.measured_unit:
        unit = {"unit": say.unit_name(use.measured_unit)}
        said = _("What was measured is brought to %(unit)s first.") % unit
        if use.measured_rounding is not None:
            rounded = rounding_words(use.measured_rounding, use.measured_unit, say)
            said += " " + _("It is %(rounded)s.") % {"rounded": rounded}
        yield Statement("measured_unit", said)
    factors = [number_inside(table, say, version) for table in use.times]
    factors += [given_words(given, say) for given in use.times_given]
    if factors:
        said = _("It is multiplied by %(factors)s.") % {"factors": all_of(factors)}
        if use.factor_rounding is not None:
            rounded = rounding_words(use.factor_rounding, "", say)
            said += " " + _("The product of the factors is %(rounded)s.") % {"rounded": rounded}
        yield Statement("times", said)
    for key, table, sentence in (
        ("least", use.least, _("At least %(number)s %(unit)s count for %(per)s.")),
        ("most", use.most, _("No more than %(number)s %(unit)s count for %(per)s.")),
    ):
        if table is not None:
            facts = {
                "number": number_inside(table, say, version),
                "unit": say.unit_name(use.unit),
                "per": per_words(use.per),
            }
            yield Statement(key, sentence % facts)
    if use.each:
        each = all_of([given_words(given, say) for given in use.each])
        yield Statement("each", _("That is for each of: %(each)s.") % {"each": each})
    if use.per is not ChargePer.BILL or per_day_of(use.proration, say):
        said = _("What it stands for is %(per)s.") % {"per": per_words(use.per)}
        yield Statement("per", f"{said} {per_day_of(use.proration, say)}".strip())
    if use.rounding is not None:
        rounded = rounding_words(use.rounding, use.unit, say)
        yield Statement("rounding", _("The result is %(rounded)s.") % {"rounded": rounded})


def _of(use: BilledUse) -> str:
    names = {
        "usage": _("what was used"),
        "winter_average": _("the winter average"),
        "received": _("what was sent to us"),
    }
    of = [names.get(name, f"“{name.replace('_', ' ')}”") for name in use.of]
    said = {
        Pick.FIRST: _("It is the first that is known of: %(of)s."),
        Pick.LEAST: _("It is the least of: %(of)s."),
        Pick.GREATEST: _("It is the greatest of: %(of)s."),
        Pick.SUM: _("It is the sum of: %(of)s."),
        Pick.DIFFERENCE: _("It is the first less the others of: %(of)s."),
    }[use.pick]
    return said % {"of": ", ".join(of)} if len(of) > 1 else _("It is %(of)s.") % {"of": of[0]}
