"""Payments the portal takes. Intent (our id first), attempts at a gateway, and every step appended.

The customer information system learns of a payment when it is accepted; until then it exists only here.
An attempt's `public_id` is the payment's id everywhere: at the gateway, in the CIS, on the receipt.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from meterside.engine.payment import ATTEMPT, UNKNOWN_OUTCOME

# Plain texts, so that migrations keep words and not a class.
_STATUSES = sorted(str(status) for status in ATTEMPT.statuses)
_OPEN = sorted(str(status) for status in UNKNOWN_OUTCOME)


class PaymentIntent(models.Model):
    """A person's wish to pay an amount on an account, said once: `key` comes from the form they confirmed.

    `is_repeat` says that they were told of an equal payment minutes ago, and wanted this one too.
    """

    append_only = True
    walled_by = "account_ref"

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account_ref = models.UUIDField()
    login = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payment_intents"
    )
    amount_cents = models.BigIntegerField()
    key = models.TextField()
    is_repeat = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account_ref", "-created_at"], name="payments_intent_account")]
        constraints = [
            models.UniqueConstraint(fields=["login", "key"], name="payments_intent_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_intent_positive"),
        ]


class PaymentAttempt(models.Model):
    """One try to carry out an intent at a gateway. `status` moves only along the table (a trigger holds it).

    `ask_at` is when the gateway is asked again, while the outcome is not final; none when it need not be.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    gateway = models.TextField()
    status = models.TextField(default="created")
    session_url = models.TextField(default="")
    reference = models.TextField(default="")
    tender = models.TextField(default="")
    tender_label = models.TextField(default="")
    paid_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")
    failure_code = models.TextField(default="")
    created_at = models.DateTimeField()
    status_at = models.DateTimeField()
    ask_at = models.DateTimeField(null=True)
    asked = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="payments_attempt_ask"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["intent", "number"], name="payments_attempt_number"),
            models.UniqueConstraint(
                fields=["intent"], condition=Q(status__in=_OPEN), name="payments_attempt_one_open"
            ),
            models.CheckConstraint(condition=Q(status__in=_STATUSES), name="payments_attempt_status"),
            models.CheckConstraint(
                condition=Q(tender__in=["", "bank", "card"]), name="payments_attempt_tender"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "settled", "returned"]) | Q(paid_at__isnull=False),
                name="payments_attempt_paid_at",
            ),
        ]


class AttemptStep(models.Model):
    """One move of an attempt: who, when, why. The last one is its status; no status is reached twice."""

    append_only = True

    id = models.BigAutoField(primary_key=True)
    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="steps")
    status_from = models.TextField(default="")
    status_to = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    why = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "status_to"], name="payments_step_once"),
            models.CheckConstraint(condition=Q(status_to__in=_STATUSES), name="payments_step_status"),
        ]
