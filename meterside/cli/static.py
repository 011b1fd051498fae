"""The collected, compressed static files that whitenoise serves; made again when their sources changed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from meterside.cli.console import EnvironmentTrouble
from meterside.cli.database import read_settings
from meterside.config.environment import PROJECT, Runtime

_SOURCES = PROJECT / "meterside" / "web" / "static"


def collect_static() -> bool:
    """Collect the static files if their sources changed; true if it had to. Processes take turns."""
    target = read_settings(Runtime).var / "static"
    target.mkdir(parents=True, exist_ok=True)
    mark = target / ".sources"
    with (target / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fingerprint = _fingerprint()
        if mark.exists() and mark.read_text() == fingerprint:
            return False
        done = subprocess.run(
            [sys.executable, "-m", "django", "collectstatic", "--noinput", "--verbosity", "0"],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "meterside.config.settings"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EnvironmentTrouble(f"The static files cannot be collected: {reason}")
        mark.write_text(fingerprint)
    return True


def _fingerprint() -> str:
    """Names, sizes and times of the sources, and of the settings that say how they are kept."""
    digest = hashlib.sha256()
    settings = PROJECT / "meterside" / "config" / "settings.py"
    for path in [*sorted(_SOURCES.rglob("*")), settings]:
        if path.is_file():
            state = path.stat()
            digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_is_collected(var: Path) -> bool:
    """Whether `meterside serve` would find the files of the present sources."""
    mark = var / "static" / ".sources"
    return mark.exists() and mark.read_text() == _fingerprint()
