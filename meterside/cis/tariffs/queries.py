"""Reads of tariffs, as the engine wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from meterside.engine.tariff.document import tariff_from_dict
from meterside.engine.tariff.model import Tariff as EngineTariff

from .models import TariffVersion

# Versions are never edited, so what was read once holds; the key is the set of versions.
_parsed: dict[tuple[str, ...], EngineTariff] = {}


def engine_tariffs(tariff_ids: Sequence[int]) -> Mapping[int, EngineTariff]:
    """The tariffs of these keys, each with all its versions in order."""
    versions: dict[int, list[tuple[str, TariffVersion]]] = {}
    rows = TariffVersion.objects.filter(tariff_id__in=tariff_ids).order_by("tariff_id", "during")
    for row in rows:
        versions.setdefault(row.tariff_id, []).append((row.document_sha256, row))
    return {tariff_id: _joined(rows_of) for tariff_id, rows_of in versions.items()}


def _joined(rows: list[tuple[str, TariffVersion]]) -> EngineTariff:
    key = tuple(digest for digest, _ in rows)
    if key not in _parsed:
        parts = [tariff_from_dict(row.document) for _, row in rows]
        _parsed[key] = replace(parts[-1], versions=tuple(part.versions[0] for part in parts))
    return _parsed[key]
