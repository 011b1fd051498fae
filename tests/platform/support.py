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
from typing import Any

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


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


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

    def __init__(self, *arguments: str, variables: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(**variables),
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
