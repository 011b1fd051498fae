"""A worker that was killed leaves its jobs begun: they wait again, once, whether or not another waits already."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from meterside.jobs.sweep import clear_sessions, retry_stalled
from meterside.kit import clock
from meterside.kit.postgres import DatabaseUrls
from meterside.spine.queue import defer

_DEAD_FOR_S = 120


def _begin(name: str, lock: str | None, *, silent_s: int) -> int:
    """A job that a worker has begun, and that worker's last sign of life some seconds ago; the job's id."""
    defer(name, queueing_lock=lock)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [silent_s],
        )
        (worker,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE status = 'todo' RETURNING id",
            [worker],
        )
        return int(cursor.fetchone()[0])


def _statuses() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def _sweep() -> int:
    async def swept() -> int:
        connector = app.connector
        assert isinstance(connector, DjangoConnector)
        with app.replace_connector(connector.get_worker_connector()) as worker_app:
            async with worker_app.open_async():
                return await retry_stalled(worker_app.job_manager)

    return asyncio.run(swept())


def test_a_dead_workers_job_waits_again_and_a_living_ones_goes_on(fresh_database: DatabaseUrls) -> None:
    dead = _begin("deliver:outbox", "one", silent_s=_DEAD_FOR_S)
    alive = _begin("deliver:outbox", "another", silent_s=1)
    assert _sweep() == 1
    assert _statuses() == {dead: "todo", alive: "doing"}
    assert _sweep() == 0


def test_a_job_whose_successor_waits_already_is_not_done_twice(fresh_database: DatabaseUrls) -> None:
    _begin("deliver:outbox", "deliver", silent_s=_DEAD_FOR_S)
    defer("deliver:outbox", queueing_lock="deliver")
    assert _sweep() == 1
    assert list(_statuses().values()) == ["todo"]


def test_sessions_that_have_ended_are_forgotten(fresh_database: DatabaseUrls) -> None:
    now = clock.now()
    for key, ends in (("old", now - timedelta(days=1)), ("new", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="x", expire_date=ends)
    clear_sessions(timestamp=0)
    assert [session.session_key for session in Session.objects.all()] == ["new"]
