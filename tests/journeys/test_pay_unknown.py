"""What is not known stays open and is asked again: time-outs, silence, a CIS that cannot take the money."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from meterside import wiring
from meterside.connectors.payments.sandbox import company
from meterside.connectors.payments.sandbox.adapter import SandboxGateway
from meterside.connectors.payments.sandbox.models import HostedSession
from meterside.contracts.cis import Cis, CisUnavailable, CommandState, CommandStatus, PostPayment
from meterside.contracts.payments import (
    Charge,
    GatewayUnavailable,
    SessionRequest,
)
from meterside.contracts.payments import HostedSession as Hosted
from meterside.engine.payment import AttemptStatus
from meterside.journeys import pay_bill
from meterside.kit import clock
from meterside.portal.payments import queries
from meterside.portal.payments.models import PaymentAttempt
from meterside.portal.payments.operations import SeemsRepeated
from tests.journeys.paying import (
    OWED_CENTS,
    Payer,
    charges_taken,
    confirm,
    gateway,
    order,
    owing,
    pay_at_sandbox,
    payments_of,
    time_passes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Payer:
    return owing("alice")


class Unreachable(SandboxGateway):
    """The sandbox behind a line that breaks: after the request arrived (`late`), or before."""

    def __init__(self, *, late: bool) -> None:
        super().__init__(webhook_secret="x")
        self._late = late

    def create_session(self, request: SessionRequest) -> Hosted:
        if self._late:
            super().create_session(request)
        raise GatewayUnavailable("timed out")

    def find(self, attempt_id: UUID) -> Charge:
        raise GatewayUnavailable("timed out")


@pytest.mark.parametrize("late", [False, True])
def test_a_time_out_when_the_page_opens_leaves_one_payment_to_go_on_with(alice: Payer, late: bool) -> None:
    with pytest.raises(GatewayUnavailable):
        confirm(alice, by=Unreachable(late=late))
    first = PaymentAttempt.objects.get()
    assert first.status == "created"
    again = confirm(alice)
    assert again.attempt.id == first.public_id
    assert HostedSession.objects.count() == 1


def test_a_time_out_after_success_stays_pending_and_is_asked_again(alice: Payer) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id)
    broken = Unreachable(late=True)
    came = pay_bill.come_back(
        cis=wiring.cis(),
        gateway=broken,
        attempt_id=attempt.id,
        now=clock.now(),
    )
    assert came.status is AttemptStatus.PENDING
    assert payments_of(alice) == []
    with clock.clock_at(clock.now() + timedelta(minutes=2)):
        assert pay_bill.ask_again(cis=wiring.cis(), gateway=broken) == 0
        assert queries.attempt(attempt.id).status is AttemptStatus.PENDING
    with clock.clock_at(clock.now() + timedelta(minutes=20)):
        assert pay_bill.ask_again(cis=wiring.cis(), gateway=gateway()) == 1
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_questions_get_rarer_and_never_stop(alice: Payer) -> None:
    confirm(alice)
    row = PaymentAttempt.objects.get()
    gaps, now = [], row.ask_at
    for _ in range(9):
        assert now is not None
        with clock.clock_at(now):
            HostedSession.objects.update(expires_at=now + timedelta(hours=1))
            pay_bill.ask_again(cis=wiring.cis(), gateway=gateway())
        row.refresh_from_db()
        assert row.ask_at is not None
        gaps.append(int((row.ask_at - now).total_seconds()))
        now = row.ask_at
    assert gaps == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_an_attempt_the_gateway_never_heard_of_is_given_up_after_an_hour(alice: Payer) -> None:
    with pytest.raises(GatewayUnavailable):
        confirm(alice, by=Unreachable(late=False))
    attempt_id = PaymentAttempt.objects.get().public_id
    started = clock.now()
    for minutes, status in ((5, "created"), (61, "abandoned")):
        with clock.clock_at(started + timedelta(minutes=minutes)):
            pay_bill.ask_again(cis=wiring.cis(), gateway=gateway())
        assert queries.attempt(attempt_id).status == status


def test_a_page_nobody_pays_on_is_closed_and_no_money_moved(alice: Payer) -> None:
    attempt = confirm(alice).attempt
    with clock.clock_at(clock.now() + timedelta(minutes=31)):
        time_passes()
        assert queries.attempt(attempt.id).status is AttemptStatus.ABANDONED
        session = HostedSession.objects.get()
        with pytest.raises(company.SessionIsClosed):
            company.submit(session.token, method_key="bank_works", memo="")
    assert payments_of(alice) == []


class CisIsDown:
    """A CIS that takes no commands."""

    def post_payment(self, command: object) -> CommandStatus:
        raise CisUnavailable("down")


class CisRefuses:
    """A CIS that says no to every payment."""

    def post_payment(self, command: PostPayment) -> CommandStatus:
        return CommandStatus(command.command_id, CommandState.REFUSED, "closed for good")


@pytest.mark.parametrize("broken", [CisIsDown(), CisRefuses()])
def test_money_that_the_cis_cannot_take_now_waits_and_is_posted_later(alice: Payer, broken: Cis) -> None:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id)
    came = pay_bill.come_back(cis=broken, gateway=gateway(), attempt_id=attempt.id, now=clock.now())
    assert (came.status, payments_of(alice)) == (AttemptStatus.PENDING, [])
    wish = order(alice, key="k2", knows_of=attempt.id)
    with pytest.raises(SeemsRepeated):
        pay_bill.confirm(cis=broken, gateway=gateway(), order=wish, now=clock.now())
    with clock.clock_at(clock.now() + timedelta(minutes=2)):
        pay_bill.ask_again(cis=broken, gateway=gateway())
        assert queries.attempt(attempt.id).status is AttemptStatus.PENDING
    with clock.clock_at(clock.now() + timedelta(minutes=20)):
        pay_bill.ask_again(cis=wiring.cis(), gateway=gateway())
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]
    assert charges_taken() == 1
