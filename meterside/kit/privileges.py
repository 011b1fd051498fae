"""Rights of the application's database role, brought in line after every migration.

The owner's role migrates; `meterside_app` (a group that the web's login belongs to) reads and writes, may not
truncate, bypass row security or change what is append-only. Models say so with `append_only = True`.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connections
from psycopg import sql

from meterside.kit.wall import sync_wall

APP_ROLE = "meterside_app"


def append_only_tables() -> list[str]:
    """Tables whose rows the application may add and read, never change."""
    return sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False))


def sync_privileges(using: str = "default") -> None:
    """Grant and revoke so that the role has just what it needs. Run as the owner; safe to repeat."""
    role = sql.Identifier(APP_ROLE)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        grants = [
            "GRANT USAGE ON SCHEMA public TO {}",
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}",
        ]
        for grant in grants:
            cursor.execute(sql.SQL(grant).format(role))
        for table in append_only_tables():
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), role))
        # Partitions are reached through their parent only.
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent "
            "WHERE pg_class.relkind = 'p'"
        )
        for (partition,) in cursor.fetchall():
            cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.SQL(partition), role))
        cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(role))
        sync_wall(cursor)
