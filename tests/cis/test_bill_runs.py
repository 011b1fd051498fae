"""A run in chunks: planned, worked, stopped, gone on with, repeated; its statuses; its progress."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from meterside.cis.billing.charges.policies import set_late_fee_policy
from meterside.cis.billing.corrections.correcting import set_make_good_policy
from meterside.cis.billing.lifecycles import RUN
from meterside.cis.billing.models import Bill, BillException, BillRun, BillRunChunk, BillRunStep
from meterside.cis.billing.runs import chunk as chunk_module
from meterside.cis.billing.runs import working
from meterside.cis.billing.runs.exceptions import set_tolerance
from meterside.cis.billing.runs.operations import (
    RunOverlaps,
    add_chunks,
    open_run,
    plan_run,
    start_run,
    stop_run,
)
from meterside.cis.billing.runs.progress import run_progress
from meterside.cis.billing.runs.working import work_chunk, work_run
from meterside.cis.billing.segments import draft_segments
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.period import Period
from meterside.engine.policy import late_fee_rule
from meterside.jobs import bill as bill_jobs
from meterside.kit.clock import clock_at
from meterside.spine.actor import Actor, acting
from tests.cast import Riverside, read_dial, riverside
from tests.many_accounts import CYCLE, many_accounts
from tests.web.billed import statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


def _open(start: date = JAN, end: date = FEB, cycle: str = CYCLE) -> BillRun:
    return open_run(cycle=cycle, window=Period(start, end), bill_date=end)


def test_a_run_is_billed_chunk_by_chunk_and_done() -> None:
    many_accounts(7, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=3)
    assert list(run.chunks.order_by("number").values_list("n_accounts", flat=True)) == [3, 3, 1]
    assert work_run(run.pk) == 3
    run.refresh_from_db()
    assert (run.status, Bill.objects.filter(run=run).count()) == ("done", 7)
    assert run.finished_at is not None
    assert list(run.steps.order_by("id").values_list("status_to", flat=True)) == ["open", "running", "done"]


def test_a_run_that_was_stopped_issues_nothing_until_it_goes_on() -> None:
    many_accounts(6, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=2)
    assert work_chunk(run.pk) is not None
    with acting(Actor("staff", "dana")):
        stop_run(run, reason="wrong price")
    assert work_run(run.pk) == 0
    assert Bill.objects.count() == 2
    step = BillRunStep.objects.get(run=run, status_to="stopped")
    assert (step.by, step.reason) == ("staff:dana", "wrong price")
    start_run(run, chunk_accounts=2)
    assert work_run(run.pk) == 2
    assert Bill.objects.count() == 6


def test_a_run_that_is_done_runs_again_for_those_it_held() -> None:
    utility = riverside()
    for home in utility.households:
        read_dial(home.electric, JAN, 1000)
        read_dial(home.water, JAN, 500)
    read_dial(utility.alice.electric, FEB, 1100)
    read_dial(utility.alice.water, FEB, 600)
    run = start_run(_open(cycle="01"))
    work_run(run.pk)
    assert BillException.objects.get().account == utility.charlie.account
    read_dial(utility.charlie.electric, FEB, 1100)
    read_dial(utility.charlie.water, FEB, 600)
    run.refresh_from_db()
    start_run(run)
    work_run(run.pk)
    assert Bill.objects.filter(run=run).count() == 2
    assert [chunk.n_accounts for chunk in run.chunks.order_by("number")] == [2, 1]


def test_starting_again_while_it_runs_plans_nothing_twice() -> None:
    many_accounts(4, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=2)
    start_run(run, chunk_accounts=2)
    assert plan_run(run) == 0
    assert BillRunChunk.objects.count() == 2


def test_one_accounts_trouble_is_its_own_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    many_accounts(4, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=4)
    poor = run.chunks.get().account_ids[1]

    def failing(agreement, *rest):  # type: ignore[no-untyped-def]
        if agreement.account_id == poor:
            raise ZeroDivisionError("a bug")
        return draft_segments(agreement, *rest)

    monkeypatch.setattr(chunk_module, "draft_segments", failing)
    work_run(run.pk)
    assert Bill.objects.count() == 3
    hold = BillException.objects.get()
    assert (hold.account_id, hold.kind, hold.detail) == (poor, "failed", "ZeroDivisionError: a bug")
    monkeypatch.undo()
    run.refresh_from_db()
    start_run(run)
    work_run(run.pk)
    assert Bill.objects.count() == 4


def test_windows_of_one_cycle_do_not_cut_across_each_other() -> None:
    many_accounts(1, [JAN, FEB])
    _open()
    assert _open() == BillRun.objects.get()
    with pytest.raises(RunOverlaps):
        _open(date(2025, 1, 15), MAR)


def test_a_run_cannot_be_stopped_before_it_began() -> None:
    many_accounts(1, [JAN, FEB])
    with pytest.raises(MoveNotAllowed):
        stop_run(_open(), reason="no")


def test_the_database_knows_the_same_moves() -> None:
    many_accounts(1, [JAN, FEB])
    run = _open()
    for before in sorted(RUN.statuses):
        for after in sorted(RUN.statuses - {before}):
            sid = transaction.savepoint()
            _force(run, before)
            if (before, after) in RUN.pairs():
                BillRun.objects.filter(pk=run.pk).update(status=after)
            else:
                with pytest.raises(IntegrityError, match="cannot go from"), transaction.atomic():
                    BillRun.objects.filter(pk=run.pk).update(status=after)
            transaction.savepoint_rollback(sid)


def _force(run: BillRun, status: str) -> None:
    """Bring a run to a status by allowed moves alone, the shortest way."""
    ways = {"open": [str(RUN.initial)]}
    while status not in ways:
        for known, way in list(ways.items()):
            for after in RUN.following(known):
                ways.setdefault(str(after), [*way, str(after)])
    for step in ways[status][1:]:
        BillRun.objects.filter(pk=run.pk).update(status=step)


def test_a_status_without_its_step_does_not_commit(commit_checks: Callable[[], None]) -> None:
    many_accounts(1, [JAN, FEB])
    run = _open()
    BillRun.objects.filter(pk=run.pk).update(status="running")
    with pytest.raises(IntegrityError, match="without a step"):
        commit_checks()


def test_a_job_does_one_chunk_and_starts_the_next() -> None:
    many_accounts(4, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=2)
    waiting = ProcrastinateJob.objects.filter(task_name="bill:run", status="todo")
    assert sorted(job.args["slot"] for job in waiting) == [0, 1, 2, 3]
    bill_jobs.work(run.pk, 0)
    assert Bill.objects.count() == 2
    bill_jobs.work(run.pk, 1)
    bill_jobs.work(run.pk, 2)
    run.refresh_from_db()
    assert (run.status, Bill.objects.count()) == ("done", 4)


def test_a_run_whose_jobs_were_lost_is_woken() -> None:
    many_accounts(1, [JAN, FEB])
    start_run(_open())
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    bill_jobs.wake_runs(0)
    assert ProcrastinateJob.objects.filter(task_name="bill:run").count() == 4


def test_progress_says_rate_and_time_left() -> None:
    many_accounts(6, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=2)
    assert run_progress(run.pk).left_s is None
    noon = datetime(2025, 2, 1, 12, tzinfo=UTC)
    for seconds in (0, 4):
        with clock_at(noon + timedelta(seconds=seconds)):
            work_chunk(run.pk)
    progress = run_progress(run.pk)
    # 2 accounts in 4 seconds, 2 are left.
    assert (progress.done, progress.planned, progress.n_billed) == (4, 6, 4)
    assert progress.accounts_per_s == 0.5
    assert progress.left_s == 4


def test_a_chunk_that_another_process_holds_is_left_to_it() -> None:
    many_accounts(2, [JAN, FEB])
    run = start_run(_open(), chunk_accounts=2)
    assert working.complete_run(run.pk) is False


def test_the_cast_is_billed_by_a_run_as_by_hand(utility: Riverside) -> None:
    home = utility.alice
    for day, kwh, cf in ((JAN, 1000, 500), (FEB, 1762, 1500)):
        read_dial(home.electric, day, kwh)
        read_dial(home.water, day, cf)
    run = start_run(_open(cycle="01"))
    work_run(run.pk)
    assert Bill.objects.get(account=home.account).total_due_cents == 18813


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def test_a_chunk_asks_a_fixed_number_of_statements_however_many_accounts() -> None:
    set_tolerance(kind="high", since=JAN, percent=300)
    set_tolerance(kind="inactive_use", since=JAN)
    set_estimate_policy(since=JAN, methods=["recent"])
    set_make_good_policy(since=JAN)
    set_late_fee_policy(since=JAN, rule=late_fee_rule({"percent": "0.01"}))
    many_accounts(12, [JAN, FEB, MAR])
    run = start_run(_open(), chunk_accounts=12)
    work_run(run.pk)
    later = start_run(_open(FEB, MAR), chunk_accounts=3)
    few = _asked(later)
    BillRunChunk.objects.filter(run=later, done_at__isnull=True).delete()
    with transaction.atomic():
        add_chunks(later, list(run.chunks.get().account_ids[3:]))
    # With every kind of policy in force, savepoints included; two for what only paper needs: where the bill is
    # mailed, and the use a year before; three for what the bill is when it is paid
    # late; one for the read window, one for inserts.
    assert (few, _asked(later)) == (41, 41)


def _asked(run: BillRun) -> int:
    with statements() as seen:
        assert work_chunk(run.pk) is not None
    return len(seen)
