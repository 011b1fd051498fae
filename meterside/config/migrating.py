"""Bringing a database up to date: tables, the shared cache's table, and the application's rights."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from meterside.kit.privileges import sync_privileges


def connect_as(entry: dict[str, Any]) -> None:
    """Point this process's default connection at another database entry."""
    connection = connections["default"]
    connection.close()
    if isinstance(connection, DatabaseWrapper):
        connection.close_pool()
    # The one dictionary is shared by every thread's connection object.
    connection.settings_dict.update(entry)


def migrate_database() -> None:
    """Migrate with the connection as it is, which must be the owner's. Safe to run again."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    sync_privileges()
