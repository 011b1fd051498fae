"""The demo's utility, Riverbend: seeded by the worker, a part of a minute at a time."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.blueprints import Blueprint

from meterside.spine.queue import defer

blueprint = Blueprint()

_BUDGET_S = 5.0


@blueprint.task(name="seed", retry=RetryStrategy(max_attempts=3, wait=2))
def seed(runner: int) -> None:
    """Make more of Riverbend's past, then start again behind the other jobs, until all of it is there."""
    # Here, because every process loads the jobs, and only this one needs names and readings to make up.
    from .seeding import JOB, seed_rest_chunk

    if seed_rest_chunk(_BUDGET_S):
        defer(JOB, queueing_lock=f"{JOB}:{runner}", runner=runner)
