"""What a tariff is: dated versions of priced components. Data only; pricing lives in ``engine.rating``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from meterside.engine.meter_size import canonical_attribute
from meterside.engine.money import RoundingRule
from meterside.engine.period import Period
from meterside.engine.quantity import DEFAULT_FACTORS, ConversionFactors, UsageRounding

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: The one name in ``Lookup.by`` that the calendar answers, when the version has seasons.
SEASON = "season"


class ProrationMethod(StrEnum):
    """How a charge per bill or month, or a tier's width, follows the days of the period."""

    NONE = "none"  #: whole, however many days
    DAYS_30 = "days/30"  #: days over 30 (times the months of a normal bill)
    DAYS_OF_PERIOD = "days_of_period"  #: days over the days of the cycle's full period
    DAYS_365 = "365"  #: a year's charge over 365, times days


class VersionPick(StrEnum):
    """Which day decides the version (and the season) a component is priced by."""

    DAY_OF_USE = "day_of_use"
    READ_DATE = "read_date"
    BILL_DATE = "bill_date"


class RoundingScope(StrEnum):
    """Where exact amounts become cents."""

    LINE = "line"  #: every line by itself
    COMPONENT = "component"  #: the sum of a component's lines
    BILL = "bill"  #: only the sum of all lines of the segment


class ChargePer(StrEnum):
    """What one amount of a fixed charge, or one set of tier widths, stands for."""

    BILL = "bill"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Rounding of money. With scope ``component`` or ``bill`` the cents are shared by largest remainder."""

    rule: RoundingRule = RoundingRule.HALF_UP
    scope: RoundingScope = RoundingScope.LINE


@dataclass(frozen=True, slots=True)
class Proration:
    """A method, and the window of days (both ends in) inside which a period counts as whole."""

    method: ProrationMethod = ProrationMethod.NONE
    tolerance_days: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SeasonRange:
    """Month and day of the first and the last day, both inside; may run over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def contains(self, month: int, day: int) -> bool:
        """Whether that day of the year lies inside."""
        here = (month, day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True)
class Season:
    """A named part of every year."""

    name: str
    ranges: tuple[SeasonRange, ...]
    label: str = ""
    label_es: str = ""

    def contains(self, day: date) -> bool:
        """Whether that day lies in the season."""
        return any(span.contains(day.month, day.day) for span in self.ranges)


class MissingAttribute(ValueError):
    """A price depends on something nobody said; ``options`` are the values the tariff knows."""

    def __init__(self, name: str, options: tuple[str, ...]) -> None:
        super().__init__(f"this tariff needs {name}: one of {', '.join(options)}")
        self.name = name
        self.options = options


class UnknownAttributeValue(ValueError):
    """The tariff has no price for that value of an attribute (or for that combination)."""

    def __init__(self, names: tuple[str, ...], values: tuple[str, ...], options: tuple[str, ...]) -> None:
        said = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        super().__init__(f"this tariff has no price for {said}; it has {', '.join(options)}")
        self.names = names
        self.values = values
        self.options = options


@dataclass(frozen=True, slots=True)
class Lookup(Generic[T_co]):
    """A value that may depend on attributes: ``by`` names them, ``cases`` gives the value for each key.

    A constant has an empty ``by`` and one case with an empty key. ``season`` in ``by`` is answered
    by the calendar when the version defines seasons, else by the attribute of that name.
    """

    by: tuple[str, ...]
    cases: tuple[tuple[tuple[str, ...], T_co], ...]
    _index: dict[tuple[str, ...], T_co] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {
            tuple(canonical_attribute(name, part) for name, part in zip(self.by, key, strict=True)): value
            for key, value in self.cases
        }
        if len(index) != len(self.cases):
            raise ValueError(f"two cases with one key in a table by {', '.join(self.by) or 'nothing'}")
        if any("|" in part for key in index for part in key):
            raise ValueError("| separates the parts of a key and cannot be inside one")
        if not self.by and len(self.cases) != 1:
            raise ValueError("a constant has exactly one value")
        object.__setattr__(self, "_index", index)

    @property
    def is_constant(self) -> bool:
        """Whether it depends on nothing."""
        return not self.by

    def options(self, name: str) -> tuple[str, ...]:
        """The values of one attribute, in the order the tariff gives them."""
        place = self.by.index(name)
        return tuple(dict.fromkeys(key[place] for key, _ in self.cases))

    def get(self, attributes: Mapping[str, str | int | Decimal], season: str | None) -> T_co:
        """The value for these attributes; ``MissingAttribute`` or ``UnknownAttributeValue`` if none."""
        if not self.by:
            return self.cases[0][1]
        key = []
        for name in self.by:
            if name == SEASON and season is not None:
                key.append(season)
                continue
            said = attributes.get(name)
            if said is None or said == "":
                raise MissingAttribute(name, self.options(name))
            key.append(canonical_attribute(name, said))
        found = tuple(key)
        if found not in self._index:
            keys = tuple("|".join(case) for case, _ in self.cases)
            raise UnknownAttributeValue(self.by, found, keys)
        return self._index[found]


def constant(value: T) -> Lookup[T]:
    """A lookup that depends on nothing."""
    return Lookup((), (((), value),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What every priced part of a tariff has; use one of the kinds below."""

    kind: ClassVar[str] = ""

    code: str
    label: str
    label_es: str = ""
    season: str = ""  #: name of the only season it is charged in; empty for all year
    proration: Proration = Proration()
    version_pick: VersionPick = VersionPick.DAY_OF_USE
    rounding: Rounding | None = None  #: None: the version's


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCharge(Component):
    """An amount (currency units) per bill, month or day. Negative is a credit."""

    kind: ClassVar[str] = "fixed"

    amount: Lookup[Decimal]
    per: ChargePer = ChargePer.BILL


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCharge(Component):
    """One price (currency units) for each ``unit`` of a determinant."""

    kind: ClassVar[str] = "usage"

    price: Lookup[Decimal]
    unit: str
    determinant: str = "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class TieredCharge(Component):
    """Blocks of use, each with its price. ``widths`` has one entry less than ``prices``: the last is open.

    Widths are in ``unit`` per ``width_per``; the component's proration stretches them with the days.
    """

    kind: ClassVar[str] = "tiered"

    prices: Lookup[tuple[Decimal, ...]]
    widths: Lookup[tuple[Decimal, ...]]
    unit: str
    determinant: str = "usage"
    width_per: ChargePer = ChargePer.BILL


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentCharge(Component):
    """A share of other components: ``rate`` 0.01 is one per cent.

    ``of`` names them; empty means every component listed before it that is no percentage itself.
    """

    kind: ClassVar[str] = "percent"

    rate: Lookup[Decimal]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumCharge(Component):
    """Lifts the sum of the components in ``of`` to ``amount``; empty as for a percentage."""

    kind: ClassVar[str] = "minimum"

    amount: Lookup[Decimal]
    per: ChargePer = ChargePer.BILL
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffVersion:
    """The components in force from a day until another (not including it; None: until further notice)."""

    effective_from: date
    effective_to: date | None = None
    components: tuple[Component, ...]
    seasons: tuple[Season, ...] = ()
    rounding: Rounding = Rounding()
    usage_rounding: UsageRounding | None = None
    factors: ConversionFactors = DEFAULT_FACTORS

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

    def season_of(self, day: date) -> str | None:
        """Name of the season of that day, or None when the version has no seasons."""
        for season in self.seasons:
            if season.contains(day):
                return season.name
        return None


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "component_order", _merged_order(self.versions))

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
                for table in lookups_of(component):
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
                if isinstance(component, UsageCharge | TieredCharge):
                    found.setdefault(component.determinant, component.unit)
        return found


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


def lookups_of(component: Component) -> tuple[Lookup[object], ...]:
    """Every table of a component, whatever its kind."""
    if isinstance(component, FixedCharge | MinimumCharge):
        return (component.amount,)
    if isinstance(component, UsageCharge):
        return (component.price,)
    if isinstance(component, TieredCharge):
        return (component.prices, component.widths)
    if isinstance(component, PercentCharge):
        return (component.rate,)
    raise TypeError(f"no component kind: {type(component).__name__}")


def depends_on_season(component: Component) -> bool:
    """Whether the calendar decides if, or at which price, a component is charged."""
    return bool(component.season) or any(SEASON in table.by for table in lookups_of(component))
