"""Keeping tariffs: each version's document is stored as the engine priced it, and never edited."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.engine.tariff.document import tariff_to_dict
from meterside.engine.tariff.model import Tariff as EngineTariff
from meterside.kit import clock
from meterside.spine import audit

from .models import Tariff, TariffVersion


class VersionConflict(Exception):
    """A version with other content is in force at that time already; end it first."""


@transaction.atomic
def store_tariff(tariff: EngineTariff) -> Tariff:
    """Keep a tariff with all its versions. The same content again changes nothing.

    Raises VersionConflict when a stored version overlaps one of these with other content.
    """
    row, _ = Tariff.objects.get_or_create(
        code=tariff.code,
        defaults={
            "name": tariff.name,
            "name_es": tariff.name_es,
            "utility": tariff.utility,
            "commodity": tariff.commodity,
            "source_url": tariff.source_url,
        },
    )
    for version in tariff.versions:
        document = tariff_to_dict(replace(tariff, versions=(version,)))
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        overlapping = list(
            row.versions.filter(during__overlap=_range(version.effective_from, version.effective_to))
        )
        if any(known.document_sha256 != digest for known in overlapping):
            raise VersionConflict(f"{tariff.code} from {version.effective_from}")
        if overlapping:
            continue
        kept = TariffVersion.objects.create(
            tariff=row,
            during=_range(version.effective_from, version.effective_to),
            document=document,
            document_sha256=digest,
            published_at=clock.now(),
        )
        audit.record(
            action="tariff.stored",
            subject_type="tariff_version",
            subject_id=kept.pk,
            code=tariff.code,
            effective_from=version.effective_from.isoformat(),
        )
    return row


def _range(start: date, end: date | None) -> DateRange:
    return DateRange(start, end, "[)")
