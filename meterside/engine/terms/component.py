"""What every priced part of a tariff has and answers. The kinds stand in ``engine/components``.

Classes with slots cannot use ``super()`` without arguments; no method here needs to be called from a kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from meterside.engine.series import SeriesRef
from meterside.engine.terms.choices import NO_PRORATION, Proration, Rounding, VersionPick
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import SEASON, Lookup
from meterside.engine.terms.problems import TariffProblem
from meterside.engine.terms.writer import changed
from meterside.engine.wording import Formula, numbers_of, use_times_price

if TYPE_CHECKING:
    from meterside.engine.pricing import Draft, Inputs, Part
    from meterside.engine.rated import RatedLine
    from meterside.engine.terms.reader import Reader
    from meterside.engine.terms.version import TariffVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(ABC):
    """What every priced part of a tariff has; use one of the kinds."""

    #: The word a document names the kind by.
    kind: ClassVar[str] = ""
    #: Kinds of its lines where they are not just ``kind``.
    line_kinds: ClassVar[tuple[str, ...]] = ()
    #: Whether a percentage or minimum of everything before it counts its lines.
    in_base: ClassVar[bool] = True
    #: Whether its lines are collected for others where the tariff does not say.
    is_tax_by_kind: ClassVar[bool] = False
    #: JSON Schema of its own fields: ``required`` and ``properties``.
    schema: ClassVar[Mapping[str, Any]] = {}
    #: Definitions its schema refers to, put beside the common ones.
    schema_defs: ClassVar[Mapping[str, Any]] = {}

    code: str
    label: str
    label_es: str = ""
    season: str = ""  #: name of the only season it is charged in; empty for all year
    proration: Proration = NO_PRORATION
    version_pick: VersionPick = VersionPick.DAY_OF_USE
    rounding: Rounding | None = None  #: None: the version's
    tax: bool | None = None  #: whether its lines are collected for others; None: as its kind is

    @classmethod
    @abstractmethod
    def read(cls, reader: Reader, common: Mapping[str, Any]) -> Self:
        """The component a document says; ``common`` are the fields of every kind. Raises ``InvalidTariff``."""

    def write(self) -> dict[str, Any]:
        """Its document form, which ``read`` reads back: JSON-safe, fields at their defaults left out."""
        return {"kind": self.kind, **changed(self)}

    def problems(self, version: TariffVersion, path: str) -> Iterator[TariffProblem]:
        """What is wrong with it, beyond what is checked for every kind."""
        del version, path
        yield from ()

    def lookups(self) -> tuple[Lookup[Any], ...]:
        """Every table its amounts come from."""
        found = (getattr(self, entry.name) for entry in fields(self))
        return tuple(value for value in found if isinstance(value, Lookup))

    def determinants(self) -> Mapping[str, str]:
        """The determinants it prices, with the unit it prices each in."""
        return {}

    def derives(self) -> Mapping[str, tuple[str, ...]]:
        """The determinants it works out for components after it, each with those it comes from."""
        return {}

    def givens(self) -> tuple[Given, ...]:
        """The numbers of the agreement it asks for."""
        found = (getattr(self, entry.name) for entry in fields(self))
        return tuple(item for value in found for item in _givens_in(value))

    def intervals_needed(self) -> tuple[str, ...]:
        """The determinants it cannot price without interval values."""
        return ()

    def intervals_used(self, version: TariffVersion) -> tuple[str, ...]:
        """As ``intervals_needed``, knowing the version's schedules: those to load before rating."""
        del version
        return self.intervals_needed()

    def registers(self, version: TariffVersion) -> Mapping[str, str]:
        """The registers by period that may be given for it (``usage.on_peak``), each with its schedule."""
        del version
        return {}

    def refers_to(self) -> tuple[str, ...]:
        """Codes of components it is taken of, which must come before it."""
        return ()

    def without(self, gone: frozenset[str]) -> Component | None:
        """Itself, no longer referring to components that are gone; None if it referred to nothing else."""
        del gone
        return self

    @property
    def is_tax(self) -> bool:
        """Whether its lines are collected for others (a tax, a franchise fee) and are no income."""
        return self.is_tax_by_kind if self.tax is None else self.tax

    def is_credit(self) -> bool:
        """Whether it can only take something off a bill."""
        return False

    @abstractmethod
    def drafts(self, part: Part, inputs: Inputs, before: list[Draft]) -> list[Draft]:
        """Price one part of the period; ``before`` are the drafts of components listed earlier.

        Raises ``RatingError``, ``MissingAttribute`` or ``UnknownAttributeValue``.
        """

    @classmethod
    def formula(cls, line: RatedLine) -> Formula:
        """The structured form of a line's sum."""
        return Formula(line.kind, numbers_of(line))

    @classmethod
    def said(cls, line: RatedLine) -> str:
        """A line's sum in English."""
        return use_times_price(line)

    def depends_on_season(self) -> bool:
        """Whether the calendar decides if, or at which price, it is charged."""
        return bool(self.season) or any(SEASON in table.by for table in self.lookups())

    def series_named(self) -> frozenset[str]:
        """Every dated series its tables refer to."""
        values = (value for table in self.lookups() for _, value in table.cases)
        return frozenset(ref.series for ref in series_in(values))


def _givens_in(value: object) -> Iterator[Given]:
    if isinstance(value, Given):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _givens_in(item)


def series_in(value: object) -> Iterator[SeriesRef]:
    """The references to series in a value of a table, however deep in lists."""
    if isinstance(value, SeriesRef):
        yield value
    elif not isinstance(value, str | int | Decimal):
        try:
            items = iter(value)  # type: ignore[call-overload]
        except TypeError:
            return
        for item in items:
            yield from series_in(item)
