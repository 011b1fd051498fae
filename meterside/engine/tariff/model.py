"""What a tariff is: dated versions of priced components. Data only; pricing lives in ``engine.rating``."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.engine.components.fixed import FixedCharge
from meterside.engine.components.minimum import MinimumCharge
from meterside.engine.components.percent import PercentCharge
from meterside.engine.components.tiered import TieredCharge
from meterside.engine.components.usage import UsageCharge
from meterside.engine.terms.choices import (
    ChargePer,
    Proration,
    ProrationMethod,
    Rounding,
    RoundingScope,
    VersionPick,
)
from meterside.engine.terms.component import Component
from meterside.engine.terms.lookup import (
    SEASON,
    Lookup,
    MissingAttribute,
    UnknownAttributeValue,
    constant,
)
from meterside.engine.terms.season import Season, SeasonRange
from meterside.engine.terms.version import TariffVersion

__all__ = [
    "SEASON",
    "ChargePer",
    "Component",
    "FixedCharge",
    "Lookup",
    "MinimumCharge",
    "MissingAttribute",
    "PercentCharge",
    "Proration",
    "ProrationMethod",
    "Rounding",
    "RoundingScope",
    "Season",
    "SeasonRange",
    "Tariff",
    "TariffVersion",
    "TieredCharge",
    "UnknownAttributeValue",
    "UsageCharge",
    "VersionPick",
    "constant",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A rate a utility offers to a class of customers for one commodity.

    ``bill_months`` is the length of a normal bill (2 for bills every second month). Versions are
    in order of ``effective_from`` and do not overlap.
    """

    code: str
    name: str
    utility: str
    commodity: str
    versions: tuple[TariffVersion, ...]
    currency: str = "USD"
    customer_class: str = ""
    name_es: str = ""
    bill_months: int = 1
    source_url: str = ""
    notes: tuple[str, ...] = ()
    #: Every component code of any version, in the order in which lines are priced and shown.
    component_order: tuple[str, ...] = field(init=False, repr=False, compare=False)
    #: Rounding groups, by the code of the last component that any version has in them.
    group_ends: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    #: What rating worked out of the tariff alone, and of a period: the same for every account (``kept_in``).
    kept: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "component_order", _merged_order(self.versions))
        object.__setattr__(self, "group_ends", _group_ends(self.versions, self.component_order))

    def narrowed(self, places: tuple[int, ...]) -> Tariff:
        """The tariff with those of its versions alone (by place): what no other version has a say in."""
        if len(places) == len(self.versions):
            return self
        return replace(self, versions=tuple(self.versions[place] for place in places))

    def version_on(self, day: date) -> TariffVersion | None:
        """The version in force on that day, if any."""
        for version in self.versions:
            if version.effective_from <= day and (version.effective_to is None or day < version.effective_to):
                return version
        return None

    def attribute_options(self) -> dict[str, tuple[str, ...]]:
        """Attributes any price depends on, with the values the tariff knows, in the tariff's order."""
        found: dict[str, dict[str, None]] = {}
        for version in self.versions:
            for component in version.components:
                for table in version.tables_of(component):
                    for name in table.by:
                        if name == SEASON and version.seasons:
                            continue
                        found.setdefault(name, {}).update(dict.fromkeys(table.options(name)))
        return {name: tuple(options) for name, options in found.items()}

    def determinant_units(self) -> dict[str, str]:
        """Determinants the tariff prices, with the unit it prices them in (the latest version's first)."""
        found: dict[str, str] = {}
        for version in reversed(self.versions):
            for component in version.components:
                for name, units in version.sources_of(component).items():
                    found.setdefault(name, units[0])
        return found

    def numbers_needed(self) -> dict[str, Decimal | None]:
        """Numbers of the agreement any charge asks for, with what stands where nobody said one."""
        found: dict[str, Decimal | None] = {}
        for version in self.versions:
            for component in version.components:
                uses = version.uses_of(component)
                for given in (*component.givens(), *(item for use in uses for item in use.givens())):
                    found.setdefault(given.name, given.default)
        return found

    def intervals_needed(self) -> tuple[str, ...]:
        """Determinants that cannot be priced without interval values."""
        every = ((version, item) for version in self.versions for item in version.components)
        return tuple(dict.fromkeys(name for version, item in every for name in item.intervals_used(version)))

    def series_named(self) -> tuple[str, ...]:
        """Dated series the tariff refers to, sorted."""
        return tuple(sorted({name for version in self.versions for name in version.series_named()}))


def _merged_order(versions: tuple[TariffVersion, ...]) -> tuple[str, ...]:
    """The latest version's order, with codes only older versions have put in after their neighbours."""
    order: list[str] = []
    for version in reversed(versions):
        place = 0
        for component in version.components:
            if component.code in order:
                place = order.index(component.code) + 1
            else:
                order.insert(place, component.code)
                place += 1
    return tuple(order)


def _group_ends(versions: tuple[TariffVersion, ...], order: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """With which component each rounding group is complete."""
    last: dict[str, str] = {}
    for code in order:
        for version in versions:
            component = version.component(code)
            rounding = None if component is None else component.rounding or version.rounding
            if rounding is not None and rounding.scope is RoundingScope.GROUP:
                last[rounding.group] = code
    return {code: tuple(group for group, end in last.items() if end == code) for code in last.values()}
