"""Parts of a tariff in document form: JSON-safe, fields at their defaults left out."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.engine.terms.given import Given
from meterside.engine.terms.lookup import Lookup


def changed(item: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults, in document form."""
    data: dict[str, Any] = {}
    for entry in fields(item):
        value = getattr(item, entry.name)
        if not entry.init or entry.name in skip or (entry.default is not MISSING and value == entry.default):
            continue
        data[entry.name] = document_value(value)
    return data


def document_value(value: Any) -> Any:
    """One value: decimals as text, days ISO 8601, tables as lists of cases, dataclasses as objects."""
    if isinstance(value, str | int):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [document_value(item) for item in value]
    if isinstance(value, Lookup):
        if value.is_constant:
            return document_value(value.cases[0][1])
        cases = [["|".join(key), document_value(item)] for key, item in value.cases]
        return {"by": list(value.by), "cases": cases}
    if isinstance(value, Given) and value.default is None:
        return value.name
    return changed(value)


def month_day_text(month_day: tuple[int, int]) -> str:
    """A day of the year as ``06-01``."""
    return "{:02d}-{:02d}".format(*month_day)
