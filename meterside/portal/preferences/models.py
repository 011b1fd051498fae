"""What customers set for themselves: alerts and when not to be disturbed, their household, keys to their own use.

All of it is the portal's, never the CIS's: private to the people of the account, and theirs to delete.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from meterside.engine.alert import AlertKind

_KINDS = sorted(str(kind) for kind in AlertKind)
_LOGIN = settings.AUTH_USER_MODEL


class AlertSetting(models.Model):
    """One kind of alert as one person wants it for one account. Without a row the kind's default holds.

    `threshold` is in cents for money and in the unit of the commodity's pages for use; `commodity` is empty where the
    kind is about the bill. `hours` is how long a flow must never stop.
    """

    walled_by = "account_ref"

    id = models.BigAutoField(primary_key=True)
    login = models.ForeignKey(_LOGIN, on_delete=models.CASCADE, related_name="alert_settings")
    account_ref = models.UUIDField()
    kind = models.TextField()
    commodity = models.TextField(default="")
    is_on = models.BooleanField()
    threshold = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    hours = models.PositiveSmallIntegerField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["login", "account_ref", "kind", "commodity"], name="preferences_setting_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=_KINDS), name="preferences_setting_kind"),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True) | Q(threshold__gt=0), name="preferences_setting_positive"
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True) | Q(hours__in=[8, 16, 24]), name="preferences_setting_hours"
            ),
        ]


class UsageAlert(models.Model):
    """Something a person was told of. While it is open no second one of its kind comes for that service.

    `cause` names what it is about (a day, the start of a flow): the same cause never alerts twice, not even after it
    cleared. `first_at` to `last_at` are the hours that caused it. `told_at` is when the message went, later than
    `found_at` in quiet hours.
    """

    walled_by = "account_ref"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    login = models.ForeignKey(_LOGIN, on_delete=models.CASCADE, related_name="usage_alerts")
    account_ref = models.UUIDField()
    service_ref = models.UUIDField()
    commodity = models.TextField()
    kind = models.TextField()
    cause = models.TextField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    facts = models.JSONField()
    found_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["login", "account_ref", "-found_at"], name="preferences_alert_latest"),
            models.Index(
                fields=["found_at"],
                condition=Q(told_at__isnull=True, cleared_at__isnull=True),
                name="preferences_alert_untold",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=_KINDS), name="preferences_alert_kind"),
            models.UniqueConstraint(
                fields=["login", "account_ref", "service_ref", "kind"],
                condition=Q(cleared_at__isnull=True),
                name="preferences_alert_one_open",
            ),
            models.UniqueConstraint(
                fields=["login", "account_ref", "service_ref", "kind", "cause"],
                name="preferences_alert_cause_once",
            ),
            models.CheckConstraint(
                condition=Q(last_at__gte=models.F("first_at")), name="preferences_alert_hours"
            ),
        ]


class QuietHours(models.Model):
    """When a person wants no alert by e-mail: minutes after midnight, local; over midnight where the end is smaller."""

    id = models.BigAutoField(primary_key=True)
    login = models.OneToOneField(_LOGIN, on_delete=models.CASCADE, related_name="quiet_hours")
    from_minute = models.PositiveSmallIntegerField()
    until_minute = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_minute__lt=1440, until_minute__lt=1440), name="preferences_quiet_in_a_day"
            )
        ]


class HouseholdProfile(models.Model):
    """What a customer said of their household, for better estimates. Nothing of it is known to the CIS."""

    walled_by = "account_ref"

    id = models.BigAutoField(primary_key=True)
    account_ref = models.UUIDField(unique=True)
    people = models.PositiveSmallIntegerField(null=True)
    area_sqft = models.PositiveIntegerField(null=True)
    heating = models.TextField(default="")
    has_ev = models.BooleanField(null=True)
    has_pool = models.BooleanField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(heating__in=["", "electric", "gas", "heat_pump", "other"]),
                name="preferences_household_heating",
            )
        ]


class UsageToken(models.Model):
    """A key with which a person's own program reads an account's use, and nothing else. Only its hash is kept."""

    walled_by = "account_ref"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    login = models.ForeignKey(_LOGIN, on_delete=models.CASCADE, related_name="usage_tokens")
    account_ref = models.UUIDField()
    name = models.TextField()
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class UsageLaunch(models.Model):
    """From which day use of a commodity is shown by day; the utility sets it while its meters are being exchanged."""

    commodity = models.TextField(primary_key=True)
    live_on = models.DateField()
    set_at = models.DateTimeField()


class LeakRate(models.Model):
    """From which flow an hour, in gallons, water that never stops is a leak, by customer class."""

    customer_class = models.TextField(primary_key=True)
    gallons_an_hour = models.DecimalField(max_digits=9, decimal_places=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gallons_an_hour__gt=0), name="preferences_leak_rate_positive")
        ]


class LeakExemption(models.Model):
    """A service whose water runs all day by its nature (a laundry, a pond): nobody is told of it."""

    service_ref = models.UUIDField(primary_key=True)
    reason = models.TextField()
    set_at = models.DateTimeField()
