"""The least that charges come to for the demand that was billed."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.demand_minimum import DemandMinimum
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts
from ..page import Block
from ..say import TariffSay
from ..words import component_words


def read(component: DemandMinimum, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`The sum of Energy is at least $5.00 for each unit billed under Demand.`"""
    facts = {
        "base": component_words(component.of, version),
        "charge": component_words([component.demand], version),
    }
    yield from amounts(
        "price",
        component.price,
        lambda price: (
            _("The sum of %(base)s is lifted to %(price)s for each unit billed under %(charge)s.")
            % {**facts, "price": price}
        ),
        version=version,
        say=say,
    )
