"""`.ci/run`: pytest's verdict is the last line, and whatever fails is told by the exit code."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from meterside.config.environment import PROJECT

PASSED = "======== 3 passed in 1.00s ========"
FAILED = "======== 1 failed, 2 passed in 1.00s ========"
# Stands for make: says what it is asked, and prints and returns what the test wants.
MAKE = """#!/bin/sh
echo "make $1 with $METERSIDE_REAL_DATA"
case "$1" in
real) exit "$REAL_STATUS" ;;
test) echo "$VERDICT"; test "$TEST_STATUS" = 0 || echo "make: *** [Makefile:1: test] Error $TEST_STATUS" >&2
    exit "$TEST_STATUS" ;;
esac
"""


@pytest.mark.parametrize(
    ("real_status", "test_status", "verdict", "expected", "last"),
    [
        (0, 0, PASSED, 0, PASSED),
        (0, 2, FAILED, 2, FAILED),
        (2, 0, PASSED, 2, PASSED),
        (0, 2, "ruff found something", 2, "pytest did not run"),
        (0, 0, "nothing", 1, "pytest did not run"),
    ],
)
def test_the_verdict_comes_last(
    tmp_path: Path, real_status: int, test_status: int, verdict: str, expected: int, last: str
) -> None:
    project = tmp_path / "project"
    (project / ".ci").mkdir(parents=True)
    shutil.copy(PROJECT / ".ci" / "run", project / ".ci")
    (tmp_path / "shared" / "data").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "make").write_text(MAKE)
    (tmp_path / "bin" / "make").chmod(0o755)
    done = subprocess.run(
        [project / ".ci" / "run"],
        env={
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "REAL_STATUS": str(real_status),
            "TEST_STATUS": str(test_status),
            "VERDICT": verdict,
        },
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == expected
    assert lines[-1] == last
    assert lines[0] == f"make real with {tmp_path / 'shared' / 'data'}"
    assert f"make test with {tmp_path / 'shared' / 'data'}" in lines
