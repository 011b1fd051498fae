"""Writes to dated series: a value from a day on, said once however often it is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.spine import audit

from .models import FactorSeries, FactorValue
from .queries import plain_decimal

_PLACES: Final = 9
_MOST: Final = Decimal(10) ** 9


class InexactValue(ValueError):
    """A series keeps nine places and is less than a billion; this number would be kept as another one."""


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A value of a series with its days; `until` is the first day it no longer holds, None while it goes on."""

    series: str
    unit: str
    since: date
    until: date | None
    value: Decimal


def check_value(value: Decimal) -> None:
    """Raise InexactValue for a number the series would keep as another one."""
    if not value.is_finite() or abs(value) >= _MOST or value != round(value, _PLACES):
        raise InexactValue(f"{value} is not kept as it is: at most {_PLACES} places, less than {_MOST}")


@transaction.atomic
def set_series_value(
    *, code: str, since: date, value: Decimal, name: str = "", unit: str = ""
) -> tuple[FactorValue, str]:
    """Let a series have a value from a day until its next one; the value before ends there.

    Returns the row and what became of it: "new", "changed" (that day had another value), "unchanged". What was billed
    keeps the value it was billed with. A series that is not there begins with this value. Raises InexactValue.
    """
    check_value(value)
    FactorSeries.objects.get_or_create(code=code, defaults={"name": name or code, "unit": unit})
    series = FactorSeries.objects.select_for_update().get(code=code)
    _describe(series, name=name, unit=unit)
    there = series.values.filter(during__contains=since).first()
    if there is not None and there.during.lower == since:
        if there.value == value:
            return there, "unchanged"
        before, there.value = there.value, value
        there.save(update_fields=["value"])
        _record(there, before=before)
        return there, "changed"
    if there is not None:
        until, there.during = there.during.upper, DateRange(there.during.lower, since)
        there.save(update_fields=["during"])
    else:
        later = series.values.filter(during__startswith__gt=since).order_by("during").first()
        until = later.during.lower if later is not None else None
    kept = FactorValue.objects.create(series=series, during=DateRange(since, until), value=value)
    _record(kept, before=there.value if there is not None else None)
    return kept, "new"


def _describe(series: FactorSeries, *, name: str, unit: str) -> None:
    fields = {"name": name or series.name, "unit": unit or series.unit}
    if (series.name, series.unit) == (fields["name"], fields["unit"]):
        return
    FactorSeries.objects.filter(pk=series.pk).update(**fields)
    audit.record(action="series.described", subject_type="series", subject_id=series.code, **fields)


def _record(row: FactorValue, *, before: Decimal | None) -> None:
    audit.record(
        action="series.set",
        subject_type="series",
        subject_id=row.series.code,
        since=row.during.lower.isoformat(),
        value=str(plain_decimal(row.value)),
        before=None if before is None else str(plain_decimal(before)),
    )


def series_rows(code: str = "") -> list[SeriesRow]:
    """Every value of one series, or of all, in order."""
    rows = FactorValue.objects.select_related("series").order_by("series__code", "during")
    return [
        SeriesRow(
            row.series.code, row.series.unit, row.during.lower, row.during.upper, plain_decimal(row.value)
        )
        for row in (rows.filter(series__code=code) if code else rows)
    ]
