"""`meterside migrate`: tables, rights, and the shared cache's table, brought up to date as the owner."""

from __future__ import annotations

import click
from psycopg.errors import InsufficientPrivilege

from meterside.cli.console import EnvironmentTrouble, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.kit.postgres import ensure_extensions
from meterside.kit.postgres.cluster import EXTENSIONS


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
    from django.db import ProgrammingError, connection
    from django.db.migrations.executor import MigrationExecutor

    from meterside.config.migrating import migrate_database

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    try:
        connection.ensure_connection()
        ensure_extensions(connection.connection)
        migrate_database()
    except InsufficientPrivilege as error:
        raise EnvironmentTrouble(
            f"The database's owner may not create extensions ({', '.join(EXTENSIONS)}): {error}".strip()
        ) from error
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            raise EnvironmentTrouble(f"The database's owner may not migrate: {error}".strip()) from error
        raise
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
