"""Premises (CIM: ServiceLocation) and service points (CIM: UsagePoint)."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from .persons import Person


class Premise(models.Model):
    """A place. The keys beside the shown address are the normalised parts that `kit.addresses` makes."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    address_line = models.TextField()
    city = models.TextField()
    state = models.CharField(max_length=2)
    zip5 = models.CharField(max_length=5)
    house_number = models.TextField()
    unit = models.TextField(default="")
    street_key = models.TextField()
    street_core = models.TextField()
    zone = models.TextField()
    latitude_e6 = models.IntegerField(null=True)
    longitude_e6 = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["zip5", "house_number", "street_key", "unit"], name="registry_premise_find"),
            models.Index(fields=["zip5", "street_key", "street_core"], name="registry_premise_street"),
            GinIndex(OpClass(F("street_core"), name="gin_trgm_ops"), name="registry_premise_like"),
        ]


class PersonPremiseRole(models.Model):
    """A person's dated part in a place: its owner, occupant or manager."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="premise_roles")
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT, related_name="person_roles")
    role = models.TextField()
    during = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["owner", "occupant", "manager"]), name="registry_premise_role_kind"
            ),
            ExclusionConstraint(
                name="registry_premise_role_once",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("premise", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class ServicePoint(models.Model):
    """Where one commodity is delivered to a premise."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT, related_name="service_points")
    commodity = models.TextField()
    external_id = models.TextField(default="")
    during = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    commodity__in=["electric", "water", "gas", "sewer", "refuse", "stormwater", "light"]
                ),
                name="registry_service_point_commodity",
            ),
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="registry_service_point_external"
            ),
        ]
