"""Every kind of component. A new kind is one module and one line here."""

from __future__ import annotations

from meterside.engine.components.annual_minimum import AnnualMinimum
from meterside.engine.components.assistance import AssistanceCredit
from meterside.engine.components.budget import BudgetCharge
from meterside.engine.components.counted import CountedCharge
from meterside.engine.components.demand import DemandCharge
from meterside.engine.components.demand_minimum import DemandMinimum
from meterside.engine.components.fixed import FixedCharge
from meterside.engine.components.hours_use import HoursUseCharge
from meterside.engine.components.minimum import MinimumCharge
from meterside.engine.components.net_metering import NetMetering
from meterside.engine.components.percent import PercentCharge
from meterside.engine.components.sell import SellCredit
from meterside.engine.components.tiered import TieredCharge
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.components.unmetered import UnmeteredCharge
from meterside.engine.components.usage import UsageCharge
from meterside.engine.terms.component import Component

#: In the order in which documents and messages list them.
_KINDS: tuple[type[Component], ...] = (
    FixedCharge,
    UsageCharge,
    TieredCharge,
    PercentCharge,
    MinimumCharge,
    CountedCharge,
    BudgetCharge,
    AssistanceCredit,
    TimeOfUseCharge,
    DemandCharge,
    HoursUseCharge,
    DemandMinimum,
    AnnualMinimum,
    NetMetering,
    SellCredit,
    UnmeteredCharge,
)

#: Kinds by the word a document names them by.
KINDS: dict[str, type[Component]] = {kind.kind: kind for kind in _KINDS}

_BY_LINE: dict[str, type[Component]] = {
    line_kind: kind for kind in _KINDS for line_kind in (kind.line_kinds or (kind.kind,))
}


class UnknownLineKind(ValueError):
    """A line of a kind that no component gives."""


def kind_of_line(line_kind: str) -> type[Component]:
    """The kind whose lines are of that kind; ``UnknownLineKind`` if none."""
    found = _BY_LINE.get(line_kind)
    if found is None:
        raise UnknownLineKind(f"no component gives lines of the kind {line_kind!r}")
    return found
