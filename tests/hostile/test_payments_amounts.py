"""Amounts as people (and programs) type them: each is taken exactly or refused with its own sentence."""

from __future__ import annotations

import pytest

from meterside.connectors.payments.sandbox.bank import holds_card_number
from meterside.connectors.payments.sandbox.models import Charge, HostedSession
from meterside.portal.payments.models import PaymentIntent
from tests.journeys.paying import hidden_order, owing

pytestmark = pytest.mark.django_db

REFUSED = [
    ("", "Enter the amount you want to pay"),
    ("   ", "Enter the amount you want to pay"),
    ("0", "Enter an amount above zero"),
    ("0.00", "Enter an amount above zero"),
    ("-1", "Enter an amount above zero, without a minus sign"),
    ("(5)", "Enter an amount above zero, without a minus sign"),
    ("0.001", "two digits after the point"),
    ("12.345", "two digits after the point"),
    ("1e3", "Enter the amount in numbers"),
    ("NaN", "Enter the amount in numbers"),
    ("Infinity", "Enter the amount in numbers"),
    ("abc", "Enter the amount in numbers"),
    ("1.2.3", "Enter the amount in numbers"),
    ("٣٤", "Enter the amount in numbers"),
    ("12\u202e34", "Enter the amount in numbers"),
    ("1_000", "Enter the amount in numbers"),
    ("0x10", "Enter the amount in numbers"),
    ("12,34", "Enter the amount like 1234.56"),
    ("1,23,456", "Enter the amount like 1234.56"),
    ("10000.01", "at most $10,000.00"),
    ("21474836.48", "at most $10,000.00"),
    ("92233720368547758.08", "at most $10,000.00"),
    ("9" * 300, "Enter the amount in numbers"),
    ("9" * 30, "at most $10,000.00"),
]


@pytest.mark.parametrize(("typed", "says"), REFUSED)
def test_a_wrong_amount_is_refused_in_words_and_kept_in_the_field(typed: str, says: str) -> None:
    answer = owing().client().post("/pay/", {"amount": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "There is a problem" in page
    assert not PaymentIntent.objects.exists()


def test_a_nul_is_refused() -> None:
    answer = owing().client().post("/pay/", {"amount": "12\x00"})
    assert answer.status_code == 422


def test_no_amount_field_at_all_is_refused() -> None:
    assert owing().client().post("/pay/", {}).status_code == 422


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1,234.56", "$1,234.56"),
        ("$ 85", "$85.00"),
        (" 85.5 ", "$85.50"),
        (".5", "$0.50"),
        ("007", "$7.00"),
        ("10000", "$10,000.00"),
        ("0.01", "$0.01"),
    ],
)
def test_a_right_amount_is_taken_as_it_was_meant(typed: str, shown: str) -> None:
    browser = owing().client()
    answer = browser.post("/pay/", {"amount": typed})
    assert answer.status_code == 302
    assert shown in browser.get(answer["Location"]).content.decode()


CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "my card is 378282246310005 ok",
    "ref 99 5555 5555 5555 4444",
    "4242\u00a04242\u00a04242\u00a04242",
]


@pytest.mark.parametrize("memo", CARDS)
def test_a_card_number_in_the_note_is_refused_and_never_kept(memo: str) -> None:
    browser = owing().client()
    check = browser.get(browser.post("/pay/", {"amount": "10"})["Location"]).content.decode()
    hosted = browser.post("/pay/confirm/", {"order": hidden_order(check)})["Location"]
    answer = browser.post(hosted, {"method": "card_works", "memo": memo})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Do not type a card number here" in page
    assert memo not in page
    assert not Charge.objects.exists()
    assert HostedSession.objects.get().closed_at is None


@pytest.mark.parametrize(
    "memo",
    [
        "",
        "for December",
        "account 1234567",
        "5555 5555 5555 5556",
        "2026-12-07 2026-11-03",
        "0000000000000000",
    ],
)
def test_other_numbers_in_the_note_are_fine(memo: str) -> None:
    assert not holds_card_number(memo)


@pytest.mark.parametrize("data", [{}, {"method": "nothing"}, {"method": "card_works", "memo": "x" * 141}])
def test_the_gateways_page_refuses_what_it_does_not_have(data: dict[str, str]) -> None:
    browser = owing().client()
    check = browser.get(browser.post("/pay/", {"amount": "10"})["Location"]).content.decode()
    hosted = browser.post("/pay/confirm/", {"order": hidden_order(check)})["Location"]
    assert browser.post(hosted, data).status_code == 422
    assert not Charge.objects.exists()
