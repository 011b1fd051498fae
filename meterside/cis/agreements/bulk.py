"""Many service agreements at once, by COPY: as `operations.start_agreement` makes them, for a town at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.kit import clock
from meterside.kit.sql import copy_in, insert_columns, next_keys
from meterside.spine import audit

from .models import AgreementCharacteristic, AgreementServicePoint, AgreementTariff, ServiceAgreement


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgreement:
    """An agreement to start; `service_point_ids` are the metered points it adds up."""

    account_id: int
    premise_id: int
    service: str
    tariff_id: int
    starts_on: date
    service_point_ids: tuple[int, ...] = ()
    characteristics: Mapping[str, str] = field(default_factory=dict)
    evidence: str = "application"


@transaction.atomic
def start_agreements(agreements: Sequence[NewAgreement]) -> list[int]:
    """Start many agreements; returns their keys in order. The batch leaves one line in the audit.

    Raises IntegrityError when a point serves another agreement of its service at that time.
    """
    now = clock.now()
    keys = next_keys(ServiceAgreement, len(agreements))
    rows = list(zip(keys, agreements, strict=True))
    insert_columns(
        ServiceAgreement,
        {
            "id": ("bigint", keys),
            "public_id": ("uuid", [uuid4() for _ in keys]),
            "account_id": ("bigint", [one.account_id for one in agreements]),
            "premise_id": ("bigint", [one.premise_id for one in agreements]),
            "service": ("text", [one.service for one in agreements]),
            "during": ("daterange", [_since(one) for one in agreements]),
        },
    )
    copy_in(
        AgreementServicePoint,
        ("agreement_id", "service_point_id", "service", "use", "during"),
        [
            (key, point, one.service, "add", _since(one))
            for key, one in rows
            for point in one.service_point_ids
        ],
    )
    copy_in(
        AgreementTariff,
        ("agreement_id", "tariff_id", "during"),
        [(key, one.tariff_id, _since(one)) for key, one in rows],
    )
    copy_in(
        AgreementCharacteristic,
        ("agreement_id", "code", "value", "evidence", "during", "recorded_at"),
        [
            (key, code, value, one.evidence, _since(one), now)
            for key, one in rows
            for code, value in one.characteristics.items()
        ],
    )
    audit.record(action="agreements.started", subject_type="batch", subject_id="", count=len(keys))
    return keys


def _since(agreement: NewAgreement) -> DateRange:
    return DateRange(agreement.starts_on, None)
