"""Reads of tariffs, as the engine wants them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from meterside.engine.period import Period
from meterside.engine.series import DatedSeries, series_of_periods
from meterside.engine.tariff.document import tariff_from_dict
from meterside.engine.tariff.model import Tariff as EngineTariff
from meterside.engine.tariff.model import TariffVersion as EngineVersion

from .lifecycles import VersionStatus
from .models import FactorValue, TariffVersion

# Documents are never edited, so what was read once holds; the key is the versions with their days.
_Key = tuple[tuple[str, date, date | None], ...]
_parsed: dict[_Key, EngineTariff] = {}


def engine_tariffs(tariff_ids: Sequence[int]) -> Mapping[int, EngineTariff]:
    """The tariffs of these keys, each with all its published versions in order."""
    versions: dict[int, list[TariffVersion]] = {}
    rows = TariffVersion.objects.filter(tariff_id__in=tariff_ids, status=VersionStatus.PUBLISHED)
    for row in rows.order_by("tariff_id", "during"):
        versions.setdefault(row.tariff_id, []).append(row)
    return {tariff_id: _joined(rows_of) for tariff_id, rows_of in versions.items()}


def engine_tariff(version: TariffVersion) -> EngineTariff:
    """A tariff with this version alone, in force when its row says, whatever its status."""
    return _joined([version])


def engine_version(version: TariffVersion) -> EngineVersion:
    """One version as the engine has it, in force when its row says."""
    return engine_tariff(version).versions[0]


def _joined(rows: list[TariffVersion]) -> EngineTariff:
    """What a tariff says once (its name, what it is for) is said by its first version."""
    return tariff_of_documents(
        [(row.document_sha256, row.during.lower, row.during.upper, row.document) for row in rows]
    )


def tariff_of_documents(
    rows: Sequence[tuple[str, date, date | None, Mapping[str, Any]]],
) -> EngineTariff:
    """One tariff from its versions in order, each as (hash of its document, first day, end, document)."""
    key = tuple((digest, start, end) for digest, start, end, _ in rows)
    if key not in _parsed:
        parts = [tariff_from_dict(dict(document)) for _, _, _, document in rows]
        versions = [
            replace(part.versions[0], effective_from=start, effective_to=end)
            for part, (_, start, end, _) in zip(parts, rows, strict=True)
        ]
        _parsed[key] = replace(parts[0], versions=tuple(versions))
    return _parsed[key]


def dated_series(codes: Collection[str]) -> Mapping[str, DatedSeries]:
    """The series of these codes with all their values, by code; those without a value are left out."""
    periods: dict[str, list[tuple[Period, Decimal]]] = {}
    rows = FactorValue.objects.filter(series__code__in=codes).order_by("series__code", "during")
    for code, during, value in rows.values_list("series__code", "during", "value"):
        periods.setdefault(code, []).append((Period(during.lower, during.upper), plain_decimal(value)))
    return {code: series_of_periods(code, found) for code, found in periods.items()}


@dataclass(frozen=True, slots=True)
class SeriesNow:
    """A series as the list shows it: the value of today, and how many proposals wait."""

    public_id: UUID
    code: str
    name: str
    unit: str
    value: Decimal | None
    since: date | None
    next_since: date | None
    n_waiting: int


_SERIES = """
    SELECT s.public_id, s.code, s.name, s.unit, v.value, lower(v.during),
           (SELECT min(lower(during)) FROM cis_tariffs_factorvalue
             WHERE series_id = s.id AND lower(during) > %(today)s),
           (SELECT count(*) FROM cis_tariffs_factorproposal WHERE series_id = s.id AND status = 'proposed')
      FROM cis_tariffs_factorseries s
      LEFT JOIN cis_tariffs_factorvalue v ON v.series_id = s.id AND v.during @> %(today)s
     ORDER BY s.code
"""


def series_now(*, today: date) -> tuple[SeriesNow, ...]:
    """Every series, by its code."""
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, {"today": today})
        rows = [
            (*row[:4], None if row[4] is None else plain_decimal(row[4]), *row[5:])
            for row in cursor.fetchall()
        ]
    return tuple(SeriesNow(*row) for row in rows)


def referring_tariffs() -> dict[str, tuple[tuple[UUID, str], ...]]:
    """Which tariffs refer to a series, by its code: in any version that prices bills, or is asked to."""
    found: dict[str, dict[UUID, str]] = {}
    rows = TariffVersion.objects.filter(status__in=(VersionStatus.PUBLISHED, VersionStatus.PROPOSED))
    for row in rows.select_related("tariff").order_by("tariff__code"):
        for name in engine_version(row).series_named():
            found.setdefault(name, {})[row.tariff.public_id] = row.tariff.code
    return {name: tuple(users.items()) for name, users in found.items()}


def plain_decimal(value: Decimal) -> Decimal:
    """The same number without the zeros its column fills it up with: 0.823, not 0.823000000."""
    return Decimal(f"{value.normalize():f}")
