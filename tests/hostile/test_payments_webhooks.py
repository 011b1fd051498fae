"""Messages to the gateway's address: only what is truly the gateway's is kept, once, and acted on once."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meterside import wiring
from meterside.connectors.payments.sandbox import company
from meterside.connectors.payments.sandbox.adapter import SandboxGateway
from meterside.connectors.payments.sandbox.models import WebhookMessage
from meterside.contracts.payments import GatewayError, WrongMode
from meterside.journeys import pay_bill
from meterside.kit import clock
from meterside.portal.payments import queries
from meterside.spine.models import InboxMessage
from tests.journeys.paying import (
    HOOK,
    OWED_CENTS,
    Payer,
    balances,
    come_back,
    confirm,
    gateway,
    owing,
    pay_at_sandbox,
    payments_of,
    post_hook,
    signed_headers,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Payer:
    return owing("alice")


@pytest.fixture
def paid(alice: Payer) -> UUID:
    """An attempt that was paid at the gateway, whose message waits."""
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id)
    return attempt.id


def the_message() -> bytes:
    return WebhookMessage.objects.get().body.encode()


def altered(**changes: object) -> bytes:
    """The waiting message with other content and an id of its own."""
    event = json.loads(the_message()) | {"id": str(uuid4())} | changes
    return json.dumps(event).encode()


def act() -> None:
    pay_bill.process_messages(cis=wiring.cis(), gateway=gateway())


def results() -> list[str]:
    return list(InboxMessage.objects.order_by("id").values_list("result", flat=True))


def test_a_true_message_is_kept_then_acted_on(alice: Payer, paid: UUID) -> None:
    body = the_message()
    assert post_hook(body, signed_headers(body)) == 200
    kept = InboxMessage.objects.get()
    assert (kept.body.encode(), kept.processed_at) == (body, None)
    assert payments_of(alice) == []
    act()
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


@pytest.mark.parametrize("secret", ["", "guess", settings.SECRET_KEY])
def test_a_forged_one_is_refused_and_not_kept(paid: UUID, secret: str) -> None:
    body = the_message()
    assert post_hook(body, signed_headers(body, secret=secret or "x")) == 400
    assert not InboxMessage.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sandbox-Timestamp": "1", "Sandbox-Signature": ""},
        {"Sandbox-Timestamp": "", "Sandbox-Signature": "00"},
        {"Sandbox-Timestamp": "-1", "Sandbox-Signature": "00"},
        {"Sandbox-Timestamp": "9" * 400, "Sandbox-Signature": "00"},
        {"Sandbox-Timestamp": "NaN", "Sandbox-Signature": "é"},
    ],
)
def test_missing_or_silly_headers_are_refused(paid: UUID, headers: dict[str, str]) -> None:
    assert post_hook(the_message(), headers) == 400
    assert not InboxMessage.objects.exists()


def test_a_message_played_again_answers_200_and_changes_nothing(alice: Payer, paid: UUID) -> None:
    body = the_message()
    headers = signed_headers(body)
    for _ in range(3):
        assert post_hook(body, headers) == 200
        act()
    assert InboxMessage.objects.count() == 1
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


@pytest.mark.parametrize(("age_s", "status"), [(299, 200), (300, 200), (301, 400), (-301, 400), (-299, 200)])
def test_the_tolerance_is_300_seconds_both_ways(paid: UUID, age_s: int, status: int) -> None:
    body, now = the_message(), clock.now().replace(microsecond=0)
    headers = signed_headers(body, at=now)
    with clock.clock_at(now + timedelta(seconds=age_s)):
        assert post_hook(body, headers) == status


def test_the_same_content_written_anew_is_refused(paid: UUID) -> None:
    body = the_message()
    headers = signed_headers(body)
    again = json.dumps(json.loads(body), indent=1).encode()
    assert post_hook(again, headers) == 400
    assert post_hook(body + b" ", headers) == 400


def test_an_unknown_kind_is_kept_and_named(alice: Payer, paid: UUID) -> None:
    body = altered(type="charge.blessed")
    assert post_hook(body, signed_headers(body)) == 200
    act()
    assert results() == ["unknown"]
    assert payments_of(alice) == []


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10_000_000])
def test_too_long_a_message_is_refused_before_it_is_read(size: int) -> None:
    body = b" " * size
    assert post_hook(body, signed_headers(body)) == 413
    assert not InboxMessage.objects.exists()


def test_another_accounts_payment_touches_only_that_account(alice: Payer, paid: UUID) -> None:
    charlie = owing("charlie")
    body = the_message()
    post_hook(body, signed_headers(body))
    act()
    assert balances(charlie).balance_cents == OWED_CENTS
    assert payments_of(charlie) == []


def test_an_id_we_never_gave_is_put_aside(alice: Payer, paid: UUID) -> None:
    data = json.loads(the_message())["data"] | {"reference": str(uuid4())}
    body = altered(data=data)
    assert post_hook(body, signed_headers(body)) == 200
    act()
    assert results() == ["quarantined: NoSuchAttempt"]


def test_another_amount_than_we_asked_for_is_put_aside(alice: Payer, paid: UUID) -> None:
    data = json.loads(the_message())["data"] | {"amount_cents": 1}
    body = altered(data=data)
    post_hook(body, signed_headers(body))
    act()
    assert results() == ["quarantined: ChargeMismatch"]
    assert payments_of(alice) == []


@pytest.mark.parametrize(
    "data",
    [{}, {"reference": "x"}, {"state": "won"}, {"amount_cents": "14287"}, {"submitted_at": "yesterday"}],
)
def test_content_that_makes_no_sense_is_put_aside_and_holds_up_nobody(
    alice: Payer, paid: UUID, data: dict[str, object]
) -> None:
    whole = json.loads(the_message())["data"]
    body = altered(data=whole | data if data else {})
    assert post_hook(body, signed_headers(body)) == 200
    right = the_message()
    assert post_hook(right, signed_headers(right)) == 200
    act()
    assert results() == ["quarantined: MalformedWebhook", "accepted"]


@pytest.mark.parametrize(
    "changes",
    [
        {"live": True},
        {"live": "false"},
        {"merchant": "somebody-else"},
        {"id": ""},
        {"id": "x" * 200},
        {"id": "a\x00"},
    ],
)
def test_the_wrong_mode_merchant_or_id_is_refused(paid: UUID, changes: dict[str, object]) -> None:
    body = altered(**changes)
    assert post_hook(body, signed_headers(body)) == 400
    assert not InboxMessage.objects.exists()


def test_a_test_message_at_a_live_address_is_refused(paid: UUID) -> None:
    secret = settings.PAYMENTS.webhook_secret.get_secret_value()
    live = SandboxGateway(webhook_secret=secret, is_live=True)
    body = the_message()
    with pytest.raises(WrongMode):
        live.verify_webhook(headers=signed_headers(body), body=body, now=clock.now())


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff\xfe", b'"' + b"[" * 30000, b"[" * 60000])
def test_rightly_signed_nonsense_is_refused(body: bytes) -> None:
    assert post_hook(body, signed_headers(body)) == 400
    assert not InboxMessage.objects.exists()


def test_only_the_connected_gateways_address_exists() -> None:
    client = Client()
    assert (
        client.post("/hooks/payments/stripe/", data=b"{}", content_type="application/json").status_code == 404
    )
    assert client.get(HOOK).status_code == 405


def test_one_that_cannot_be_handled_now_stays_and_lets_the_next_pass(alice: Payer, paid: UUID) -> None:
    charlie = owing("charlie")
    other = confirm(charlie).attempt
    pay_at_sandbox(other.id)
    for message in WebhookMessage.objects.order_by("id"):
        body = message.body.encode()
        assert post_hook(body, signed_headers(body)) == 200

    class DownForAlice:
        def __getattr__(self, name: str) -> object:
            return getattr(wiring.cis(), name)

        def post_payment(self, command: object) -> object:
            if command.account == alice.ref:  # type: ignore[attr-defined]
                raise ConnectionError("down")
            return wiring.cis().post_payment(command)  # type: ignore[arg-type]

    with pytest.raises(ExceptionGroup):
        pay_bill.process_messages(cis=DownForAlice(), gateway=gateway())  # type: ignore[arg-type]
    assert payments_of(charlie) == [(OWED_CENTS, "accepted")]
    assert (payments_of(alice), results()) == ([], ["", "accepted"])
    act()
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_messages_and_return_together_post_once(alice: Payer, paid: UUID) -> None:
    with clock.clock_at(clock.now() + 3 * company.delay()):
        company.carry_out_due_steps()
    bodies = [message.body.encode() for message in WebhookMessage.objects.order_by("-id")]
    assert len(bodies) == 2
    come_back(paid)
    for body in (*bodies, *bodies):
        post_hook(body, signed_headers(body))
        act()
    assert payments_of(alice) == [(OWED_CENTS, "settled")]
    assert [step.status_to for step in queries.steps_of(paid)] == [
        "created",
        "pending",
        "accepted",
        "settled",
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(changes=st.dictionaries(st.sampled_from(["id", "type", "created", "live", "merchant", "data"]), _JSON))
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_message_makes_the_reader_stumble(changes: dict[str, object]) -> None:
    event = {
        "id": "e1",
        "type": "charge.accepted",
        "created": "2026-12-07T18:00:00+00:00",
        "live": False,
        "merchant": "meterside",
        "data": {"reference": str(uuid4()), "state": "open", "amount_cents": 1},
    }
    body = json.dumps(event | changes)
    try:
        gateway().verify_webhook(headers=signed_headers(body.encode()), body=body.encode(), now=clock.now())
        gateway().read_event(body)
    except GatewayError:
        return
    assert isinstance((event | changes)["data"], dict)
