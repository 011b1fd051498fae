"""Making Riverbend and its past: the cast at once, everybody else in steps that can be stopped and gone on with."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from meterside.cis.metering.store.operations import prepare_months
from meterside.jobs.usage import judge
from meterside.kit import clock, crash
from meterside.spine import actor, steps
from meterside.spine.queue import defer

from .cast import DemoSignIn, cast, give_leak_allowance, make_logins, open_cast, sign_ins
from .head_end import days_by_file, deliver
from .history import Member, close_runs, live_a_month, members, open_runs
from .households import Household, others
from .plan import CYCLES, N_ACCOUNTS, N_MONTHS, Cycle, Plan
from .utility import open_household, set_up, tariffs_by_code

logger = logging.getLogger(__name__)

WORK: Final = steps.DEMO_PAST
JOB: Final = "demo:seed"
#: Two at a time keep two cores busy: while one waits for the database, the other works.
N_RUNNERS: Final = 2
#: Room for reads of the months to come, as a worker makes it every night.
_MONTHS_AHEAD: Final = timedelta(days=75)
_SEEDER: Final = actor.Actor("system", "demo")
_LOCK_SPACE: Final = 418
_TOLD_EVERY_S: Final = 5.0

Answers = Mapping[str, Mapping[str, Any]]


def seed_cast(n_accounts: int = N_ACCOUNTS, n_months: int = N_MONTHS) -> list[DemoSignIn]:
    """Make the named cast with all its months, and start the making of the rest. Repeating it changes nothing.

    `n_accounts`, in all, and `n_months` count at the first call only.
    """
    with actor.acting(_SEEDER):
        _plan_once(n_accounts, n_months)
        known = steps.answers(WORK)
        plan = _plan_of(known)
        households = cast(plan)
        if "cast logins" not in known:
            _seed_cast(plan, households, known)
        if "end" not in known:
            for runner in range(N_RUNNERS):
                defer(JOB, queueing_lock=f"{JOB}:{runner}", runner=runner)
    return sign_ins()


def _plan_once(n_accounts: int, n_months: int) -> None:
    plan = Plan(
        today=clock.today(settings.UTILITY.zone),
        zone_name=settings.UTILITY.zone_name,
        n_accounts=n_accounts,
        n_months=n_months,
    )
    lanes_of_others = others(plan, _n_others(plan))
    planned = sum(_n_bills(plan, household) for household in cast(plan))
    planned += sum(_n_bills(plan, household) for lane in lanes_of_others for household in lane)
    steps.do_step(WORK, "plan", lambda: {"plan": plan.to_dict()}, planned_units=planned)


def _plan_of(known: Answers) -> Plan:
    return Plan.from_dict(known["plan"]["plan"])


def _n_others(plan: Plan) -> int:
    return max(0, plan.n_accounts - len(cast(plan)))


def _n_bills(plan: Plan, household: Household) -> int:
    cycle = _cycle(household.cycle)
    return sum(
        (household.moved_in is None or household.moved_in < window.closed_end)
        and (household.moved_out is None or household.moved_out > window.start)
        for window in plan.windows(cycle)
    )


def _cycle(code: str) -> Cycle:
    return next(cycle for cycle in CYCLES if cycle.code == code)


def _seed_cast(plan: Plan, households: Sequence[Household], known: Answers) -> None:
    _step("utility", known, lambda: _make_utility(plan))
    _step("cast", known, lambda: {"accounts": open_cast(plan, households)})
    group = members(households, steps.answers(WORK)["cast"]["accounts"])
    for month in range(plan.n_months):
        _step(f"cast {month:02d}", known, partial(_live_cast, plan, month, group))
    _step("cast files", known, lambda: {"files": deliver(plan, group)})
    _step("cast logins", known, lambda: {"logins": make_logins(plan, group)})
    _step("cast alerts", known, lambda: {"alerts": judge([member.account for member in group])})


def _make_utility(plan: Plan) -> Mapping[str, Any]:
    set_up(plan)
    open_runs(plan)
    prepare_months(plan.first_day, plan.today + _MONTHS_AHEAD)
    return {}


def _live_cast(plan: Plan, month: int, group: Sequence[Member]) -> Mapping[str, Any]:
    done = live_a_month(plan, plan.cast_cycle, month, group, hours_until=days_by_file(plan).start)
    if month == plan.n_months - 3:
        give_leak_allowance(plan, group)
    return {"units": done.n_bills, "payments": done.n_payments}


def _live(plan: Plan, cycle: Cycle, month: int, group: Sequence[Member]) -> Mapping[str, Any]:
    done = live_a_month(plan, cycle, month, group)
    return {"units": done.n_bills, "payments": done.n_payments}


def _step(name: str, known: Answers, act: Callable[[], Mapping[str, Any]]) -> None:
    """Do one step in one transaction, unless it was done."""
    if name in known:
        return

    def acted() -> Mapping[str, Any]:
        done: Mapping[str, Any] = act()
        crash.point("demo.step")
        return done

    with transaction.atomic():
        steps.do_step(WORK, name, acted)


def seed_rest_chunk(budget_s: float) -> bool:
    """Go on with the rest for about `budget_s` seconds; returns whether there is more to do.

    Any number of processes may do so at once: each takes a lane that nobody works in.
    """
    deadline_s = time.monotonic() + budget_s
    known = steps.answers(WORK)
    if "plan" not in known or "cast logins" not in known or "end" in known:
        return False
    with actor.acting(_SEEDER):
        plan = _plan_of(known)
        lanes = others(plan, _n_others(plan))
        last = f"{plan.n_months - 1:02d}"
        for number, households in enumerate(lanes):
            if f"lane {number} {last}" in known:
                continue
            with _alone_in(number) as is_mine:
                if is_mine and not _work_lane(plan, number, households, deadline_s):
                    return True
        known = steps.answers(WORK)
        if all(f"lane {number} {last}" in known for number in range(len(lanes))):
            _step("end", known, lambda: {"runs": close_runs(plan)})
            _tell(steps.progress(WORK))
    return False


def _work_lane(plan: Plan, number: int, households: Sequence[Household], deadline_s: float) -> bool:
    """Work in a lane until it is done (True) or the time is over (False)."""
    known = steps.answers(WORK)
    _step(f"lane {number}", known, lambda: _open_lane(plan, households))
    cycle = _cycle(households[0].cycle)
    group = members(households, steps.answers(WORK)[f"lane {number}"]["accounts"])
    for month in range(plan.n_months):
        if time.monotonic() > deadline_s:
            return False
        _step(f"lane {number} {month:02d}", known, partial(_live, plan, cycle, month, group))
        _tell_now_and_then()
    return True


def _open_lane(plan: Plan, households: Sequence[Household]) -> Mapping[str, Any]:
    tariffs = tariffs_by_code()
    since = plan.windows(_cycle(households[0].cycle))[0].start
    return {"accounts": [open_household(plan, household, since, tariffs).pk for household in households]}


@contextmanager
def _alone_in(lane: int) -> Iterator[bool]:
    """Whether this session may work in the lane; nobody else does within the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, lane])
        row = cursor.fetchone()
    is_mine = bool(row and row[0])
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, lane])


_told_at_s = 0.0


def _tell_now_and_then() -> None:
    global _told_at_s
    if time.monotonic() - _told_at_s >= _TOLD_EVERY_S:
        _told_at_s = time.monotonic()
        found = steps.progress(WORK)
        if not found.is_done:  # the end is told by the last step
            _tell(found)


def _tell(progress: steps.Progress) -> None:
    """One line for the terminal."""
    if progress.is_done:
        logger.info("Riverbend is complete: %s bills", f"{progress.done:,}")
        return
    logger.info(
        "Riverbend: %s of %s bills, %.0f a second, about %s s left",
        f"{progress.done:,}", f"{progress.planned:,}", progress.units_per_s or 0,
        "?" if progress.left_s is None else progress.left_s,
    )  # fmt: skip
