"""Starting and stopping the embedded PostgreSQL, so that no killed run stops the next start."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import psycopg

from meterside.kit.postgres import guard
from meterside.kit.postgres.binaries import copy_binaries, find_binaries
from meterside.kit.postgres.cluster import LOGINS, SUPERUSER, Cluster
from meterside.kit.postgres.configuration import ACCESS, server_configuration
from meterside.kit.postgres.errors import PostgresUnavailable

_ROOTS_PLACE = Path("/var/lib/meterside")
# PostgreSQL refuses root. The first of these users that exists runs it instead.
_STAND_INS = ("postgres", "_postgres", "daemon", "nobody")
_INITDB_TIMEOUT_S = 120
_START_TIMEOUT_S = 60
_PORT_ATTEMPTS = 5
_BUILTIN_LOCALES_SINCE = 17


class EmbeddedPostgres:
    """One server on one folder, shared by every process that starts it; the last one out stops it.

    `folder` keeps the passwords (0600) and, for an ordinary user, data and log too. Started as root, data
    lives under /var/lib/meterside and the server runs as an unprivileged user. `durable=False` is for
    throw-away data: faster, lost with the machine's power. `binaries` is the folder of another installation's
    `initdb`, `pg_ctl` and `postgres`, of version 15 or newer, which everybody may run.
    """

    def __init__(self, folder: Path, *, durable: bool = True, binaries: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._durable = durable
        self._binaries = binaries
        self._place: guard.ServerPlace | None = None
        self._lease: IO[str] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._cluster: Cluster | None = None

    def __enter__(self) -> Cluster:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def is_created(self) -> bool:
        """Whether there is data from an earlier start."""
        return (self.home / "data").exists() and self._passwords() is not None

    def start(self) -> Cluster:
        """Start the server, or join the one that runs on this folder. Raises PostgresUnavailable."""
        if self._cluster is None:
            try:
                self._cluster = self._start()
            except (OSError, subprocess.TimeoutExpired) as error:
                self._let_go()
                raise PostgresUnavailable(f"The embedded PostgreSQL cannot start: {error}") from error
            except BaseException:
                self._let_go()
                raise
        return self._cluster

    def stop(self) -> None:
        """Leave the server; it stops unless another process still uses it."""
        self._cluster = None
        self._let_go()

    def destroy(self) -> None:
        """Stop the server, whoever uses it, and delete its data and passwords."""
        self.stop()
        if not self._folder.exists() and not self.home.exists():
            return
        place = self._prepare()
        with guard.locked(place.turn_lock):
            guard.stop_server(place)
            shutil.rmtree(self.home)
        shutil.rmtree(self._folder, ignore_errors=True)
        if _is_root():
            self._remove_shared_place()

    def _start(self) -> Cluster:
        place = self._place = self._prepare()
        with guard.locked(place.turn_lock):
            self._lease = guard.open_lock(place.lease_lock)
            fcntl.flock(self._lease, fcntl.LOCK_SH)
            # Before the server: a run killed half-way leaves a guard that tidies up.
            self._guard = _start_guard(place, self._lease)
            passwords = self._passwords()
            if passwords is None:
                passwords = self._begin_anew(place)
            cluster = self._join_running(place, passwords) or self._launch(place, passwords)
            cluster.ensure_roles()
            return cluster

    def _let_go(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(BrokenPipeError):  # somebody killed the guard; we leave properly anyway
                self._guard.stdin.write(guard.GOODBYE)
                self._guard.stdin.close()
            self._guard.wait()
            self._guard = None
        if self._lease is not None and self._place is not None:
            guard.stop_if_unused(self._place, self._lease.fileno())
            self._lease.close()
            self._lease = None

    # Places

    @property
    def home(self) -> Path:
        """Where data, log and locks live: the folder itself, or root's place for it."""
        if not _is_root():
            return self._folder
        mark = hashlib.sha256(str(self._folder.parent).encode()).hexdigest()[:16]
        return _ROOTS_PLACE / mark / self._folder.name

    def _prepare(self) -> guard.ServerPlace:
        home = self.home
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_root():
            binaries = self._binaries or find_binaries()
            return guard.ServerPlace(home=str(home), binaries=str(binaries), uid=None, gid=None)
        previous_umask = os.umask(0o022)
        try:
            home.mkdir(parents=True, exist_ok=True)
            (home.parent / "project.txt").write_text(f"{self._folder.parent}\n")
            with guard.locked(home.parent / "binaries.lock"):
                binaries = self._binaries or copy_binaries(home.parent)
        finally:
            os.umask(previous_umask)
        user = _stand_in(home / "data")
        (home / "log").mkdir(mode=0o700, exist_ok=True)
        os.chown(home / "log", user.pw_uid, user.pw_gid)
        return guard.ServerPlace(home=str(home), binaries=str(binaries), uid=user.pw_uid, gid=user.pw_gid)

    def _remove_shared_place(self) -> None:
        shared = self.home.parent
        kept = [path for path in shared.iterdir() if path.is_dir() and not path.name.startswith("binaries-")]
        if not kept:
            shutil.rmtree(shared)

    # First start

    def _passwords(self) -> dict[str, str] | None:
        try:
            stored = json.loads((self._folder / "passwords.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return {role: stored[role] for role in LOGINS} if set(LOGINS) <= set(stored) else None

    def _begin_anew(self, place: guard.ServerPlace) -> dict[str, str]:
        """New passwords; data whose passwords are lost (the project folder was deleted) is put aside."""
        guard.stop_server(place)
        if place.data.exists():
            aside = place.data.with_name("data.without-passwords")
            shutil.rmtree(aside, ignore_errors=True)
            place.data.rename(aside)
        passwords = {role: secrets.token_urlsafe(24) for role in LOGINS}
        target = self._folder / "passwords.json"
        partial = target.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        _write_private(partial, json.dumps(passwords))
        partial.replace(target)
        return passwords

    def _create_data(self, place: guard.ServerPlace, password: str) -> None:
        home = Path(place.home)
        for left_over in home.glob("data.partial-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        partial = home / f"data.partial-{os.getpid()}-{secrets.token_hex(4)}"
        password_file = home / f"{partial.name}.password"
        partial.mkdir(mode=0o700)
        _write_private(password_file, password)
        if place.uid is not None and place.gid is not None:
            os.chown(partial, place.uid, place.gid)
            os.chown(password_file, place.uid, place.gid)
        try:
            done = place.run(
                "initdb", "-D", str(partial), "-U", SUPERUSER, f"--pwfile={password_file}",
                "--auth=scram-sha-256", "--encoding=UTF8", *_locale(place), "--no-instructions",
                *(() if self._durable else ("--no-sync",)),
                timeout_s=_INITDB_TIMEOUT_S,
            )  # fmt: skip
        finally:
            password_file.unlink()
        if done.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise PostgresUnavailable(f"initdb failed: {_last_line(done.stdout)}")
        partial.rename(place.data)

    # Every start

    def _join_running(self, place: guard.ServerPlace, passwords: dict[str, str]) -> Cluster | None:
        """The server that a killed or a parallel run has started here, if it answers."""
        if guard.running_postmaster(place.data) is None:
            return None
        port = _remembered_port(place)
        if port is not None:
            cluster = Cluster(port=port, passwords=passwords)
            if _answers(cluster):
                return cluster
        guard.stop_server(place)
        return None

    def _launch(self, place: guard.ServerPlace, passwords: dict[str, str]) -> Cluster:
        if not place.data.exists():
            self._create_data(place, passwords[SUPERUSER])
        self._check_version(place)
        # No server of ours runs (just checked), so what is left of one only names a stranger's process.
        (place.data / "postmaster.pid").unlink(missing_ok=True)
        port = _remembered_port(place)
        if port is None or not _is_free(port):
            port = _free_port()
        failure: str | None = ""
        for _ in range(_PORT_ATTEMPTS):
            failure = self._run_server(place, port)
            if failure is None:
                (Path(place.home) / "port").write_text(f"{port}\n")
                return Cluster(port=port, passwords=passwords)
            if "Address already in use" not in failure:
                break
            port = _free_port()
        raise PostgresUnavailable(
            f"The embedded PostgreSQL did not start: {_last_line(failure or '')} (log: {_log(place)})"
        )

    def _run_server(self, place: guard.ServerPlace, port: int) -> str | None:
        """Start the server on `port`; None, or what its log says went wrong."""
        home = Path(place.home)
        _write_readable(home / "access.conf", ACCESS)
        configuration = home / "server.conf"
        _write_readable(
            configuration,
            server_configuration(port=port, access=home / "access.conf", durable=self._durable),
        )
        log = _log(place)
        log.parent.mkdir(mode=0o700, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".previous"))
        done = place.run(
            "pg_ctl", "start", "-s", "-w", "-t", str(_START_TIMEOUT_S),
            "-D", str(place.data), "-l", str(log), "-o", f"-c config_file={shlex.quote(str(configuration))}",
            timeout_s=_START_TIMEOUT_S + 10,
        )  # fmt: skip
        if done.returncode == 0:
            return None
        return log.read_text(errors="replace") if log.exists() else done.stdout

    def _check_version(self, place: guard.ServerPlace) -> None:
        of_data, of_programs = (place.data / "PG_VERSION").read_text().strip(), _version(place)
        if of_data != of_programs:
            raise PostgresUnavailable(
                f"{place.data} was made by PostgreSQL {of_data}, the programs are version {of_programs}: "
                "dump it with the old version, or start over with `make clean`"
            )


def _version(place: guard.ServerPlace) -> str:
    """The programs' major version, from a line such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`."""
    said = place.run("postgres", "--version", timeout_s=10).stdout.partition("(PostgreSQL)")[2].split()
    return said[0].split(".")[0] if said else "unknown"


def _locale(place: guard.ServerPlace) -> tuple[str, ...]:
    """UTF-8 in code point order, the same on every system; before 17 the system's C.UTF-8 is the nearest."""
    if int(_version(place)) < _BUILTIN_LOCALES_SINCE:
        return ("--locale=C.UTF-8",)
    return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


def _is_root() -> bool:
    return os.geteuid() == 0


def _stand_in(data: Path) -> pwd.struct_passwd:
    """The unprivileged user that runs the server in root's place: data's owner, or the first we know."""
    if data.exists():
        return pwd.getpwuid(data.stat().st_uid)
    for name in _STAND_INS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        if user.pw_uid != 0:
            return user
    raise PostgresUnavailable(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(_STAND_INS)} exists"
    )


def _start_guard(place: guard.ServerPlace, lease: IO[str]) -> subprocess.Popen[bytes]:
    program = str(Path(guard.__file__).resolve())
    return subprocess.Popen(
        [sys.executable, "-I", "-S", program, place.as_json(), str(lease.fileno())],
        pass_fds=[lease.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _answers(cluster: Cluster) -> bool:
    """Whether the server takes our password; it may still be replaying its log, so it is asked patiently."""
    try:
        psycopg.connect(cluster.superuser_url, connect_timeout=_START_TIMEOUT_S).close()
    except psycopg.OperationalError:
        return False
    return True


def _remembered_port(place: guard.ServerPlace) -> int | None:
    try:
        return int((Path(place.home) / "port").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL does: a connection of the last run that is still closing is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _log(place: guard.ServerPlace) -> Path:
    return Path(place.home) / "log" / "server.log"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "error:" in line]
    return (fatal or lines or ["no reason given"])[-1]


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _write_readable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)
