"""What payment gateways share: the signature of a message, and the codes of the ACH network."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from meterside.contracts.payments import FailureReason, ForgedWebhook, StaleWebhook

TOLERANCE = timedelta(seconds=300)
"""A signed message older than this (or as far in the future) is a recording played again."""

# Nacha Operating Rules, Appendix Four: return reason codes. Those a consumer's payment meets in practice;
# any other is OTHER, and its code is kept.
_ACH_RETURNS = {
    "R01": FailureReason.INSUFFICIENT_FUNDS,
    "R02": FailureReason.ACCOUNT_CLOSED,
    "R03": FailureReason.NO_SUCH_ACCOUNT,
    "R04": FailureReason.NO_SUCH_ACCOUNT,
    "R05": FailureReason.NOT_AUTHORIZED,
    "R07": FailureReason.NOT_AUTHORIZED,
    "R08": FailureReason.NOT_AUTHORIZED,
    "R09": FailureReason.INSUFFICIENT_FUNDS,
    "R10": FailureReason.NOT_AUTHORIZED,
    "R11": FailureReason.NOT_AUTHORIZED,
    "R16": FailureReason.DECLINED_BY_BANK,
    "R20": FailureReason.DECLINED_BY_BANK,
    "R29": FailureReason.NOT_AUTHORIZED,
}


def ach_return_reason(code: str) -> FailureReason:
    """The kind of an ACH return code; a code that is not known is OTHER, never guessed at."""
    return _ACH_RETURNS.get(code, FailureReason.OTHER)


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
