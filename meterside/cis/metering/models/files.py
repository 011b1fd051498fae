"""Files as they came: who sends them, what they held, and which of their rows were refused."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


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

    `made_at` is when its source says it was made. The file itself is kept in `MeterFilePart`s, and `read_as` are the
    zone and the details it was read by: what is loaded of it must mean the same when it is read again.
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
    read_as = models.JSONField(null=True)

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
