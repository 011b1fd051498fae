"""Charges outside the rate: the dated rules for late fees and deposits, late fees as they were charged, waivers."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from meterside.cis.ledger.models import Transaction

from ..lifecycles import LATE_FEE, LateFeeStatus
from .bills import Bill


class ChargePolicy(models.Model):
    """A rule for late fees or for deposits by customer class, for a time; an empty class stands for all.

    `rule` is that table of a policy document (docs/policy-format.md); none says that from then on nothing is asked.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    customer_class = models.TextField(default="")
    during = DateRangeField()
    rule = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["late_fee", "deposit"]), name="billing_charge_policy_kind"
            ),
            ExclusionConstraint(
                name="billing_charge_policy_once",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("customer_class", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class LateFee(models.Model):
    """A late fee on a bill, posted by `transaction`: the `number`-th that stands on it, one of each number.

    `since` is the first day it could be charged, `base_cents` what it was taken of: what was left of the bill when
    the day before ended, or the whole bill. `rule` is the one the bill printed. `taken_back` says why it no longer
    stands: by staff, because the bill was paid in time after all, or with its bill.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="late_fees")
    number = models.PositiveSmallIntegerField()
    status = models.TextField(default=LateFeeStatus.CHARGED.value)
    since = models.DateField()
    charged_on = models.DateField()
    left_cents = models.BigIntegerField()
    base_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    rule = models.JSONField()
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="late_fee")
    charged_at = models.DateTimeField()
    charged_by = models.TextField()
    taken_back = models.TextField(default="")
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.TextField(default="")
    reason = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["bill"], name="billing_late_fee_bill")]
        constraints = [
            models.UniqueConstraint(
                fields=["bill", "number"], condition=Q(status="charged"), name="billing_late_fee_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, LATE_FEE.statuses))), name="billing_late_fee_status"
            ),
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, left_cents__gt=0, number__gt=0), name="billing_late_fee_some"
            ),
            models.CheckConstraint(
                condition=Q(status="charged", reversed_at__isnull=True, taken_back="")
                | Q(
                    status="reversed",
                    reversed_at__isnull=False,
                    taken_back__in=["staff", "paid_in_time", "bill_cancelled"],
                )
                & ~Q(reversed_by="")
                & ~Q(reason=""),
                name="billing_late_fee_reversed",
            ),
        ]


class LateFeeWaiver(models.Model):
    """That no late fee is charged on a bill, said before one was: by whom and why."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    bill = models.OneToOneField(Bill, on_delete=models.PROTECT, related_name="late_fee_waiver")
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="billing_waiver_has_reason"),
        ]
