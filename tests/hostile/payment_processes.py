"""Real processes that a test may kill: a web server, and a worker that does one round of the background work.

This file is both sides. Run as a program it loads Django once and then forks a child for each order read from
its standard input, so that a killed process is replaced in milliseconds. `Processes` is the test's end.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parent.parent.parent


class Processes:
    """Starts servers and workers on a database, and says how they ended."""

    def __init__(self, *, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        environment = os.environ | {
            "METERSIDE_ENV": "test",
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "PAYMENT_SANDBOX_DELAY_S": "0",
            "DJANGO_SETTINGS_MODULE": "meterside.config.settings",
        }
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.payment_processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=_PROJECT,
        )
        self._answer()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def warm(self, session_key: str) -> None:
        """Let the parent read pages as that session and do a round of work, so that its children start warm."""
        self._ask({"do": "warm", "session_key": session_key})

    def serve(self, *, crash_at: str = "", later_s: int = 0) -> int:
        """Start the server, which listens when this returns; returns its process id."""
        return self._fork("serve", crash_at, later_s)

    def work(self, *, crash_at: str = "", later_s: int = 0) -> int:
        """Let a worker do one round; returns how it ended: 0, or minus the signal that killed it."""
        return self.ended(self._fork("work", crash_at, later_s))

    def ended(self, pid: int) -> int:
        """Wait for a process; returns its exit code, or minus the signal that killed it."""
        return int(self._ask({"do": "wait", "pid": pid})["code"])

    def stop(self, pid: int) -> None:
        """Stop a server that runs."""
        self._ask({"do": "stop", "pid": pid})

    def close(self) -> None:
        """End the parent."""
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.close()
        self._parent.wait(timeout=10)
        self._parent.stdout.close()

    def _fork(self, role: str, crash_at: str, later_s: int) -> int:
        return int(self._ask({"do": role, "crash_at": crash_at, "later_s": later_s})["pid"])

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._parent.stdin
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        self._parent.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._parent.stdout
        line = self._parent.stdout.readline()
        if not line:
            raise RuntimeError("the parent of the processes has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(frozen=True)
class _Order:
    do: str
    crash_at: str = ""
    later_s: int = 0
    pid: int = 0
    session_key: str = ""


def _main() -> None:
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    _say({})
    for line in sys.stdin:
        order = _Order(**json.loads(line))
        if order.do in {"serve", "work"}:
            _say({"pid": _child(order, application)})
        elif order.do == "wait":
            _say({"code": os.waitstatus_to_exitcode(os.waitpid(order.pid, 0)[1])})
        elif order.do == "warm":
            _warm(order.session_key)
            _say({})
        else:
            os.kill(order.pid, 15)
            os.waitpid(order.pid, 0)
            _say({})


def _warm(session_key: str) -> None:
    from django.db import connections
    from django.test import Client

    from meterside.jobs import payments

    client = Client(SERVER_NAME="localhost")
    client.cookies["sessionid"] = session_key
    check = client.post("/pay/", {"amount": "1"})["Location"]
    for path in ("/pay/", check, "/payments/"):
        assert client.get(path).status_code == 200
    payments.sandbox_every_minute(0)
    payments.sweep(0)
    # A connection must not be shared by two processes.
    connections.close_all()


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _child(order: _Order, application: Any) -> int:
    is_ready, say_ready = os.pipe()
    pid = os.fork()
    if pid:
        os.close(say_ready)
        os.read(is_ready, 1)  # a byte, or the end when the child has died
        os.close(is_ready)
        return pid
    try:
        _become(order, application, say_ready)
    finally:
        os._exit(0 if sys.exc_info()[0] is None else 1)


def _become(order: _Order, application: Any, say_ready: int) -> None:
    from meterside.kit import clock, crash

    crash.arm(order.crash_at)
    ahead = timedelta(seconds=order.later_s)
    # Threads of the server do not inherit a context, so the clock itself is put forward.
    clock.now = lambda: datetime.now(UTC) + ahead
    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)
    os.dup2(devnull, 1)
    if order.do == "work":
        from meterside.jobs import payments

        os.close(say_ready)
        payments.sandbox_every_minute(0)
        payments.sweep(0)
        return
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    class Handler(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """A test's output is its own."""

    server = ThreadedWSGIServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    server.set_app(application)
    os.close(say_ready)
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    _main()
