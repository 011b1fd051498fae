"""Child processes of the demo: started, watched, and stopped together."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from meterside.cli.parent import environment_for_child

_STOP_TIMEOUT_S: Final = 10.0
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCHED: Final = (*_ENDING, signal.SIGCHLD)


class Child:
    """A `meterside` subcommand in a process group of its own, so that Ctrl-C reaches it only through us."""

    def __init__(self, *arguments: str) -> None:
        self.name = arguments[0]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "meterside", *arguments],
            env=environment_for_child(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    def make_sure_it_stopped(self, deadline_s: float) -> None:
        """Wait until the monotonic time `deadline_s`, then kill; what it left in its group goes too."""
        try:
            self._process.wait(max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._kill_group()
            self._process.wait()
        self._kill_group()

    def _kill_group(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody left; macOS says PermissionError where only zombies are


class Interrupted(BaseException):
    """The user asked for the end while work was under way; like KeyboardInterrupt, no error."""


class Events:
    """Signals, in order, as something to wait for: an asked end, or the end of a child."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._interrupts = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """A signal handler; SimpleQueue.put may interrupt itself."""
        if self._interrupts and number in _ENDING:
            self._interrupts = False
            raise Interrupted
        self._queue.put(number)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Within the block an asked end raises Interrupted, once, wherever the work is."""
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def watch(self) -> None:
        """Have the signals come here. Main thread only.

        Again before each wait: polars puts a handler of its own before Python's for SIGINT, one that lets the system
        call go on, so that Ctrl-C would not wake who waits.
        """
        for number in _WATCHED:
            signal.signal(number, self.note)

    def next(self, timeout_s: float | None = None) -> int | None:
        """The next signal's number; None when `timeout_s` is over."""
        self.watch()
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None


@contextmanager
def watched_signals() -> Iterator[Events]:
    """Within the block the signals that ask for an end, and SIGCHLD, become events."""
    events = Events()
    before = {number: signal.getsignal(number) for number in _WATCHED}
    events.watch()
    try:
        yield events
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def children(*commands: tuple[str, ...]) -> Iterator[list[Child]]:
    """Start the subcommands; at the end of the block, however it ends, none of them runs."""
    started: list[Child] = []
    try:
        for command in commands:
            started.append(Child(*command))
        yield started
    finally:
        for child in started:
            child.ask_to_stop()
        deadline_s = time.monotonic() + _STOP_TIMEOUT_S
        for child in started:
            child.make_sure_it_stopped(deadline_s)
