"""Who may do what with which account, and until when. Delegation is domain data, not a permission flag."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q


class AccountAccess(models.Model):
    """A login's role for one account (a CIS reference): `during` as it was given, `ended_at` once it was ended.

    Roles: owner; helper_view reads; helper_pay reads and pays; helper_full does what the owner does, save
    letting others in. What was ended stays ended, and what was given is there at once, whatever a clock that
    is set back says; only a planned end (the end of `during`) waits for the clock.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    login = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access")
    account_ref = models.UUIDField()
    role = models.TextField()
    during = DateTimeRangeField()
    ended_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="access_granted"
    )
    granted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account_ref"], name="access_account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["owner", "helper_view", "helper_pay", "helper_full"]),
                name="access_role",
            ),
            models.CheckConstraint(condition=Q(during__isempty=False), name="access_has_a_time"),
            # Not by overlapping times: a clock set back could then leave two that both hold.
            models.UniqueConstraint(
                fields=["login", "account_ref"], condition=Q(ended_at__isnull=True), name="access_once"
            ),
        ]


class Invitation(models.Model):
    """A helper invited by e-mail. The link's secret is kept as a hash; it works once, and until it expires.

    `until` is the end of the access it will give; empty when there is none.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account_ref = models.UUIDField()
    email = models.TextField()
    name = models.TextField(default="")
    role = models.TextField()
    until = models.DateTimeField(null=True)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations_sent"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    access = models.ForeignKey(AccountAccess, null=True, on_delete=models.PROTECT, related_name="invitations")

    class Meta:
        indexes = [models.Index(fields=["account_ref", "-created_at"], name="access_invitation_account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["helper_view", "helper_pay", "helper_full"]),
                name="access_invitation_role",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="access_invitation_one_end",
            ),
            models.UniqueConstraint(
                fields=["account_ref", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="access_invitation_open_once",
            ),
        ]
