"""What keeps an account from its bill until somebody decides, and the tolerances that say when."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.registry.models import Account

from ..lifecycles import EXCEPTION, UNDECIDED, ExceptionStatus
from .runs import BillRun

#: Kinds that a tolerance switches on; all others are found always, for they cannot be billed at all.
TOLERANCE_KINDS = ("first_bill", "high", "inactive_use", "low", "negative", "zero")


class BillTolerance(models.Model):
    """When a bill is looked at before it is issued, by kind, service and customer class, for a time.

    An empty `service` or `customer_class` stands for all of them; the row that names more of the two counts.
    `percent` is of the use a day that was expected (high: above it, low: below it). `least_units` is how much the
    use must differ over the whole period, in the meter's least unit, before anybody is bothered.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    service = models.TextField(default="")
    customer_class = models.TextField(default="")
    during = DateRangeField()
    percent = models.PositiveIntegerField(null=True)
    least_units = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TOLERANCE_KINDS), name="billing_tolerance_kind"),
            models.CheckConstraint(
                condition=Q(kind="high", percent__gt=100)
                | Q(kind="low", percent__lt=100, percent__isnull=False)
                | Q(kind__in=["first_bill", "inactive_use", "negative", "zero"], percent__isnull=True),
                name="billing_tolerance_percent",
            ),
            ExclusionConstraint(
                name="billing_tolerance_once",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("service", RangeOperators.EQUAL),
                    ("customer_class", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class BillException(models.Model):
    """Why an account of a run waits for somebody: nothing is guessed, nothing is lost.

    `kind` is a stable word, `detail` an English sentence for logs, `facts` the numbers a page says it with. What
    is accepted is what `fingerprint` names: where the use has changed since, it is asked again. `run` is None
    for a bill off the cycle.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(BillRun, null=True, on_delete=models.PROTECT, related_name="exceptions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="bill_exceptions")
    agreement = models.ForeignKey(ServiceAgreement, null=True, on_delete=models.PROTECT)
    kind = models.TextField()
    detail = models.TextField()
    facts = models.JSONField(default=dict)
    fingerprint = models.TextField(default="")
    status = models.TextField(default=ExceptionStatus.OPEN.value)
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(status__in=UNDECIDED), name="billing_exception_queue"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "account", "agreement", "kind"],
                condition=Q(status__in=UNDECIDED),
                nulls_distinct=False,
                name="billing_exception_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNDECIDED, resolved_at__isnull=True)
                | Q(
                    status__in=sorted(map(str, EXCEPTION.statuses - set(UNDECIDED))),
                    resolved_at__isnull=False,
                ),
                name="billing_exception_resolved",
            ),
        ]


class BillExceptionStep(models.Model):
    """One move of an exception: from which status to which, when, by whom, and why."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    exception = models.ForeignKey(BillException, on_delete=models.PROTECT, related_name="steps")
    status_from = models.TextField()
    status_to = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField(default="")
