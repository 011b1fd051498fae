"""Lighthouse, mobile on slow 4G, on the public page and on the signed-in ones, where npm can install it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from meterside.cli.chromium import find_chromium
from meterside.config.environment import Runtime
from meterside.jobs.demo.seeding import seed_cast

from . import Result
from .pages import EMAIL, latest_bill_path
from .server import running_server, signed_in_cookie

_VERSION = "12"
_INSTALL_TIMEOUT_S, _RUN_TIMEOUT_S = 300, 180
_RUNS, _TRIES = 3, 3
# Lighthouse's name, ours, unit, the goal in words and as a number.
_AUDITS = (
    ("largest-contentful-paint", "largest contentful paint", "ms", "<= 1,400 ms", 1400),
    ("cumulative-layout-shift", "layout shift", "of the screen", "<= 0.02", 0.02),
    ("total-blocking-time", "total blocking time", "ms", "<= 50 ms", 50),
)


def run() -> Iterator[Result]:
    """Scores, and the times and shifts of look.md; the median of a few runs, for one is at chance's mercy."""
    program = _install()
    if program is None:
        yield Result("lighthouse (npm cannot install it here)", 0, "runs", None, "")
        return
    seed_cast(n_accounts=1)
    cookie = signed_in_cookie(EMAIL)
    with running_server() as port:
        # The landing page is a stranger's: somebody signed in would be sent home.
        for name, path, who in (
            ("landing", "/", ""),
            ("home", "/home/", cookie),
            ("bill", latest_bill_path(), cookie),
        ):
            reports = [_measure(program, f"http://localhost:{port}{path}", who) for _ in range(_RUNS)]
            for category in ("performance", "accessibility"):
                score = round(median(report["categories"][category]["score"] for report in reports) * 100)
                yield Result(f"{name}: lighthouse {category}", score, "of 100", None, "", "100", score == 100)
            for audit, words, unit, goal, most in _AUDITS:
                figure = median(report["audits"][audit]["numericValue"] for report in reports)
                yield Result(f"{name}: {words}", figure, unit, None, "", goal, figure <= most)


def _install() -> Path | None:
    folder = Path(Runtime().var) / "lighthouse"
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if program.exists():
        return program
    if shutil.which("npm") is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    # npm installs into the nearest folder above that has a package.json: without one here, into the project's own.
    (folder / "package.json").write_text('{"private": true}\n')
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"lighthouse@{_VERSION}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=_INSTALL_TIMEOUT_S)
    return program if done.returncode == 0 and program.exists() else None


def _measure(program: Path, address: str, cookie: str) -> dict[str, Any]:
    command = [
        str(program), address, "--output=json", "--quiet", "--only-categories=performance,accessibility",
        "--form-factor=mobile", "--chrome-flags=--headless=new --no-sandbox",
        f"--extra-headers={json.dumps({'Cookie': cookie} if cookie else {})}",
    ]  # fmt: skip
    for _ in range(_TRIES):  # the browser itself may fail to start; that says nothing of the page
        done = subprocess.run(
            command,
            env={**os.environ, "CHROME_PATH": str(find_chromium() or "")},
            capture_output=True,
            check=False,
            timeout=_RUN_TIMEOUT_S,
        )
        if done.returncode == 0:
            report: dict[str, Any] = json.loads(done.stdout)
            return report
    raise RuntimeError(f"lighthouse could not measure {address}: {done.stderr.decode()[-2000:]}")
