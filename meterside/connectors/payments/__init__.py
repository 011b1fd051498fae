"""What payment gateways share: the signature of a message."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from meterside.contracts.payments import ForgedWebhook, StaleWebhook

TOLERANCE = timedelta(seconds=300)
"""A signed message older than this (or as far in the future) is a recording played again."""


def signature(*, secret: str, timestamp_s: int, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`, in hex."""
    return hmac.new(secret.encode(), b"%d." % timestamp_s + body, hashlib.sha256).hexdigest()


def check_signature(*, secret: str, timestamp: str, given: str, body: bytes, now: datetime) -> None:
    """Raise ForgedWebhook or StaleWebhook unless `given` signs exactly these bytes at about this time."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise ForgedWebhook("no timestamp")
    right = signature(secret=secret, timestamp_s=int(timestamp), body=body)
    # Compared as bytes: a header may hold letters that compare_digest refuses as text.
    if not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
        raise ForgedWebhook("wrong signature")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise StaleWebhook("signed too long ago")
