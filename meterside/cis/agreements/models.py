"""Service agreements: one account, one service, at one premise, on a dated tariff."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from meterside.cis.registry.models import Account, Premise, ServicePoint
from meterside.cis.tariffs.models import Tariff


class ServiceAgreement(models.Model):
    """What an account takes at a premise, for a time (CIM: CustomerAgreement)."""

    walled_by_key = "account_id"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="agreements")
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT, related_name="agreements")
    service = models.TextField()
    during = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    service__in=["electric", "water", "gas", "sewer", "refuse", "stormwater", "light"]
                ),
                name="agreements_service",
            )
        ]


class AgreementServicePoint(models.Model):
    """A dated link to a service point and its use: sewer hangs on the water meter, a deduct meter subtracts.

    A point may serve several services, but one service and use at a point belongs to one agreement at a time.
    """

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(ServiceAgreement, on_delete=models.PROTECT, related_name="points")
    service_point = models.ForeignKey(ServicePoint, on_delete=models.PROTECT, related_name="agreement_links")
    service = models.TextField()
    use = models.TextField(default="add")
    during = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(use__in=["add", "subtract", "check"]), name="agreements_point_use"
            ),
            ExclusionConstraint(
                name="agreements_point_once",
                expressions=[
                    ("service_point", RangeOperators.EQUAL),
                    ("service", RangeOperators.EQUAL),
                    ("use", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class AgreementTariff(models.Model):
    """The tariff an agreement is on, for a time."""

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(ServiceAgreement, on_delete=models.PROTECT, related_name="tariffs")
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="agreements")
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agreements_tariff_once",
                expressions=[("agreement", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]


class AgreementCharacteristic(models.Model):
    """A dated fact that rates ask for: meter size, dwelling units, area units, carts, contract demand..."""

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(ServiceAgreement, on_delete=models.PROTECT, related_name="characteristics")
    code = models.TextField()
    value = models.TextField()
    evidence = models.TextField()
    during = DateRangeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agreements_characteristic_once",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            )
        ]
