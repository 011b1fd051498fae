"""Lighthouse, mobile on slow 4G, on the public page and on the signed-in ones, where npm can install it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meterside.config.environment import Runtime
from meterside.jobs.demo.seeding import seed_cast

from . import Result
from .pages import EMAIL, latest_bill
from .server import running_server, signed_in_cookie

_VERSION = "12"
_INSTALL_TIMEOUT_S, _RUN_TIMEOUT_S = 300, 180


def run() -> Iterator[Result]:
    """Performance and accessibility scores, and the largest contentful paint in milliseconds."""
    program = _install()
    if program is None:
        yield Result("lighthouse (npm cannot install it here)", 0, "runs", None, "")
        return
    seed_cast(n_accounts=1)
    cookie = signed_in_cookie(EMAIL)
    with running_server() as port:
        for name, path in (("landing", "/"), ("home", "/home/"), ("bill", f"/bills/{latest_bill()}/")):
            report = _measure(program, f"http://localhost:{port}{path}", cookie)
            for category in ("performance", "accessibility"):
                score = round(report["categories"][category]["score"] * 100)
                yield Result(f"{name}: lighthouse {category}", score, "of 100", None, "", "100", score == 100)
            paint = report["audits"]["largest-contentful-paint"]["numericValue"]
            yield Result(
                f"{name}: largest contentful paint", paint, "ms", None, "", "<= 1,400 ms", paint <= 1400
            )


def _install() -> Path | None:
    folder = Path(Runtime().var) / "lighthouse"
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if program.exists():
        return program
    if shutil.which("npm") is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"lighthouse@{_VERSION}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=_INSTALL_TIMEOUT_S)
    return program if done.returncode == 0 and program.exists() else None


def _measure(program: Path, address: str, cookie: str) -> dict[str, Any]:
    chromium = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), "")
    command = [
        str(program), address, "--output=json", "--quiet", "--only-categories=performance,accessibility",
        "--form-factor=mobile", "--chrome-flags=--headless=new --no-sandbox",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        check=True,
        timeout=_RUN_TIMEOUT_S,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report
