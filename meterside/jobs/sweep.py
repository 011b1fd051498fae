"""Tidies the queue: what a killed worker had begun is begun again, and old sessions are forgotten."""

from __future__ import annotations

from django.core.management import call_command
from procrastinate.blueprints import Blueprint
from procrastinate.exceptions import UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status
from procrastinate.manager import QUEUEING_LOCK_CONSTRAINT, JobManager

blueprint = Blueprint()


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="stalled", queueing_lock="sweep:stalled", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Every minute: jobs whose worker gives no sign of life any more wait again. All of ours may be done twice."""
    await retry_stalled(context.app.job_manager)


async def retry_stalled(manager: JobManager) -> int:
    """Put them back into the queue, and say how many; one whose successor already waits is dropped."""
    stalled = list(await manager.get_stalled_jobs())
    for job in stalled:
        try:
            await manager.retry_job(job)
        except UniqueViolation as error:
            if error.constraint_name != QUEUEING_LOCK_CONSTRAINT:
                raise
            await manager.finish_job(job, status=Status.ABORTED, delete_job=True)
    return len(stalled)


@blueprint.periodic(cron="41 3 * * *")
@blueprint.task(name="sessions", queueing_lock="sweep:sessions")
def clear_sessions(timestamp: int) -> None:
    """Every night: sessions that have ended."""
    call_command("clearsessions")
