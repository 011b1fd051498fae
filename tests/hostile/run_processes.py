"""Processes that work on bill runs, and that a test may kill.

This file is both sides. Run as a program it loads Django once and forks a child for each order read from its
standard input, so that a killed process is replaced in milliseconds. `RunProcesses` is the test's end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).resolve().parent.parent.parent


class RunProcesses:
    """Starts processes on a database that open, start and work a run, and says how they ended."""

    def __init__(self, *, database_url: str) -> None:
        environment = os.environ | {
            "METERSIDE_ENV": "test",
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "meterside.config.settings",
        }
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.run_processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=_PROJECT,
        )
        self._answer()

    def start(self, *, cycle: str, window: tuple[date, date], chunk: int, crash_at: str = "") -> int:
        """A process that bills the cycle for the window, as `meterside bill run` does; returns its id."""
        order = {
            "do": "bill",
            "cycle": cycle,
            "window": [day.isoformat() for day in window],
            "chunk": chunk,
            "crash_at": crash_at,
        }
        return int(self._ask(order)["pid"])

    def start_comparing(self, *, after: int, chunk: int, crash_at: str = "") -> int:
        """A process that has a version compared, or goes on with that; returns its id."""
        order = {"do": "compare", "after": after, "chunk": chunk, "crash_at": crash_at}
        return int(self._ask(order)["pid"])

    def ended(self, pid: int) -> int:
        """Wait for a process; returns its exit code, or minus the signal that killed it."""
        return int(self._ask({"do": "wait", "pid": pid})["code"])

    def close(self) -> None:
        """End the parent."""
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.close()
        self._parent.wait(timeout=30)
        self._parent.stdout.close()

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._parent.stdin
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        self._parent.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._parent.stdout
        line = self._parent.stdout.readline()
        if not line:
            raise RuntimeError("the parent of the processes has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _main() -> None:
    import django

    django.setup()
    _say({})
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "wait":
            _say({"code": os.waitstatus_to_exitcode(os.waitpid(order["pid"], 0)[1])})
        else:
            _say({"pid": _child(order)})


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _child(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        devnull = os.open(os.devnull, os.O_RDWR)
        os.dup2(devnull, 0)
        os.dup2(devnull, 1)
        (_compare if order["do"] == "compare" else _bill)(order)
        code = 0
    finally:
        os._exit(code)


def _bill(order: dict[str, Any]) -> None:
    from meterside.cis.billing.runs.operations import open_run, start_run
    from meterside.cis.billing.runs.working import work_run
    from meterside.engine.period import Period
    from meterside.kit import crash

    crash.arm(order["crash_at"])
    start, end = (date.fromisoformat(day) for day in order["window"])
    run = open_run(cycle=order["cycle"], window=Period(start, end), bill_date=end)
    if run.status != "done":
        run = start_run(run, chunk_accounts=order["chunk"])
        crash.point("bill.after_plan_commit")
    work_run(run.pk)


def _compare(order: dict[str, Any]) -> None:
    from meterside.cis.studies.models import RateComparison
    from meterside.cis.studies.operations import begin_comparison
    from meterside.cis.studies.working import work_comparison
    from meterside.cis.tariffs.models import TariffVersion
    from meterside.kit import crash

    crash.arm(order["crash_at"])
    after = TariffVersion.objects.select_related("tariff").get(pk=order["after"])
    found = RateComparison.objects.filter(after=after).first()
    work_comparison((found or begin_comparison(after=after, chunk_accounts=order["chunk"])).pk)


if __name__ == "__main__":
    _main()
