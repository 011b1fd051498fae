"""`meterside demo`: one command that starts everything, prints who can sign in, and stops everything."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from typing import Any, Final, Protocol

import click
import psycopg
from psycopg import sql
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow

from meterside.cli.children import Child, Events, Interrupted, children, watched_signals
from meterside.cli.console import EnvironmentTrouble, FoundWrong, json_option, print_json
from meterside.cli.database import OpenDatabase, connect, open_database, set_up_django
from meterside.cli.migrate import migrate_as_connected
from meterside.cli.serve import check_port, listening_address
from meterside.cli.static import collect_static

_SEED: Final = ("meterside.config.demo", "seed_cast")
# Says that a database was filled by this command, so that RESET never empties another.
_MARK: Final = "meterside demo"
_READY_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.05


class SignIn(Protocol):
    """One of the cast, as the seeding tells it."""

    @property
    def who(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def note(self) -> str: ...


@click.command()
@click.option("--host", help="Address to listen on. [HOST, default 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="[PORT, default 8000]")
@click.option("--reset", is_flag=True, envvar="RESET", help="Empty the demo's database first. [RESET=1]")
@click.option("--accounts", type=click.IntRange(1), help="How many to make, the cast included. [default 500]")
@click.option("--months", type=click.IntRange(1), help="How many months of bills to make. [default 25]")
@json_option
def demo_command(
    host: str | None,
    port: int | None,
    reset: bool,
    accounts: int | None,
    months: int | None,
    as_json: bool,
) -> None:
    """Start the whole demo: database, migrations, the cast, web server and worker. Ctrl-C stops it all.

    Without DATABASE_URL an embedded PostgreSQL is started, with its data in the project's `var` folder.
    Exit codes: 0 stopped by you, 1 a part of it ended by itself, 3 the environment does not allow it.
    """
    os.environ.setdefault("METERSIDE_ENV", "demo")
    host, port = listening_address(host, port)
    check_port(host, port)
    say = _Narrator(quiet=as_json)
    with watched_signals() as events, ExitStack() as running:
        try:
            with events.interrupting():
                database = running.enter_context(open_database())
                size = {"n_accounts": accounts, "n_months": months}
                sign_ins = _prepare(database, size=size, reset=reset, say=say)
                say("Starting web server and workers")
                parts = running.enter_context(children(("serve",), ("worker",), ("worker",)))
                _wait_until_served(host, port, parts, events)
        except Interrupted:
            say("Stopping before it was ready")
        else:
            _welcome(port, sign_ins, as_json)
            _stay(parts, events)
            say("Stopping")
    say("Stopped")


class _Narrator:
    """Says what is being done, with the seconds since the start."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._start_s = time.monotonic()

    def __call__(self, words: str) -> None:
        if not self._quiet:
            click.echo(f"{time.monotonic() - self._start_s:5.1f} s  {words}", err=True)


def _prepare(
    database: OpenDatabase, *, size: dict[str, int | None], reset: bool, say: Callable[[str], None]
) -> Sequence[SignIn]:
    """Empty (if asked), migrate and seed the database; meanwhile, collect the static files."""
    if reset:
        say("Starting over with an empty database")
        _empty_database(database)
    _mark_if_empty(database)
    with ThreadPoolExecutor(1) as beside:
        collecting = beside.submit(collect_static)
        say("Bringing the database up to date")
        set_up_django()
        _migrate()
        say("Seeding the cast")
        sign_ins = _seed({name: number for name, number in size.items() if number is not None})
        _leave_database()
        collecting.result()
    return sign_ins


def _seed(size: dict[str, int]) -> Sequence[SignIn]:
    """Call the hook that fills the database; a size counts when it is first filled."""
    module, name = _SEED
    sign_ins: Sequence[SignIn] = getattr(import_module(module), name)(**size)
    return sign_ins


def _migrate() -> None:
    """Migrate as the owner, then let this process work as the application."""
    from django.conf import settings
    from django.db import connection

    from meterside.config.migrating import connect_as

    application: dict[str, Any] = dict(connection.settings_dict)
    connect_as(settings.OWNER_DATABASE)
    migrate_as_connected()
    connect_as(application)


def _leave_database() -> None:
    """Close this process's connections: from here on it only watches."""
    from django.db import connections

    connections.close_all()


def _empty_database(database: OpenDatabase) -> None:
    """Drop all tables, as the owner; only in the embedded database or one that a demo has filled."""
    with connect(database.owner_url) as connection:
        name, mark, has_tables = _what_it_is(connection)
        if has_tables and mark != _MARK and not database.is_embedded:
            raise EnvironmentTrouble(
                f"RESET empties only a demo's database, and {name!r} was not filled by one"
            )
        connection.execute("SET lock_timeout = '5s'")
        try:
            connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        except LockNotAvailable as error:
            raise EnvironmentTrouble(f"RESET: {name!r} is in use; stop what works on it first") from error
        connection.execute("CREATE SCHEMA public")


def _mark_if_empty(database: OpenDatabase) -> None:
    """Remember in an empty database that a demo filled it."""
    with connect(database.owner_url) as connection:
        name, _, has_tables = _what_it_is(connection)
        if not has_tables:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(_MARK))
            )


def _what_it_is(connection: psycopg.Connection[TupleRow]) -> tuple[str, str | None, bool]:
    """The database's name, its comment, and whether it has any table in the schema we use."""
    row = connection.execute(
        "SELECT datname, shobj_description(oid, 'pg_database'),"
        " EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public')"
        " FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    if row is None:
        raise LookupError("a connection without a database")
    return row[0], row[1], row[2]


def _wait_until_served(host: str, port: int, parts: Sequence[Child], events: Events) -> None:
    """Wait for the web server's first answer; raises FoundWrong when a part ends or is too slow."""
    deadline_s = time.monotonic() + _READY_TIMEOUT_S
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    while time.monotonic() < deadline_s:
        if _answers(target, port):
            return
        _refuse_ended(parts)
        events.next(_POLL_S)
    raise FoundWrong(f"The web server did not answer within {_READY_TIMEOUT_S:.0f} s")


def _answers(host: str, port: int) -> bool:
    """Whether somebody answers; raises FoundWrong when the answer is a failure."""
    connection = http.client.HTTPConnection(host, port, timeout=_READY_TIMEOUT_S)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    if status >= http.client.INTERNAL_SERVER_ERROR:
        raise FoundWrong(f"The web server answers with a failure ({status}); its words are above")
    return True


def _stay(parts: Sequence[Child], events: Events) -> None:
    """Return when the user asks for the end; raise FoundWrong when a part ends by itself."""
    while True:
        _refuse_ended(parts)
        if events.next() != signal.SIGCHLD:
            return


def _refuse_ended(parts: Sequence[Child]) -> None:
    for part in parts:
        code = part.exit_code()
        if code is not None:
            raise FoundWrong(f"`meterside {part.name}` ended by itself with exit code {code}")


def _welcome(port: int, sign_ins: Sequence[SignIn], as_json: bool) -> None:
    address = f"http://localhost:{port}"
    rows = [(one.who, one.email, one.password, one.note) for one in sign_ins]
    if as_json:
        names = ("who", "email", "password", "note")
        people = [dict(zip(names, row, strict=True)) for row in rows]
        print_json({"address": address, "sign_ins": people})
        return
    click.echo(f"\n  Meterside is at {address}\n")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(f"  {line.rstrip()}")
    click.echo(f"\n  The other accounts' 25 months are being made: {address}/demo/progress/")
    click.echo("  Ctrl-C stops everything; `make demo RESET=1` starts over.\n")
