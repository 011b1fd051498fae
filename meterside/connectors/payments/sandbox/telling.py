"""The sandbox's own outbox at work: messages to the merchant, signed, sent until they are answered 2xx."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache

import httpx
from django.conf import settings
from django.db import transaction

from meterside.connectors.payments import signature
from meterside.kit import clock, crash

from .models import WebhookMessage

TIMESTAMP_HEADER = "Sandbox-Timestamp"
SIGNATURE_HEADER = "Sandbox-Signature"
_LEASE = timedelta(seconds=30)
_TIMEOUT_S = 5
_LONGEST_WAIT_S = 3600

Send = Callable[[bytes, Mapping[str, str]], int]
"""Sends bytes with headers to the merchant, returns the answer's status; may raise httpx.HTTPError."""


def over_http(body: bytes, headers: Mapping[str, str]) -> int:
    """Post to the merchant's address, as any gateway would."""
    address = f"{settings.BASE_URL}/hooks/payments/sandbox/"
    return _client().post(address, content=body, headers=dict(headers)).status_code


@lru_cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=_TIMEOUT_S)


def signed_headers(body: bytes, *, secret: str, timestamp_s: int) -> dict[str, str]:
    """The headers that prove a message."""
    return {
        "Content-Type": "application/json",
        TIMESTAMP_HEADER: str(timestamp_s),
        SIGNATURE_HEADER: signature(secret=secret, timestamp_s=timestamp_s, body=body),
    }


def send_waiting(send: Send = over_http, *, limit: int = 500) -> int:
    """Send what waits; returns how many messages arrived. A refusal waits twice as long each time."""
    arrived = 0
    for _ in range(limit):
        message = _take()
        if message is None:
            break
        crash.point("sandbox.before_webhook")
        error = _send(message, send)
        crash.point("sandbox.after_webhook")
        if error:
            wait_s = min(2 ** min(message.attempts, 12), _LONGEST_WAIT_S)
            WebhookMessage.objects.filter(pk=message.pk).update(
                next_attempt_at=clock.now() + timedelta(seconds=wait_s), last_error=error[:500]
            )
        else:
            WebhookMessage.objects.filter(pk=message.pk).update(delivered_at=clock.now(), last_error="")
            arrived += 1
    return arrived


def _take() -> WebhookMessage | None:
    now = clock.now()
    with transaction.atomic(durable=True):
        message = (
            WebhookMessage.objects.select_for_update(skip_locked=True)
            .filter(delivered_at__isnull=True, next_attempt_at__lte=now)
            .order_by("next_attempt_at", "id")
            .first()
        )
        if message is not None:
            message.attempts += 1
            message.next_attempt_at = now + _LEASE
            message.save(update_fields=["attempts", "next_attempt_at"])
        return message


def _send(message: WebhookMessage, send: Send) -> str:
    """What went wrong, or nothing."""
    body = message.body.encode()
    secret = settings.PAYMENTS.webhook_secret.get_secret_value()
    headers = signed_headers(body, secret=secret, timestamp_s=int(clock.now().timestamp()))
    try:
        status = send(body, headers)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= status < 300 else f"answered {status}"
