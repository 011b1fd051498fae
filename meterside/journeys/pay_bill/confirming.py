"""A person confirms: the wish is kept with our id first, and only then does the gateway hear of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from meterside.contracts.cis import AccountRef, Cis, CisError
from meterside.contracts.payments import PaymentGateway, SessionRequest
from meterside.engine.payment import AttemptStatus
from meterside.kit import crash
from meterside.portal.payments import operations, queries
from meterside.portal.payments.operations import SeemsRepeated
from meterside.portal.payments.queries import AttemptView
from meterside.spine import audit

from .catching_up import PostingRefused, catch_up


@dataclass(frozen=True, slots=True)
class Order:
    """What a person confirmed. `key` was made with their form: the same key is the same payment.

    `knows_of` is the equal payment they were told of. `return_url` gives the absolute address they come back
    to; `description` and `payer_name` stand on the gateway's page.
    """

    key: str
    login_id: int
    account: AccountRef
    amount_cents: int
    description: str
    payer_name: str
    language: str
    return_url: Callable[[UUID], str]
    knows_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The attempt, and where the browser goes to pay; no address when it has been paid already."""

    attempt: AttemptView
    url: str


def confirm(*, cis: Cis, gateway: PaymentGateway, order: Order, now: datetime) -> Confirmed:
    """Keep the order and open the gateway's page for it. Said twice, it gives the same attempt and page.

    Raises SeemsRepeated, KeyUsedForAnotherPayment; GatewayUnavailable when the page could not be opened (no
    money can have moved: nobody has seen the page), and what is kept is then asked about later.
    """
    if order.knows_of is not None:
        _give_up(cis=cis, gateway=gateway, attempt_id=order.knows_of, account=order.account, now=now)
    with transaction.atomic():
        attempt = operations.begin(
            key=order.key,
            login_id=order.login_id,
            account=order.account,
            amount_cents=order.amount_cents,
            gateway=gateway.name,
            now=now,
            knows_of=order.knows_of,
        )
        audit.record(
            action="payment.confirmed",
            subject_type="payment",
            subject_id=attempt.id,
            amount_cents=order.amount_cents,
        )
        crash.point("pay.before_intent_commit")
    crash.point("pay.after_intent_commit")
    return _with_page(gateway=gateway, attempt=attempt, order=order, now=now)


def continue_payment(
    *, gateway: PaymentGateway, attempt: AttemptView, order: Order, now: datetime
) -> Confirmed:
    """Back to the page of a payment that was begun and not finished. Raises GatewayUnavailable."""
    return _with_page(gateway=gateway, attempt=attempt, order=order, now=now)


def _with_page(*, gateway: PaymentGateway, attempt: AttemptView, order: Order, now: datetime) -> Confirmed:
    if not attempt.is_open:
        return Confirmed(attempt=attempt, url="")
    if attempt.session_url:
        return Confirmed(attempt=attempt, url=attempt.session_url)
    session = gateway.create_session(
        SessionRequest(
            attempt_id=attempt.id,
            amount_cents=attempt.amount_cents,
            description=order.description,
            payer_name=order.payer_name,
            return_url=order.return_url(attempt.id),
            language=order.language,
        )
    )
    crash.point("pay.after_session")
    with transaction.atomic():
        locked = operations.lock(attempt.id)
        operations.keep_session(attempt_id=attempt.id, url=session.url)
        if locked.status is AttemptStatus.CREATED:
            operations.move(
                attempt_id=attempt.id,
                status_from=AttemptStatus.CREATED,
                status_to=AttemptStatus.PENDING,
                why="the gateway opened its page",
                now=now,
            )
        crash.point("pay.before_session_commit")
    crash.point("pay.after_session_commit")
    return Confirmed(attempt=queries.attempt(attempt.id), url=session.url)


def _give_up(
    *, cis: Cis, gateway: PaymentGateway, attempt_id: UUID, account: AccountRef, now: datetime
) -> None:
    """Close the open page of an earlier payment, so that it cannot be paid beside the new one.

    Raises SeemsRepeated when that payment was made in the meantime.
    """
    try:
        earlier = queries.attempt(attempt_id)
    except queries.NoSuchAttempt:
        return
    if earlier.account != account or not earlier.is_open:
        return
    charge = gateway.cancel(attempt_id)
    try:
        after = catch_up(cis=cis, gateway=gateway.name, charge=charge, how="given up for another", now=now)
    except (CisError, PostingRefused) as error:
        # It was paid, and cannot be posted now: it is asked about again, and must not be paid twice.
        raise SeemsRepeated(earlier) from error
    if after.status in {AttemptStatus.ACCEPTED, AttemptStatus.SETTLED}:
        raise SeemsRepeated(after)
