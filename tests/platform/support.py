"""Real processes for the platform tests: started, watched, and certainly gone at the end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from meterside.config.environment import PROJECT

DEADLINE_S = 120.0
_POLL_S = 0.02


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return as soon as `condition()` holds; fail after DEADLINE_S."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline_s:
            pytest.fail(f"waited {DEADLINE_S:.0f} s in vain for: {what}")
        select.select([], [], [], _POLL_S)


class Process(NamedTuple):
    """One running process: its parent and its command line."""

    parent: int
    command: str


def processes() -> dict[int, Process]:
    """All running processes by number; those that have ended and only wait for their parent are left out."""
    if not Path("/proc/self/stat").exists():
        return _processes_by_ps()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            if state not in "ZX":
                found[int(folder.name)] = Process(int(parent), command)
    return found


def _processes_by_ps() -> dict[int, Process]:
    """For macOS; a slim Linux has no `ps`."""
    listed = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    return {int(row[0]): Process(int(row[1]), row[3]) for row in rows if len(row) == 4 and row[2][0] != "Z"}


def is_alive(pid: int) -> bool:
    """Whether the process runs."""
    return pid in processes()


def answers(url: str) -> bool:
    """Whether a database takes this address."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without any setting of Meterside, plus `extra`."""
    ours = ("METERSIDE_", "DATABASE_", "DJANGO_", "SECRET_KEY", "PORT", "HOST", "RESET", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(PROJECT), **extra}


def meterside(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "meterside", *arguments],
        env=environment(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )


class Script:
    """A Python process that tells us things, a line each, on its standard output."""

    def __init__(self, *arguments: str, variables: Mapping[str, str], cwd: Path | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(**variables),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._unread = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def read_line(self) -> str:
        """The next line it prints."""
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        while b"\n" not in self._unread:
            ready, _, _ = select.select([output], [], [], DEADLINE_S)
            assert ready, "the process said nothing"
            part = os.read(output, 65536)
            assert part, "the process ended"
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode().strip()

    def read_json(self) -> Any:
        """The JSON document it prints, over as many lines as it has."""
        text = ""
        while True:
            text += self.read_line()
            with suppress(json.JSONDecodeError):
                return json.loads(text)

    def interrupt(self) -> int:
        """Ctrl-C; its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(DEADLINE_S)

    def wait(self) -> int:
        """Its exit code, when it ends by itself."""
        return self._process.wait(DEADLINE_S)

    def kill(self) -> None:
        """SIGKILL: it can tidy up nothing."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close_input(self) -> None:
        """Close its standard input: it may end."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def finish(self) -> int:
        """Close its standard input and wait; its exit code."""
        self.close_input()
        return self._process.wait(DEADLINE_S)

    def make_sure_it_ended(self) -> None:
        if self._process.poll() is None:
            self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
