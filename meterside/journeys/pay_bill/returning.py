"""Asking the gateway what became of an attempt: when the customer comes back, and while nobody knows."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from meterside.contracts.cis import Cis, CisError
from meterside.contracts.payments import ChargeState, GatewayUnavailable, PaymentGateway
from meterside.engine.lifecycle import MoveNotAllowed
from meterside.engine.payment import AttemptStatus
from meterside.kit import clock, crash
from meterside.portal.payments import operations, queries
from meterside.portal.payments.queries import AttemptView

from .catching_up import ChargeMismatch, PostingRefused, catch_up

log = logging.getLogger(__name__)
NEVER_ARRIVED = timedelta(hours=1)
"""After this time, an attempt the gateway never heard of can no longer be paid: nobody has its page."""


def come_back(*, cis: Cis, gateway: PaymentGateway | None, attempt_id: UUID, now: datetime) -> AttemptView:
    """The customer came back from the gateway's page: ask it, and catch up. The caller has checked access.

    When the gateway does not answer, or answers nonsense, or the CIS cannot take the posting, the attempt
    stays as it is and is asked again. Raises NoSuchAttempt.
    """
    attempt = queries.attempt(attempt_id)
    if gateway is None or attempt.gateway != gateway.name or not attempt.is_open:
        return attempt
    try:
        charge = gateway.find(attempt_id)
        crash.point("pay.after_find")
        return catch_up(
            cis=cis, gateway=gateway.name, charge=charge, how="the customer came back", now=now,
            tell_failure=False,
        )  # fmt: skip
    except GatewayUnavailable as error:
        log.warning("attempt %s stays as it is: %r", attempt_id, error)
    except (ChargeMismatch, MoveNotAllowed, CisError, PostingRefused) as error:
        log.error("attempt %s stays as it is: %r", attempt_id, error)
    return attempt


def ask_again(*, cis: Cis, gateway: PaymentGateway, limit: int = 200) -> int:
    """Ask about every attempt whose turn it is; returns how many were asked about.

    A gateway that does not answer ends the round: the rest have their turn in the next one. One attempt that
    cannot be brought up to date never holds up the others.
    """
    for asked in range(limit):
        attempt = operations.take_due(now=clock.now())
        if attempt is None:
            return asked
        if attempt.gateway != gateway.name:
            log.error("attempt %s is at %s, which is not connected", attempt.id, attempt.gateway)
            continue
        try:
            _ask_about(attempt, cis=cis, gateway=gateway)
        except GatewayUnavailable as error:
            log.warning("the gateway does not answer: %r", error)
            return asked
        except Exception:
            log.exception("attempt %s stays as it is", attempt.id)
    return limit


def _ask_about(attempt: AttemptView, *, cis: Cis, gateway: PaymentGateway) -> None:
    now = clock.now()
    charge = gateway.find(attempt.id)
    if charge.state is not ChargeState.NONE:
        after = catch_up(cis=cis, gateway=gateway.name, charge=charge, how="asked again", now=now)
        no_money = {ChargeState.DECLINED, ChargeState.ABANDONED}
        if after.status is AttemptStatus.ACCEPTED and charge.state in no_money:
            log.error("attempt %s is posted, and the gateway says %s", attempt.id, charge.state)
        return
    if attempt.status is not AttemptStatus.CREATED:
        log.error("attempt %s has a page, and the gateway never heard of it", attempt.id)
    elif now - attempt.created_at >= NEVER_ARRIVED:
        _abandon(attempt, now=now)


@transaction.atomic
def _abandon(attempt: AttemptView, *, now: datetime) -> None:
    if operations.lock(attempt.id).status is AttemptStatus.CREATED:
        operations.move(
            attempt_id=attempt.id,
            status_from=AttemptStatus.CREATED,
            status_to=AttemptStatus.ABANDONED,
            why="the gateway never heard of it",
            now=now,
        )
