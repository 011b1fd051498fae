"""The database a command works on: the one of DATABASE_URL, else the embedded one; and Django upon it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from meterside.cli.console import EnvironmentTrouble
from meterside.config.environment import Database, Runtime
from meterside.kit.postgres import EmbeddedPostgres, PostgresUnavailable, in_one_line

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

EMBEDDED_DATABASE: Final = "meterside"
OLDEST_SERVER: Final = 150000
_CONNECT_TIMEOUT_S = 5

_Topic = TypeVar("_Topic", bound=BaseSettings)


def read_settings(topic: type[_Topic]) -> _Topic:
    """One topic of the settings; a bad value is told in one line that names the variable."""
    try:
        return topic()
    except ValidationError as error:
        told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
        raise EnvironmentTrouble(f"Settings: {'; '.join(told)}") from error


def embedded_server(runtime: Runtime) -> EmbeddedPostgres:
    """The server for commands without DATABASE_URL, not started. Raises EnvironmentTrouble in production."""
    if runtime.mode == "production":
        raise EnvironmentTrouble("Production needs DATABASE_URL; the embedded PostgreSQL is for demos")
    return EmbeddedPostgres(Path(runtime.var) / "postgres")


@dataclass(frozen=True, kw_only=True)
class OpenDatabase:
    """A database that answers: the application's address and the owner's."""

    url: str
    owner_url: str
    is_embedded: bool


@contextmanager
def open_database() -> Iterator[OpenDatabase]:
    """Within the block the database answers, and DATABASE_URL and DATABASE_OWNER_URL name it.

    Without DATABASE_URL the embedded server is started, or joined where it runs already. Raises
    EnvironmentTrouble in one line when there is no database to be had.
    """
    settings = read_settings(Database)
    if settings.url:
        owner_url = settings.owner_url or settings.url
        for url in dict.fromkeys((settings.url, owner_url)):
            connect(url).close()
        with _environment(settings.url, owner_url):
            yield OpenDatabase(url=settings.url, owner_url=owner_url, is_embedded=False)
        return
    server = embedded_server(read_settings(Runtime))
    try:
        try:
            urls = server.start().ensure_database(EMBEDDED_DATABASE)
        except PostgresUnavailable as error:
            raise EnvironmentTrouble(str(error)) from error
        with _environment(urls.app, urls.owner):
            yield OpenDatabase(url=urls.app, owner_url=urls.owner, is_embedded=True)
    finally:
        server.stop()


@contextmanager
def _environment(url: str, owner_url: str) -> Iterator[None]:
    """For settings and for children."""
    names = ("DATABASE_URL", "DATABASE_OWNER_URL")
    before = {name: os.environ[name] for name in names if name in os.environ}
    os.environ.update(zip(names, (url, owner_url), strict=True))
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]
        os.environ.update(before)


def connect(url: str) -> psycopg.Connection[TupleRow]:
    """Connect, or raise EnvironmentTrouble in one line without the password."""
    if not url.startswith(("postgresql://", "postgres://")):
        # libpq would repeat the whole of it, password included.
        raise EnvironmentTrouble("DATABASE_URL must read postgresql://user:password@host:port/name")
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S)
    except psycopg.Error as error:
        raise EnvironmentTrouble(
            f"Cannot reach the database {without_password(url)}: {in_one_line(error)}"
        ) from error
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        connection.close()
        raise EnvironmentTrouble(
            f"The database {without_password(url)} runs PostgreSQL {version // 10000}; "
            f"Meterside needs {OLDEST_SERVER // 10000} or newer"
        )
    return connection


def check_migrated(url: str) -> None:
    """Raises EnvironmentTrouble when the database has no tables yet."""
    with connect(url) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        raise EnvironmentTrouble("The database is empty: run `meterside migrate` first")


def without_password(url: str) -> str:
    """A database's address that may be shown."""
    parts = conninfo_to_dict(url)
    user = f"{parts['user']}@" if "user" in parts else ""
    port = f":{parts['port']}" if "port" in parts else ""
    return f"postgresql://{user}{parts.get('host', '')}{port}/{parts.get('dbname', '')}"


def prepare_django(*, as_owner: bool = False) -> None:
    """Set Django up on the database, for the rest of the running command.

    With `as_owner` the process works as the role that owns the tables, else as the application's. A program that has
    set Django up already, as a test has, keeps the database it is on. Raises EnvironmentTrouble when settings are
    refused, the database does not answer, or the application works on it and it has no tables yet.
    """
    from django.apps import apps

    if apps.ready and not as_owner:
        return
    database = click.get_current_context().with_resource(open_database())
    if not as_owner:
        check_migrated(database.url)
    set_up_django()
    if as_owner:
        from django.conf import settings

        from meterside.config.migrating import connect_as

        connect_as(settings.OWNER_DATABASE)


def set_up_django() -> None:
    """`django.setup()` with refused settings told as one message instead of a traceback."""
    import django

    from meterside.config.environment import RefusedSettings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meterside.config.settings")
    try:
        django.setup()
    except RefusedSettings as error:
        raise EnvironmentTrouble(str(error)) from error
