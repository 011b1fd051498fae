"""Blocks of use, each at its own price."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from meterside.engine.components.tiered import TieredCharge
from meterside.engine.terms.version import TariffVersion

from ..amounts import blocks, head
from ..page import Block, PriceTable, Statement
from ..say import TariffSay
from ..words import all_of, determinant_words, given_words, per_words, rounding_words


def read(component: TieredCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Each kWh used costs by how much is used, in blocks of each bill.` and the blocks."""
    facts = {
        "unit": say.unit_name(component.unit, 1),
        "which": determinant_words(component.determinant),
        "per": per_words(component.width_per),
    }
    yield Statement(
        "price",
        _("Each %(unit)s %(which)s costs by the block it falls into; the blocks are for %(per)s.") % facts,
    )
    if component.width_each:
        each = all_of([given_words(given, say) for given in component.width_each])
        yield Statement("width_each", _("A block is as wide as said for each of: %(each)s.") % {"each": each})
    if component.width_rounding is not None:
        rounded = rounding_words(component.width_rounding, component.unit, say)
        yield Statement("width_rounding", _("A block's width is %(rounded)s.") % {"rounded": rounded})
    rows = blocks("price", component.prices, component.widths, component.unit, version=version, say=say)
    columns = head(component.prices, component.widths, component.unit, say)
    yield PriceTable("price", _("Blocks and prices"), columns, tuple(rows))
