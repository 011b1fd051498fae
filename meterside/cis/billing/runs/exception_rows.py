"""Rows of bill exceptions: what a chunk found is kept, and what it found no more is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from meterside.engine.lifecycle import check_move
from meterside.kit import clock
from meterside.spine import actor

from ..lifecycles import EXCEPTION, UNDECIDED, ExceptionStatus
from ..models import BillException, BillExceptionStep
from .checks import Problem

_FOUND_NO_MORE: Final = "found no more"
_Key = tuple[int, int | None, str]


def move_exceptions(found: Sequence[BillException], status: ExceptionStatus, reason: str) -> None:
    """Move these along their table, each with its step; the caller holds their rows. Raises MoveNotAllowed."""
    now, who = clock.now(), str(actor.current())
    steps = []
    for one in found:
        check_move(EXCEPTION, one.status, status)
        steps.append(
            BillExceptionStep(
                exception=one, status_from=one.status, status_to=status, at=now, by=who, reason=reason
            )
        )
        one.status = status
        one.resolved_at = None if status in UNDECIDED else now
    BillException.objects.bulk_update(found, ["status", "resolved_at"])
    BillExceptionStep.objects.bulk_create(steps)


def sort_out(
    run_id: int | None, account_ids: Sequence[int], problems: Sequence[Problem]
) -> Mapping[int, list[Problem]]:
    """Keep what a chunk found; returns what keeps each account from its bill now.

    What was accepted, just so, does not count. What somebody holds counts though it is found no more. An open
    exception that is found no more is closed as corrected. What is found again stays the same row, with the
    numbers of now.
    """
    known = list(BillException.objects.select_for_update().filter(run=run_id, account_id__in=account_ids))
    accepted = {
        (one.account_id, one.agreement_id, one.kind, one.fingerprint)
        for one in known
        if one.status == ExceptionStatus.ACCEPTED
    }
    waiting = {(one.account_id, one.agreement_id, one.kind): one for one in known if one.status in UNDECIDED}
    standing: dict[_Key, Problem] = {}
    for problem in problems:
        key = (problem.account_id, problem.agreement_id, problem.kind)
        if (*key, problem.fingerprint) not in accepted:
            standing[key] = problem
    _keep(run_id, standing, waiting)
    gone = [one for key, one in waiting.items() if key not in standing]
    move_exceptions(
        [one for one in gone if one.status == ExceptionStatus.OPEN], ExceptionStatus.CORRECTED, _FOUND_NO_MORE
    )
    blocking: dict[int, list[Problem]] = {}
    for problem in standing.values():
        if problem.is_blocking:
            blocking.setdefault(problem.account_id, []).append(problem)
    for one in gone:
        if one.status == ExceptionStatus.HELD:
            held = Problem(one.account_id, one.agreement_id, one.kind, one.detail)
            if held.is_blocking:
                blocking.setdefault(one.account_id, []).append(held)
    return blocking


def _keep(
    run_id: int | None, standing: Mapping[_Key, Problem], waiting: Mapping[_Key, BillException]
) -> None:
    new, changed = [], []
    for key, problem in standing.items():
        row = waiting.get(key)
        if row is None:
            new.append(
                BillException(
                    run_id=run_id,
                    account_id=problem.account_id,
                    agreement_id=problem.agreement_id,
                    kind=problem.kind,
                    detail=problem.detail,
                    facts=dict(problem.facts),
                    fingerprint=problem.fingerprint,
                    created_at=clock.now(),
                )
            )
        elif (row.detail, row.fingerprint) != (problem.detail, problem.fingerprint):
            row.detail, row.facts, row.fingerprint = problem.detail, dict(problem.facts), problem.fingerprint
            changed.append(row)
    made = BillException.objects.bulk_create(new)
    who = str(actor.current())
    BillExceptionStep.objects.bulk_create(
        BillExceptionStep(
            exception=one, status_from="", status_to=ExceptionStatus.OPEN, at=one.created_at, by=who
        )
        for one in made
    )
    BillException.objects.bulk_update(changed, ["detail", "facts", "fingerprint"])
