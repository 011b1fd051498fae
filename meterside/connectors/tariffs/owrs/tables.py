"""OWRS values: plain numbers, lists of numbers, and tables of either by ``depends_on``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from meterside.connectors.tariffs.owrs.yaml_text import number_in
from meterside.engine.meter_size import canonical_attribute
from meterside.engine.tariff import Lookup, UnsupportedTariff, constant

T = TypeVar("T")

_FRACTION = re.compile(r'\d+/\d+"?')


def is_table(value: Any) -> bool:
    """Whether a value depends on attributes."""
    return isinstance(value, Mapping)


def read_value(value: Any, path: str, convert: Callable[[Any, str], T]) -> Lookup[T]:
    """A value or a table of values, each read by ``convert``. Raises ``UnsupportedTariff``."""
    if not is_table(value):
        return constant(convert(value, path))
    unknown = set(value) - {"depends_on", "values"}
    if unknown or "values" not in value or "depends_on" not in value:
        raise UnsupportedTariff(path, "is a table without depends_on and values alone")
    by = _names(value["depends_on"], path)
    values = value["values"]
    if not isinstance(values, Mapping) or not values:
        raise UnsupportedTariff(f"{path}.values", "is no table of cases")
    cases = tuple(
        (_key(by, key, path), convert(item, f"{path}.values.{key}")) for key, item in values.items()
    )
    try:
        return Lookup(by, cases)
    except ValueError as error:
        raise UnsupportedTariff(f"{path}.values", str(error)) from error


def _names(depends_on: Any, path: str) -> tuple[str, ...]:
    """Attribute names: OWRS writes one name, or a list of them."""
    names = [depends_on] if isinstance(depends_on, str) else depends_on
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise UnsupportedTariff(f"{path}.depends_on", "names no attribute")
    return tuple(names)


def _key(by: tuple[str, ...], key: str, path: str) -> tuple[str, ...]:
    """The parts of a joined key. ``1|1/2"`` is one size, though ``|`` joins the parts of a key too."""
    parts: list[str] = []
    for piece in key.split("|"):
        if parts and _FRACTION.fullmatch(piece.strip()) and parts[-1].strip().isdigit():
            parts[-1] = f"{parts[-1].strip()} {piece.strip()}"
        else:
            parts.append(piece.strip())
    if len(parts) != len(by):
        raise UnsupportedTariff(f"{path}.values.{key}", f"has {len(parts)} parts for {len(by)} attributes")
    return tuple(canonical_attribute(name, part) for name, part in zip(by, parts, strict=True))


def plain_number(value: Any, path: str) -> Decimal:
    """A number; a list of one number is that number."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    number = number_in(value)
    if number is None:
        raise UnsupportedTariff(path, f"{_said(value)} is no plain number")
    return number


def plain_numbers(value: Any, path: str) -> tuple[Decimal, ...]:
    """A list of numbers."""
    if not isinstance(value, list) or not value:
        raise UnsupportedTariff(path, f"{_said(value)} is no list of numbers")
    return tuple(plain_number(item, f"{path}[{index}]") for index, item in enumerate(value))


def tier_widths(value: Any, path: str) -> tuple[Decimal, ...]:
    """Widths from OWRS tier starts, which name the first whole unit billed at each price.

    Starts 0, 13, 21 mean 12 units, then 8, then the rest. A start that is no whole unit does not
    tell where the tier before it ends, and is refused.
    """
    starts = plain_numbers(value, path)
    if starts[0] not in (0, 1):
        raise UnsupportedTariff(f"{path}[0]", f"{starts[0]}: the first tier must start at 0 or 1")
    ends = []
    for index, start in enumerate(starts[1:], start=1):
        if start != start.to_integral_value():
            raise UnsupportedTariff(
                f"{path}[{index}]", f"{start} is no whole unit; where tiers end is unknown"
            )
        ends.append(start - 1)
    widths = [after - before for before, after in zip([Decimal(0), *ends], ends, strict=False)]
    if any(width <= 0 for width in widths):
        raise UnsupportedTariff(path, "tier starts do not rise")
    return tuple(widths)


def scaled(table: Lookup[Decimal], factor: Decimal) -> Lookup[Decimal]:
    """The table with every value times a factor."""
    if factor == 1:
        return table
    return Lookup(table.by, tuple((key, value * factor) for key, value in table.cases))


def _said(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "...")
