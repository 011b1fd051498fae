"""Fixtures every test may use. The database is real PostgreSQL, and tests run as the application's role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import translation
from pytest_django import DjangoDbBlocker

from meterside.config.environment import PROJECT
from meterside.config.migrating import connect_as
from meterside.kit.postgres import Cluster, DatabaseUrls, EmbeddedPostgres
from tests import databases
from tests.books import books_hold

__all__ = ["books_hold"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A throw-away PostgreSQL, shared by all test processes on this machine; of another version where asked."""
    other = os.environ.get("METERSIDE_TEST_POSTGRES")
    folder, binaries = ("other-test-postgres", Path(other)) if other else ("test-postgres", None)
    with EmbeddedPostgres(PROJECT / "var" / folder, durable=False, binaries=binaries) as running:
        yield running


@pytest.fixture(scope="session")
def template(cluster: Cluster, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of the migrated template database."""
    with django_db_blocker.unblock():
        return databases.ensure_template(cluster)


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster, template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This worker's own database, for tests that roll back."""
    with databases.cloned(cluster, template) as urls:
        with django_db_blocker.unblock():
            databases.use(urls)
        yield


@pytest.fixture
def fresh_database(
    cluster: Cluster, template: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseUrls]:
    """A database of this test's own, where commits are real; Django works on it as the application's role."""
    before = databases.current_entry()
    with databases.cloned(cluster, template) as urls, django_db_blocker.unblock():
        databases.use(urls)
        yield urls
        connections.close_all()
        connect_as(before)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request in Spanish leaves its thread in Spanish: every test begins in English."""
    translation.activate("en")
    yield
    translation.deactivate()


@pytest.fixture
def commit_checks() -> Callable[[], None]:
    """Let deferred triggers speak now, inside a test that will roll back."""

    def check() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return check


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real inputs; tests that need it skip, with the reason, where it is not."""
    folder = os.environ.get("METERSIDE_REAL_DATA")
    if not folder:
        pytest.skip("METERSIDE_REAL_DATA is not set: real inputs are not here")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"METERSIDE_REAL_DATA names no folder: {folder}")
    return path
