"""`meterside demo`, as a person runs it: started, stopped, killed, started again."""

from __future__ import annotations

import os
import re
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from meterside.kit.postgres import EmbeddedPostgres
from tests.platform.support import Script, answers, free_port, is_alive, meterside, processes, wait_until

# One database for all, so that the cast is seeded once; whatever a test did, the next finds the demo startable.
pytestmark = [pytest.mark.kill, pytest.mark.xdist_group("demo")]

# A small past: the cast with few months, and nobody else.
DEMO = ("demo", "--json", "--accounts", "1", "--months", "2")


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for a demo of the tests' own."""
    folder = tmp_path_factory.mktemp("demo")
    yield folder
    EmbeddedPostgres(folder / "postgres").destroy()


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture
def start_demo(
    start_command: Callable[..., Script], var: Path, port: int
) -> Callable[[], tuple[Script, Any]]:
    """Starts the demo and waits until it says that it is ready."""

    def start() -> tuple[Script, Any]:
        demo = start_command(*DEMO, METERSIDE_VAR=str(var), PORT=str(port))
        return demo, demo.read_json()

    return start


def descendants(pid: int) -> dict[int, str]:
    """All processes below one: number and command."""
    everything = processes()
    below: dict[int, str] = {}
    level = {pid}
    while level:
        found = {number: one.command for number, one in everything.items() if one.parent in level}
        below |= found
        level = set(found)
    return below


def is_running(var: Path) -> bool:
    """Whether the demo's database has been started and not stopped."""
    return (EmbeddedPostgres(var / "postgres").home / "data" / "postmaster.pid").exists()


def test_it_answers_and_ctrl_c_stops_all_of_it(
    start_demo: Callable[[], tuple[Script, Any]], var: Path, port: int
) -> None:
    demo, told = start_demo()
    assert told["address"] == f"http://localhost:{port}"
    assert {"who", "email", "password", "note"} == set(told["sign_ins"][0])
    with urllib.request.urlopen(told["address"]) as response:
        assert response.status == 200
    parts = descendants(demo.pid)
    assert {"serve", "worker"} <= {command.split()[-1] for command in parts.values()}
    busy = meterside("demo", METERSIDE_VAR=str(var), PORT=str(port))
    assert busy.returncode == 3
    assert busy.stderr.startswith(f"Error: Port {port} is taken")
    assert demo.interrupt() == 0
    assert not [pid for pid in parts if is_alive(pid)]
    assert not is_running(var)


def test_killed_it_takes_everything_along_and_starts_again(
    start_demo: Callable[[], tuple[Script, Any]], var: Path
) -> None:
    demo, _ = start_demo()
    parts = descendants(demo.pid)
    demo.kill()
    wait_until(lambda: not [pid for pid in parts if is_alive(pid)], "the parts to die")
    wait_until(lambda: not is_running(var), "the database to stop")
    again, _ = start_demo()
    assert again.interrupt() == 0


def test_all_killed_at_once_it_starts_again(start_demo: Callable[[], tuple[Script, Any]]) -> None:
    demo, _ = start_demo()
    for pid in [*descendants(demo.pid), demo.pid]:
        os.kill(pid, signal.SIGKILL)
    demo.wait()
    again, told = start_demo()
    with urllib.request.urlopen(told["address"]) as response:
        assert response.status == 200
    assert again.interrupt() == 0


@pytest.mark.parametrize("part", ["serve", "worker"])
def test_a_part_that_dies_ends_the_demo(
    start_demo: Callable[[], tuple[Script, Any]], var: Path, part: str
) -> None:
    demo, _ = start_demo()
    parts = descendants(demo.pid)
    os.kill(min(pid for pid, command in parts.items() if command.split()[-1] == part), signal.SIGKILL)
    assert demo.wait() == 1
    assert not [pid for pid in parts if is_alive(pid)]
    assert not is_running(var)


def test_interrupted_while_it_prepares_it_leaves_nothing(
    start_command: Callable[..., Script], var: Path, port: int
) -> None:
    demo = start_command(*DEMO, METERSIDE_VAR=str(var), PORT=str(port))
    wait_until(lambda: is_running(var), "the database to start")
    parts = descendants(demo.pid)
    assert demo.interrupt() == 0
    assert not [pid for pid in parts if is_alive(pid)]
    assert not is_running(var)


def test_reset_starts_over(start_command: Callable[..., Script], var: Path, port: int) -> None:
    with EmbeddedPostgres(var / "postgres") as cluster:
        urls = cluster.ensure_database("meterside")
        with psycopg.connect(urls.owner) as connection:
            connection.execute("CREATE TABLE left_over (id int)")
    demo = start_command(*DEMO, METERSIDE_VAR=str(var), PORT=str(port), RESET="1")
    assert demo.read_json()["sign_ins"]
    with psycopg.connect(urls.owner) as connection:
        assert connection.execute("SELECT to_regclass('left_over')").fetchone() == (None,)
    assert demo.interrupt() == 0


def test_reset_refuses_a_database_that_no_demo_filled(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    urls = server.start().ensure_database("precious")
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE bills (id int)")
    done = meterside(
        "demo", DATABASE_URL=urls.owner, PORT=str(free_port()), RESET="1", METERSIDE_VAR=str(tmp_path)
    )
    assert done.returncode == 3
    assert re.search(
        "^Error: RESET empties only a demo's database, and 'precious' was not", done.stderr, re.M
    )
    with psycopg.connect(urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM bills").fetchone() == (0,)
    server.destroy()


def test_one_address_of_an_owner_is_enough(
    start_demo: Callable[[], tuple[Script, Any]],
    start_command: Callable[..., Script],
    var: Path,
    tmp_path: Path,
) -> None:
    first, _ = start_demo()  # so that there is a demo in the database that is named next
    assert first.interrupt() == 0
    with EmbeddedPostgres(var / "postgres") as cluster:
        urls = cluster.ensure_database("meterside")
        demo = start_command(
            *DEMO,
            DATABASE_URL=urls.owner,
            PORT=str(free_port()),
            METERSIDE_VAR=str(tmp_path / "var"),
        )
        assert demo.read_json()["sign_ins"]
        assert not (tmp_path / "var" / "postgres").exists()
        assert demo.interrupt() == 0
        assert answers(urls.owner)
