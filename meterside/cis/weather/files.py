"""Daily temperatures from CSV, such as weather services publish: a day, its lowest, its highest temperature."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from meterside.engine.weather import DayTemperature, TemperatureUnit

#: The columns, by the names services give them, in small letters.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("date", "day"),
    "low": ("tmin", "min", "low"),
    "high": ("tmax", "max", "high"),
}
_STATION = "station"
_MOST_ROWS = 100_000
#: What no station on earth has measured is a mistake in the file: another unit, or tenths.
_COLDEST, _HOTTEST = (
    {TemperatureUnit.FAHRENHEIT: -130, TemperatureUnit.CELSIUS: -90},
    {TemperatureUnit.FAHRENHEIT: 135, TemperatureUnit.CELSIUS: 57},
)


class BadTemperatures(ValueError):
    """The file is held; the message names the line and says why."""


def read_temperatures(
    lines: Sequence[str], *, degrees: TemperatureUnit, station: str, today: date
) -> tuple[dict[date, DayTemperature], int]:
    """The days of a file, and how many of its rows had no temperature. Raises BadTemperatures; nothing is guessed.

    A column `station` chooses the rows of this one; without it all rows are the station's.
    """
    rows = csv.reader(lines)
    head = [name.strip().casefold() for name in next(rows, [])]
    places = {key: _place(head, names) for key, names in _COLUMNS.items()}
    at_station = head.index(_STATION) if _STATION in head else None
    found: dict[date, DayTemperature] = {}
    n_empty = 0
    for number, row in _numbered(rows):
        if at_station is not None and _cell(row, at_station) != station:
            continue
        low, high = _cell(row, places["low"]), _cell(row, places["high"])
        if not low or not high:
            n_empty += 1
            continue
        day = _day(_cell(row, places["day"]), number, today)
        own = DayTemperature(_tenths(low, number, degrees), _tenths(high, number, degrees))
        if own.min_tenths > own.max_tenths:
            raise BadTemperatures(f"line {number}: the lowest, {low}, is above the highest, {high}")
        if found.setdefault(day, own) != own:
            raise BadTemperatures(f"line {number}: {day} is there before, with other temperatures")
    if not found:
        raise BadTemperatures(f"no day of station {station} in it")
    return found, n_empty


def _place(head: Sequence[str], names: Sequence[str]) -> int:
    for name in names:
        if name in head:
            return head.index(name)
    raise BadTemperatures(f"line 1: no column {' or '.join(names)}")


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, start=2):
        if number > _MOST_ROWS:
            raise BadTemperatures(f"more than {_MOST_ROWS} lines")
        if any(cell.strip() for cell in row):
            yield number, row


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _day(text: str, number: int, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadTemperatures(f"line {number}: {text!r} is no day; write 2025-01-31") from error
    if day >= today:
        raise BadTemperatures(f"line {number}: {day} is not over yet")
    return day


def _tenths(text: str, number: int, degrees: TemperatureUnit) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise BadTemperatures(f"line {number}: {text!r} is no temperature") from error
    if not value.is_finite() or not _COLDEST[degrees] <= value <= _HOTTEST[degrees]:
        raise BadTemperatures(f"line {number}: {text} °{degrees.value} was never measured on earth")
    tenths = value * 10
    if tenths != int(tenths):
        raise BadTemperatures(f"line {number}: {text} is finer than a tenth of a degree")
    return int(tenths)
