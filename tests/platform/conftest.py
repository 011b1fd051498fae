"""Folders for embedded servers that are certainly gone after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from meterside.kit.postgres import EmbeddedPostgres
from tests.platform.support import Script


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One embedded server's folder for many tests: each finds it usable, whatever came before."""
    folder = tmp_path_factory.mktemp("shared") / "postgres"
    yield folder
    EmbeddedPostgres(folder).destroy()


@pytest.fixture
def new_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder where no server has been; whatever a test left running there is stopped and deleted."""
    yield tmp_path / "postgres"
    EmbeddedPostgres(tmp_path / "postgres").destroy()


@pytest.fixture
def start_python() -> Iterator[Callable[..., Script]]:
    """Starts Python processes that are certainly ended after the test."""
    started: list[Script] = []

    def start(*arguments: str, cwd: Path | None = None, **variables: str) -> Script:
        script = Script(*arguments, variables=variables, cwd=cwd)
        started.append(script)
        return script

    yield start
    for script in started:
        script.make_sure_it_ended()


@pytest.fixture
def start_script(start_python: Callable[..., Script]) -> Callable[..., Script]:
    """Starts Python programs given as text."""
    return partial(start_python, "-c")


@pytest.fixture
def start_command(start_python: Callable[..., Script]) -> Callable[..., Script]:
    """Starts `meterside` subcommands."""
    return partial(start_python, "-m", "meterside")
