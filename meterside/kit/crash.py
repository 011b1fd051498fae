"""Named points at which a test may kill this process, to prove that nothing is lost and nothing doubled.

`METERSIDE_CRASH_AT=name` kills at the first passing of that point, `name:3` at the third. Without the
variable a point costs one look at a module constant.
"""

from __future__ import annotations

import os
import signal
import threading

_name, _, _count = os.environ.get("METERSIDE_CRASH_AT", "").partition(":")
_passings_left = int(_count or 1)
_lock = threading.Lock()


def arm(at: str) -> None:
    """Kill at this point (`name` or `name:n`) from now on; empty disarms. For a process that was forked."""
    global _name, _passings_left
    _name, _, count = at.partition(":")
    _passings_left = int(count or 1)


def point(name: str) -> None:
    """Pass a named point; SIGKILL here, without any cleaning up, if the environment asks for it."""
    if name == _name:
        _pass()


def _pass() -> None:
    global _passings_left
    with _lock:
        _passings_left -= 1
        if _passings_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
