"""`meterside migrate`: tables, rights, and the shared cache's table, brought up to date as the owner."""

from __future__ import annotations

import click
from psycopg.errors import InsufficientPrivilege

from meterside.cli.console import EnvironmentTrouble, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.kit.postgres import ensure_extensions, in_one_line


@click.command()
@json_option
def migrate_command(as_json: bool) -> None:
    """Bring the database up to date, as its owner (DATABASE_OWNER_URL, else DATABASE_URL).

    Applies Django's and the queue's migrations, then brings the rights of the application's role in line.
    Safe to run again. Exit codes: 0 up to date, 3 the database cannot be reached or its owner may not.
    """
    prepare_django(as_owner=True)
    applied = migrate_as_connected()
    if as_json:
        print_json({"applied": applied})
    elif applied:
        click.echo(f"Applied {len(applied)} migrations; the database is up to date.")
    else:
        click.echo("The database is up to date.")


def migrate_as_connected() -> list[str]:
    """Migrate on the present connection; the names of the migrations applied, in order."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from meterside.config.migrating import migrate_database

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    try:
        connection.ensure_connection()
        ensure_extensions(connection.connection)
        migrate_database()
    except (DatabaseError, InsufficientPrivilege) as error:
        refusal = _refusal_within(error)
        if refusal is None:
            raise
        raise EnvironmentTrouble(f"The database's owner may not migrate: {in_one_line(refusal)}") from error
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _refusal_within(error: BaseException | None) -> InsufficientPrivilege | None:
    """PostgreSQL's "permission denied", however Django has wrapped it."""
    while error is not None and not isinstance(error, InsufficientPrivilege):
        error = error.__cause__ or error.__context__
    return error
