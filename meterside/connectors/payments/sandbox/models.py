"""The sandbox's own books. It is a foreign company: nothing here refers to a table of ours, and nobody of
ours reads these. The only id both sides know is the merchant's reference, which they gave us."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

STATES = ["processing", "accepted", "settled", "declined", "returned"]


class HostedSession(models.Model):
    """A page to pay on, made for a merchant's reference; `token` is the unguessable part of its address."""

    id = models.BigAutoField(primary_key=True)
    token = models.TextField(unique=True)
    merchant = models.TextField()
    merchant_reference = models.UUIDField()
    amount_cents = models.BigIntegerField()
    description = models.TextField()
    payer_name = models.TextField()
    return_url = models.TextField()
    language = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(closed_at__isnull=True), name="sandbox_session_open"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "merchant_reference"], name="sandbox_session_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="sandbox_session_positive"),
            models.CheckConstraint(
                condition=Q(close_reason__in=["", "paid", "cancelled", "expired"]),
                name="sandbox_session_reason",
            ),
        ]


class Charge(models.Model):
    """Money taken (or refused) in a session: one a session, whatever the customer clicks."""

    id = models.BigAutoField(primary_key=True)
    session = models.OneToOneField(HostedSession, on_delete=models.PROTECT, related_name="charge")
    reference = models.TextField(unique=True)
    method = models.TextField()
    memo = models.TextField(default="")
    state = models.TextField()
    code = models.TextField(default="")
    submitted_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=STATES), name="sandbox_charge_state")]


class DueStep(models.Model):
    """What will become of a charge, and when: the bank's delays are rows, not sleeps."""

    id = models.BigAutoField(primary_key=True)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="due_steps")
    position = models.PositiveSmallIntegerField()
    state = models.TextField()
    code = models.TextField(default="")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="sandbox_step_due")
        ]
        constraints = [
            models.UniqueConstraint(fields=["charge", "position"], name="sandbox_step_once"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="sandbox_step_state"),
        ]


class WebhookMessage(models.Model):
    """The sandbox's own outbox: a message to the merchant, its bytes fixed, sent until it is answered 2xx."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(HostedSession, on_delete=models.PROTECT, related_name="messages")
    kind = models.TextField()
    body = models.TextField()
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
                name="sandbox_message_waiting",
            )
        ]
