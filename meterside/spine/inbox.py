"""The inbox: a message from outside is kept as it came, once, before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from meterside.kit import clock

from .models import InboxMessage


def keep(*, source: str, external_id: str, kind: str, body: str) -> bool:
    """Keep a message; False when the same sender's id was kept before (a replay changes nothing)."""
    _, created = InboxMessage.objects.get_or_create(
        source=source,
        external_id=external_id,
        defaults={"kind": kind, "body": body, "received_at": clock.now()},
    )
    return created


def process_waiting(source: str, handle: Callable[[InboxMessage], str], *, limit: int = 200) -> int:
    """Process kept messages of `source`, each with its effects in one transaction; returns how many.

    `handle` returns a word for what it did. When it raises, that message stays for the next run and the ones
    behind it go on; the errors are raised together, as an ExceptionGroup, at the end.
    """
    done, after, errors = 0, 0, []
    for _ in range(limit):
        message = None
        try:
            with transaction.atomic():
                message = (
                    InboxMessage.objects.select_for_update(skip_locked=True)
                    .filter(source=source, processed_at__isnull=True, id__gt=after)
                    .order_by("id")
                    .first()
                )
                if message is None:
                    break
                after = message.pk
                message.result = handle(message)
                message.processed_at = clock.now()
                message.save(update_fields=["result", "processed_at"])
            done += 1
        except Exception as error:
            if message is None:  # the database itself failed: no message is to blame
                raise
            errors.append(error)
    if errors:
        raise ExceptionGroup(f"messages of {source} that stay", errors)
    return done
