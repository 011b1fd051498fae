"""Rules for estimates and for what is looked at, and what came of them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from meterside.cis.registry.models import Channel, Register
from meterside.engine.validation_rule import Action, RuleKind

from .files import MeterFile


class EstimatePolicy(models.Model):
    """Whether and how a missing read is estimated, by commodity and customer class, for a time.

    An empty `commodity` or `customer_class` stands for all; the row that names more counts. `methods` are tried in
    their order. A read that lies within `window_days` of the day it was due serves as a basis, and nothing is
    estimated before so many days have gone by: the read may still come. After `most_in_a_row` estimates of a
    register somebody has to go there.
    """

    METHODS = ("near_read", "last_year_scaled", "last_year", "recent", "like_days")

    id = models.BigAutoField(primary_key=True)
    commodity = models.TextField(default="")
    customer_class = models.TextField(default="")
    during = DateRangeField()
    methods = ArrayField(models.TextField())
    window_days = models.PositiveSmallIntegerField(default=0)
    most_in_a_row = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    methods__contained_by=[
                        "near_read",
                        "last_year_scaled",
                        "last_year",
                        "recent",
                        "like_days",
                    ]
                ),
                name="metering_policy_methods",
            ),
            ExclusionConstraint(
                name="metering_policy_once",
                expressions=[
                    ("commodity", RangeOperators.EQUAL),
                    ("customer_class", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class ValidationPolicy(models.Model):
    """A rule that looks at interval data, by commodity and customer class, for a time (engine.validation_rule).

    An empty `commodity` or `customer_class` stands for all; the row that names more counts. A day of reads is looked
    at by the rules of that day. `limits` are the rule's own, as texts.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.TextField()
    commodity = models.TextField(default="")
    customer_class = models.TextField(default="")
    during = DateRangeField()
    action = models.TextField(default="flag")
    limits = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__in=[kind.value for kind in RuleKind]), name="metering_validation_rule"
            ),
            models.CheckConstraint(
                condition=Q(action__in=[action.value for action in Action]), name="metering_validation_action"
            ),
            ExclusionConstraint(
                name="metering_validation_once",
                expressions=[
                    ("rule", RangeOperators.EQUAL),
                    ("commodity", RangeOperators.EQUAL),
                    ("customer_class", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class ReadException(models.Model):
    """A channel's day that a rule found: somebody looks at it. `facts` say what was found, in the rule's terms.

    `held_reads` are the packed values of a day of which some were held back, `held_slots` says which (a byte a
    slot); they stand once somebody accepts them.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="exceptions")
    local_day = models.DateField()
    rule = models.TextField()
    status = models.TextField(default="open")
    facts = models.JSONField(default=dict)
    held_width = models.PositiveSmallIntegerField(null=True)
    held_reads = models.BinaryField(null=True)
    held_slots = models.BinaryField(null=True)
    file = models.ForeignKey(MeterFile, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    edit = models.ForeignKey("ReadEdit", null=True, on_delete=models.PROTECT, related_name="exceptions")
    decided_by = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at", "id"], condition=Q(status="open"), name="metering_exception_open"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__in=[kind.value for kind in RuleKind]), name="metering_exception_rule"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "accepted", "edited", "estimated", "mended"]),
                name="metering_exception_status",
            ),
            models.UniqueConstraint(
                fields=["channel", "local_day", "rule"],
                condition=Q(status="open"),
                name="metering_exception_once",
            ),
        ]


class ReadEstimate(models.Model):
    """How an estimated read came to be: the method, and the numbers it was worked out from."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="estimates")
    local_day = models.DateField()
    version = models.PositiveIntegerField()
    method = models.TextField()
    basis = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register", "local_day", "version"], name="metering_estimate_once"
            )
        ]


class DayEstimate(models.Model):
    """How the estimated intervals of a day came to be: from which like days, and how many intervals were missing."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="estimates")
    local_day = models.DateField()
    version = models.PositiveIntegerField()
    method = models.TextField()
    basis = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "local_day", "version"], name="metering_day_estimate_once"
            )
        ]
