"""The columns of a route file, in both of its shapes: names in the CSV, widths in the fixed one."""

from __future__ import annotations

from typing import NamedTuple

MARK = "MSROUTE1"
"""What the fixed-width file begins with."""
END = "end"
"""The last row says how many rows there are: a file without it was cut off."""


class Column(NamedTuple):
    """One column; numbers are set right in the fixed shape."""

    name: str
    width: int
    is_number: bool = False


COLUMNS = (
    Column("route", 16),
    Column("day", 10),
    Column("sequence", 7, True),
    Column("meter", 24),
    Column("register", 12),
    Column("commodity", 8),
    Column("unit", 6),
    Column("units_per_count", 7, True),
    Column("dials", 2, True),
    Column("last", 12, True),
    Column("low", 12, True),
    Column("high", 12, True),
    Column("address", 40),
    Column("note", 60),
    Column("read", 12, True),
    Column("read_time", 16),
    Column("trouble", 4),
)
NAMES = tuple(column.name for column in COLUMNS)
LINE_CHARS = sum(column.width for column in COLUMNS)


def fixed_line(fields: dict[str, str]) -> str:
    """One fixed-width line; text is cut to its column. Raises ValueError for a number that does not fit."""
    parts = []
    for column in COLUMNS:
        text = fields.get(column.name, "")
        if column.is_number and len(text) > column.width:
            raise ValueError(f"{column.name} does not fit {column.width} places: {text}")
        text = text[: column.width]
        parts.append(text.rjust(column.width) if column.is_number else text.ljust(column.width))
    return "".join(parts)


def fields_of(line: str) -> dict[str, str]:
    """The fields of a fixed-width line."""
    fields, at = {}, 0
    for column in COLUMNS:
        fields[column.name] = line[at : at + column.width].strip()
        at += column.width
    return fields
