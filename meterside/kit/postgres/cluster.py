"""A running PostgreSQL: its roles, databases and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

import psycopg
from psycopg import sql

from meterside.kit.postgres.errors import PostgresUnavailable, in_one_line

SUPERUSER: Final = "postgres"
OWNER: Final = "meterside_owner"
WEB: Final = "meterside_web"
APP_GROUP: Final = "meterside_app"
LOGINS: Final = (SUPERUSER, OWNER, WEB)
# All three are "trusted": a database's owner may create them, here and in production.
EXTENSIONS: Final = ("btree_gist", "pg_trgm", "unaccent")
_CONNECT_TIMEOUT_S = 10

CopyStrategy = Literal["FILE_COPY", "WAL_LOG"]


@dataclass(frozen=True, kw_only=True)
class DatabaseUrls:
    """One database's two addresses: `owner` migrates, `app` runs web, workers and tests."""

    name: str
    owner: str
    app: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A running server on 127.0.0.1. Every connection proves a password; no role here trusts anybody."""

    port: int
    passwords: dict[str, str]

    def __repr__(self) -> str:
        return f"Cluster(port={self.port})"

    def url(self, role: str, database: str) -> str:
        """A postgresql:// address that contains the role's password."""
        password = quote(self.passwords[role], safe="")
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    @property
    def superuser_url(self) -> str:
        """For setting up only; nothing of the product runs with it."""
        return self.url(SUPERUSER, "postgres")

    def urls(self, name: str) -> DatabaseUrls:
        """The addresses of database `name`, which need not exist yet."""
        return DatabaseUrls(name=name, owner=self.url(OWNER, name), app=self.url(WEB, name))

    def database_exists(self, name: str) -> bool:
        with self._connect(SUPERUSER) as connection:
            return _has_database(connection, name)

    def ensure_roles(self) -> None:
        """Create the owner, the application's group and its login, where they are missing."""
        with self._connect(SUPERUSER) as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in known:
                self._create_login(connection, OWNER, "CREATEDB")
            if APP_GROUP not in known:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(APP_GROUP)))
            if WEB not in known:
                self._create_login(connection, WEB, "NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
                connection.execute(
                    sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_GROUP), sql.Identifier(WEB))
                )

    def ensure_database(self, name: str) -> DatabaseUrls:
        """Create database `name` for the owner, closed to everybody but the application, with extensions."""
        urls = self.urls(name)
        with self._connect(OWNER) as connection:
            if _has_database(connection, name):
                return urls
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            self._close_to_strangers(connection, name)
        with self._connect(OWNER, name) as connection:
            ensure_extensions(connection)
        return urls

    def clone_database(
        self, template: str, name: str, *, strategy: CopyStrategy = "FILE_COPY"
    ) -> DatabaseUrls:
        """Make database `name` a copy of `template`, replacing one of that name; nobody may be in `template`.

        Rights granted on the database itself are not copied by PostgreSQL, so they are granted anew.
        """
        self.drop_database(name)
        with self._connect(OWNER) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.SQL(strategy)
                )
            )
            self._close_to_strangers(connection, name)
        return self.urls(name)

    def drop_database(self, name: str) -> None:
        """Drop database `name` and whoever is in it; nothing happens if there is none."""
        with self._connect(SUPERUSER) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def _connect(self, role: str, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        try:
            return psycopg.connect(
                self.url(role, database), autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
            )
        except psycopg.OperationalError as error:
            raise PostgresUnavailable(
                f"The embedded PostgreSQL on port {self.port}: {in_one_line(error)}"
            ) from error

    def _create_login(
        self, connection: psycopg.Connection[tuple[object, ...]], role: str, rights: str
    ) -> None:
        # The verifier is made here, so that the password itself never reaches the server's log.
        verifier = connection.pgconn.encrypt_password(
            self.passwords[role].encode(), role.encode(), b"scram-sha-256"
        )
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}").format(
                sql.Identifier(role), sql.SQL(rights), sql.Literal(verifier.decode())
            )
        )

    def _close_to_strangers(self, connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
        database = sql.Identifier(name)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                database, sql.Identifier(APP_GROUP)
            )
        )


def ensure_extensions(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Create the extensions our tables need, in the connection's database; its owner may."""
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _has_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return found is not None
