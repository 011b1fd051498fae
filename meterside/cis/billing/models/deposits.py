"""Deposits: asked for, held as a liability, bearing interest, and given back."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from meterside.cis.ledger.models import Transaction
from meterside.cis.registry.models import Account

from ..lifecycles import DEPOSIT, DepositStatus

_OPEN = ("asked", "held")


class Deposit(models.Model):
    """A deposit of an account. It is owed like a bill when it is asked for, and held once it is paid.

    An account has one at a time. `basis` says how the amount came about; `times_paid` counts how often it was taken
    as paid, for a payment may come back. Interest is credited up to `interest_until`. `outcome` says how it ended:
    refunded (good history, or by staff), final_bill, cancelled.
    """

    walled_by_key = "account_id"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="deposits")
    status = models.TextField(default=DepositStatus.ASKED.value)
    amount_cents = models.BigIntegerField()
    basis = models.JSONField()
    asked_on = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    reason = models.TextField()
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="deposit")
    paid_on = models.DateField(null=True)
    times_paid = models.PositiveSmallIntegerField(default=0)
    interest_until = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_by = models.TextField(default="")
    ended_reason = models.TextField(default="")
    outcome = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(status__in=_OPEN), name="billing_deposit_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, DEPOSIT.statuses))), name="billing_deposit_status"
            ),
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0) & ~Q(reason=""), name="billing_deposit_some"
            ),
            models.CheckConstraint(
                condition=Q(status="asked", paid_on__isnull=True, interest_until__isnull=True)
                | Q(status="cancelled", paid_on__isnull=True, interest_until__isnull=True)
                | Q(status__in=["held", "returned"], paid_on__isnull=False, interest_until__isnull=False),
                name="billing_deposit_paid",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_OPEN, ended_on__isnull=True, outcome="")
                | Q(status="cancelled", ended_on__isnull=False, outcome="cancelled")
                | Q(status="returned", ended_on__isnull=False, outcome__in=["refunded", "final_bill"]),
                name="billing_deposit_ended",
            ),
        ]


class DepositInterest(models.Model):
    """Interest of a deposit that was credited, for days that are credited once. `lines` say at which rates."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="interest")
    days = DateRangeField()
    amount_cents = models.BigIntegerField()
    lines = models.JSONField()
    transaction = models.OneToOneField(
        Transaction, null=True, on_delete=models.PROTECT, related_name="deposit_interest"
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="billing_interest_once",
                expressions=[("deposit", RangeOperators.EQUAL), ("days", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(amount_cents=0, transaction__isnull=True)
                | Q(amount_cents__gt=0, transaction__isnull=False),
                name="billing_interest_posted",
            ),
            models.CheckConstraint(condition=Q(days__isempty=False), name="billing_interest_some_days"),
        ]
