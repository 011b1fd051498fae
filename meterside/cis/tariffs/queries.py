"""Reads of tariffs, as the engine wants them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from meterside.engine.period import Period
from meterside.engine.series import DatedSeries, series_of_periods
from meterside.engine.tariff.document import tariff_from_dict
from meterside.engine.tariff.model import Tariff as EngineTariff

from .models import FactorValue, TariffVersion

# Versions are never edited, so what was read once holds; the key is the set of versions.
_parsed: dict[tuple[str, ...], EngineTariff] = {}


def engine_tariffs(tariff_ids: Sequence[int]) -> Mapping[int, EngineTariff]:
    """The tariffs of these keys, each with all its versions in order."""
    versions: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}
    rows = TariffVersion.objects.filter(tariff_id__in=tariff_ids).order_by("tariff_id", "during")
    for row in rows:
        versions.setdefault(row.tariff_id, []).append((row.document_sha256, row.document))
    return {tariff_id: tariff_of_documents(rows_of) for tariff_id, rows_of in versions.items()}


def tariff_of_documents(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> EngineTariff:
    """One tariff from its versions in order, each as (hash of its document, document)."""
    key = tuple(digest for digest, _ in rows)
    if key not in _parsed:
        parts = [tariff_from_dict(dict(document)) for _, document in rows]
        _parsed[key] = replace(parts[-1], versions=tuple(part.versions[0] for part in parts))
    return _parsed[key]


def dated_series(codes: Collection[str]) -> Mapping[str, DatedSeries]:
    """The series of these codes with all their values, by code; those without a value are left out."""
    periods: dict[str, list[tuple[Period, Decimal]]] = {}
    rows = FactorValue.objects.filter(series__code__in=codes).order_by("series__code", "during")
    for code, during, value in rows.values_list("series__code", "during", "value"):
        periods.setdefault(code, []).append((Period(during.lower, during.upper), plain_decimal(value)))
    return {code: series_of_periods(code, found) for code, found in periods.items()}


def plain_decimal(value: Decimal) -> Decimal:
    """The same number without the zeros its column fills it up with: 0.823, not 0.823000000."""
    return Decimal(f"{value.normalize():f}")
