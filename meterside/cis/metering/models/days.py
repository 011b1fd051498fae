"""Interval data: a row a channel and local day, what was said of it, and the totals of its months."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from meterside.cis.registry.models import Channel

from .files import MeterFile


class IntervalDay(models.Model):
    """One channel's reads of one local service day: 23, 24 or 25 hours of whole numbers, packed.

    `reads` holds integers of `width` bytes as `engine.interval` packs them; `quality` is left out where every
    read was measured; `total` is their exact sum. The table is partitioned by month of `local_day`. Version 1 is
    the first that was said of the day, as it was said; a later one is what stands since something else was said
    (`RestatedDay`). The highest version counts. `origin` says where it comes from: ours, external, converted, an
    estimate, an edit. `stated_at` is when its source stated it.
    """

    append_only = True

    pk = models.CompositePrimaryKey("channel_id", "local_day", "version")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="days", db_constraint=False)
    local_day = models.DateField()
    version = models.PositiveIntegerField(default=1)
    interval_s = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    stated_at = models.DateTimeField()
    origin = models.TextField(default="ours")
    width = models.PositiveSmallIntegerField()
    reads = models.BinaryField()
    quality = models.BinaryField(null=True)
    total = models.BigIntegerField()
    file = models.ForeignKey(MeterFile, null=True, on_delete=models.DO_NOTHING, db_constraint=False)


class RestatedDay(models.Model):
    """What was said of a day that had been told before, as it was said: original number `nth` of that day.

    The day's standing version is worked out from version 1 and these (`engine.day_fold`); one that belongs to an
    edit (`edit_id`) that was undone does not count.
    """

    append_only = True

    pk = models.CompositePrimaryKey("channel_id", "local_day", "nth")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    local_day = models.DateField()
    nth = models.PositiveIntegerField()
    interval_s = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    stated_at = models.DateTimeField()
    origin = models.TextField(default="ours")
    width = models.PositiveSmallIntegerField()
    reads = models.BinaryField()
    quality = models.BinaryField(null=True)
    file = models.ForeignKey(
        MeterFile, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    edit_id = models.BigIntegerField(null=True)


class ReadEdit(models.Model):
    """What staff made of a day's intervals, and why: values written, held values accepted, or estimated anew.

    What was said stays; an undone edit no longer counts.
    """

    KINDS = ("edit", "accept", "re_estimate")

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="edits")
    local_day = models.DateField()
    kind = models.TextField()
    reason = models.TextField()
    made_by = models.TextField()
    made_at = models.DateTimeField()
    undone_by = models.TextField(default="")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["channel", "local_day"], name="metering_edit_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["edit", "accept", "re_estimate"]), name="metering_edit_kind"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="metering_edit_reason"),
        ]


class MonthTotal(models.Model):
    """A channel's standing days of a month, summed in the transaction that stores them.

    Of its `n_days` with data, `n_not_measured` hold something that was not measured, or is missing, and
    `n_incomplete` something missing.
    """

    pk = models.CompositePrimaryKey("channel_id", "month")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="months", db_constraint=False)
    month = models.DateField()
    total = models.BigIntegerField()
    n_days = models.PositiveIntegerField()
    n_not_measured = models.PositiveIntegerField()
    n_incomplete = models.PositiveIntegerField()


class ArchivedMonth(models.Model):
    """A month whose days were taken out of the store into a file; its totals stay."""

    month = models.DateField(primary_key=True)
    file = models.TextField()
    n_days = models.BigIntegerField()
    archived_at = models.DateTimeField()
