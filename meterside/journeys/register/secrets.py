"""Keyed hashes of what is kept about an attempt: useless to a reader of the database without the key."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from django.conf import settings


def keyed_hash(purpose: str, *parts: object) -> str:
    """HMAC-SHA256 under the installation's secret, in hex; `purpose` keeps one use from another."""
    message = "\x1f".join([purpose, *map(str, parts)]).encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def code_hash(attempt_id: object, code: str) -> str:
    """How a code is kept: bound to its attempt, so that equal codes do not look equal."""
    return keyed_hash("registration code", attempt_id, code)


def bill_hash(account: object, amount_cents: int, bill_date: date) -> str:
    """How the last bill's amount and date are kept."""
    return keyed_hash("registration bill", account, amount_cents, bill_date.isoformat())


def same(one: str, other: str) -> bool:
    """Compare in constant time; an empty hash is like nothing."""
    return bool(one) and bool(other) and hmac.compare_digest(one, other)
