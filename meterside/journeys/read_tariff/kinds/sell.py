"""Energy from the customer, paid for at a price of its own."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.sell import SellCredit
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts
from ..page import Block, Statement
from ..say import TariffSay
from ..words import determinant_words
from .time_of_use import period_table


def read(component: SellCredit, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`For each kWh sent to us we pay $0.05.`"""
    facts = {"unit": say.unit_name(component.unit, 1), "which": determinant_words(component.determinant)}
    if component.price is None:
        yield Statement("price", _("For each %(unit)s %(which)s we pay by the time it comes.") % facts)
        yield period_table(component.schedule, component.periods, component.unit, version, say)
        return
    yield from amounts(
        "price",
        component.price,
        lambda price: _("For each %(unit)s %(which)s we pay %(price)s.") % {**facts, "price": price},
        version=version,
        say=say,
    )
