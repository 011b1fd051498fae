"""One dated version of a tariff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from meterside.engine.holiday import Holiday, holiday_names
from meterside.engine.period import Period
from meterside.engine.quantity import DEFAULT_FACTORS, ConversionFactors, UsageRounding
from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import DEFAULT_ROUNDING, Rounding
from meterside.engine.terms.component import Component
from meterside.engine.terms.schedule import Schedule
from meterside.engine.terms.season import Season


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
    schedules: tuple[Schedule, ...] = ()
    #: Codes of the components that depend on the season, and of those that may use a dated series.
    seasonal_codes: frozenset[str] = field(init=False, repr=False, compare=False)
    series_codes: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seasonal = frozenset(item.code for item in self.components if item.depends_on_season())
        object.__setattr__(self, "seasonal_codes", seasonal)
        by_heat = isinstance(self.factors.therms_per_ccf, SeriesRef)
        named = frozenset(
            item.code for item in self.components if item.series_named() or (by_heat and item.determinants())
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
        heat = self.factors.therms_per_ccf
        return found | {heat.series} if isinstance(heat, SeriesRef) else found
