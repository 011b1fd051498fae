"""The books, the privileges, paying and registering hold on the oldest PostgreSQL we promise, where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meterside.config.environment import PROJECT

_OLDEST = 15
# Where distributions keep several versions beside each other.
_PLACES = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/opt/homebrew/opt/postgresql@{}/bin")
_TESTS = (
    "tests/cis/test_books.py",
    "tests/cis/test_billing.py",
    "tests/cis/test_ledger_rules.py",
    "tests/cis/test_meter_files.py",
    "tests/cis/test_rebilling.py",
    "tests/house/test_privileges.py",
    "tests/house/test_wall.py",
    "tests/hostile/test_payments_webhooks.py",
    "tests/journeys/test_register.py",
    "tests/web/test_home.py",
)


def _installed() -> Path | None:
    places = (Path(place.format(_OLDEST)) for place in _PLACES)
    return next((place for place in places if (place / "initdb").exists()), None)


def test_the_same_tests_on_the_oldest_version() -> None:
    binaries = _installed()
    if binaries is None:
        pytest.skip(f"PostgreSQL {_OLDEST} is not installed here")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *_TESTS],
        cwd=PROJECT,
        env={**os.environ, "METERSIDE_TEST_POSTGRES": str(binaries)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
