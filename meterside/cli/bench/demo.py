"""The demo as a stranger meets it: first start on an empty folder, the whole past, and the second start."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket

import psycopg

from meterside.cli.database import EMBEDDED_DATABASE
from meterside.config.environment import Runtime
from meterside.kit.postgres import EmbeddedPostgres

from . import Result

_PATIENCE_S = 300
_POLL_S = 0.2
_NOT_INHERITED = ("DATABASE_URL", "DATABASE_OWNER_URL", "METERSIDE_URLCONF", "METERSIDE_ENV")
_DONE = """
    SELECT sum((answer ->> 'units')::bigint) >= max((answer ->> 'planned_units')::bigint)
      FROM spine_idempotencykey WHERE scope = 'demo.past' AND answer IS NOT NULL
"""


def run() -> Iterator[Result]:
    """Seconds until the cast can sign in, until 500 accounts have 25 months, and until a second start is ready."""
    folder = Path(Runtime().var) / "bench-demo"
    floors = _database_alone(folder)
    with _started(folder) as (demo, began):
        ready = time.monotonic() - began
        yield Result(
            "demo: first start", ready, "s", floors[0], "s, making and starting an empty database",
            "<= 40 s", ready <= 40,
        )  # fmt: skip
        _await_past(folder, demo)
        past = time.monotonic() - began - ready
        yield Result("demo: the whole past after that", past, "s", None, "", "<= 90 s", past <= 90)
    with _started(folder) as (_, began):
        again = time.monotonic() - began
        yield Result(
            "demo: second start", again, "s", floors[1], "s, starting a database", "<= 6 s", again <= 6
        )
    _clear(folder)


def _database_alone(folder: Path) -> tuple[float, float]:
    _clear(folder)
    times = []
    for _ in range(2):
        began = time.monotonic()
        with EmbeddedPostgres(folder / "postgres"):
            times.append(time.monotonic() - began)
    _clear(folder)
    return times[0], times[1]


def _clear(folder: Path) -> None:
    EmbeddedPostgres(folder / "postgres").destroy()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], float]]:
    """`meterside demo` once it says that it is ready, and when it was begun; Ctrl-C at the end."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    began = time.monotonic()
    demo = subprocess.Popen(
        [sys.executable, "-m", "meterside", "demo", "--json"],
        env={**kept, "METERSIDE_VAR": str(folder), "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _read_welcome(demo)
        yield demo, began
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)


def _read_welcome(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout is not None
    text = ""
    for line in demo.stdout:
        text += line
        try:
            json.loads(text)
        except json.JSONDecodeError:
            continue
        return
    raise RuntimeError(f"the demo did not start: {text}")


def _await_past(folder: Path, demo: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    with (
        EmbeddedPostgres(folder / "postgres") as cluster,
        psycopg.connect(cluster.urls(EMBEDDED_DATABASE).app, autocommit=True) as connection,
    ):
        while demo.poll() is None and time.monotonic() < deadline:
            row = connection.execute(_DONE).fetchone()
            if row is not None and row[0]:
                return
            time.sleep(_POLL_S)
    raise RuntimeError("the demo's past was not made in time")
