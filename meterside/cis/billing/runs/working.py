"""Working on a run: one chunk after another, by as many processes as there are. The chunk rows are the truth.

A process killed anywhere leaves its chunk waiting, for the note that it is done commits with its bills.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError, transaction

from meterside.kit import clock, crash
from meterside.kit.garbage import collected_after

from ..lifecycles import AT_WORK, KIND_OF, RunStatus
from ..models import BillRun, BillRunChunk, BillRunPrice
from .checks import Problem
from .chunk import ChunkResult, bill_chunk, price_chunk
from .exception_rows import sort_out
from .operations import finish_run, move_run

logger = logging.getLogger(__name__)


def work_run(run_id: int, *, report: Callable[[ChunkResult], None] = lambda _result: None) -> int:
    """Work on the run until no chunk is left to take, then finish it; returns how many chunks this call did.

    Chunks that other processes hold are left to them. A run that was stopped is left as it is.
    """
    n_done = 0
    while (result := work_chunk(run_id)) is not None:
        crash.point("bill.after_chunk_commit")
        n_done += 1
        report(result)
    complete_run(run_id)
    return n_done


@collected_after()
@transaction.atomic
def work_chunk(run_id: int) -> ChunkResult | None:
    """Take one waiting chunk of a run that is at work, and do it; None where there is none to take."""
    run = BillRun.objects.get(pk=run_id)
    if run.status not in AT_WORK:
        return None
    chunk = (
        BillRunChunk.objects.select_for_update(skip_locked=True)
        .filter(run=run, done_at__isnull=True, kind=KIND_OF[RunStatus(run.status)])
        .order_by("number")
        .first()
    )
    if chunk is None:
        return None
    crash.point("bill.after_take")
    result = _do(bill_chunk if chunk.kind == "bill" else price_chunk, run, chunk.account_ids)
    chunk.n_billed, chunk.n_held, chunk.n_skipped = result.n_billed, result.n_held, result.n_skipped
    chunk.done_at = clock.now()
    chunk.save(update_fields=["n_billed", "n_held", "n_skipped", "done_at"])
    crash.point("bill.before_chunk_commit")
    return result


_Doing = Callable[[BillRun, Sequence[int]], ChunkResult]


def _do(doing: _Doing, run: BillRun, account_ids: Sequence[int]) -> ChunkResult:
    """Do them together; where that fails, one by one, so that one account's trouble is its own alone."""
    try:
        with transaction.atomic():
            return doing(run, account_ids)
    except (OperationalError, InterfaceError):
        raise  # the database itself: the chunk waits
    except Exception:
        logger.exception("run %s: a chunk of %s accounts failed; one by one", run.pk, len(account_ids))
    results = [_do_one(doing, run, account_id) for account_id in account_ids]
    return ChunkResult(
        n_billed=sum(result.n_billed for result in results),
        n_held=sum(result.n_held for result in results),
        n_skipped=sum(result.n_skipped for result in results),
    )


def _do_one(doing: _Doing, run: BillRun, account_id: int) -> ChunkResult:
    try:
        with transaction.atomic():
            return doing(run, [account_id])
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("run %s: account %s failed", run.pk, account_id)
        said = f"{type(error).__name__}: {error}"[:500]
        if doing is bill_chunk:
            sort_out(run.pk, [account_id], [Problem(account_id, None, "failed", said, {"said": said})])
        else:
            BillRunPrice.objects.create(run=run, account_id=account_id, problems=["failed"])
        return ChunkResult(n_billed=0, n_held=1, n_skipped=0)


@transaction.atomic
def complete_run(run_id: int) -> bool:
    """Finish the run (or its dry run) where each of its chunks is done; returns whether this call did."""
    run = BillRun.objects.select_for_update().get(pk=run_id)
    if run.status not in AT_WORK:
        return False
    kind = KIND_OF[RunStatus(run.status)]
    if BillRunChunk.objects.filter(run=run, kind=kind, done_at__isnull=True).exists():
        return False
    if run.status == RunStatus.PRICING:
        move_run(run, RunStatus.PRICED)
    else:
        finish_run(run)
    crash.point("bill.before_finish_commit")
    return True
