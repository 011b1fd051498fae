"""A price by the hour of use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from meterside.engine.components.time_of_use import PeriodPrices, TimeOfUseCharge
from meterside.engine.terms.choices import ChargePer
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.version import TariffVersion

from ..amounts import blocks, has_blocks, head
from ..page import Block, PriceTable, Statement
from ..say import TariffSay
from ..schedules import period_name
from ..words import component_words, determinant_words, per_words


def read(component: TimeOfUseCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Each kWh used costs by the time it is used.` and the periods' prices."""
    facts = {"unit": say.unit_name(component.unit, 1), "which": determinant_words(component.determinant)}
    yield Statement("price", _("Each %(unit)s %(which)s costs by the time of its use.") % facts)
    if component.widths is not None:
        yield Statement("widths", _("Blocks are filled by all use together, whatever the time."))
    if component.width_per is not ChargePer.BILL:
        yield Statement("width_per", _("Blocks are for %(per)s.") % {"per": per_words(component.width_per)})
    if component.hours_of:
        of = {"charge": component_words([component.hours_of], version)}
        yield Statement(
            "hours_of", _("A block's width is for each kW that is billed under: %(charge)s.") % of
        )
    yield period_table(
        component.schedule, component.periods, component.unit, version, say, overall=component.widths
    )


def period_table(
    schedule: str,
    periods: Sequence[PeriodPrices],
    unit: str,
    version: TariffVersion,
    say: TariffSay,
    *,
    overall: Lookup[tuple[Amount, ...]] | None = None,
) -> PriceTable:
    """Each period of the clock with its prices; all rows have the widest row's columns."""
    widest = max(periods, key=lambda one: (has_blocks(one.prices), len(one.prices.by)))
    columns = head(widest.prices, overall or widest.widths, unit, say)
    rows = []
    for one in periods:
        label = (period_name(version, schedule, one.period),)
        found = blocks(
            "price", one.prices, overall or one.widths, unit, version=version, say=say, labels=label
        )
        rows += [(*row[:-1], *("" for _gap in range(len(columns) + 1 - len(row))), row[-1]) for row in found]
    return PriceTable("price", _("Prices by time"), (_("Period"), *columns), tuple(rows))
