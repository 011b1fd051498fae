"""Timing that several rounds share."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def best_s(work: Callable[[], object], *, rounds: int = 5, warm: int = 1) -> float:
    """Seconds of the quickest of `rounds` runs, after `warm` runs that do not count."""
    for _ in range(warm):
        work()
    gc.collect()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def best_cpu_s(work: Callable[[], object], *, rounds: int = 5, warm: int = 1) -> float:
    """As ``best_s``, in seconds of this process's CPU: what others do on the machine is left out."""
    for _ in range(warm):
        work()
    gc.collect()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def quantile(sorted_values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]
