"""Demand: the highest use at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from meterside.engine.components.demand import DemandCharge
from meterside.engine.terms.lookup import Lookup
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts, blocks, has_blocks, head, number_inside
from ..page import Block, PriceTable, Statement
from ..say import TariffSay
from ..schedules import period_name
from ..words import all_of, per_words, rounding_words, share_text


def read(component: DemandCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Each kW of demand costs $15.65 for each bill.` and how demand is measured."""
    facts = {"unit": say.unit_name(component.unit, 1), "per": per_words(component.per)}
    if component.widths is None and not has_blocks(component.prices):
        yield from amounts(
            "price",
            Lookup(component.prices.by, tuple((case, stated[0]) for case, stated in component.prices.cases)),
            lambda price: (
                _("Each %(unit)s of demand costs %(price)s for %(per)s.") % {**facts, "price": price}
            ),
            version=version,
            say=say,
            column=_("Price for each %(unit)s") % facts,
        )
    else:
        yield Statement(
            "price", _("Each %(unit)s of demand costs by the block it falls into, for %(per)s.") % facts
        )
        rows = blocks("price", component.prices, component.widths, component.unit, version=version, say=say)
        columns = head(component.prices, component.widths, component.unit, say)
        yield PriceTable("price", _("Blocks and prices"), columns, tuple(rows))
    yield Statement("measured", _measured(component, version, say))
    yield from _at_least(component, version, say)
    if component.power_factor is not None:
        least = {"share": share_text(component.power_factor.least, say)}
        said = _("Where the power factor is below %(share)s, demand is billed in proportion higher.") % least
        if component.power_factor.step is not None:
            step = {"step": share_text(component.power_factor.step, say)}
            said += " " + _("The power factor is rounded to %(step)s.") % step
        yield Statement("power_factor", said)
    if component.demand_rounding is not None:
        rounded = rounding_words(component.demand_rounding, component.unit, say)
        yield Statement("demand_rounding", _("Demand is %(rounded)s.") % {"rounded": rounded})


def _measured(component: DemandCharge, version: TariffVersion, say: TariffSay) -> str:
    if component.at:
        return _("Demand is the use in the hours the utility names for the bill: %(hours)s.") % {
            "hours": all_of(list(component.at))
        }
    if component.window_minutes:
        window = {"minutes": component.window_minutes}
        said = (
            _("Demand is the highest average over any %(minutes)s minutes of the bill.")
            if component.sliding
            else _("Demand is the highest average over %(minutes)s minutes of the bill, by the clock.")
        )
        said %= window
    else:
        said = _("Demand is the highest use at once of the bill, as the meter measures it.")
    if component.period:
        period = {"period": period_name(version, component.schedule, component.period)}
        said += " " + _("Only these times count: %(period)s.") % period
    return said


def _at_least(component: DemandCharge, version: TariffVersion, say: TariffSay) -> Iterator[Statement]:
    if component.minimum is not None:
        least = f"{number_inside(component.minimum, say, version)} {say.unit_name(component.unit)}"
        yield Statement("minimum", _("At least %(demand)s is billed.") % {"demand": least})
    if component.contract is not None:
        share = {"share": share_text(component.contract, say)}
        yield Statement("contract", _("At least %(share)s of the contract demand is billed.") % share)
    if component.ratchet is not None:
        facts = {"share": share_text(component.ratchet.share, say), "months": component.ratchet.months}
        said = (
            _("At least %(share)s of the highest demand of the %(months)s months before is billed.") % facts
        )
        if component.ratchet.of_months:
            names = [say.month_name(date(2024, month, 1)) for month in component.ratchet.of_months]
            said += " " + _("Only the demand of these months counts for that: %(months)s.") % {
                "months": all_of(names)
            }
        yield Statement("ratchet", said)
