"""How far printing is: count, rate and time left, in one line that is written over."""

from __future__ import annotations

import sys
import time
from typing import Final

import click

_EVERY_S: Final = 1.0
_EVERY_IN_A_LOG_S: Final = 15.0


class Progress:
    """Counts bills and says so on standard error: in place on a terminal, now and then in a log."""

    def __init__(self, n_in_all: int, *, is_quiet: bool) -> None:
        self._n_in_all = n_in_all
        self._n_done = 0
        self._is_quiet = is_quiet
        self._began = self._shown = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def add(self, n_bills: int) -> None:
        """So many more are printed."""
        self.show(self._n_done + n_bills)

    def show(self, n_done: int) -> None:
        """So many are printed in all."""
        self._n_done = n_done
        now = time.monotonic()
        if not self._is_quiet and now - self._shown >= (_EVERY_S if self._is_terminal else _EVERY_IN_A_LOG_S):
            self._shown = now
            self._say(progress_words(n_done, self._n_in_all, now - self._began))

    def finish(self) -> None:
        """End the line."""
        if self._is_terminal and not self._is_quiet:
            click.echo(err=True)

    def _say(self, words: str) -> None:
        click.echo(f"\r\x1b[K{words}" if self._is_terminal else words, err=True, nl=not self._is_terminal)


def progress_words(n_done: int, n_in_all: int, seconds: float) -> str:
    """`1,250 of 9,800 bills, 132 a second, 1 min 5 s left`."""
    rate = n_done / seconds if seconds > 0 else 0.0
    if not rate:
        return f"{n_done:,} of {n_in_all:,} bills"
    left = round((n_in_all - n_done) / rate)
    minutes, rest = divmod(left, 60)
    time_left = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{n_done:,} of {n_in_all:,} bills, {rate:,.0f} a second, {time_left} left"
