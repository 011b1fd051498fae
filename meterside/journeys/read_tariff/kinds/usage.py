"""One price for each unit used."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.usage import UsageCharge
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts
from ..page import Block
from ..say import TariffSay
from ..words import determinant_words


def read(component: UsageCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Each kWh used costs $0.0934.`"""
    facts = {"unit": say.unit_name(component.unit, 1), "which": determinant_words(component.determinant)}
    yield from amounts(
        "price",
        component.price,
        lambda price: _("Each %(unit)s %(which)s costs %(price)s.") % {**facts, "price": price},
        version=version,
        say=say,
        column=_("Price for each %(unit)s") % facts,
    )
