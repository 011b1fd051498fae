"""`meterside demo` from a clone below a home that only its owner may enter, as root has one.

PostgreSQL refuses to be root, and an unprivileged user cannot read what lies in there: its programs and its data
must be elsewhere. Only what is tracked is there, as after `git clone`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meterside.config.environment import PROJECT
from meterside.kit.postgres import EmbeddedPostgres
from tests.platform.support import Script, free_port

pytestmark = pytest.mark.kill
_RUNS = ("meterside", "manage.py", "pyproject.toml")  # what is run; pictures of the documentation are not


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """The project's tracked files below a 0700 home."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    folder = home / "meterside-clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *_RUNS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    yield folder
    EmbeddedPostgres(folder / "var" / "postgres").destroy()


def test_the_demo_runs_from_a_clone_below_a_home_of_0700(
    start_command: Callable[..., Script], clone: Path
) -> None:
    port = free_port()
    demo = start_command(
        *("demo", "--json", "--accounts", "1", "--months", "2"),
        cwd=clone,
        PYTHONPATH=str(clone),
        PORT=str(port),
    )
    told = demo.read_json()
    assert told["address"] == f"http://localhost:{port}"
    for path in ("/", "/sign-in/", "/demo/inbox/"):
        with urllib.request.urlopen(told["address"] + path) as response:
            assert response.status == 200
    assert (clone / "var" / "postgres").is_dir()  # this clone's demo, not another's
    server = EmbeddedPostgres(clone / "var" / "postgres")
    data = server.home / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert data.stat().st_uid != 0
        assert not data.is_relative_to(clone.parent)
    assert stat.S_IMODE(clone.parent.stat().st_mode) == 0o700  # nobody was let in on the way
    assert demo.interrupt() == 0
    assert not (data / "postmaster.pid").exists()
