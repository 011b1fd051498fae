"""Children that do not outlive their parent, even when it is killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping

# Set by a parent for its children: the process that must live.
_PARENT_VARIABLE = "METERSIDE_PARENT_PID"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_S = 1.0


def environment_for_child(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a `meterside` process that shall die with this one."""
    return {**environment, _PARENT_VARIABLE: str(os.getpid())}


def die_with_parent() -> None:
    """If a parent asked for it, arrange that this process is killed when that parent dies."""
    asked = os.environ.pop(_PARENT_VARIABLE, None)
    if asked is not None:
        follow(int(asked))


def follow(parent_pid: int, *, platform: str = sys.platform) -> None:
    """Kill this process (SIGKILL) as soon as its parent `parent_pid` is gone.

    SIGKILL, because it happens only when the parent itself was killed, and every step of the work is safe
    against that; nothing then holds the port or the database at the next start.
    """
    if platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:  # it died before the line above
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=[parent_pid], name="parent-watch", daemon=True).start()


def _watch(parent_pid: int) -> None:
    """For systems that cannot notify us, such as macOS: an orphan's parent changes."""
    while os.getppid() == parent_pid:
        time.sleep(_POLL_S)
    os.kill(os.getpid(), signal.SIGKILL)
