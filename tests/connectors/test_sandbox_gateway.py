"""The sandbox gateway passes what every gateway must, and sends its messages as one that is trusted does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings

from meterside.connectors.payments.sandbox import company, telling
from meterside.connectors.payments.sandbox.adapter import SandboxGateway
from meterside.connectors.payments.sandbox.models import Charge, WebhookMessage
from meterside.contracts.payments import ChargeState, HostedSession, PaymentGateway
from meterside.kit import clock
from tests.conformance.payments import Message, PageIsClosed, PaymentGatewayConformance

pytestmark = pytest.mark.django_db
SECRET = "conformance"
_METHODS = {
    (ChargeState.PROCESSING, ""): "bank_slow",
    (ChargeState.ACCEPTED, ""): "bank_works",
    (ChargeState.SETTLED, ""): "card_works",
    (ChargeState.DECLINED, ""): "card_declined",
    (ChargeState.RETURNED, "R01"): "bank_short",
    (ChargeState.RETURNED, "R10"): "bank_disputed",
    (ChargeState.RETURNED, "R99"): "bank_mystery",
}


class TestSandbox(PaymentGatewayConformance):
    package = "meterside.connectors.payments.sandbox"

    def gateway(self, *, is_live: bool = False) -> PaymentGateway:
        return SandboxGateway(webhook_secret=SECRET, is_live=is_live)

    def customer_pays(self, session: HostedSession, outcome: ChargeState, code: str = "") -> None:
        try:
            company.submit(session.reference, method_key=_METHODS[outcome, code], memo="")
        except company.SessionIsClosed as closed:
            raise PageIsClosed from closed
        if outcome in {ChargeState.SETTLED, ChargeState.RETURNED}:
            with clock.clock_at(clock.now() + 3 * company.delay()):
                company.carry_out_due_steps()

    def messages(self, attempt_id: UUID) -> list[Message]:
        rows = WebhookMessage.objects.filter(session__merchant_reference=attempt_id).order_by("id")
        return [self.sign(row.body.encode()) for row in rows]

    def sign(self, body: bytes) -> Message:
        timestamp_s = int(clock.now().timestamp())
        return Message(body, telling.signed_headers(body, secret=SECRET, timestamp_s=timestamp_s))

    def of_unknown_kind(self, message: Message) -> Message:
        return self.sign(json.dumps(json.loads(message.body) | {"type": "charge.blessed"}).encode())


@pytest.fixture
def message() -> WebhookMessage:
    """One that waits to be sent."""
    session = company.open_session(
        {
            "merchant": "meterside",
            "reference": str(uuid4()),
            "amount_cents": 100,
            "description": "",
            "payer_name": "",
            "return_url": "http://testserver/",
            "language": "en",
        }
    )
    company.submit(session["session"], method_key="bank_works", memo="")
    return WebhookMessage.objects.get()


def test_a_message_is_sent_until_it_is_answered(message: WebhookMessage) -> None:
    answers: Iterator[int | httpx.ConnectError] = iter([500, httpx.ConnectError("refused"), 404, 200])
    seen = []

    def send(body: bytes, headers: Mapping[str, str]) -> int:
        seen.append(body)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    waits, now = [], clock.now()
    for _ in range(4):
        with clock.clock_at(now):
            telling.send_waiting(send)
        message.refresh_from_db()
        waits.append(round((message.next_attempt_at - now).total_seconds()))
        now = message.next_attempt_at
    assert waits[:3] == [2, 4, 8]
    assert message.delivered_at is not None
    assert seen == [message.body.encode()] * 4
    assert telling.send_waiting(send) == 0


def test_one_that_was_taken_and_never_answered_is_taken_again(message: WebhookMessage) -> None:
    def killed(body: bytes, headers: Mapping[str, str]) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        telling.send_waiting(killed)
    assert telling.send_waiting(lambda body, headers: 200) == 0
    with clock.clock_at(clock.now() + timedelta(seconds=31)):
        assert telling.send_waiting(lambda body, headers: 200) == 1


def test_a_page_pressed_twice_takes_money_once(message: WebhookMessage) -> None:
    token = message.session.token
    assert company.submit(token, method_key="card_declined", memo="") == "http://testserver/"
    assert Charge.objects.count() == 1
    assert WebhookMessage.objects.count() == 1


def test_delays_are_rows_that_come_due(message: WebhookMessage) -> None:
    assert company.carry_out_due_steps() == 0
    almost = message.created_at + timedelta(seconds=settings.PAYMENTS.sandbox_delay_s - 1)
    with clock.clock_at(almost):
        assert company.carry_out_due_steps() == 0
    with clock.clock_at(almost + timedelta(seconds=2)):
        assert company.carry_out_due_steps() == 1
        assert company.carry_out_due_steps() == 0
    assert Charge.objects.get().state == "settled"
