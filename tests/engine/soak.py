"""A million random bills, each checked as the two thousand of every run are: `make soak`.

METERSIDE_SEED chooses others, METERSIDE_SOAK_BILLS how many. Exit code 1 with seed and number of the first bill that
does not hold.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.engine.bill_checks import check_bill
from tests.engine.random_bills import random_bills

_CHUNK = 2_000
_EVERY_S = 5


def check_some(seed: int, first: int, count: int) -> str:
    """What is wrong with the first bill of these that does not hold; empty where all do."""
    for bill in random_bills(seed, count, first=first):
        try:
            check_bill(bill, bill.priced())
        except Exception as error:
            return f"seed {bill.seed}, bill {bill.number}: {type(error).__name__}: {error}"
    return ""


def progress_line(done: int, count: int, seconds: float) -> str:
    """`120,000 of 1,000,000 bills, 1,230 a second, 715 s left`"""
    rate = done / seconds if seconds else 0
    left = f", {(count - done) / rate:,.0f} s left" if rate else ""
    return f"{done:,} of {count:,} bills, {rate:,.0f} a second{left}"


def main(*, seed: int, count: int, workers: int) -> int:
    """Check so many bills; the exit code."""
    started = told = time.monotonic()
    done = 0
    with ProcessPoolExecutor(workers) as pool:
        jobs = {
            pool.submit(check_some, seed, first, min(_CHUNK, count - first)): min(_CHUNK, count - first)
            for first in range(0, count, _CHUNK)
        }
        for job in as_completed(jobs):
            if fault := job.result():
                pool.shutdown(cancel_futures=True)
                print(fault, file=sys.stderr)
                return 1
            done += jobs[job]
            now = time.monotonic()
            if now - told >= _EVERY_S or done == count:
                told = now
                print(progress_line(done, count, now - started), file=sys.stderr, flush=True)
    print(f"{count:,} random bills hold, from seed {seed}")
    return 0


if __name__ == "__main__":
    sys.exit(
        main(
            seed=int(os.environ.get("METERSIDE_SEED", "20260101")),
            count=int(os.environ.get("METERSIDE_SOAK_BILLS", "1_000_000")),
            workers=os.cpu_count() or 1,
        )
    )
