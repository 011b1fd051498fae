"""Finds a Chromium for the browser tests: the system's, else one that is installed now.

`python -m tests.chromium` (by `make browsers`) installs: with apt as root on Debian, else by Playwright.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_TIMEOUT_S = 60


def find_chromium() -> Path | None:
    """A Chromium that runs: METERSIDE_CHROMIUM, the system's, or Playwright's own. None if there is none."""
    named = os.environ.get("METERSIDE_CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in _NAMES]
    candidates = [*found, *_APPLICATIONS, _playwrights_own()]
    return next((Path(one) for one in candidates if one and _runs(one)), None)


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _runs(program: str) -> bool:
    """Ubuntu's `chromium-browser` may be only a notice that points to snap, so the program is asked."""
    if not Path(program).is_file():
        return False
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "Chrom" in done.stdout


def _install() -> None:
    """Install one: Debian's package where we may, else Playwright's build."""
    is_debian = Path("/etc/debian_version").exists() and "ID=debian" in Path("/etc/os-release").read_text()
    if is_debian and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0"]
        subprocess.run([*apt, "update"], env=environment, stdin=subprocess.DEVNULL)
        subprocess.run(
            [*apt, "install", "--no-install-recommends", "chromium"],
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        if find_chromium() is not None:
            return
    with_libraries = ["--with-deps"] if sys.platform == "linux" and os.geteuid() == 0 else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"])


def main() -> None:
    if find_chromium() is None:
        print("No Chromium here: installing one for the browser tests", flush=True)
        _install()
        if find_chromium() is None:
            sys.exit("No Chromium could be installed: install one, or name it by METERSIDE_CHROMIUM")


if __name__ == "__main__":
    main()
