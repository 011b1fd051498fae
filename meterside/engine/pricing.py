"""What components are priced from, and the drafts of lines they give.

A draft is a line whose cents are not settled yet; ``engine.rating`` settles them by the rounding
the tariff names. How each kind is priced stands in ``engine/components``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from meterside.engine.billed_use import Worked, work_out
from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.determinant import Determinant
from meterside.engine.interval_use import IntervalUse
from meterside.engine.kept import kept_in
from meterside.engine.period import Period
from meterside.engine.proration import PeriodDays, UsageShare, share_by_weights
from meterside.engine.quantity import (
    CannotConvert,
    ConversionFactors,
    Dimension,
    UnknownUnit,
    convert,
    unit_named,
)
from meterside.engine.rating_error import RatingError as RatingError
from meterside.engine.rating_error import not_converted
from meterside.engine.series import DatedSeries, SeriesGap, SeriesRef, SeriesValue
from meterside.engine.state import StateBook
from meterside.engine.terms.choices import Rounding
from meterside.engine.terms.component import Component, series_in
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup
from meterside.engine.terms.version import TariffVersion

T = TypeVar("T")

ZERO = Decimal(0)

Attributes = Mapping[str, str | int | Decimal]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the period priced by one version in one season, with one value of each series.

    ``on`` is the day whose values of dated series count: the first of the stretch, or the read or
    bill date where the component's ``version_pick`` says so. ``series`` are those it is priced with.
    ``attributes`` are None where none has a date.
    """

    version: TariffVersion
    span: Period
    season: str | None
    on: date
    series: tuple[SeriesValue, ...] = ()
    attributes: Attributes | None = None  #: those of the stretch, where a dated one changes
    #: What components worked out of it alone (``kept_in``): a part is shared by all accounts of a period.
    kept: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def amount(self, amount: Amount) -> Decimal:
        """A number of the tariff, from its series where it names one."""
        if not isinstance(amount, SeriesRef):
            return amount
        return self._value(amount.series).value

    def series_of(self, *amounts: Amount) -> tuple[SeriesValue, ...]:
        """The values of series behind some amounts, and behind the conversion of use."""
        refs = [*amounts, self.version.factors.therms_per_ccf]
        named = {ref.series for ref in refs if isinstance(ref, SeriesRef)}
        return tuple(value for value in self.series if value.series in named)

    @property
    def factors(self) -> ConversionFactors:
        """The version's conversion factors, with the heat content of the day where a series has it."""
        heat = self.version.factors.therms_per_ccf
        if not isinstance(heat, SeriesRef) or all(item.series != heat.series for item in self.series):
            return self.version.factors
        return replace(self.version.factors, therms_per_ccf=self._value(heat.series).value)

    def _value(self, name: str) -> SeriesValue:
        for value in self.series:
            if value.series == name:
                return value
        raise RatingError(
            "missing_series", f"series {name} is not among those of the part", why="not_given", series=name
        )


@dataclass(slots=True, kw_only=True)
class Draft:
    """A line before its cents are settled; ``cents`` stays None until then.

    ``series`` None stands for all of the part's; ``facts`` are further numbers a kind wants to say.
    """

    component: Component
    part: Part
    kind: str
    quantity: Decimal
    unit: str
    price: Decimal
    price_unit: str
    unrounded: Decimal
    determinant: str = ""
    tier: int = 0
    tier_from: Decimal | None = None
    tier_to: Decimal | None = None
    days: int = 0
    days_basis: int = 0
    base: Decimal | None = None
    series: tuple[SeriesValue, ...] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    cents: int | None = None

    @property
    def rounding(self) -> Rounding:
        """How its cents are settled: the component's own rounding, else the version's."""
        return self.component.rounding or self.part.version.rounding

    @property
    def amount(self) -> Decimal:
        """What a percentage is taken of: the cents once settled, else the exact amount."""
        return self.unrounded if self.cents is None else Decimal(self.cents).scaleb(-2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What all components of a segment are priced from."""

    period: Period
    days: PeriodDays
    determinants: Mapping[str, Determinant]
    attributes: Attributes
    shares: Mapping[str, UsageShare]
    even_share: UsageShare
    intervals: Mapping[str, IntervalUse]
    series: Mapping[str, DatedSeries]
    state: StateBook
    characteristics: Mapping[str, DatedCharacteristic]
    #: Quantities that components worked out for those after them, and whose shape over days each has.
    derived: dict[str, tuple[Determinant, str]] = field(default_factory=dict)

    def has(self, determinant: str) -> bool:
        """Whether there is such a quantity, given or derived."""
        return determinant in self.determinants or determinant in self.derived

    def has_any(self, determinant: str) -> bool:
        """Whether there is such a quantity, or one for some period (``received.on_peak``)."""
        named = f"{determinant}."
        return self.has(determinant) or any(name.startswith(named) for name in self.determinants)

    def quantity_of(self, determinant: str) -> Determinant | None:
        """A quantity derived in this rating, else as given; None if neither."""
        found = self.derived.get(determinant)
        return found[0] if found else self.determinants.get(determinant)

    def derive(self, determinant: Determinant, *, shape_of: str) -> None:
        """Leave a quantity to the components that follow, spread over days as another one is."""
        self.derived[determinant.name] = (determinant, shape_of)

    def value(self, table: Lookup[T], part: Part) -> T:
        """What a table says for these attributes in this season, as it is written there."""
        return table.get(self.attributes_of(part), part.season)

    def number(self, table: Lookup[Amount], part: Part) -> Decimal:
        """The number a table says, from its series where it names one."""
        return part.amount(table.get(self.attributes_of(part), part.season))

    def numbers(self, table: Lookup[tuple[Amount, ...]], part: Part) -> tuple[Decimal, ...]:
        """The list of numbers a table says, each from its series where it names one."""
        return tuple(part.amount(amount) for amount in table.get(self.attributes_of(part), part.season))

    def attributes_of(self, part: Part) -> Attributes:
        """The attributes that hold in a part."""
        return self.attributes if part.attributes is None else part.attributes

    def given(self, component: Component, given: Given, part: Part) -> Decimal:
        """A number of the agreement. Raises ``RatingError`` (missing_attribute, unknown_attribute)."""
        said = self.attributes_of(part).get(given.name)
        if said is None or said == "":
            if given.default is None:
                raise RatingError(
                    "missing_attribute",
                    f"{component.code}: this tariff needs {given.name}, a number",
                    component=component.code,
                    attribute=given.name,
                )
            return given.default
        try:
            number = Decimal(said)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0:
            fault = f"{given.name} is {said!r}; it must be a number that is not negative"
            raise RatingError(
                "unknown_attribute",
                f"{component.code}: {fault}",
                why="no_number",
                component=component.code,
                attribute=given.name,
                value=said,
            )
        return number

    def usage(
        self, component: Component, part: Part, *, determinant: str, unit: str, span: Period | None = None
    ) -> Decimal:
        """The part's share of a determinant in ``unit``, rounded as the version says.

        ``span`` asks for some days of the part alone. Raises ``RatingError`` (missing_determinant,
        negative_usage, unit).
        """
        use = part.version.use(determinant)
        total = self._whole(component, part, determinant, unit)
        if part.version.usage_rounding is not None and (use is None or use.rounding is None):
            total = part.version.usage_rounding.apply(total)
        return self._share_of(determinant, part).of(total, span or part.span)

    def worked(self, component: Component, part: Part, name: str) -> Worked | None:
        """A use the version works out, with the numbers behind it; None for what is given as it is."""
        use = part.version.use(name)
        return None if use is None else work_out(use, component, part, self)

    def _share_of(self, name: str, part: Part) -> UsageShare:
        """How a determinant is shared over days; a use that is worked out, as what it comes from."""
        use = part.version.use(name)
        if use is not None:
            return self._share_of(use.of[0], part) if use.of else self.even_share
        shape = self.derived[name][1] if name in self.derived else name
        return self.shares.get(shape) or self.shares.get(shape.partition(".")[0], self.even_share)

    def usage_by_class(
        self,
        component: Component,
        part: Part,
        *,
        determinant: str,
        unit: str,
        classes: NDArray[np.integer],
        count: int,
    ) -> tuple[Decimal, ...]:
        """``usage`` of the part shared over classes of its intervals; the shares sum to it exactly.

        ``classes`` gives each interval of the *whole period* a number from 0 to ``count`` - 1 (build it
        from ``interval_use(...).calendar``). What is shared is the quantity billed: where a register's
        differs from the sum of intervals, the intervals only give the shape; where they are all zero,
        the time in each class does. Raises ``RatingError`` as ``usage``, and missing_intervals.
        """
        use = self.interval_use(component, determinant)
        quantity = self.usage(component, part, determinant=determinant, unit=unit)
        inside = use.calendar.span(part.span)
        own = classes[inside]
        weights = use.counts_by_class(own, count, inside)
        if not any(weights):
            weights = tuple(int(number) for number in np.bincount(own, minlength=count))
        return share_by_weights(quantity, weights)

    def interval_use(self, component: Component, determinant: str) -> IntervalUse:
        """A determinant's intervals, exactly those of the period; ``RatingError`` missing_intervals."""
        use = self.intervals.get(determinant)
        if use is None:
            raise RatingError(
                "missing_intervals",
                f"{component.code} needs intervals of {determinant}",
                why="needed",
                component=component.code,
                determinant=determinant,
            )
        return use

    def _whole(self, component: Component, part: Part, name: str, unit: str) -> Decimal:
        use = part.version.use(name)
        if use is not None:
            worked = work_out(use, component, part, self)
            return self._converted(component, part, worked.quantity, use.unit, unit)
        determinant = self.quantity_of(name)
        if determinant is None:
            raise RatingError(
                "missing_determinant",
                f"{component.code} needs {name}",
                component=component.code,
                determinant=name,
            )
        if determinant.quantity < 0:
            said = f"{determinant.name} is {determinant.quantity} {determinant.unit}"
            raise RatingError(
                "negative_usage",
                f"{said}; it cannot be priced",
                determinant=determinant.name,
                quantity=determinant.quantity,
                unit=determinant.unit,
            )
        return self._converted(component, part, determinant.quantity, determinant.unit, unit)

    def _converted(
        self, component: Component, part: Part, quantity: Decimal, unit: str, wanted: str
    ) -> Decimal:
        try:
            return convert(quantity, unit, wanted, part.factors)
        except (UnknownUnit, CannotConvert) as error:
            raise not_converted(component.code, error, unit=unit, wanted=wanted) from error

    def series_of(self, component: Component, part: Part) -> tuple[str, ...]:
        """The series a component is priced with in a part: those the attributes choose.

        Raises ``MissingAttribute`` or ``UnknownAttributeValue``.
        """
        named: dict[str, None] = {}
        for table in part.version.tables_of(component):
            if any(next(series_in(value), None) for _, value in table.cases):
                named.update(dict.fromkeys(ref.series for ref in series_in(self.value(table, part))))
        heat = part.version.factors.therms_per_ccf
        if isinstance(heat, SeriesRef) and self._crosses_to_heat(component, part):
            named[heat.series] = None
        return tuple(named)

    def _crosses_to_heat(self, component: Component, part: Part) -> bool:
        """Whether the heat content of gas decides what is billed."""
        return any(
            is_heat(unit) and not is_heat(self.determinants[name].unit)
            for name, units in part.version.sources_of(component).items()
            if name in self.determinants
            for unit in units
        )

    def series_value(self, name: str, day: date) -> SeriesValue:
        """A series' value on a day; ``RatingError`` missing_series."""
        try:
            return self.dated_series(name).on(day)
        except SeriesGap as error:
            raise RatingError("missing_series", str(error), why="no_value", series=name, day=day) from error

    def dated_series(self, name: str) -> DatedSeries:
        """A series by name; ``RatingError`` missing_series."""
        found = self.series.get(name)
        if found is None:
            raise RatingError(
                "missing_series",
                f"the tariff refers to series {name}, which is not given",
                why="not_given",
                series=name,
            )
        return found


def is_heat(unit: str) -> bool:
    """Whether a unit measures heat (therms); an unknown unit does not."""
    try:
        return unit_named(unit).dimension is Dimension.HEAT
    except UnknownUnit:
        return False


def base_of(component: Component, part: Part, before: list[Draft]) -> Decimal:
    """Sum of the amounts a percentage or minimum is taken of, over the days of one part.

    ``component.refers_to()`` names them; when it names none they are all components listed before it
    but percentages. A line that covers other days too counts for its share of days, so that the bases
    of all parts sum to the lines. Settled lines count with their cents, others exactly
    (docs/algorithms/tax.md).
    """
    listed = kept_in(part.kept, ("listed", component.code), lambda: _listed_before(component, part.version))
    total = ZERO
    for draft in before:
        if draft.component.code not in listed:
            continue
        span = draft.part.span
        if span is part.span or span == part.span:
            total += draft.amount
            continue
        shared = span.overlap(part.span)
        if shared is not None:
            total += draft.amount * shared.days / span.days
    return total


def _listed_before(component: Component, version: TariffVersion) -> frozenset[str]:
    if component.refers_to():
        return frozenset(component.refers_to())
    codes = []
    for other in version.components:
        if other.code == component.code:
            break
        if other.in_base:
            codes.append(other.code)
    return frozenset(codes)
