"""The life of one attempt to pay: the table of its statuses, and the way to what a gateway says.

Worked examples: docs/algorithms/payment-lifecycle.md. The database holds the same table (a trigger).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from meterside.engine.lifecycle import MoveNotAllowed, status_table


class AttemptStatus(StrEnum):
    """Where an attempt stands with us."""

    CREATED = "created"  # saved; the gateway has not answered yet
    PENDING = "pending"  # a session exists; the outcome is not known
    ACCEPTED = "accepted"  # posted to clearing
    SETTLED = "settled"  # clearing to bank
    FAILED = "failed"  # refused; no money moved
    ABANDONED = "abandoned"  # cancelled or run out; no money moved
    RETURNED = "returned"  # posted, then reversed


# Failed and abandoned may still become accepted: when a gateway tells of a success after it told of a
# failure, money has moved, and the books follow the money.
ATTEMPT = status_table(
    "payment attempt",
    AttemptStatus.CREATED,
    {
        AttemptStatus.CREATED: (
            AttemptStatus.PENDING,
            AttemptStatus.ACCEPTED,
            AttemptStatus.FAILED,
            AttemptStatus.ABANDONED,
        ),
        AttemptStatus.PENDING: (AttemptStatus.ACCEPTED, AttemptStatus.FAILED, AttemptStatus.ABANDONED),
        AttemptStatus.FAILED: (AttemptStatus.ACCEPTED,),
        AttemptStatus.ABANDONED: (AttemptStatus.ACCEPTED,),
        AttemptStatus.ACCEPTED: (AttemptStatus.SETTLED, AttemptStatus.RETURNED),
        AttemptStatus.SETTLED: (AttemptStatus.RETURNED,),
        AttemptStatus.RETURNED: (),
    },
)

NO_MONEY_MOVED = frozenset({AttemptStatus.FAILED, AttemptStatus.ABANDONED})
UNKNOWN_OUTCOME = frozenset({AttemptStatus.CREATED, AttemptStatus.PENDING})


def way_to(status: AttemptStatus, told: Sequence[AttemptStatus]) -> tuple[AttemptStatus, ...]:
    """The moves still to make so that an attempt at `status` has been through all of `told`, in order.

    What lies behind the attempt already is left out, so that news which comes late, twice or in any order
    changes nothing the second time. Raises MoveNotAllowed for news that fits no order.
    """
    moves: list[AttemptStatus] = []
    at = status
    for target in told:
        if target == at or _can_reach(target, at) or {target, at} <= NO_MONEY_MOVED:
            continue
        if target not in ATTEMPT.following(at):
            raise MoveNotAllowed(ATTEMPT.name, at, target, ATTEMPT.following(at))
        moves.append(target)
        at = target
    return tuple(moves)


def _can_reach(start: str, end: str) -> bool:
    """Whether the table leads from `start` to `end` in one move or more; the table has no circles."""
    following = ATTEMPT.following(start)
    return end in following or any(_can_reach(step, end) for step in following)
