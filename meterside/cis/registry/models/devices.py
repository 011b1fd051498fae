"""Meters: devices, where they hang and when, their registers, channels and multipliers."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from .premises import ServicePoint

_DIRECTION = Q(direction__in=["delivered", "received"])


class Device(models.Model):
    """A meter (CIM: EndDevice), known by its badge number."""

    id = models.BigAutoField(primary_key=True)
    badge = models.TextField(unique=True)
    commodity = models.TextField()
    maker = models.TextField(default="")
    model = models.TextField(default="")


class DeviceInstallation(models.Model):
    """A device at a service point for a time; its in and out reads are of kind initial and final."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="installations")
    service_point = models.ForeignKey(ServicePoint, on_delete=models.PROTECT, related_name="installations")
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="registry_installation_device",
                expressions=[("device", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]


class Register(models.Model):
    """One dial of a device. Values are whole numbers of `unit`, the register's own least unit."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="registers")
    code = models.TextField()
    quantity = models.TextField(default="energy")
    unit = models.TextField()
    direction = models.TextField(default="delivered")
    time_of_use = models.TextField(default="")
    dials = models.PositiveSmallIntegerField()
    units_per_count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "code"], name="registry_register_once"),
            models.CheckConstraint(condition=_DIRECTION, name="registry_register_direction"),
            models.CheckConstraint(
                condition=Q(quantity__in=["energy", "volume", "demand", "reactive"]),
                name="registry_register_quantity",
            ),
        ]


class Channel(models.Model):
    """One stream of interval reads of a device, whole numbers of `unit`; delivered and received stay apart."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="channels")
    code = models.TextField()
    unit = models.TextField()
    direction = models.TextField(default="delivered")
    interval_s = models.PositiveIntegerField()
    external_id = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "code"], name="registry_channel_once"),
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="registry_channel_external"
            ),
            models.CheckConstraint(condition=_DIRECTION, name="registry_channel_direction"),
            models.CheckConstraint(condition=Q(interval_s__gt=0), name="registry_channel_interval"),
        ]


class Multiplier(models.Model):
    """A device's dated multiplier; `applied_by_source` says whether reads come with it already in."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="multipliers")
    value = models.DecimalField(max_digits=12, decimal_places=6)
    applied_by_source = models.BooleanField()
    during = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="registry_multiplier_once",
                expressions=[("device", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(value__gt=0), name="registry_multiplier_positive"),
        ]
