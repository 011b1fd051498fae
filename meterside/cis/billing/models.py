"""Bills: cycles and runs, bill segments with frozen inputs, and the bill that gathers them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.registry.models import Account


class BillCycle(models.Model):
    """A group of accounts read and billed together; `read_day` is the usual day of the month."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    read_day = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(read_day__gte=1) & Q(read_day__lte=28), name="billing_cycle_read_day"
            )
        ]


class BillRun(models.Model):
    """One billing of one cycle for one window. It can be stopped and run again: a bill is made once."""

    id = models.BigAutoField(primary_key=True)
    cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT, related_name="runs")
    window = DateRangeField()
    bill_date = models.DateField()
    due_date = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    n_accounts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="billing_run_once",
                expressions=[("cycle", RangeOperators.EQUAL), ("window", RangeOperators.OVERLAPS)],
            )
        ]


class Bill(models.Model):
    """What an account owes and why. Numbers are unique and never used again; gaps are fine.

    `statement` is everything the page and the PDF print, frozen when the bill was issued.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="bills")
    run = models.ForeignKey(BillRun, null=True, on_delete=models.PROTECT, related_name="bills")
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
    statement = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["account", "-bill_date", "-id"], name="billing_bill_account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["issued", "cancelled"]), name="billing_bill_status"
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


class BillHold(models.Model):
    """An account a run could not bill, and why: nothing is guessed, nothing is lost."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="holds")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="bill_holds")
    agreement = models.ForeignKey(ServiceAgreement, null=True, on_delete=models.PROTECT)
    reason = models.TextField()
    detail = models.TextField()
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "account", "agreement", "reason"],
                condition=Q(resolved_at__isnull=True),
                nulls_distinct=False,
                name="billing_hold_once",
            )
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
