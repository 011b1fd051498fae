"""One dated version of a tariff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meterside.engine.holiday import Holiday, holiday_names
from meterside.engine.period import Period
from meterside.engine.quantity import DEFAULT_FACTORS, ConversionFactors, UsageRounding
from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import DEFAULT_ROUNDING, Rounding
from meterside.engine.terms.component import Component, series_in
from meterside.engine.terms.lookup import SEASON, Lookup
from meterside.engine.terms.schedule import Schedule
from meterside.engine.terms.season import Season
from meterside.engine.terms.use import BilledUse


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersion:
    """The components in force from a day until another (not including it; None: until further notice)."""

    effective_from: date
    effective_to: date | None = None
    components: tuple[Component, ...]
    seasons: tuple[Season, ...] = ()
    rounding: Rounding = DEFAULT_ROUNDING
    usage_rounding: UsageRounding | None = None
    factors: ConversionFactors = DEFAULT_FACTORS
    holidays: tuple[Holiday, ...] = ()
    uses: tuple[BilledUse, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    #: Codes of the components that depend on the season, and of those that may use a dated series.
    seasonal_codes: frozenset[str] = field(init=False, repr=False, compare=False)
    series_codes: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seasonal = frozenset(
            item.code
            for item in self.components
            if item.depends_on_season() or any(SEASON in table.by for table in self.tables_of(item))
        )
        object.__setattr__(self, "seasonal_codes", seasonal)
        by_heat = isinstance(self.factors.therms_per_ccf, SeriesRef)
        named = frozenset(
            item.code
            for item in self.components
            if (by_heat and item.determinants()) or any(_has_series(table) for table in self.tables_of(item))
        )
        object.__setattr__(self, "series_codes", named)

    @property
    def period(self) -> Period:
        """When it is in force."""
        return Period(self.effective_from, self.effective_to)

    def component(self, code: str) -> Component | None:
        """The component of that code, if this version has it."""
        for component in self.components:
            if component.code == code:
                return component
        return None

    def use(self, name: str) -> BilledUse | None:
        """The use it works out under that name, if any."""
        for use in self.uses:
            if use.name == name:
                return use
        return None

    def uses_of(self, component: Component) -> tuple[BilledUse, ...]:
        """The uses behind what a component prices, with those they come from."""
        found: dict[str, BilledUse] = {}
        names = list(component.determinants())
        while names:
            use = self.use(names.pop(0))
            if use is not None and use.name not in found:
                found[use.name] = use
                names += use.of
        return tuple(found.values())

    def tables_of(self, component: Component) -> tuple[Lookup[Any], ...]:
        """Every table that decides what a component charges: its own, and those of the use it prices."""
        own = component.lookups()
        return own + tuple(table for use in self.uses_of(component) for table in use.lookups())

    def attributes_of(self, component: Component) -> frozenset[str]:
        """Attributes, and numbers of the agreement, that decide what a component charges."""
        names = {name for table in self.tables_of(component) for name in table.by}
        names |= {given.name for given in component.givens()}
        return frozenset(names | {given.name for use in self.uses_of(component) for given in use.givens()})

    def sources_of(self, component: Component) -> dict[str, tuple[str, ...]]:
        """The determinants that must be given for a component, each with the units it is brought to."""
        names = {use.name for use in self.uses}
        found: dict[str, tuple[str, ...]] = {
            name: (unit,) for name, unit in component.determinants().items() if name not in names
        }
        for use in self.uses_of(component):
            for name in use.of:
                if name not in names:
                    found[name] = (*found.get(name, ()), use.source_unit, use.unit)
        return found

    def schedule(self, name: str) -> Schedule | None:
        """The schedule of that name, if this version has it."""
        return next((schedule for schedule in self.schedules if schedule.name == name), None)

    def season_of(self, day: date) -> str | None:
        """Name of the season of that day, or None when the version has no seasons."""
        for season in self.seasons:
            if season.contains(day):
                return season.name
        return None

    def holidays_in(self, period: Period) -> dict[date, str]:
        """The holidays it knows inside a period, by day, with their names."""
        return holiday_names(self.holidays, period) if self.holidays else {}

    def series_named(self) -> frozenset[str]:
        """Every dated series it refers to."""
        found = frozenset(name for item in self.components for name in item.series_named())
        found |= {
            ref.series
            for item in self.components
            for table in self.tables_of(item)
            for _, value in table.cases
            for ref in series_in(value)
        }
        heat = self.factors.therms_per_ccf
        return found | {heat.series} if isinstance(heat, SeriesRef) else found


def _has_series(table: Lookup[Any]) -> bool:
    return any(True for _, value in table.cases for _ in series_in(value))
