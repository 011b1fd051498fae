"""Tariffs and the dated series they refer to. The document is the engine's own form, kept as it was priced."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Func, Q

from .lifecycles import PROPOSAL, VERSION, VersionStatus


class Tariff(models.Model):
    """A rate a customer can be on, known by its code."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    code = models.TextField(unique=True)
    name = models.TextField()
    name_es = models.TextField(default="")
    utility = models.TextField()
    commodity = models.TextField()
    source_url = models.TextField(default="")


class TariffVersion(models.Model):
    """One dated version; published versions of a tariff never overlap, and only they price bills.

    `document` is `engine.tariff`'s JSON form of a tariff with this version alone; it never changes. `during` is
    when the version is in force: what its file says while it is a draft, what was asked for once it is proposed.
    `status` moves along `lifecycles.VERSION`; each move leaves a TariffVersionStep. `is_installed` says that no
    second person was asked: it was put into days that had no version, when the tariff was first set up.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    status = models.TextField(default=VersionStatus.DRAFT.value)
    during = DateRangeField()
    document = models.JSONField()
    document_sha256 = models.CharField(max_length=64)
    source = models.TextField(default="")
    source_format = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.TextField()
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.TextField(default="")
    published_at = models.DateTimeField(null=True)
    published_on = models.DateField(null=True)
    published_by = models.TextField(default="")
    withdrawn_on = models.DateField(null=True)
    is_installed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["tariff", "status"], name="tariffs_version_of")]
        constraints = [
            ExclusionConstraint(
                name="tariffs_version_once",
                expressions=[("tariff", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(status="published"),
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, VERSION.statuses))), name="tariffs_version_status"
            ),
            models.CheckConstraint(
                condition=~Q(status="proposed") | (Q(proposed_at__isnull=False) & ~Q(proposed_by="")),
                name="tariffs_version_proposed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | (Q(published_at__isnull=False, published_on__isnull=False) & ~Q(published_by="")),
                name="tariffs_version_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(is_installed=True)
                | (~Q(proposed_by="") & ~Q(published_by=F("proposed_by"))),
                name="tariffs_version_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(is_installed=True)
                | Q(published_on__lt=Func(F("during"), function="lower")),
                name="tariffs_version_published_before_its_day",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(withdrawn_on__isnull=True)
                | Q(withdrawn_on__lt=Func(F("during"), function="lower")),
                name="tariffs_version_withdrawn_before_its_day",
            ),
        ]


class TariffVersionStep(models.Model):
    """One move of a version: from which status to which, when, by whom, why. `status_from` is empty at first."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(TariffVersion, on_delete=models.PROTECT, related_name="steps")
    status_from = models.TextField()
    status_to = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField(default="")


class FactorSeries(models.Model):
    """A dated series tariffs refer to by code: a rider's price, a heat content, a tax rate."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)
    code = models.TextField(unique=True)
    name = models.TextField()
    unit = models.TextField()


class FactorValue(models.Model):
    """The value of a series for a time; values of a series never overlap."""

    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(FactorSeries, on_delete=models.PROTECT, related_name="values")
    during = DateRangeField()
    value = models.DecimalField(max_digits=18, decimal_places=9)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="tariffs_factor_once",
                expressions=[("series", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]


class FactorProposal(models.Model):
    """A value that somebody asks for, from a day on; the series has it once a second person said yes.

    A row changes once: when it is decided. Proposals are the history of who wanted and who allowed a value.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    series = models.ForeignKey(FactorSeries, on_delete=models.PROTECT, related_name="proposals")
    since = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=9)
    note = models.TextField(default="")
    status = models.TextField(default="proposed")
    proposed_at = models.DateTimeField()
    proposed_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=sorted(map(str, PROPOSAL.statuses))), name="tariffs_proposal_status"
            ),
            models.CheckConstraint(condition=~Q(proposed_by=""), name="tariffs_proposal_by_somebody"),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_at__isnull=True, decided_by="")
                | (~Q(status="proposed") & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="tariffs_proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | ~Q(decided_by=F("proposed_by")),
                name="tariffs_proposal_second_person",
            ),
            models.UniqueConstraint(
                fields=["series", "since"], condition=Q(status="proposed"), name="tariffs_proposal_one_a_day"
            ),
        ]
