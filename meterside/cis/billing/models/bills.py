"""Bills, their segments with frozen inputs, and what rating carries on."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.registry.models import Account

from .runs import BillRun


class Bill(models.Model):
    """What an account owes and why. Numbers are unique and never used again; gaps are fine.

    `statement` is everything the page and the PDF print, frozen when the bill was issued. `kind` says why it was
    made: with its cycle, off the cycle, as the last one of an account, or in place of bills that were cancelled.
    `message_id` is the outbox message that told of it.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True)
    # `billing_bill_account` begins with the account.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="bills", db_index=False)
    run = models.ForeignKey(BillRun, null=True, on_delete=models.PROTECT, related_name="bills")
    kind = models.TextField(default="cycle")
    status = models.TextField(default="issued")
    origin = models.TextField(default="ours")
    bill_date = models.DateField()
    due_date = models.DateField()
    late_date = models.DateField(null=True)
    previous_balance_cents = models.BigIntegerField()
    payments_cents = models.BigIntegerField()
    adjustments_cents = models.BigIntegerField()
    current_charges_cents = models.BigIntegerField()
    total_due_cents = models.BigIntegerField()
    amount_after_late_cents = models.BigIntegerField(null=True)
    issued_at = models.DateTimeField()
    message_id = models.UUIDField(null=True)
    statement = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-bill_date", "-id"], name="billing_bill_account"),
            models.Index(
                fields=["late_date", "id"],
                condition=Q(status="issued", late_date__isnull=False),
                name="billing_bill_late",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["issued", "cancelled"]), name="billing_bill_status"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["cycle", "final", "off_cycle", "rebill"]), name="billing_bill_kind"
            ),
            models.CheckConstraint(
                condition=Q(
                    total_due_cents=F("previous_balance_cents")
                    + F("payments_cents")
                    + F("adjustments_cents")
                    + F("current_charges_cents")
                ),
                name="billing_bill_adds_up",
            ),
            models.UniqueConstraint(
                fields=["account", "run"], condition=Q(status="issued"), name="billing_bill_once_a_run"
            ),
        ]


class BillSegment(models.Model):
    """One agreement's charges for one period. It freezes its inputs, so that a re-bill can say what changed."""

    id = models.BigAutoField(primary_key=True)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="segments")
    agreement = models.ForeignKey(ServiceAgreement, on_delete=models.PROTECT, related_name="segments")
    period = DateRangeField()
    status = models.TextField(default="issued")
    tariff_code = models.TextField()
    total_cents = models.BigIntegerField()
    inputs = models.JSONField()
    rated = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["issued", "cancelled"]), name="billing_segment_status"
            ),
            ExclusionConstraint(
                name="billing_segment_once",
                expressions=[("agreement", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
                condition=Q(status="issued"),
            ),
        ]


class RatingStateEntry(models.Model):
    """What rating carries from one period to the next (banks, ratchets, winter average), append-only."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(ServiceAgreement, on_delete=models.PROTECT, related_name="rating_states")
    segment = models.OneToOneField(BillSegment, on_delete=models.PROTECT, related_name="rating_state")
    as_of = models.DateField()
    state = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["agreement", "-as_of", "-id"], name="billing_state_latest")]


class BillCancellation(models.Model):
    """That a bill was cancelled: when, by whom, why, and by which bill it was replaced, if by any.

    A bill is never edited. Its postings are reversed, and what should have been is on a bill of its own.
    """

    append_only = True

    id = models.BigAutoField(primary_key=True)
    bill = models.OneToOneField(Bill, on_delete=models.PROTECT, related_name="cancellation")
    replaced_by = models.ForeignKey(Bill, null=True, on_delete=models.PROTECT, related_name="replaces")
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="billing_cancellation_has_reason"),
        ]
