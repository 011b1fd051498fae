"""Paying as a customer does it: page after page, without a script."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from meterside.cis.adapter import EmbeddedCis
from meterside.cis.ledger.operations import post_payment
from meterside.connectors.payments.sandbox.models import HostedSession
from meterside.contracts.cis import Balances
from meterside.kit import clock
from meterside.portal.payments.models import PaymentAttempt, PaymentIntent
from tests.journeys.paying import (
    OWED_CENTS,
    Payer,
    a_login,
    balances,
    charges_taken,
    deliver_messages,
    hidden_order,
    let_in,
    much_later,
    owing,
    payments_of,
    time_passes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Payer:
    return owing("alice")


@pytest.fixture
def browser(alice: Payer) -> Client:
    return alice.client()


def text_of(client: Client, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.content[-2000:])
    return answer.content.decode()


def to_check(client: Client, typed: str = "142.87") -> str:
    """Type an amount; returns the check page."""
    answer = client.post("/pay/", {"amount": typed})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return text_of(client, answer["Location"])


def to_hosted(client: Client, typed: str = "142.87") -> str:
    """All the way to the gateway's page; returns its address."""
    answer = client.post("/pay/confirm/", {"order": hidden_order(to_check(client, typed))})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert answer["Location"].startswith("/sandbox-gateway/")
    return answer["Location"]


def choose(client: Client, hosted: str, method: str, **more: str) -> str:
    """Pay on the gateway's page and follow it back; returns the address of the page one ends on."""
    answer = client.post(hosted, {"method": method, "pay": "1", **more})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    answer = client.get(urlsplit(answer["Location"]).path)
    return answer["Location"] if answer.status_code == 302 else answer.request["PATH_INFO"]


def test_the_pay_page_starts_from_what_is_due_now(browser: Client) -> None:
    page = text_of(browser, "/pay/")
    assert 'value="142.87"' in page
    assert "Alice Moreno" in page
    assert "Today," in page


def test_from_question_to_receipt(alice: Payer, browser: Client) -> None:
    check = to_check(browser)
    assert "$142.87" in check
    assert "This pays all you owe now" in check
    hosted = to_hosted(browser)
    assert "This is a sandbox" in text_of(browser, hosted)
    receipt = choose(browser, hosted, "bank_works")
    page = text_of(browser, receipt)
    assert "Thank you. $142.87 is paid." in page
    assert "Bank account ending 6789" in page
    assert "nothing owed" in page
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]
    with clock.clock_at(much_later()):
        time_passes()
        assert "The money has arrived" in text_of(browser, receipt)
        assert "Paid, on its way" not in text_of(browser, "/payments/")


def test_a_refused_card_says_that_no_money_moved_and_leads_to_another_try(
    alice: Payer, browser: Client
) -> None:
    ended = choose(browser, to_hosted(browser), "card_declined")
    page = text_of(browser, ended)
    assert "No money moved" in page
    assert "The bank said no." in page
    again = page.split('href="/pay/?order=')[1].split('"')[0]
    assert 'value="142.87"' in text_of(browser, f"/pay/?order={again}")
    assert balances(alice).balance_cents == OWED_CENTS
    assert "Not taken" in text_of(browser, "/payments/")


def test_a_slow_bank_leaves_a_page_that_says_it_is_not_known(alice: Payer, browser: Client) -> None:
    ended = choose(browser, to_hosted(browser), "bank_slow")
    assert "We do not know yet" in text_of(browser, ended)
    assert "No answer yet" in text_of(browser, "/payments/")
    with clock.clock_at(much_later()):
        time_passes()
        assert browser.get(ended)["Location"].endswith("/receipt/")


def test_cancelling_on_the_gateways_page_moves_nothing(browser: Client) -> None:
    hosted = to_hosted(browser)
    answer = browser.post(hosted, {"cancel": "1"})
    page = text_of(browser, urlsplit(answer["Location"]).path)
    assert "You left before paying $142.87" in page
    assert browser.get(hosted).status_code == 410
    assert charges_taken() == 0


def test_a_returned_payment_is_explained_on_its_receipt(alice: Payer, browser: Client) -> None:
    receipt = choose(browser, to_hosted(browser), "bank_short")
    with clock.clock_at(much_later()):
        time_passes()
        page = text_of(browser, receipt)
    assert "Your bank returned this payment" in page
    assert "There was not enough money in the account." in page
    assert "$142.87 is owed again" in page
    assert "Returned" in text_of(browser, "/payments/")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("100", "$42.87 is still owed after this"),
        ("142.87", "This pays all you owe now"),
        ("200", "That is $57.13 more than you owe now"),
    ],
)
def test_part_all_and_more_each_say_what_follows(browser: Client, typed: str, says: str) -> None:
    assert says in to_check(browser, typed)


def test_nothing_owed_can_be_paid_ahead() -> None:
    carol = owing("carol", owed_cents=0)
    browser = carol.client()
    assert "You can pay ahead" in text_of(browser, "/pay/")
    assert "You owe nothing now" in to_check(browser, "20")
    choose(browser, to_hosted(browser, "20"), "card_works")
    assert balances(carol).balance_cents == -2000
    assert "credit" in text_of(browser, "/pay/")


def test_double_click_back_and_refresh_are_one_payment(alice: Payer, browser: Client) -> None:
    order = hidden_order(to_check(browser))
    hosted = {browser.post("/pay/confirm/", {"order": order})["Location"] for _ in range(3)}
    assert len(hosted) == 1
    address = hosted.pop()
    first = browser.post(address, {"method": "bank_works"})
    second = browser.post(address, {"method": "card_works"})
    assert first["Location"] == second["Location"]
    back = urlsplit(first["Location"]).path
    for _ in range(3):
        assert browser.get(back).status_code == 302
    assert browser.post("/pay/confirm/", {"order": order})["Location"] == back
    assert browser.get(address)["Location"] == first["Location"]
    deliver_messages()
    assert charges_taken() == 1
    assert payments_of(alice) == [(OWED_CENTS, "accepted")]


def test_a_second_tab_is_asked_and_can_finish_the_first(alice: Payer, browser: Client) -> None:
    hosted = to_hosted(browser)
    second = browser.post("/pay/confirm/", {"order": hidden_order(to_check(browser))})
    assert second.status_code == 409
    page = second.content.decode()
    assert "You started to pay $142.87" in page
    attempt = PaymentAttempt.objects.get()
    finish = browser.post(f"/pay/continue/{attempt.public_id}/")
    assert finish["Location"] == hosted


def test_paying_again_minutes_later_is_asked_and_then_possible(alice: Payer, browser: Client) -> None:
    choose(browser, to_hosted(browser), "bank_works")
    with clock.clock_at(clock.now() + timedelta(minutes=2)):
        asked = browser.post("/pay/confirm/", {"order": hidden_order(to_check(browser))})
        page = asked.content.decode()
        assert "You paid $142.87 2 minutes ago. Pay again?" in page
        assert charges_taken() == 1
        again = browser.post("/pay/confirm/", {"order": hidden_order(page)})
        choose(browser, again["Location"], "bank_works")
    assert payments_of(alice) == [(OWED_CENTS, "accepted")] * 2


def test_a_second_phone_of_a_helper_is_told_that_somebody_paid(alice: Payer, browser: Client) -> None:
    choose(browser, to_hosted(browser), "bank_works")
    bob = let_in(a_login("bob"), alice.account, "helper_pay").client()
    asked = bob.post("/pay/confirm/", {"order": hidden_order(to_check(bob))})
    assert asked.status_code == 409
    assert "Somebody paid $142.87" in asked.content.decode()


def test_an_order_is_bound_to_its_maker_and_its_time(alice: Payer, browser: Client) -> None:
    order = hidden_order(to_check(browser))
    bob = let_in(a_login("bob"), alice.account, "helper_full").client()
    for answer in (
        bob.post("/pay/confirm/", {"order": order}),
        browser.post("/pay/confirm/", {"order": order[:-2]}),
        browser.post("/pay/confirm/", {"order": ""}),
        browser.post("/pay/confirm/", {}),
        browser.get("/pay/check/?order=nonsense"),
        browser.get("/pay/check/"),
    ):
        assert answer.status_code == 409
        assert "Nothing was charged" in answer.content.decode()
    assert not PaymentIntent.objects.exists()


def test_an_altered_amount_beside_the_order_is_ignored(alice: Payer, browser: Client) -> None:
    order = hidden_order(to_check(browser, "10"))
    browser.post("/pay/confirm/", {"order": order, "amount": "1", "amount_cents": "1"})
    assert HostedSession.objects.get().amount_cents == 1000


def test_without_a_gateway_the_page_says_how_else_to_pay(browser: Client, settings: Any) -> None:
    settings.PAYMENTS = settings.PAYMENTS.model_copy(update={"gateway": "none"})
    page = text_of(browser, "/pay/")
    assert settings.UTILITY.phone in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]


def test_history_pages_and_receipts_of_payments_made_elsewhere(alice: Payer, browser: Client) -> None:
    assert "No payments yet" in text_of(browser, "/payments/")
    start = clock.now() - timedelta(days=600)
    ids = [uuid4() for _ in range(30)]
    for number, payment_id in enumerate(ids):
        post_payment(
            payment_id=payment_id,
            account_id=alice.account.pk,
            amount_cents=100 + number,
            paid_at=start + timedelta(days=number * 20),
            channel="lockbox",
            tender="bank",
        )
    first = text_of(browser, "/payments/")
    assert "$1.29" in first
    assert "Page 1 of 3" in first
    last = text_of(browser, "/payments/?page=3")
    assert "$1.00" in last
    assert "By mail" in last
    assert browser.get("/payments/?page=99")["Location"] == "/payments/"
    assert "Receipt" in text_of(browser, f"/payments/{ids[0]}/receipt/")
    text_of(browser, f"/payments/{uuid4()}/receipt/", status=404)


def test_confirm_read_by_get_starts_over(browser: Client) -> None:
    assert browser.get("/pay/confirm/")["Location"] == "/pay/"


def test_a_payment_whose_end_is_not_known_is_told_before_another(browser: Client) -> None:
    assert "You began to pay" not in text_of(browser, "/pay/")
    to_hosted(browser, "50")
    for page in (text_of(browser, "/pay/"), to_check(browser, "20")):
        assert "You began to pay $50.00" in page
        assert "Please do not pay it twice." in page
        assert 'href="/payments/"' in page


def test_the_past_due_part_can_be_paid_alone(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    owed = Balances(43_618, 43_618, 21_420, 0, clock.today(settings.UTILITY.zone) + timedelta(days=9))
    monkeypatch.setattr(EmbeddedCis, "balances", lambda *_, **__: owed)
    page = text_of(browser, "/pay/")
    assert "$221.98 of it is due" in page
    assert "Pay only the $214.20 past due" in page
    assert 'value="436.18"' in page
    alone = text_of(browser, "/pay/?only=past_due")
    assert 'value="214.20"' in alone
    assert "Pay only" not in alone


def test_who_owes_nothing_is_not_asked_to_pay_all_of_it(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmbeddedCis, "balances", lambda *_, **__: Balances(0, 0, 0, 0, None))
    page = text_of(browser, "/pay/")
    assert "What you pay now counts toward your next bill." in page
    assert "Pay all of it" not in page
