"""Lamps that no meter counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from meterside.engine.components.unmetered import UnmeteredCharge
from meterside.engine.terms.version import TariffVersion

from ..amounts import amounts, plain
from ..page import Block, PriceTable
from ..say import TariffSay


def read(component: UnmeteredCharge, version: TariffVersion, say: TariffSay) -> Iterator[Block]:
    """`Each kWh of light costs $0.10.`, with the watts of a lamp and its hours by month."""
    yield from amounts(
        "price",
        component.price,
        lambda price: _("Each kWh of light costs %(price)s; no meter counts it.") % {"price": price},
        version=version,
        say=say,
    )
    yield from amounts(
        "watts",
        component.watts,
        lambda watts: _("A lamp is taken to draw %(watts)s watts.") % {"watts": watts},
        version=version,
        say=say,
        show=plain,
        column=_("Watts"),
    )
    rows = [
        (say.month_name(date(2024, month, 1)), say.number(hours, 3))
        for month, hours in enumerate(component.hours, start=1)
    ]
    yield PriceTable("hours", _("Hours alight"), (_("Month"), _("Hours")), tuple(rows))
