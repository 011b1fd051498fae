"""`meterside serve`: the web server, granian, with as many processes as the machine has cores."""

from __future__ import annotations

import errno
import gc
import os
import socket
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from meterside.cli.console import EnvironmentTrouble
from meterside.cli.database import check_migrated, open_database, read_settings, set_up_django
from meterside.cli.parent import follow
from meterside.cli.static import collect_static
from meterside.config.environment import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable

_APPLICATION: Final = "meterside.config.wsgi:application"
# Each process keeps up to DATABASE_POOL_MAX (8) connections; PostgreSQL's default takes 100 in all.
_MOST_PROCESSES: Final = 8
_THREADS: Final = 4
_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000
_STOP_TIMEOUT_S: Final = 5
_BACKLOG: Final = 1024


@click.command()
@click.option("--host", help="Address to listen on. [HOST, default 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="[PORT, default 8000]")
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    envvar="METERSIDE_WEB_PROCESSES",
    help=f"Default: one a core, {_MOST_PROCESSES} at most. [METERSIDE_WEB_PROCESSES]",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    envvar="METERSIDE_WEB_THREADS",
    default=_THREADS,
    show_default=True,
    help="Requests at a time in a process. [METERSIDE_WEB_THREADS]",
)
@click.option(
    "--access-log", is_flag=True, help="Write a line for each request (off: it tells who was where)."
)
def serve_command(
    host: str | None, port: int | None, processes: int | None, threads: int, access_log: bool
) -> None:
    """Serve the portal over HTTP. Ends on Ctrl-C or SIGTERM.

    Exit codes: 0 ended as asked, 3 the port is busy, the database cannot be reached or is not migrated.
    """
    host, port = listening_address(host, port)
    check_port(host, port)
    with open_database() as database:
        check_migrated(database.url)
        collect_static()
        # Loaded before the fork: what is wrong is told once, and the processes share the memory.
        set_up_django()
        from django.conf import settings

        import_module("meterside.config.wsgi")
        import_module(settings.ROOT_URLCONF)
        _serve(host, port, processes or default_processes(), threads, access_log)


def listening_address(host: str | None, port: int | None) -> tuple[str, int]:
    """Where to listen: the options, else HOST and PORT, which are set to it for settings and children."""
    runtime = read_settings(Runtime)
    host, port = host or runtime.host, port or runtime.port
    os.environ.update(HOST=host, PORT=str(port))
    return host, port


def default_processes() -> int:
    """One web process a core this process may use, with a ceiling."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES)


def check_port(host: str, port: int) -> None:
    """Raise EnvironmentTrouble, in one line, when nobody could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections of the last run that are still closing are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror as error:
        raise EnvironmentTrouble(f"HOST={host} is no address of this machine") from error
    except PermissionError as error:
        raise EnvironmentTrouble(f"Port {port} needs more rights: choose one above 1023") from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise EnvironmentTrouble(f"Cannot listen on {host} port {port}: {error.strerror}") from error
        other = port + 1 if port < 65535 else 8000
        raise EnvironmentTrouble(
            f"Port {port} is taken: stop what uses it, or choose another, as in PORT={other}"
        ) from error


def _serve(host: str, port: int, processes: int, threads: int, access_log: bool) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        _APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        backlog=_BACKLOG,
        backpressure=_BACKLOG // processes,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=access_log,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_TIMEOUT_S,
    )
    server.serve(target_loader=_Loader(os.getpid()), wrap_loader=False)


class _Loader:
    """Loads the application in a web process that first promises not to outlive the main one."""

    def __init__(self, parent_pid: int) -> None:
        self._parent_pid = parent_pid

    def __call__(self) -> Callable[..., Any]:
        follow(self._parent_pid)
        from meterside.config.wsgi import application

        # What is loaded stays: no collection looks at it again. And a page makes thousands of objects and hardly a
        # cycle: looked for every 700, as Python does, they are looked for ten times in the middle of each.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        return application
