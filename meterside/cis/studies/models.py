"""Comparisons of a tariff's versions over all accounts: what was asked, how far it is, what came out."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from meterside.cis.registry.models import Account
from meterside.cis.tariffs.models import Tariff, TariffVersion

from .lifecycles import STUDY, StudyStatus


class RateComparison(models.Model):
    """What the accounts of a tariff would have paid under `after`, against `before` (None: as they were billed).

    It prices the bills dated `first_day` to `last_day` that stood at `as_of`; which ones
    is kept in its chunks, and `series` keeps the values of dated series that no bill has frozen. So what comes out
    depends on nothing that happens while it is worked.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(TariffVersion, null=True, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(TariffVersion, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    as_of = models.DateTimeField()
    series = models.JSONField(default=list)
    status = models.TextField(default=StudyStatus.RUNNING.value)
    n_accounts = models.PositiveIntegerField(default=0)
    created_by = models.TextField()
    stopped_by = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tariff", "-id"], name="studies_comparison_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, STUDY.statuses))), name="studies_comparison_status"
            ),
            models.CheckConstraint(
                condition=Q(before__isnull=True) | ~Q(before=F("after")), name="studies_comparison_of_two"
            ),
            models.CheckConstraint(
                condition=Q(status="done", finished_at__isnull=False)
                | (~Q(status="done") & Q(finished_at__isnull=True)),
                name="studies_comparison_finished",
            ),
        ]


class ComparisonChunk(models.Model):
    """Some accounts of a comparison with the bill segments to price, done in one transaction.

    `months` is what the accounts that could be priced came to, by month of the bill's date:
    `{"2025-03": [billed, before, after]}` in cents.
    """

    id = models.BigAutoField(primary_key=True)
    comparison = models.ForeignKey(RateComparison, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    account_ids = ArrayField(models.BigIntegerField())
    segment_ids = ArrayField(models.BigIntegerField())
    n_accounts = models.PositiveIntegerField()
    n_priced = models.PositiveIntegerField(default=0)
    n_refused = models.PositiveIntegerField(default=0)
    months = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "number"], name="studies_chunk_once"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(n_accounts=F("n_priced") + F("n_refused")),
                name="studies_chunk_adds_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["comparison", "number"],
                condition=Q(done_at__isnull=True),
                name="studies_chunk_waiting",
            )
        ]


class ComparisonAccount(models.Model):
    """One account of a comparison: its year as billed, before and after; or why it could not be priced.

    `problem` is a kind of `RatingError`, `detail` its words; both are empty where the account was priced.
    """

    id = models.BigAutoField(primary_key=True)
    comparison = models.ForeignKey(RateComparison, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    customer_class = models.TextField()
    n_segments = models.PositiveIntegerField()
    billed_cents = models.BigIntegerField()
    before_cents = models.BigIntegerField(null=True)
    after_cents = models.BigIntegerField(null=True)
    problem = models.TextField(default="")
    detail = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "account"], name="studies_account_once"),
            models.CheckConstraint(
                condition=Q(problem="", before_cents__isnull=False, after_cents__isnull=False)
                | (~Q(problem="") & Q(before_cents__isnull=True, after_cents__isnull=True)),
                name="studies_account_priced_or_not",
            ),
        ]
