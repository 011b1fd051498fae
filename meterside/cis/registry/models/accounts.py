"""Accounts: who pays (CIM: CustomerAccount)."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from .persons import Person


class Account(models.Model):
    """One payer. `number` is short, numeric, with a check digit: it is read over telephones."""

    walled_by = "public_id"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=12, unique=True)
    customer_class = models.TextField(default="residential")
    bill_cycle = models.TextField()
    paperless = models.BooleanField(default=False)
    origin = models.TextField(default="ours")
    during = DateRangeField()

    class Meta:
        indexes = [models.Index(fields=["bill_cycle"], name="registry_account_cycle")]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^[0-9]{6,12}$"), name="registry_account_number"
            )
        ]


class AccountAlias(models.Model):
    """An account's number in an older system: still found, never shown as the number."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="aliases")
    system = models.TextField()
    number = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "number"], name="registry_alias_once")]


class PersonAccountRole(models.Model):
    """A person's dated part in an account. Access to history follows this time, never the place."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="account_roles")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="person_roles")
    role = models.TextField()
    during = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["owner", "co_owner", "manager", "guarantor"]),
                name="registry_account_role_kind",
            ),
            ExclusionConstraint(
                name="registry_account_role_once",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("account", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
