"""What tariffs ask of billing beside the use: looked up once a chunk, so that nothing is loaded in vain."""

from __future__ import annotations

from dataclasses import dataclass

from meterside.engine.components.demand import DemandCharge
from meterside.engine.rating import RECEIVED
from meterside.engine.tariff.model import Tariff

#: What meters give; any other quantity a tariff prices comes from elsewhere (a winter average).
_METERED = frozenset({"usage", RECEIVED, "reactive", "demand"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tariff cannot price without, over all its versions.

    `hours` are determinants it wants interval values of; `by_clock` says whether registers by time of use, or of
    demand, are of use to it. `others` are determinants no meter gives; `contract_unit` is what contract demand is
    in, where it prices it; `has_demand` says whether it prices any.
    """

    hours: frozenset[str]
    by_clock: bool
    received: bool
    series: frozenset[str]
    attributes: frozenset[str]
    others: frozenset[str]
    contract_unit: str = ""
    has_demand: bool = False


#: Of a tariff nobody knows.
NOTHING = Asked(frozenset(), False, False, frozenset(), frozenset(), frozenset())


def asked_by(tariff: Tariff) -> Asked:
    """What a tariff asks for."""
    priced: set[str] = set()
    attributes: set[str] = set()
    is_by_clock, has_demand, contract_unit = False, False, ""
    for version in tariff.versions:
        for component in version.components:
            priced |= version.sources_of(component).keys()
            attributes |= version.attributes_of(component)
            is_by_clock = is_by_clock or bool(component.registers(version))
            if isinstance(component, DemandCharge):
                has_demand = True
                contract_unit = contract_unit if component.contract is None else component.unit
    hours = frozenset(tariff.intervals_needed())
    return Asked(
        hours=hours,
        by_clock=is_by_clock or bool(hours),
        received=RECEIVED in priced,
        series=frozenset(tariff.series_named()),
        attributes=frozenset(attributes),
        others=frozenset(priced) - _METERED,
        contract_unit=contract_unit,
        has_demand=has_demand,
    )
