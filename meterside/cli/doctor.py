"""`meterside doctor`: what is configured, what is missing, in words."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from importlib import metadata
from typing import Final, Literal

import click

from meterside.cli.console import FOUND_WRONG, EnvironmentTrouble, json_option, print_json
from meterside.cli.database import (
    OpenDatabase,
    connect,
    embedded_server,
    open_database,
    read_settings,
    set_up_django,
    without_password,
)
from meterside.cli.serve import check_port
from meterside.cli.static import static_is_collected
from meterside.config.environment import (
    Database,
    Messaging,
    Payments,
    RefusedSettings,
    Runtime,
    Security,
    Utility,
    refuse_unsafe,
)
from meterside.kit import clock
from meterside.kit.postgres.cluster import EXTENSIONS

State = Literal["ok", "note", "wrong"]
_MARKS: Final = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}
_LATE_AFTER_MINUTES: Final = 10
#: Room for interval reads is made this far ahead; less is an alarm.
_ROOM_DAYS: Final = 31


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: `state` "note" is worth knowing, "wrong" must be mended and says how."""

    about: str
    state: State
    words: str


@click.command()
@json_option
def doctor_command(as_json: bool) -> None:
    """Say what is configured and what is missing, in words. Changes nothing.

    Starts the embedded PostgreSQL for the look if that is what is configured. Exit codes: 0 nothing is wrong,
    1 something is.
    """
    findings = list(examine())
    is_wrong = any(finding.state == "wrong" for finding in findings)
    if as_json:
        print_json({"ok": not is_wrong, "findings": [asdict(finding) for finding in findings]})
    else:
        width = max(len(finding.about) for finding in findings)
        for finding in findings:
            click.echo(f"{_MARKS[finding.state]}  {finding.about.ljust(width)}  {finding.words}")
    if is_wrong:
        raise SystemExit(FOUND_WRONG)


def examine() -> Iterator[Finding]:
    """Look at everything, cheapest first; what cannot be looked at is itself a finding."""
    yield Finding(
        about="program",
        state="ok",
        words=f"Meterside {metadata.version('meterside')}, Python {platform.python_version()}",
    )
    for look in (_settings, _utility, _port, _static):
        yield from _told(look)
    try:
        if _would_create_server():
            yield Finding(
                about="database",
                state="note",
                words="DATABASE_URL is not set: `make demo` will create an embedded PostgreSQL",
            )
            return
        with open_database() as database:
            for examine_one in (_server, _role, _tables, _months, _queue):
                yield from _told(partial(examine_one, database))
    except EnvironmentTrouble as trouble:
        yield Finding(about="database", state="wrong", words=trouble.message)


def _would_create_server() -> bool:
    return not read_settings(Database).url and not embedded_server(read_settings(Runtime)).is_created()


def _told(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of one look; trouble while looking is a finding too."""
    try:
        yield from look()
    except EnvironmentTrouble as trouble:
        yield Finding(about="settings", state="wrong", words=trouble.message)


def _settings() -> Iterator[Finding]:
    runtime, security = read_settings(Runtime), read_settings(Security)
    payments, messaging = read_settings(Payments), read_settings(Messaging)
    try:
        refuse_unsafe(runtime, security, payments, messaging)
    except RefusedSettings as error:
        yield Finding(about="settings", state="wrong", words=" ".join(str(error).split()))
    yield Finding(about="mode", state="ok", words=f"METERSIDE_ENV={runtime.mode}")
    yield Finding(about="files", state="ok", words=f"METERSIDE_VAR={runtime.var}")
    if security.is_default_secret:
        yield Finding(about="secret", state="note", words="SECRET_KEY is the demo's; production refuses it")
    else:
        yield Finding(about="secret", state="ok", words="SECRET_KEY is set")
    gateway = "moves no money" if payments.gateway == "sandbox" else "in use"
    yield Finding(
        about="payments",
        state="note" if payments.gateway == "sandbox" else "ok",
        words=f"PAYMENT_GATEWAY={payments.gateway}: {gateway}",
    )
    sends = messaging.channel != "record"
    yield Finding(
        about="messages",
        state="ok" if sends else "note",
        words=f"MESSAGE_CHANNEL={messaging.channel}: "
        + (f"sent through {messaging.smtp_host}" if sends else "kept in the database, not sent"),
    )
    if messaging.channel == "smtp" and not messaging.smtp_host:
        yield Finding(about="messages", state="wrong", words="SMTP_HOST is missing: no message can be sent")


def _utility() -> Iterator[Finding]:
    utility = read_settings(Utility)
    try:
        words = f"{utility.name}, days in {utility.zone.key}"
    except (KeyError, ValueError):
        words = f"UTILITY_ZONE={utility.zone_name} is no zone; write it as America/Denver"
        yield Finding(about="utility", state="wrong", words=words)
        return
    yield Finding(about="utility", state="ok", words=words)


def _port() -> Iterator[Finding]:
    runtime = read_settings(Runtime)
    try:
        check_port(runtime.host, runtime.port)
    except EnvironmentTrouble as trouble:
        words = f"{trouble.message} (fine if Meterside itself runs there)"
        yield Finding(about="port", state="note", words=words)
        return
    yield Finding(about="port", state="ok", words=f"{runtime.port} on {runtime.host} is free")


def _static() -> Iterator[Finding]:
    if static_is_collected(read_settings(Runtime).var):
        yield Finding(about="static files", state="ok", words="collected")
    else:
        words = "not collected since they changed; `meterside serve` does it at its start"
        yield Finding(about="static files", state="note", words=words)


def _server(database: OpenDatabase) -> Iterator[Finding]:
    with connect(database.url) as connection:
        version = connection.info.server_version
        known = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    server = "embedded PostgreSQL" if database.is_embedded else "PostgreSQL"
    number = f"{version // 10000}.{version % 10000}"
    yield Finding(
        about="database", state="ok", words=f"{server} {number} at {without_password(database.url)}"
    )
    missing = sorted(set(EXTENSIONS) - known)
    if missing:
        yield Finding(
            about="extensions",
            state="note",
            words=f"{', '.join(missing)}: `meterside migrate` creates what it needs, if the owner may",
        )


def _role(database: OpenDatabase) -> Iterator[Finding]:
    with connect(database.url) as connection:
        row = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls,"
            " EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid AND relname = 'django_migrations')"
            " FROM pg_roles r WHERE rolname = current_user"
        ).fetchone()
    if row is None:
        return
    name, is_super, may_bypass, owns = row
    if is_super or may_bypass or owns:
        why = "is a superuser" if is_super else "may bypass row security" if may_bypass else "owns the tables"
        yield Finding(
            about="role",
            state="note",
            words=f"{name} {why}: give the application a role of its own in DATABASE_URL "
            "and name the owner in DATABASE_OWNER_URL",
        )
    else:
        yield Finding(about="role", state="ok", words=f"{name} is bound by rights and row security")


def _tables(database: OpenDatabase) -> Iterator[Finding]:
    set_up_django()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if pending:
        words = f"{len(pending)} migrations are missing: run `meterside migrate`"
        yield Finding(about="tables", state="wrong", words=words)
    else:
        yield Finding(about="tables", state="ok", words="up to date")


def _months(database: OpenDatabase) -> Iterator[Finding]:
    """Whether reads of the days to come have room: their partitions are made ahead, every night."""
    day = clock.now().date() + timedelta(days=_ROOM_DAYS)
    with connect(database.url) as connection:
        row = connection.execute(
            "SELECT to_regclass('cis_metering_intervalday') IS NOT NULL,"
            " to_regclass('cis_metering_intervalday_' || to_char(%s::date, 'YYYYMM')) IS NOT NULL,"
            " EXISTS (SELECT FROM pg_inherits WHERE inhparent = to_regclass('cis_metering_intervalday'))",
            [day],
        ).fetchone()
    if row is None or not row[0]:
        return
    if row[1]:
        yield Finding(about="months", state="ok", words=f"interval reads have room until {day:%B %Y}")
    elif row[2]:
        words = f"no room is made for interval reads of {day:%B %Y}: does `meterside worker` run at night?"
        yield Finding(about="months", state="wrong", words=words)
    else:
        yield Finding(about="months", state="note", words="no interval reads yet, so no room for them")


def _queue(database: OpenDatabase) -> Iterator[Finding]:
    with connect(database.url) as connection:
        exists = connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone()
        if exists is None or not exists[0]:
            return
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'failed'),"
            " count(*) FILTER (WHERE status = 'todo' AND scheduled_at < now() - %s * interval '1 min')"
            " FROM procrastinate_jobs",
            [_LATE_AFTER_MINUTES],
        ).fetchone()
        workers = connection.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 min'"
        ).fetchone()
    if row is None or workers is None:
        return
    waiting, failed, late = row
    words = f"{workers[0]} workers, {waiting} jobs waiting, {failed} failed"
    if late and not workers[0]:
        yield Finding(about="queue", state="wrong", words=f"{words}: start `meterside worker`")
    else:
        yield Finding(about="queue", state="note" if failed or not workers[0] else "ok", words=words)
