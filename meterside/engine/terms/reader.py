"""Reading one object of a tariff document, remembering the place so that faults can name it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from meterside.engine.money import RoundingRule
from meterside.engine.quantity import UsageRounding
from meterside.engine.series import SeriesRef
from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Amount, Lookup, constant
from meterside.engine.terms.problems import InvalidTariff, TariffProblem, check_decimal

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")
_REQUIRED: Any = object()


def invalid(path: str, message: str, kind: str = "") -> InvalidTariff:
    """The error for one fault at one place."""
    return InvalidTariff((TariffProblem(path, message, kind),))


class Reader:
    """An object of the document at a place. ``done`` refuses keys nobody asked for."""

    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, Mapping):
            raise invalid(place or "document", "must be a table of names and values")
        self._data = data
        self._place = place
        self._asked: set[str] = set()

    def path(self, name: str) -> str:
        """Full name of a field here."""
        if name.startswith("["):
            return f"{self._place}{name}"
        return f"{self._place}.{name}" if self._place else name

    def _take(self, name: str, default: Any = _REQUIRED) -> Any:
        self._asked.add(name)
        value = self._data.get(name)
        if value is not None:
            return value
        if default is _REQUIRED:
            raise invalid(self.path(name), "is missing", "missing")
        return default

    def done(self) -> None:
        """Refuse what was written but not understood."""
        unknown = [name for name in self._data if name not in self._asked]
        if unknown:
            known = ", ".join(sorted(self._asked))
            problems = [
                TariffProblem(
                    self.path(name),
                    f"is not a known field; known here: {known}",
                    "unknown_key",
                    (("known", known),),
                )
                for name in unknown
            ]
            raise InvalidTariff(tuple(problems))

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        """A text."""
        value = self._take(name, default)
        if not isinstance(value, str):
            raise invalid(self.path(name), f"is {value!r}; write a text in quotes")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when left out."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise invalid(self.path(name), "must be a list of texts")
        return value

    def integer(self, name: str, default: int) -> int:
        """A whole number."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(self.path(name), f"is {value!r}; write a whole number")
        return value

    def optional_integer(self, name: str) -> int | None:
        """A whole number, or None when left out."""
        return None if self._take(name, None) is None else self.integer(name, 0)

    def integers(self, name: str, *, required: bool = False) -> tuple[int, ...]:
        """A list of whole numbers; empty when left out."""
        value = self._take(name) if required else self._take(name, [])
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            raise invalid(self.path(name), "must be a list of whole numbers")
        return tuple(value)

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise invalid(self.path(name), f"is {value!r}; write true or false")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """True or false, or None when left out."""
        return None if self._take(name, None) is None else self.flag(name, False)

    def number(self, name: str, default: Any = _REQUIRED) -> Decimal:
        """An exact number, as text or as a number that was read exactly."""
        return _decimal(self._take(name, default), self.path(name))

    def optional_number(self, name: str) -> Decimal | None:
        """An exact number, or None when left out."""
        value = self._take(name, None)
        return None if value is None else _decimal(value, self.path(name))

    def day(self, name: str) -> date:
        """A date, as TOML has them or as ISO text."""
        return _day(self._take(name), self.path(name))

    def optional_day(self, name: str) -> date | None:
        """A date, or None when left out."""
        value = self._take(name, None)
        return None if value is None else _day(value, self.path(name))

    def month_day(self, name: str) -> tuple[int, int]:
        """A day of the year such as ``06-01``."""
        value = self.text(name)
        match = _MONTH_DAY.fullmatch(value)
        if match:
            month, day = int(match.group(1)), int(match.group(2))
            try:
                date(2024, month, day)
            except ValueError:
                pass
            else:
                return month, day
        raise invalid(self.path(name), f"is {value!r}; write month and day such as 06-01")

    def optional_choice(self, name: str, kind: type[E]) -> E | None:
        """One of a fixed set of words, or None when left out."""
        return None if self._take(name, None) is None else self.choice(name, kind, next(iter(kind)))

    def has(self, name: str) -> bool:
        """Whether something is written under that name."""
        return self._data.get(name) is not None

    def choice(self, name: str, kind: type[E], default: E) -> E:
        """One of a fixed set of words."""
        value = self._take(name, default)
        if not isinstance(value, str) or value not in [item.value for item in kind]:
            options = ", ".join(item.value for item in kind)
            raise invalid(self.path(name), f"is {value!r}; use one of {options}")
        return kind(value)

    def optional_pair(self, name: str) -> tuple[int, int] | None:
        """Two whole numbers, or None when left out."""
        value = self._take(name, None)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 2 or not all(type(item) is int for item in value):
            raise invalid(self.path(name), "must be a list of two whole numbers")
        return value[0], value[1]

    def child(self, name: str) -> Reader | None:
        """An object inside, or None when left out."""
        value = self._take(name, None)
        return None if value is None else Reader(value, self.path(name))

    def children(self, name: str, *, optional: bool = False) -> list[Reader]:
        """A list of objects inside."""
        value = self._take(name, [] if optional else _REQUIRED)
        if not isinstance(value, list):
            raise invalid(self.path(name), "must be a list of tables")
        return [Reader(item, f"{self.path(name)}[{index}]") for index, item in enumerate(value)]

    def amount(self, name: str) -> Amount | None:
        """A number or ``{ series = ... }``; None when left out."""
        value = self._take(name, None)
        return None if value is None else _amount(value, self.path(name))

    def table(self, name: str) -> Lookup[Amount]:
        """A number (or the series that has it), or a table of such by attributes."""
        return self.lookup(name, _amount)

    def list_table(self, name: str) -> Lookup[tuple[Amount, ...]]:
        """A list of numbers (or series), or a table of such lists by attributes."""
        return self.lookup(name, _amounts)

    def blocks(self, name: str) -> Lookup[tuple[Amount, ...]]:
        """As ``list_table``; a number by itself is a list of one."""
        return self.lookup(name, _block)

    def optional_list_table(self, name: str) -> Lookup[tuple[Amount, ...]] | None:
        """As ``list_table``; None when left out."""
        return None if self._take(name, None) is None else self.list_table(name)

    def optional_table(self, name: str) -> Lookup[Amount] | None:
        """As ``table``; None when left out."""
        return None if self._take(name, None) is None else self.table(name)

    def tables(self, name: str) -> tuple[Lookup[Amount], ...]:
        """A list of what ``table`` reads; empty when left out."""
        value = self._take(name, [])
        if not isinstance(value, list):
            raise invalid(self.path(name), "must be a list of numbers or tables")
        items = Reader({f"[{index}]": item for index, item in enumerate(value)}, self.path(name))
        return tuple(items.table(index) for index in items.names())

    def step(self, name: str) -> UsageRounding | None:
        """``{ step = ..., rule = ... }`` for rounding quantities; None when left out."""
        inner = self.child(name)
        if inner is None:
            return None
        rule = inner.choice("rule", RoundingRule, RoundingRule.HALF_UP)
        rounding = UsageRounding(step=inner.number("step"), rule=rule)
        inner.done()
        if rounding.step <= 0:
            raise invalid(inner.path("step"), "must be more than zero", "zero")
        return rounding

    def names(self) -> tuple[str, ...]:
        """The names written here."""
        return tuple(self._data)

    def given(self, name: str) -> Given:
        """The name of a number of the agreement, or ``{ name = ..., default = ... }``."""
        return _given(self._take(name), self.path(name))

    def optional_given(self, name: str) -> Given | None:
        """As ``given``; None when left out."""
        value = self._take(name, None)
        return None if value is None else _given(value, self.path(name))

    def givens(self, name: str) -> tuple[Given, ...]:
        """A list of what ``given`` reads (or a single one); empty when left out."""
        value, place = self._take(name, []), self.path(name)
        if not isinstance(value, list):
            return (_given(value, place),)
        return tuple(_given(item, f"{place}[{index}]") for index, item in enumerate(value))

    def lookup(self, name: str, convert: Callable[[Any, str], T]) -> Lookup[T]:
        """A value, or a table of such by attributes; ``convert`` reads one (given its place)."""
        value, place = self._take(name), self.path(name)
        if not isinstance(value, Mapping) or "series" in value:
            return constant(convert(value, place))
        inner = Reader(value, place)
        by = tuple(inner.texts("by"))
        if not by:
            raise invalid(inner.path("by"), "must name at least one attribute")
        cases = inner._cases(by, convert)
        inner.done()
        try:
            return Lookup(by, cases)
        except ValueError as error:
            raise invalid(place, str(error)) from error

    def _cases(
        self, by: tuple[str, ...], convert: Callable[[Any, str], T]
    ) -> tuple[tuple[tuple[str, ...], T], ...]:
        """Pairs of key and value from ``cases`` (a list) or ``values`` (an object)."""
        listed, named = self._take("cases", None), self._take("values", None)
        if (listed is None) == (named is None):
            raise invalid(self._place, "needs either values (a table) or cases (a list of pairs)")
        field = "values" if listed is None else "cases"
        if isinstance(named, Mapping):
            pairs = list(named.items())
        elif isinstance(listed, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in listed):
            pairs = [(pair[0], pair[1]) for pair in listed]
        else:
            raise invalid(self.path(field), "must be a table, or a list of [key, value] pairs")
        if not pairs:
            raise invalid(self.path(field), "is empty; give a value for each case")
        found = []
        for key, value in pairs:
            parts = tuple(str(key).split("|"))
            if len(parts) != len(by):
                raise invalid(self.path(field), f"key {key!r} must have {len(by)} parts joined by |")
            found.append((parts, convert(value, f"{self.path(field)}[{key!r}]")))
        return tuple(found)


def _decimal(value: Any, path: str) -> Decimal:
    if isinstance(value, Decimal):
        return check_decimal(value, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str):
        try:
            return check_decimal(Decimal(value), path)
        except InvalidOperation:
            pass
    raise invalid(path, f"is {value!r}; write an exact number, such as 3.899 or '3.899'")


def _amount(value: Any, path: str) -> Amount:
    """A number, or ``{ series = "name" }``."""
    if not isinstance(value, Mapping):
        return _decimal(value, path)
    inner = Reader(value, path)
    name = inner.text("series")
    inner.done()
    if not name.strip():
        raise invalid(f"{path}.series", "is empty; name a series")
    return SeriesRef(name)


def _block(value: Any, path: str) -> tuple[Amount, ...]:
    return _amounts(value, path) if isinstance(value, list | tuple) else (_amount(value, path),)


def _amounts(value: Any, path: str) -> tuple[Amount, ...]:
    if not isinstance(value, list | tuple):
        raise invalid(path, "must be a list of numbers")
    return tuple(_amount(item, f"{path}[{index}]") for index, item in enumerate(value))


def _given(value: Any, path: str) -> Given:
    """The name of a number, or the name and what stands where nobody said it."""
    if not isinstance(value, Mapping):
        if not isinstance(value, str) or not value.strip():
            raise invalid(path, f"is {value!r}; name a number of the agreement")
        return Given(value)
    inner = Reader(value, path)
    found = Given(inner.text("name"), inner.optional_number("default"))
    inner.done()
    if not found.name.strip():
        raise invalid(f"{path}.name", "is empty; name a number of the agreement")
    if found.default is not None and found.default < 0:
        raise invalid(f"{path}.default", f"is {found.default}; it cannot be negative", "negative")
    return found


def _day(value: Any, path: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise invalid(path, f"is {value!r}; write a day such as 2025-07-01")
