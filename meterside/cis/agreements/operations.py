"""Writes to service agreements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.registry.models import Account, Premise, ServicePoint
from meterside.cis.tariffs.models import Tariff
from meterside.kit import clock
from meterside.spine import audit

from .models import AgreementCharacteristic, AgreementServicePoint, AgreementTariff, ServiceAgreement


class AgreementAlreadyEnded(Exception):
    """The agreement has an end already."""


@transaction.atomic
def start_agreement(
    *,
    account: Account,
    premise: Premise,
    service: str,
    tariff: Tariff,
    starts_on: date,
    service_points: tuple[ServicePoint, ...] = (),
    characteristics: Mapping[str, str] | None = None,
    evidence: str = "application",
) -> ServiceAgreement:
    """An account takes a service at a premise from a day on, on a tariff.

    `service_points` are the metered points it adds up; unmetered services have none. Raises IntegrityError
    when a point serves another agreement of this service at that time.
    """
    during = DateRange(starts_on, None)
    agreement = ServiceAgreement.objects.create(
        account=account, premise=premise, service=service, during=during
    )
    AgreementServicePoint.objects.bulk_create(
        AgreementServicePoint(agreement=agreement, service_point=point, service=service, during=during)
        for point in service_points
    )
    AgreementTariff.objects.create(agreement=agreement, tariff=tariff, during=during)
    AgreementCharacteristic.objects.bulk_create(
        AgreementCharacteristic(
            agreement=agreement,
            code=code,
            value=value,
            evidence=evidence,
            during=during,
            recorded_at=clock.now(),
        )
        for code, value in (characteristics or {}).items()
    )
    audit.record(
        action="agreement.started", subject_type="agreement", subject_id=agreement.public_id, service=service
    )
    return agreement


@transaction.atomic
def end_agreement(*, agreement: ServiceAgreement, ends_on: date) -> None:
    """End an agreement, and all that hangs on it, before a day. Raises AgreementAlreadyEnded."""
    locked = ServiceAgreement.objects.select_for_update().get(pk=agreement.pk)
    if locked.during.upper is not None:
        raise AgreementAlreadyEnded(str(agreement.public_id))
    ServiceAgreement.objects.filter(pk=agreement.pk).update(during=DateRange(locked.during.lower, ends_on))
    for related in (locked.points, locked.tariffs, locked.characteristics):
        for row in related.filter(during__endswith__isnull=True):
            type(row).objects.filter(pk=row.pk).update(during=DateRange(row.during.lower, ends_on))
    audit.record(action="agreement.ended", subject_type="agreement", subject_id=agreement.public_id)
