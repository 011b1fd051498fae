"""Blocks of energy as wide as the demand: hours of use."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.hours_use import HoursUseCharge
from meterside.engine.terms.version import TariffVersion

from ..amounts import blocks, head
from ..page import Block, PriceTable, Statement
from ..say import TariffSay
from ..words import component_words, determinant_words


def read(component: HoursUseCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Each kWh costs by the hours of the billed demand it fills.` and the blocks."""
    facts = {
        "unit": say.unit_name(component.unit, 1),
        "which": determinant_words(component.determinant),
        "charge": component_words([component.hours_of], version),
    }
    said = _(
        "Each %(unit)s %(which)s costs by how many hours it would run the demand billed under %(charge)s."
    )
    yield Statement("price", said % facts)
    hours = _("%(unit)s for each kW billed") % {"unit": say.unit_name(component.unit)}
    rows = blocks("price", component.prices, component.widths, hours, version=version, say=say)
    columns = head(component.prices, component.widths, component.unit, say)
    yield PriceTable("price", _("Blocks and prices"), columns, tuple(rows))
