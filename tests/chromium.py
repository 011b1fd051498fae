"""The browser of the tests: the one `find_chromium` finds, else one that is installed now.

`python -m tests.chromium` (by `make browsers`) installs: with apt as root on Debian, else by Playwright.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from meterside.cli.chromium import find_chromium


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A Chromium without a window. Its driver keeps an event loop in this thread until the block is left."""
    program = find_chromium()
    assert program is not None, "no Chromium; run: make browsers"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def _install() -> None:
    """Install one: Debian's package where we may, else Playwright's build."""
    is_debian = Path("/etc/debian_version").exists() and "ID=debian" in Path("/etc/os-release").read_text()
    if is_debian and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0"]
        subprocess.run([*apt, "update"], env=environment, stdin=subprocess.DEVNULL)
        # Not every Debian has the shell as a package of its own.
        for package in ("chromium-headless-shell", "chromium"):
            subprocess.run(
                [*apt, "install", "--no-install-recommends", package],
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
