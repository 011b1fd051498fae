"""Comparisons of tariff versions in the background: a job is one chunk, and starts the next."""

from __future__ import annotations

from procrastinate.blueprints import Blueprint

from meterside.cis.studies.operations import (
    COMPARE_JOB,
    comparisons_at_work,
    complete_comparison,
    wake_comparison,
)
from meterside.cis.studies.working import work_chunk
from meterside.spine.actor import Actor, acting
from meterside.spine.queue import defer

blueprint = Blueprint()
_ACTOR = Actor("system", "rate comparison")


@blueprint.task(name="work")
def work(comparison_id: int, slot: int) -> None:
    """Do one chunk; behind the last one, finish the comparison."""
    with acting(_ACTOR):
        if work_chunk(comparison_id):
            lock = f"{COMPARE_JOB}:{comparison_id}:{slot}"
            defer(COMPARE_JOB, queueing_lock=lock, comparison_id=comparison_id, slot=slot)
        else:
            complete_comparison(comparison_id)


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="wake", queueing_lock="compare:wake")
def wake(timestamp: int) -> None:
    """Every minute: comparisons under way whose jobs were lost go on."""
    for comparison_id in comparisons_at_work():
        wake_comparison(comparison_id)
