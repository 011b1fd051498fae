"""Stops a PostgreSQL of ours: called by the supervisor, and run as a small process that outlives its owner.

As a process (`python guard.py PLACE LEASE`) it waits until its owner says goodbye or dies: its standard input
closes then, even after SIGKILL. If nobody else holds a lease on the server, it stops it.
It runs alone, without the project on its path: standard library only.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

GOODBYE = b"goodbye"
_STOP_TIMEOUT_S = 30


@dataclass(frozen=True, kw_only=True)
class ServerPlace:
    """Where a server lives and as whom it runs; plain values, so that it travels to the guard as JSON."""

    home: str
    binaries: str
    uid: int | None
    gid: int | None

    @property
    def data(self) -> Path:
        return Path(self.home) / "data"

    @property
    def turn_lock(self) -> Path:
        """Held while somebody starts or stops the server."""
        return Path(self.home) / "turn.lock"

    @property
    def lease_lock(self) -> Path:
        """Held, shared, by everybody who uses the server."""
        return Path(self.home) / "lease.lock"

    def run(self, program: str, *arguments: str, timeout_s: int) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the server's user, in its own session (away from Ctrl-C)."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        environment["LC_ALL"] = "C"
        return subprocess.run(
            [f"{self.binaries}/{program}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=self.home,
            start_new_session=True,
            timeout=timeout_s,
            umask=0o077,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def open_lock(path: Path) -> IO[str]:
    """Open a lock file that only its owner can open: whoever can open it could hold it."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`; the system lets go of it when the process dies."""
    with open_lock(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def running_postmaster(data: Path) -> int | None:
    """The process id of the server on `data`, or None.

    A `postmaster.pid` left by SIGKILL or a restart of the machine may name a process that is now something
    else, so the process must also say that it serves this very folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid > 0 and _serves(pid, data) else None


def _serves(pid: int, data: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        if Path("/proc/self").exists():
            return False
        asked = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return f" -D {data} " in f"{asked.stdout.strip()} "
    return "-D" in arguments and str(data) in arguments


def stop_server(place: ServerPlace) -> None:
    """Stop the server on `place.data`, whatever it takes; nothing happens if none runs."""
    for manner, timeout_s in (("fast", _STOP_TIMEOUT_S), ("immediate", _STOP_TIMEOUT_S // 3)):
        if running_postmaster(place.data) is None:
            return
        place.run(
            "pg_ctl", "stop", "-s", "-w", "-D", str(place.data), "-m", manner, "-t", str(timeout_s),
            timeout_s=timeout_s + 10,
        )  # fmt: skip
    pid = running_postmaster(place.data)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def stop_if_unused(place: ServerPlace, lease: int) -> None:
    """Give up `lease`, an open file, and stop the server if it was the last one held."""
    if not Path(place.home).is_dir():
        return
    with locked(place.turn_lock):
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Within our turn, so that of two who leave together the second knows it is the last.
            fcntl.flock(lease, fcntl.LOCK_UN)
            return
        stop_server(place)


def main() -> None:
    # The owner's very lease, inherited: a second one of our own could meet the owner's, not yet released.
    place, lease = ServerPlace(**json.loads(sys.argv[1])), int(sys.argv[2])
    if sys.stdin.buffer.read() != GOODBYE:
        stop_if_unused(place, lease)


if __name__ == "__main__":
    main()
