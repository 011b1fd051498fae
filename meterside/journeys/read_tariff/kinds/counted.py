"""An amount for each thing counted: carts, area units, dwelling units."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.counted import CountedCharge
from meterside.engine.terms.version import TariffVersion
from meterside.journeys.see_bill.words import in_language

from ..amounts import amounts, number_inside
from ..page import Block, Statement
from ..say import TariffSay
from ..words import all_of, given_words, per_words, rounding_words


def read(component: CountedCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`$11.50 is charged for each month and for each cart.`"""
    things = in_language(component.counted, component.counted_es) or _("thing counted")
    facts = {"per": per_words(component.per), "things": things}
    yield from amounts(
        "amount",
        component.amount,
        lambda amount: (
            _("%(amount)s is charged for %(per)s and each of: %(things)s.") % {**facts, "amount": amount}
        ),
        version=version,
        say=say,
    )
    counted = all_of([given_words(given, say) for given in component.count])
    text = (
        _("What is counted: %(counted)s, multiplied with each other.")
        if len(component.count) > 1
        else _("What is counted: %(counted)s.")
    )
    yield Statement("count", text % {"counted": counted})
    sentences = (
        ("size", component.size, _("One counts for every %(number)s.")),
        ("least", component.least, _("At least %(number)s count.")),
        ("most", component.most, _("No more than %(number)s count.")),
        ("included", component.included, _("The first %(number)s are free.")),
    )
    for key, table, sentence in sentences:
        if table is not None:
            yield Statement(key, sentence % {"number": number_inside(table, say, version)})
    if component.count_rounding is not None:
        rounded = rounding_words(component.count_rounding, "", say)
        yield Statement("count_rounding", _("The count is %(rounded)s.") % {"rounded": rounded})
