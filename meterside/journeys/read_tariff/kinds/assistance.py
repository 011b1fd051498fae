"""Help for those in a programme: a share or an amount off, with bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from meterside.engine.components.assistance import AssistanceCredit
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts, money, number_inside, per_cent
from ..page import Block, Statement
from ..say import TariffSay
from ..words import per_words
from .percent import base_words


def read(component: AssistanceCredit, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`20% of Service and Water is taken off.` and its bounds."""
    of = base_words(component.of, version)
    if component.rate is not None:
        yield from amounts(
            "rate",
            component.rate,
            lambda rate: _("%(rate)s of %(base)s is taken off.") % {"rate": rate, "base": of},
            version=version,
            say=say,
            show=per_cent,
            column=_("Share"),
        )
    if component.amount is not None:
        facts = {"per": per_words(component.per)}
        yield from amounts(
            "amount",
            component.amount,
            lambda amount: (
                _("A credit of %(amount)s is taken off for %(per)s.") % {**facts, "amount": amount}
            ),
            version=version,
            say=say,
        )
    yield Statement(
        "bound", _("It never takes off more than these charges come to: %(base)s.") % {"base": of}
    )
    if component.most is not None:
        most = {"amount": number_inside(component.most, say, version, money)}
        yield Statement("most", _("It takes off no more than %(amount)s a bill.") % most)
    if component.most_a_year is not None:
        month, day = (int(part) for part in component.year_from.split("-"))
        facts = {
            "amount": number_inside(component.most_a_year, say, version, money),
            "day": say.day(date(2024, month, day)),
        }
        said = _("It takes off no more than %(amount)s a year, which begins on %(day)s.") % facts
        yield Statement("most_a_year", said)
