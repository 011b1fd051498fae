"""Nothing is lost, nothing is done twice: outbox, inbox, idempotency keys, audit."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """A command or event for the world outside this transaction. The row is the truth; the queue only wakes it."""

    id = models.BigAutoField(primary_key=True)
    message_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    topic = models.TextField()
    payload = models.JSONField()
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(delivered_at__isnull=True),
                name="spine_outbox_waiting",
            )
        ]


class InboxMessage(models.Model):
    """A message from outside, kept as it came before anything is done with it; its id is its sender's."""

    id = models.BigAutoField(primary_key=True)
    source = models.TextField()
    external_id = models.TextField()
    kind = models.TextField()
    body = models.TextField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    result = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="spine_inbox_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(processed_at__isnull=True), name="spine_inbox_waiting")
        ]


class IdempotencyKey(models.Model):
    """One key, one request, one answer: a repeat with the same content gets the first answer again."""

    id = models.BigAutoField(primary_key=True)
    scope = models.TextField()
    key = models.TextField()
    request_sha256 = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="spine_idempotency_once")]


class AuditEntry(models.Model):
    """Who did what to which thing, when. Append-only; never holds a secret or a whole personal record."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField(default="")
    action = models.TextField()
    subject_type = models.TextField()
    subject_id = models.TextField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="spine_audit_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(actor_kind__in=["person", "staff", "system", "anonymous"]),
                name="spine_audit_actor_kind",
            )
        ]


class RequestPace(models.Model):
    """How many requests somebody made since their minute began: a row for each who is counted."""

    who = models.TextField(primary_key=True)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()
