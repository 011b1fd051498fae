"""Senders of meter files: who they are, how their files are read, and the keys with which they push."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from meterside.kit import clock
from meterside.kit.ids import new_secret, secret_digest
from meterside.spine import audit

from ..models import FeedKey, MeterFile, MeterSource

KEY_PREFIX = "msk_"
"""What a key begins with, so that one that leaks is known for what it is."""


class NameTaken(ValueError):
    """Another sender has that name."""


def active_senders() -> list[MeterSource]:
    """Senders whose files are taken, by name."""
    return list(MeterSource.objects.filter(is_active=True).order_by("name"))


def sender_of_ref(ref: UUID) -> MeterSource | None:
    """The sender with that id."""
    return MeterSource.objects.filter(public_id=ref).first()


def has_file(sender: MeterSource, *, name: str, size_bytes: int, since: datetime) -> bool:
    """Whether a file of that name and size came from the sender since it was last changed."""
    return MeterFile.objects.filter(
        source=sender, name=name, size_bytes=size_bytes, received_at__gte=since
    ).exists()


@transaction.atomic
def save_sender(
    *,
    name: str,
    format: str,
    zone: str = "",
    details: Mapping[str, Any],
    folder: str = "",
    host_key: str = "",
    sender: MeterSource | None = None,
) -> MeterSource:
    """Keep a sender, a new one or another state of one. Raises NameTaken. The caller has tried the options."""
    others = MeterSource.objects.filter(name=name)
    if sender is not None:
        others = others.exclude(pk=sender.pk)
    if others.exists():
        raise NameTaken(name)
    made = sender or MeterSource(created_at=clock.now())
    made.name, made.format, made.zone, made.details = name, format, zone, dict(details)
    made.folder, made.host_key = folder, host_key
    made.save()
    audit.record(
        action="meter_source.saved", subject_type="meter_source", subject_id=made.pk, name=name, format=format
    )
    return made


@transaction.atomic
def make_key(sender: MeterSource, *, name: str) -> tuple[FeedKey, str]:
    """A new key for one sender, and its text, which is shown once and not kept."""
    text = KEY_PREFIX + new_secret()
    key = FeedKey.objects.create(source=sender, name=name, sha256=secret_digest(text), created_at=clock.now())
    audit.record(action="feed_key.made", subject_type="feed_key", subject_id=key.pk, sender=sender.name)
    return key, text


@transaction.atomic
def revoke_key(key: FeedKey) -> None:
    """The key opens nothing from now on."""
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])
    audit.record(action="feed_key.revoked", subject_type="feed_key", subject_id=key.pk)


def sender_with_key(text: str) -> MeterSource | None:
    """The sender that a key belongs to; None for an unknown or revoked one, or a sender that is not active."""
    found = (
        FeedKey.objects.filter(sha256=secret_digest(text), revoked_at=None, source__is_active=True)
        .select_related("source")
        .first()
    )
    return found.source if found else None
