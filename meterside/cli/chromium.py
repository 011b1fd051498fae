"""Finds a Chromium that runs: for `meterside real`, the benchmarks, and the tests' browser.

The shell without a window comes first where there is one: the same engine, and a new page costs it a third of what
it costs a whole Chromium, which draws tabs and a tool bar for every one, seen or not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SHELLS: Final = ("chromium-headless-shell", "chrome-headless-shell")
_WHOLE: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPLICATIONS: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_TIMEOUT_S: Final = 60


def find_chromium() -> Path | None:
    """METERSIDE_CHROMIUM, the system's, or Playwright's own, whichever runs. None if there is none."""
    return next((Path(one) for one in _candidates() if one and _runs(one)), None)


def _candidates() -> Iterator[str | None]:
    if named := os.environ.get("METERSIDE_CHROMIUM"):
        yield named
    yield from (shutil.which(name) for name in (*_SHELLS, *_WHOLE))
    yield from _APPLICATIONS
    yield from _playwrights_own()


def _playwrights_own() -> Iterator[str]:
    """What `playwright install chromium` downloads: the shell stands in a folder beside the whole one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        whole = Path(playwright.chromium.executable_path)
    for folder in whole.parents:
        yield from map(str, sorted(folder.glob("chromium_headless_shell-*/*/*headless?shell*")))
        if folder.name.startswith("ms-playwright"):
            break
    yield str(whole)


def _runs(program: str) -> bool:
    """Ubuntu's `chromium-browser` may be only a notice that points to snap, so the program is asked."""
    if not Path(program).is_file():
        return False
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "Chrom" in done.stdout
