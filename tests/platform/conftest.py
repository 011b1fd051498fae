"""Folders for embedded servers that are certainly gone after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
def start_script() -> Iterator[Callable[..., Script]]:
    """Starts Python processes that are certainly ended after the test."""
    started: list[Script] = []

    def start(source: str, *arguments: str, **variables: Any) -> Script:
        script = Script(source, *arguments, **variables)
        started.append(script)
        return script

    yield start
    for script in started:
        script.make_sure_it_ended()
