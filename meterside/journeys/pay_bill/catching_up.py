"""Brings our books to what a gateway says of a charge: at the customer's return, by message, by question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from meterside.contracts.cis import (
    Cis,
    CommandState,
    CommandStatus,
    PostPayment,
    ReturnPayment,
    SettlePayment,
)
from meterside.contracts.payments import Charge, ChargeState
from meterside.engine.payment import AttemptStatus, way_to
from meterside.kit import crash
from meterside.portal.payments import operations, queries
from meterside.portal.payments.queries import AttemptView

from . import telling

CHANNEL = "portal"
_TOLD: dict[ChargeState, tuple[AttemptStatus, ...]] = {
    ChargeState.NONE: (),
    ChargeState.OPEN: (AttemptStatus.PENDING,),
    ChargeState.PROCESSING: (AttemptStatus.PENDING,),
    ChargeState.ACCEPTED: (AttemptStatus.ACCEPTED,),
    ChargeState.SETTLED: (AttemptStatus.ACCEPTED, AttemptStatus.SETTLED),
    ChargeState.RETURNED: (AttemptStatus.ACCEPTED, AttemptStatus.RETURNED),
    ChargeState.DECLINED: (AttemptStatus.FAILED,),
    ChargeState.ABANDONED: (AttemptStatus.ABANDONED,),
}


class ChargeMismatch(Exception):
    """The gateway speaks of a charge that is not the one we asked for: nothing is changed."""


class PostingRefused(Exception):
    """The CIS refused a command about money that moved: nothing is changed, and it is tried again."""


@dataclass(frozen=True, slots=True)
class _Step:
    attempt: AttemptView
    charge: Charge
    now: datetime


def catch_up(
    *, cis: Cis, gateway: str, charge: Charge, how: str, now: datetime, tell_failure: bool = True
) -> AttemptView:
    """Make every move that leads to what `charge` says, with its posting and its notice, in one transaction.

    What was done before is not done again, whoever heard of it first. `how` says where the news comes from.
    Raises NoSuchAttempt, ChargeMismatch, MoveNotAllowed, PostingRefused, CisError; then nothing was changed.
    """
    with transaction.atomic():
        attempt = operations.lock(charge.attempt_id)
        if charge.state is ChargeState.NONE:
            return attempt
        if attempt.gateway != gateway:
            raise ChargeMismatch(f"{gateway} speaks of an attempt at {attempt.gateway}")
        if charge.amount_cents != attempt.amount_cents:
            raise ChargeMismatch(f"{charge.amount_cents} cents were charged, not {attempt.amount_cents}")
        step = _Step(attempt=attempt, charge=charge, now=now)
        at = attempt.status
        for status in way_to(at, _told(charge)):
            operations.move(
                attempt_id=attempt.id,
                status_from=at,
                status_to=status,
                why=f"{how}: {charge.code}" if charge.code else how,
                now=now,
                charge=charge,
                paid_at=_paid_at(step),
            )
            _carry_out(cis, step, status, tell_failure=tell_failure)
            crash.point(f"pay.before_{status}_commit")
            at = status
    if at != attempt.status:
        crash.point(f"pay.after_{at}_commit")
        return queries.attempt(attempt.id)
    return attempt


def _told(charge: Charge) -> tuple[AttemptStatus, ...]:
    if charge.state is ChargeState.RETURNED and charge.settled_at is not None:
        return (AttemptStatus.ACCEPTED, AttemptStatus.SETTLED, AttemptStatus.RETURNED)
    return _TOLD[charge.state]


def _paid_at(step: _Step) -> datetime:
    """When the customer paid, by the gateway's clock, held between when they confirmed and now by ours."""
    said = step.charge.submitted_at or step.charge.accepted_at or step.now
    return max(min(said, step.now), step.attempt.created_at)


def _carry_out(cis: Cis, step: _Step, status: AttemptStatus, *, tell_failure: bool) -> None:
    attempt, charge = step.attempt, step.charge
    if status is AttemptStatus.ACCEPTED:
        _require(
            cis.post_payment(
                PostPayment(
                    command_id=_command_id(attempt.id, status),
                    payment_id=attempt.id,
                    account=attempt.account,
                    amount_cents=attempt.amount_cents,
                    paid_at=_paid_at(step),
                    channel=CHANNEL,
                    tender=str(charge.tender or ""),
                    tender_label=charge.tender_label,
                    reference=charge.reference,
                )
            )
        )
        telling.tell_accepted(attempt, charge, paid_at=_paid_at(step))
    elif status is AttemptStatus.SETTLED:
        settled_at = charge.settled_at or step.now
        _require(
            cis.settle_payment(
                SettlePayment(
                    command_id=_command_id(attempt.id, status), payment_id=attempt.id, settled_at=settled_at
                )
            )
        )
    elif status is AttemptStatus.RETURNED:
        _require(
            cis.return_payment(
                ReturnPayment(
                    command_id=_command_id(attempt.id, status),
                    payment_id=attempt.id,
                    returned_at=charge.ended_at or step.now,
                    reason=charge.code or str(charge.reason or ""),
                )
            )
        )
        telling.tell_returned(attempt, charge)
    elif status is AttemptStatus.FAILED and tell_failure:
        telling.tell_failed(attempt, charge)


def _command_id(attempt_id: UUID, status: AttemptStatus) -> UUID:
    # Always the same for the same step of the same payment: a CIS that hears it twice knows it.
    return uuid5(attempt_id, str(status))


def _require(status: CommandStatus) -> None:
    if status.state is CommandState.REFUSED:
        raise PostingRefused(f"{status.command_id}: {status.reason}")
