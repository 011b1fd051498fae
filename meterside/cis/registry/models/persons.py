"""Persons, organisations, and the contact points they gave."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q


class Person(models.Model):
    """A human being or an organisation that can hold roles (CIM: Customer, Organisation)."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.TextField(default="person")
    given_name = models.TextField(default="")
    family_name = models.TextField(default="")
    organisation_name = models.TextField(default="")
    language = models.TextField(default="en")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="person") & ~Q(family_name=""))
                | (Q(kind="organisation") & ~Q(organisation_name="")),
                name="registry_person_named",
            )
        ]

    @property
    def display_name(self) -> str:
        return self.organisation_name or f"{self.given_name} {self.family_name}".strip()


class ContactPoint(models.Model):
    """An e-mail address, telephone number or postal address on file, for a dated time.

    `value_key` is the normalised form that look-ups compare; `value` is as the person wrote it.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_points")
    kind = models.TextField()
    value = models.TextField()
    value_key = models.TextField()
    verified_at = models.DateTimeField(null=True)
    during = DateRangeField()
    origin = models.TextField(default="ours")

    class Meta:
        indexes = [models.Index(fields=["value_key", "kind"], name="registry_contact_value")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["email", "phone", "post"]), name="registry_contact_kind"
            ),
            ExclusionConstraint(
                name="registry_contact_once",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("value_key", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
