"""Wakes background work by name, so that no lower floor imports `jobs`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def defer(
    name: str, *, queueing_lock: str | None = None, at: datetime | None = None, **arguments: Any
) -> None:
    """Start the job `name` after this transaction commits, not before the instant `at`.

    With a lock, at most one waits at a time (one that waits for its instant needs a lock of its own).

    The row is written inside a savepoint, because a lock that is taken is an error of the database, and
    would else kill the caller's transaction. One that is seen to be taken is not tried: in a run of thousands
    of messages nearly all find the job waiting, and an error keeps its whole call alive until garbage is looked for.
    """
    if queueing_lock is not None and _waits(queueing_lock):
        return
    try:
        with transaction.atomic():
            job = app.configure_task(
                name=name, queueing_lock=queueing_lock, schedule_at=at, allow_unknown=True
            )
            job.defer(**arguments)
    except AlreadyEnqueued:
        return


def _waits(queueing_lock: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')",
            [queueing_lock],
        )
        ((found,),) = cursor.fetchall()
    return bool(found)
