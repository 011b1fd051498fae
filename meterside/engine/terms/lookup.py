"""Values of a tariff that may depend on attributes or the season, or stand in a dated series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from meterside.engine.meter_size import canonical_attribute
from meterside.engine.series import SeriesRef

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A number of a tariff: written there, or the name of the series that has it.
Amount = Decimal | SeriesRef

#: The one name in ``Lookup.by`` that the calendar answers, when the version has seasons.
SEASON = "season"


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
