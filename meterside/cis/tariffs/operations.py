"""Keeping tariffs: each version's document is stored as the engine priced it, and never edited.

What is here puts versions in as they stood, when a tariff is first set up. A version that follows goes the way of
`life`: drafted, proposed with its day, approved by a second person.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.engine.tariff.document import tariff_to_dict
from meterside.engine.tariff.model import Tariff as EngineTariff
from meterside.engine.tariff.model import TariffVersion as EngineVersion
from meterside.kit import clock
from meterside.spine import actor, audit

from .lifecycles import VersionStatus
from .models import Tariff, TariffVersion, TariffVersionStep


class VersionConflict(Exception):
    """A version with other content is in force at that time already; end it first."""


@transaction.atomic
def store_tariff(tariff: EngineTariff) -> Tariff:
    """Put a tariff in with all its versions, published as they are. The same content again changes nothing.

    This only ever fills days that have no version: it changes nothing that prices bills. Raises VersionConflict
    when a published version overlaps one of these with other content.
    """
    row = tariff_row(tariff)
    for version in tariff.versions:
        document, digest = version_document(tariff, version)
        published = row.versions.filter(status=VersionStatus.PUBLISHED)
        # One that was ended since by a later version is still the same one.
        if published.filter(document_sha256=digest, during__startswith=version.effective_from).exists():
            continue
        during = date_range(version.effective_from, version.effective_to)
        if published.filter(during__overlap=during).exists():
            raise VersionConflict(f"{tariff.code} from {version.effective_from}")
        _install(row, document, digest, during)
    return row


def _install(row: Tariff, document: object, digest: str, during: DateRange) -> None:
    now, who = clock.now(), str(actor.current())
    kept = TariffVersion.objects.create(
        tariff=row,
        during=during,
        document=document,
        document_sha256=digest,
        created_at=now,
        created_by=who,
        is_installed=True,
    )
    kept.status = VersionStatus.PUBLISHED.value
    kept.published_at, kept.published_by = now, who
    kept.published_on = clock.today(settings.UTILITY.zone)
    kept.save(update_fields=["status", "published_at", "published_on", "published_by"])
    TariffVersionStep.objects.bulk_create(
        TariffVersionStep(version=kept, status_from=before, status_to=after, at=now, by=who)
        for before, after in (("", VersionStatus.DRAFT), (VersionStatus.DRAFT, VersionStatus.PUBLISHED))
    )
    audit.record(
        action="tariff.stored",
        subject_type="tariff_version",
        subject_id=kept.pk,
        code=row.code,
        effective_from=during.lower.isoformat(),
    )


def tariff_row(tariff: EngineTariff) -> Tariff:
    """The row of that code; made from the tariff where there is none."""
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
    return row


def version_document(tariff: EngineTariff, version: EngineVersion) -> tuple[dict[str, object], str]:
    """The document of a tariff with one version alone, and its digest."""
    document = tariff_to_dict(replace(tariff, versions=(version,)))
    return document, hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def date_range(start: date, end: date | None) -> DateRange:
    """A half-open range of days."""
    return DateRange(start, end, "[)")
