"""What happens when reads change after they were billed: the policy, and one correction a bill."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from ..lifecycles import CORRECTION, CorrectionStatus
from .bills import Bill


class MakeGoodPolicy(models.Model):
    """How a bill is put right when its reads have changed, by customer class, for a time.

    An empty `customer_class` stands for all. A difference above `rebill_above_cents` (empty: none is) cancels the
    bill and makes it again; a smaller one comes with the next bill; one below `least_cents` is left. What ended
    more than `back_bill_days` ago (empty: no limit) is not charged any more, but always given back.
    """

    id = models.BigAutoField(primary_key=True)
    customer_class = models.TextField(default="")
    during = DateRangeField()
    rebill_above_cents = models.PositiveBigIntegerField(null=True)
    least_cents = models.PositiveIntegerField(default=1)
    back_bill_days = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="billing_make_good_once",
                expressions=[
                    ("customer_class", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class BillCorrection(models.Model):
    """What a bill should have charged otherwise, gathered from all its reads that have changed: one open a bill.

    `difference_cents` is what the engine prices now less what was charged; `amount_cents` what of it is charged or
    given back, after the back-bill limit. `segments` says it by segment, with use before and after. `replaced_by`
    is the bill made in its place, where it was made again.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="corrections")
    status = models.TextField(default=CorrectionStatus.OPEN.value)
    method = models.TextField()
    difference_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    segments = models.JSONField()
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    reason = models.TextField(default="")
    replaced_by = models.ForeignKey(Bill, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bill"], condition=Q(status="open"), name="billing_correction_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, CORRECTION.statuses))),
                name="billing_correction_status",
            ),
            models.CheckConstraint(
                condition=Q(method__in=["next_bill", "rebill"]), name="billing_correction_method"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True)
                | (~Q(status="open") & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="billing_correction_decided",
            ),
        ]
