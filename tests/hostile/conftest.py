"""A database whose commits are real, and processes on it that may be killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from meterside.config.migrating import connect_as
from meterside.kit.postgres import Cluster
from tests import databases
from tests.journeys.paying import owing, session_key

from .payment_processes import Processes


@pytest.fixture(scope="module")
def processes(
    cluster: Cluster, template: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Processes]:
    """Servers and workers on a database of this module's own, which the test itself looks into too."""
    before = databases.current_entry()
    with databases.cloned(cluster, template) as urls, django_db_blocker.unblock():
        databases.use(urls)
        running = Processes(database_url=urls.app)
        running.warm(session_key(owing("warm").login))
        yield running
        running.close()
        connections.close_all()
        connect_as(before)
