"""Bill runs in the background: a job is one chunk of a run, and starts the next."""

from __future__ import annotations

import logging

from django.conf import settings
from procrastinate.blueprints import Blueprint

from meterside.cis.billing.charges.deposit_nights import work_deposits
from meterside.cis.billing.charges.late_fees import charge_late_fees
from meterside.cis.billing.corrections import correcting
from meterside.cis.billing.runs.operations import RUN_JOB, runs_at_work, wake_run
from meterside.cis.billing.runs.working import complete_run, work_chunk
from meterside.kit import clock
from meterside.spine.actor import Actor, acting
from meterside.spine.queue import defer

logger = logging.getLogger(__name__)
blueprint = Blueprint()
_ACTOR = Actor("system", "bill run")


@blueprint.task(name="run")
def work(run_id: int, slot: int) -> None:
    """Do one chunk; behind the last one, finish the run."""
    with acting(_ACTOR):
        if work_chunk(run_id) is None:
            complete_run(run_id)
        else:
            defer(RUN_JOB, queueing_lock=f"{RUN_JOB}:{run_id}:{slot}", run_id=run_id, slot=slot)


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="wake_runs", queueing_lock="bill:wake_runs")
def wake_runs(timestamp: int) -> None:
    """Every minute: runs under way whose jobs were lost go on."""
    for run_id in runs_at_work():
        wake_run(run_id)


@blueprint.periodic(cron="40 2 * * *")
@blueprint.task(name="charges", queueing_lock="bill:charges")
def charge(timestamp: int) -> None:
    """Every night: deposits that were paid, are due interest or go back; then late fees."""
    today = clock.today(settings.UTILITY.zone)
    with acting(Actor("system", "charges")):
        for said in work_deposits(today=today).waiting:
            logger.warning("deposit waits: %s", said)
        charge_late_fees(today=today)


@blueprint.periodic(cron="20 3 * * *")
@blueprint.task(name="corrections", queueing_lock="bill:corrections")
def look_for_corrections(timestamp: int) -> None:
    """Every night: find bills whose reads have changed, so that staff see them before they are put right."""
    with acting(_ACTOR):
        correcting.look_for_corrections(today=clock.today(settings.UTILITY.zone))
