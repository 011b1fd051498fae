"""The `meterside` command: quick help, one clear line for each trouble, exit codes that mean something."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from meterside.cli import COMMANDS, cli
from meterside.config.environment import PROJECT
from meterside.kit.postgres import EmbeddedPostgres
from tests.platform.support import free_port, meterside

pytestmark = pytest.mark.kill

HEAVY = ("django", "numpy", "psycopg", "pydantic", "granian")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        yield port


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for a database of the command's own."""
    folder = tmp_path_factory.mktemp("var")
    yield folder
    EmbeddedPostgres(folder / "postgres").destroy()


def assert_one_line(done: subprocess.CompletedProcess[str], pattern: str) -> None:
    assert done.returncode == 3
    assert re.fullmatch(f"Error: {pattern}\n", done.stderr), done.stderr


def test_help_imports_no_command() -> None:
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from meterside.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert done.stdout == "[]\n"


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    assert all(f"  {name} " in shown and entry.summary in shown for name, entry in COMMANDS.items())


def commands(
    group: click.Group, context: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """The words of every command below a group."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, context, (*path, name))


def test_every_command_says_what_it_does() -> None:
    for words in commands(cli, click.Context(cli)):
        result = CliRunner().invoke(cli, [*words, "--help"])
        assert result.exit_code == 0, words
        assert len(result.output.split("Options:")[0].splitlines()) >= 3, words


def test_wrong_usage_is_exit_code_2() -> None:
    assert meterside("no-such-command").returncode == 2
    assert meterside("serve", "--port", "0").returncode == 2


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_busy_port_is_one_line(command: str, taken_port: int, tmp_path: Path) -> None:
    done = meterside(command, PORT=str(taken_port), METERSIDE_VAR=str(tmp_path))
    assert_one_line(
        done, rf"Port {taken_port} is taken: stop what uses it, or choose another, as in PORT=\d+"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["demo", "serve", "worker", "migrate"])
def test_an_unreachable_database_is_one_line_without_the_password(command: str) -> None:
    port = free_port()
    url = f"postgresql://someone:hidden@127.0.0.1:{port}/books"
    done = meterside(command, DATABASE_URL=url, PORT=str(free_port()))
    assert_one_line(
        done, rf"Cannot reach the database postgresql://someone@127\.0\.0\.1:{port}/books: .*refused.*"
    )
    assert "hidden" not in done.stderr


def test_an_address_that_is_no_address_is_one_line_without_the_password() -> None:
    done = meterside("worker", DATABASE_URL="postgres//someone:hidden@host/books")
    assert_one_line(done, "DATABASE_URL must read postgresql://user:password@host:port/name")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "abc", "Settings: PORT: .*integer.*"),
        ("PORT", "70000", "Settings: PORT: .*65535.*"),
        ("HOST", "no.such.host.invalid", "HOST=no.such.host.invalid is no address of this machine"),
        ("METERSIDE_ENV", "staging", "Settings: METERSIDE_ENV: .*'demo', 'test' or 'production'.*"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(name: str, value: str, words: str) -> None:
    assert_one_line(meterside("serve", **{"PORT": str(free_port()), name: value}), words)


def test_production_starts_no_embedded_server(tmp_path: Path) -> None:
    done = meterside("migrate", METERSIDE_ENV="production", METERSIDE_VAR=str(tmp_path))
    assert_one_line(done, "Production needs DATABASE_URL; the embedded PostgreSQL is for demos")
    assert not list(tmp_path.iterdir())


def test_an_old_python_gets_a_sentence() -> None:
    source = (PROJECT / "meterside" / "__main__.py").read_text()
    ast.parse(source, feature_version=(3, 7))
    program = (
        "import runpy, sys\n"
        "sys.version_info = (3, 9, 6, 'final', 0)\n"
        "runpy.run_module('meterside', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 1
    assert done.stderr == f"Meterside needs Python 3.11 or newer; this is 3.9 ({sys.executable})\n"


@pytest.mark.parametrize("goal", ["demo", "test", "check"])
def test_make_with_an_old_python_stops_with_one_line(goal: str, tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.6" && exit\nexit 1\n')
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(PROJECT / name, tmp_path)
    # These tests may themselves run under make, whose variables would make this one talk of folders.
    environment = {
        name: value for name, value in os.environ.items() if "MAKE" not in name and name != "MFLAGS"
    }
    done = subprocess.run(
        ["make", goal, f"PYTHON={old}"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(
        rf"Makefile:\d+: \*\*\* Meterside needs Python 3\.11 or newer, and {old} is Python 3\.9\.6\..*Stop\.\n",
        done.stderr,
    ), done.stderr
    assert not (tmp_path / ".venv").exists()


def test_doctor_looks_without_creating_anything(tmp_path: Path) -> None:
    done = meterside("doctor", METERSIDE_VAR=str(tmp_path), PORT=str(free_port()))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^note +database +DATABASE_URL is not set: `make demo` will create", done.stdout, re.M)
    assert re.search(r"^note +secret +SECRET_KEY is the demo's; production refuses it", done.stdout, re.M)
    assert not list(tmp_path.iterdir())


def test_doctor_finds_an_unreachable_database_wrong(taken_port: int) -> None:
    url = f"postgresql://someone:hidden@127.0.0.1:{free_port()}/books"
    done = meterside("doctor", "--json", DATABASE_URL=url, PORT=str(taken_port))
    assert done.returncode == 1
    told = json.loads(done.stdout)
    states = {finding["about"]: finding["state"] for finding in told["findings"]}
    assert told["ok"] is False
    assert (states["database"], states["port"]) == ("wrong", "note")
    assert "hidden" not in done.stdout


def test_doctor_finds_demo_settings_wrong_in_production(tmp_path: Path) -> None:
    done = meterside("doctor", "--json", METERSIDE_ENV="production", METERSIDE_VAR=str(tmp_path))
    assert done.returncode == 1
    settings = next(one for one in json.loads(done.stdout)["findings"] if one["about"] == "settings")
    assert settings["state"] == "wrong"
    assert all(name in settings["words"] for name in ("SECRET_KEY", "PAYMENT_GATEWAY", "MESSAGE_CHANNEL"))


def test_migrate_then_doctor(var: Path) -> None:
    first = meterside("migrate", "--json", METERSIDE_VAR=str(var))
    assert first.returncode == 0, first.stderr
    assert "cis_ledger.0001_initial" in json.loads(first.stdout)["applied"]
    again = meterside("migrate", METERSIDE_VAR=str(var))
    assert again.stdout == "The database is up to date.\n"
    done = meterside("doctor", "--json", METERSIDE_VAR=str(var))
    findings = {one["about"]: one for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0, done.stdout
    assert findings["database"]["words"].startswith("embedded PostgreSQL 18.")
    assert findings["tables"] == {"about": "tables", "state": "ok", "words": "up to date"}
    assert findings["role"]["words"] == "meterside_web is bound by rights and row security"


def test_an_empty_database_is_one_line(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "postgres", durable=False) as cluster:
        urls = cluster.ensure_database("empty")
        port = str(free_port())
        for words in (("serve",), ("ledger", "check"), ("worker", "--once")):
            done = meterside(*words, DATABASE_URL=urls.app, PORT=port, METERSIDE_VAR=str(tmp_path))
            assert_one_line(done, "The database is empty: run `meterside migrate` first")
    EmbeddedPostgres(tmp_path / "postgres").destroy()


def test_migrate_without_the_right_to_is_one_line(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "postgres", durable=False) as cluster:
        urls = cluster.ensure_database("foreign")
        done = meterside("migrate", DATABASE_URL=urls.app, METERSIDE_VAR=str(tmp_path))
    EmbeddedPostgres(tmp_path / "postgres").destroy()
    assert_one_line(done, "The database's owner may not migrate: permission denied for schema public.*")
