"""Energy from the customer, taken off what they use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from meterside.engine.components.net_metering import Carry, NetMetering
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts
from ..page import Block, Statement
from ..say import TariffSay
from ..schedules import schedule_names


def read(component: NetMetering, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`What the customer sends is taken off what they use.`, and what becomes of a surplus."""
    yield Statement("net", _("What the customer sends to us is taken off what they use, unit for unit."))
    if component.schedule:
        periods = {"periods": schedule_names(version, component.schedule)}
        yield Statement("schedule", _("Each of these times is netted by itself: %(periods)s.") % periods)
    month = {"month": say.month_name(date(2024, component.true_up_month, 1))}
    yield Statement(
        "carry",
        {
            Carry.NONE: _("A surplus is settled on each bill."),
            Carry.ANNUAL: _("A surplus is kept for the next bills, and settled on the bill of %(month)s.")
            % month,
            Carry.FOREVER: _("A surplus is kept for the next bills, however long."),
        }[component.carry],
    )
    if component.pay_out is None:
        if component.carry is not Carry.FOREVER:
            yield Statement("pay_out", _("Nothing is paid for a surplus that is settled."))
        return
    facts = {"unit": say.unit_name(component.unit, 1)}
    yield from amounts(
        "pay_out",
        component.pay_out,
        lambda price: (
            _("For each %(unit)s of a surplus that is settled we pay %(price)s.") % {**facts, "price": price}
        ),
        version=version,
        say=say,
    )
