"""One migrated template database, cloned for each worker and for each test that commits."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from meterside.config.environment import PROJECT
from meterside.config.migrating import connect_as, migrate_database
from meterside.config.settings import _database as database_entry
from meterside.kit.postgres import Cluster, DatabaseUrls

_numbers = itertools.count(1)
_STILL = ("meterside/config/migrating.py", "meterside/kit/privileges.py", "meterside/kit/wall.py")


def template_name() -> str:
    """Named by what makes it, so that a changed migration makes a new one."""
    digest = hashlib.sha256()
    for path in sorted([*PROJECT.glob("meterside/**/migrations/*.py"), *(PROJECT / name for name in _STILL)]):
        digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:16]}"


def ensure_template(cluster: Cluster) -> str:
    """Make the template once; other processes wait for the first."""
    name = template_name()
    with locked(PROJECT / "var" / "test-template.lock"):
        if not cluster.database_exists(name):
            making = f"{name}_making"
            cluster.drop_database(making)
            urls = cluster.ensure_database(making)
            connect_as(database_entry(urls.owner))
            migrate_database()
            connections.close_all()
            cluster.clone_database(making, name)
            cluster.drop_database(making)
    return name


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, across processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def cloned(cluster: Cluster, template: str) -> Iterator[DatabaseUrls]:
    """A database of its own, dropped at the end."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with locked(PROJECT / "var" / "test-clone.lock"):
        urls = cluster.clone_database(template, name)
    try:
        yield urls
    finally:
        connections.close_all()
        cluster.drop_database(name)


def use(urls: DatabaseUrls) -> None:
    """Let this process's Django work on a database, as the application's role."""
    connect_as(database_entry(urls.app))


def use_as_owner(urls: DatabaseUrls) -> None:
    """The same, as the role that owns the tables."""
    connect_as(database_entry(urls.owner))


def current_entry() -> dict[str, Any]:
    """The entry this process's Django works on."""
    return dict(connections["default"].settings_dict)
