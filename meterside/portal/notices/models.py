"""Every message to a person, kept and shown: what was said, to whom, how, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """One message. `recorded` is a message of the demo's past, or of a channel that only keeps: never sent.

    `is_secret` marks codes and sign-in links: shown only in the demo's inbox, wiped once they are old.
    """

    id = models.BigAutoField(primary_key=True)
    message_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.TextField()
    channel = models.TextField(default="email")
    to = models.TextField()
    account_ref = models.UUIDField(null=True)
    language = models.TextField(default="en")
    subject = models.TextField()
    body = models.TextField()
    is_secret = models.BooleanField(default=False)
    status = models.TextField(default="waiting")
    channel_reference = models.TextField(default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_ref", "-created_at"], name="notices_account"),
            models.Index(fields=["-created_at"], name="notices_latest"),
            models.Index(
                fields=["created_at"], condition=Q(is_secret=True) & ~Q(body=""), name="notices_secret_age"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "sent", "recorded", "refused"]), name="notices_status"
            ),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms", "post"]), name="notices_channel"),
        ]
