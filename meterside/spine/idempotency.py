"""One key, one request, one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from meterside.kit import clock

from .models import IdempotencyKey


class KeyUsedForAnotherRequest(Exception):
    """The same key came with other content: refused, never guessed."""


def once(
    *, scope: str, key: str, request: Mapping[str, Any], act: Callable[[], Mapping[str, Any]]
) -> tuple[Mapping[str, Any], bool]:
    """Run `act` once for (scope, key); returns its answer and whether this call ran it.

    Key and effects commit together. A second caller waits for the first on the unique index, then gets the
    first answer. Raises KeyUsedForAnotherRequest when the key came before with another request.
    """
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    with transaction.atomic():
        row, created = IdempotencyKey.objects.get_or_create(
            scope=scope, key=key, defaults={"request_sha256": digest, "created_at": clock.now()}
        )
        if not created:
            if row.request_sha256 != digest:
                raise KeyUsedForAnotherRequest(scope)
            return row.answer or {}, False
        answer = dict(act())
        row.answer = answer
        row.save(update_fields=["answer"])
        return answer, True
