"""Meter data: files as they came, register reads, day rows of intervals, and what was refused."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from meterside.cis.registry.models import Channel, Device, Register
from meterside.engine.validation_rule import Action, RuleKind


class MeterSource(models.Model):
    """One sender of meter files: their format, the zone of its stamps ("" is the utility's), and what its
    connector needs said besides (`details`: a column mapping, a prefix of ids).

    `folder` is where its files are looked for: a watched folder, or an SFTP address whose host key is pinned in
    `host_key`; its password or key is a setting, never here.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.TextField(unique=True)
    format = models.TextField()
    zone = models.TextField(default="")
    details = models.JSONField(default=dict)
    folder = models.TextField(default="")
    host_key = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()


class FeedKey(models.Model):
    """A key with which one source pushes reads. Only its hash is kept; it opens nothing else and can be revoked."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(MeterSource, on_delete=models.PROTECT, related_name="keys")
    name = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class MeterFile(models.Model):
    """A file as a unit: known by its hash, accepted, partly quarantined, or held. Twice is once.

    `made_at` is when its source says it was made. The file itself is kept in `MeterFilePart`s.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey(MeterSource, null=True, on_delete=models.PROTECT, related_name="files")
    made_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, unique=True)
    name = models.TextField()
    format = models.TextField()
    size_bytes = models.BigIntegerField()
    received_at = models.DateTimeField()
    status = models.TextField()
    report = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["accepted", "partly_quarantined", "held"]),
                name="metering_file_status",
            )
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="metering_file_latest"),
            models.Index(fields=["name"], name="metering_file_name"),
        ]


class MeterFilePart(models.Model):
    """A piece of a file as it came, compressed (Zstandard); the pieces in their order are the file."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(MeterFile, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="metering_part_once")]


class BoundaryRead(models.Model):
    """What a dial showed where a file of dial values began or ended, in whole counts of the channel's unit.

    The use between two files is counted from it when the neighbour comes (`boundary_reads`). Later it is of no use:
    it is forgotten after some weeks. Of what was said of an instant the latest counts.
    """

    pk = models.CompositePrimaryKey("channel_id", "at")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    value = models.BigIntegerField()
    is_measured = models.BooleanField()
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(value__gte=0), name="metering_boundary_not_negative")
        ]
        indexes = [models.Index(fields=["at"], name="metering_boundary_at")]


class DeviceEvent(models.Model):
    """Something a meter or its reader told: a leak, a power failure, a low battery, a trouble code.

    `code` and `words` are the source's own.
    """

    append_only = True

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.TextField()
    code = models.TextField(default="")
    words = models.TextField(default="")
    file = models.ForeignKey(MeterFile, null=True, on_delete=models.PROTECT, related_name="events")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "at", "kind", "code"], name="metering_event_once")
        ]
        indexes = [models.Index(fields=["kind", "-at"], name="metering_event_kind")]


class RegisterRead(models.Model):
    """What a dial showed at an instant. `local_day` D ends a period [.., D) and starts the next [D, ..).

    A correction is a new version; the highest version that is not withdrawn counts.
    """

    append_only = True

    id = models.BigAutoField(primary_key=True)
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="reads")
    read_at = models.DateTimeField()
    local_day = models.DateField()
    dial_count = models.BigIntegerField()
    kind = models.TextField()
    version = models.PositiveIntegerField(default=1)
    origin = models.TextField(default="ours")
    file = models.ForeignKey(MeterFile, null=True, on_delete=models.PROTECT)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["register", "-local_day", "-version"], name="metering_read_day"),
            models.Index(
                fields=["register", "local_day"], condition=Q(version__gt=1), name="metering_read_corrected"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["register", "read_at", "version"], name="metering_read_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["actual", "estimated", "customer", "initial", "final"]),
                name="metering_read_kind",
            ),
            models.CheckConstraint(condition=Q(dial_count__gte=0), name="metering_read_not_negative"),
        ]


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


class QuarantinedRow(models.Model):
    """A row that was refused: kept with its line and reason until somebody mends the cause."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(MeterFile, on_delete=models.PROTECT, related_name="quarantined")
    line = models.PositiveIntegerField()
    reason = models.TextField()
    words = models.TextField()
    raw = models.TextField()
    field = models.TextField(default="")
    channel_name = models.TextField(default="")
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["file", "line"], name="metering_row_line")]


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
