"""Cycles, and runs with their steps and chunks."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from meterside.cis.registry.models import Account

from ..lifecycles import RUN, RunStatus


class BillCycle(models.Model):
    """A group of accounts read and billed together; `read_day` is the usual day of the month.

    A read up to `window_before_days` before that day and `window_after_days` after it counts for it. Bills are dated
    `bill_after_days` after it, or on the next day the office is open.
    """

    code = models.TextField(primary_key=True)
    name = models.TextField()
    read_day = models.PositiveSmallIntegerField()
    window_before_days = models.PositiveSmallIntegerField(default=0)
    window_after_days = models.PositiveSmallIntegerField(default=0)
    bill_after_days = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(window_before_days__lte=10, window_after_days__lte=10, bill_after_days__lte=20),
                name="billing_cycle_window",
            ),
            models.CheckConstraint(
                condition=Q(read_day__gte=1) & Q(read_day__lte=28), name="billing_cycle_read_day"
            ),
        ]


class BillRun(models.Model):
    """One billing of one cycle for one window. It can be stopped and run again: a bill is made once.

    `status` moves along `lifecycles.RUN`; each move leaves a BillRunStep. `approved_by` is who said yes to what
    the run was priced at; pricing it again takes that back.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT, related_name="runs")
    window = DateRangeField()
    bill_date = models.DateField()
    due_date = models.DateField()
    status = models.TextField(default=RunStatus.OPEN.value)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(default="")
    n_accounts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="billing_run_once",
                expressions=[("cycle", RangeOperators.EQUAL), ("window", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, RUN.statuses))), name="billing_run_status"
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by="")
                | (Q(approved_at__isnull=False) & ~Q(approved_by="")),
                name="billing_run_approved_by_somebody",
            ),
        ]


class BillRunStep(models.Model):
    """One move of a run: from which status to which, when, by whom, and why. `status_from` is empty at first."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="steps")
    status_from = models.TextField()
    status_to = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField(default="")


class BillRunChunk(models.Model):
    """Some accounts of a run, billed (or priced) in one transaction together with the note that it is done.

    `number` counts the chunks of a run; one that is planned later, for accounts that were held, comes behind.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="chunks")
    kind = models.TextField()
    number = models.PositiveIntegerField()
    account_ids = ArrayField(models.BigIntegerField())
    n_accounts = models.PositiveIntegerField()
    n_billed = models.PositiveIntegerField(default=0)
    n_held = models.PositiveIntegerField(default=0)
    n_skipped = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="billing_chunk_once"),
            models.CheckConstraint(condition=Q(kind__in=["bill", "price"]), name="billing_chunk_kind"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True)
                | Q(n_accounts=F("n_billed") + F("n_held") + F("n_skipped")),
                name="billing_chunk_adds_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "number"], condition=Q(done_at__isnull=True), name="billing_chunk_waiting"
            )
        ]


class BillRunPrice(models.Model):
    """What a dry run priced an account at. Nothing was issued. Pricing the run again replaces it.

    `last_charges_cents` is None where there is no bill to compare with; `problems` are the kinds of exceptions the
    account would wait for, `charges_cents` is None where it could not be priced.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.CASCADE, related_name="prices")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    charges_cents = models.BigIntegerField(null=True)
    last_charges_cents = models.BigIntegerField(null=True)
    problems = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "account"], name="billing_price_once"),
        ]
