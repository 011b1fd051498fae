"""Bill runs: opened, planned into chunks, started, stopped, finished. Each move leaves a step behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max

from meterside.cis.registry.models import Account
from meterside.engine.lifecycle import check_move
from meterside.engine.period import Period
from meterside.kit import clock, crash
from meterside.spine import actor, audit
from meterside.spine.queue import defer

from ..calendar import due_date
from ..issuing import BILLS_ISSUED
from ..lifecycles import AT_WORK, RUN, RunStatus
from ..models import Bill, BillCycle, BillRun, BillRunChunk, BillRunPrice, BillRunStep
from .chunk import ChunkResult, bill_chunk

__all__ = [
    "BILLS_ISSUED",
    "CHUNK_ACCOUNTS",
    "RUN_JOB",
    "ChunkResult",
    "NeedsApproval",
    "RunOverlaps",
    "SamePerson",
    "add_chunks",
    "approve_run",
    "bill_chunk",
    "change_cycle",
    "finish_run",
    "move_run",
    "open_run",
    "plan_run",
    "price_run",
    "runs_at_work",
    "set_up_cycle",
    "start_run",
    "stop_run",
    "wake_run",
]

#: Accounts billed in one transaction: enough that its cost is spread, few enough that it is soon done.
CHUNK_ACCOUNTS: Final = 200
RUN_JOB: Final = "bill:run"
#: Jobs that work on a run at once, where that many workers are there.
_JOBS_AT_ONCE: Final = 4


class RunOverlaps(Exception):
    """Another run of this cycle bills some of these days already."""


class NeedsApproval(Exception):
    """This utility issues no bills before a second person has said yes to what they come to."""


class SamePerson(Exception):
    """Who priced the run cannot approve it too."""


def set_up_cycle(*, code: str, name: str, read_day: int) -> BillCycle:
    """A bill cycle, whose meters are read on a day of the month (at most 28). The same again changes nothing."""
    cycle, _ = BillCycle.objects.get_or_create(code=code, defaults={"name": name, "read_day": read_day})
    return cycle


@transaction.atomic
def change_cycle(
    *,
    code: str,
    name: str,
    read_day: int,
    window_before_days: int,
    window_after_days: int,
    bill_after_days: int,
    reason: str,
) -> BillCycle:
    """Give a cycle another name, read day, read window or bill date; runs that are open keep their days.

    Raises BillCycle.DoesNotExist, IntegrityError for a read day above 28 or a window above ten days.
    """
    cycle = BillCycle.objects.select_for_update().get(pk=code)
    fields = {
        "name": name.strip() or cycle.name,
        "read_day": read_day,
        "window_before_days": window_before_days,
        "window_after_days": window_after_days,
        "bill_after_days": bill_after_days,
    }
    BillCycle.objects.filter(pk=code).update(**fields)
    audit.record(
        action="bill_cycle.changed", subject_type="bill_cycle", subject_id=code, reason=reason, **fields
    )
    cycle.refresh_from_db()
    return cycle


@transaction.atomic
def open_run(*, cycle: str, window: Period, bill_date: date) -> BillRun:
    """The run of a cycle for a window: a new one, or the same one again if it was opened before.

    Raises RunOverlaps when the window cuts across another run's, BillCycle.DoesNotExist for no such cycle.
    """
    during = DateRange(window.start, window.closed_end)
    # Two who open the same run at once: the second waits here and finds the first one's.
    group = BillCycle.objects.select_for_update().get(pk=cycle)
    known = BillRun.objects.filter(cycle_id=cycle, window__overlap=during).first()
    if known is not None:
        if known.window != during:
            raise RunOverlaps(f"{cycle}: {known.window}")
        return known
    run = BillRun.objects.create(
        cycle=group,
        window=during,
        bill_date=bill_date,
        due_date=due_date(bill_date),
        started_at=clock.now(),
        n_accounts=Account.objects.filter(bill_cycle=cycle).count(),
    )
    _step(run, "", RunStatus.OPEN, "")
    audit.record(action="bill_run.opened", subject_type="bill_run", subject_id=run.pk, cycle=cycle)
    return run


@transaction.atomic
def plan_run(run: BillRun, *, kind: str = "bill", chunk_accounts: int = CHUNK_ACCOUNTS) -> int:
    """Plan chunks for the accounts of the cycle that have no bill of this run yet; returns how many chunks.

    While chunks of this kind wait, nothing is planned: a run that was killed goes on with its own plan. A run
    that is done is planned again for the accounts that were held, and for those that came to the cycle since.
    """
    BillRun.objects.select_for_update().get(pk=run.pk)
    if BillRunChunk.objects.filter(run=run, kind=kind, done_at__isnull=True).exists():
        return 0
    billed = Bill.objects.filter(run=run, status="issued").values("account_id")
    accounts = list(
        Account.objects.filter(bill_cycle=run.cycle_id)
        .exclude(pk__in=billed)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    n_chunks = add_chunks(run, accounts, kind=kind, chunk_accounts=chunk_accounts)
    audit.record(
        action="bill_run.planned",
        subject_type="bill_run",
        subject_id=run.pk,
        kind=kind,
        accounts=len(accounts),
        chunks=n_chunks,
    )
    crash.point("bill.before_plan_commit")
    return n_chunks


def add_chunks(
    run: BillRun, accounts: Sequence[int], *, kind: str = "bill", chunk_accounts: int = CHUNK_ACCOUNTS
) -> int:
    """Chunks for these accounts behind those the run has; the caller holds the run's row. Returns how many."""
    last = BillRunChunk.objects.filter(run=run).aggregate(last=Max("number"))["last"] or 0
    parts = [accounts[start : start + chunk_accounts] for start in range(0, len(accounts), chunk_accounts)]
    BillRunChunk.objects.bulk_create(
        BillRunChunk(run=run, kind=kind, number=number, account_ids=list(part), n_accounts=len(part))
        for number, part in enumerate(parts, start=last + 1)
    )
    return len(parts)


@transaction.atomic
def price_run(run: BillRun, *, chunk_accounts: int = CHUNK_ACCOUNTS) -> BillRun:
    """Let the whole cycle be priced without issuing anything. What was priced, and approved, before is forgotten.

    A dry run that is under way, or was stopped on its way, goes on. Raises MoveNotAllowed once bills are issued.
    """
    locked = BillRun.objects.select_for_update().get(pk=run.pk)
    if locked.status != RunStatus.PRICING:
        is_on_its_way = BillRunChunk.objects.filter(run=run, kind="price", done_at__isnull=True).exists()
        locked = move_run(locked, RunStatus.PRICING)
        if not is_on_its_way:
            BillRunPrice.objects.filter(run=run).delete()
            BillRunChunk.objects.filter(run=run, kind="price").delete()
        locked.approved_at, locked.approved_by = None, ""
        locked.save(update_fields=["approved_at", "approved_by"])
    plan_run(locked, kind="price", chunk_accounts=chunk_accounts)
    wake_run(locked.pk)
    return locked


@transaction.atomic
def approve_run(run: BillRun) -> BillRun:
    """Say yes to what the run was priced at, as somebody else than who priced it.

    Raises SamePerson, MoveNotAllowed when it is not priced.
    """
    locked = BillRun.objects.select_for_update().get(pk=run.pk)
    check_move(RUN, locked.status, RunStatus.APPROVED)
    who = str(actor.current())
    priced = locked.steps.filter(status_to=RunStatus.PRICING).order_by("-id").first()
    if priced is not None and priced.by == who:
        raise SamePerson(who)
    locked.approved_at, locked.approved_by = clock.now(), who
    locked.save(update_fields=["approved_at", "approved_by"])
    return move_run(locked, RunStatus.APPROVED)


@transaction.atomic
def start_run(run: BillRun, *, chunk_accounts: int = CHUNK_ACCOUNTS) -> BillRun:
    """Plan the run and let its bills be issued; workers begin at once. One that runs already goes on as it is.

    Raises NeedsApproval where the utility asks for a second person's yes, MoveNotAllowed where its status does not
    allow it.
    """
    locked = BillRun.objects.select_for_update().get(pk=run.pk)
    if settings.UTILITY.bill_runs_need_approval and locked.approved_at is None:
        raise NeedsApproval(f"run {locked.pk}")
    if locked.status != RunStatus.RUNNING:
        locked = move_run(locked, RunStatus.RUNNING)
        BillRunChunk.objects.filter(run=run, kind="price", done_at__isnull=True).delete()
    plan_run(locked, chunk_accounts=chunk_accounts)
    wake_run(locked.pk)
    return locked


@transaction.atomic
def stop_run(run: BillRun, *, reason: str) -> BillRun:
    """Begin no further chunk; those under way are finished. Raises MoveNotAllowed when nothing is under way."""
    return move_run(BillRun.objects.select_for_update().get(pk=run.pk), RunStatus.STOPPED, reason=reason)


@transaction.atomic
def finish_run(run: BillRun) -> None:
    """Mark the run as done with, and count its accounts as they are now; a repeat changes nothing."""
    locked = BillRun.objects.select_for_update().get(pk=run.pk)
    if locked.status == RunStatus.DONE:
        return
    if locked.status != RunStatus.RUNNING:
        locked = move_run(locked, RunStatus.RUNNING)
    BillRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(
        finished_at=clock.now(), n_accounts=Account.objects.filter(bill_cycle=run.cycle_id).count()
    )
    move_run(locked, RunStatus.DONE)


def move_run(run: BillRun, status: RunStatus, *, reason: str = "") -> BillRun:
    """Move a run along its table; the caller holds its row. Raises MoveNotAllowed."""
    before = run.status
    check_move(RUN, before, status)
    run.status = status
    run.save(update_fields=["status"])
    _step(run, before, status, reason)
    audit.record(
        action=f"bill_run.{status}", subject_type="bill_run", subject_id=run.pk, was=before, reason=reason
    )
    return run


def _step(run: BillRun, before: str, status: RunStatus, reason: str) -> None:
    BillRunStep.objects.create(
        run=run,
        status_from=before,
        status_to=status,
        at=clock.now(),
        by=str(actor.current()),
        reason=reason,
    )


def wake_run(run_id: int) -> None:
    """Have jobs work on the run; those that wait already are enough."""
    for slot in range(_JOBS_AT_ONCE):
        defer(RUN_JOB, queueing_lock=f"{RUN_JOB}:{run_id}:{slot}", run_id=run_id, slot=slot)


def runs_at_work() -> list[int]:
    """Keys of the runs whose chunks are to be worked."""
    return list(BillRun.objects.filter(status__in=AT_WORK).values_list("pk", flat=True))
