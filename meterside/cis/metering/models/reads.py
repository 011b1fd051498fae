"""Single reads: what a dial showed, where a file of dial values ends, and what meters told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from meterside.cis.registry.models import Channel, Device, Register

from .files import MeterFile


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
