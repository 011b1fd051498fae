"""How often one may try to register."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from meterside.journeys.register import limits
from meterside.kit import clock
from tests.cast import Riverside, riverside
from tests.hostile.registering import KNOWN, UNKNOWN, plain, register_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def test_limits_speak_plainly_and_alike(utility: Riverside) -> None:
    pages = []
    for form in (KNOWN, UNKNOWN | {"email": "bob@example.net"}):
        for _ in range(limits.ATTEMPTS_PER_EMAIL):
            assert register_with(form)[1].status_code == 302
        _, answer, _ = register_with(form)
        assert answer.status_code == 429
        assert "many attempts with this e-mail address. Please wait an hour" in answer.content.decode()
        pages.append(
            plain(answer).replace(form["email"].encode(), b"").replace(form["address"].encode(), b"")
        )
    assert pages[0] == pages[1]
    with clock.clock_at(clock.now() + timedelta(minutes=61)):
        assert register_with(KNOWN)[1].status_code == 302


def test_the_limit_by_address_holds_for_other_emails(utility: Riverside) -> None:
    for number in range(limits.ATTEMPTS_PER_ADDRESS):
        assert register_with(KNOWN | {"email": f"n{number}@example.net"})[1].status_code == 302
    _, answer, _ = register_with(KNOWN | {"email": "one.more@example.net"})
    assert answer.status_code == 429
    assert "many attempts for this service address" in answer.content.decode()


def test_the_limit_by_connection_holds_for_other_everything(utility: Riverside) -> None:
    for number in range(limits.ATTEMPTS_PER_IP):
        form = {"email": f"n{number}@example.net", "address": f"{number + 1} Pine St", "zip_code": "95000"}
        assert register_with(form)[1].status_code == 302
    assert register_with(KNOWN)[1].status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("/register/", KNOWN).status_code == 302


def test_asking_for_new_codes_counts_too(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    for _ in range(limits.ATTEMPTS_PER_EMAIL - 1):
        assert client.post("/register/prove/again/").status_code == 302
    answer = client.post("/register/prove/again/")
    assert answer.status_code == 429
    assert "Please wait an hour" in answer.content.decode()


def test_a_forged_sender_address_does_not_buy_more(utility: Riverside) -> None:
    for number in range(limits.ATTEMPTS_PER_IP):
        client = Client(headers={"x-forwarded-for": f"203.0.113.{number}"})
        form = {"email": f"n{number}@example.net", "address": f"{number + 1} Pine St", "zip_code": "95000"}
        assert client.post("/register/", form).status_code == 302
    client = Client(headers={"x-forwarded-for": "203.0.113.250"})
    assert client.post("/register/", KNOWN).status_code == 429


def test_behind_our_own_web_server_each_visitor_has_a_limit(utility: Riverside, settings: Any) -> None:
    """The server in front adds the address it saw as the last; what a visitor wrote before it says nothing."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(limits.ATTEMPTS_PER_IP):
        client = Client(headers={"x-forwarded-for": f"192.0.2.{number}, 203.0.113.7"})
        form = {"email": f"n{number}@example.net", "address": f"{number + 1} Pine St", "zip_code": "95000"}
        assert client.post("/register/", form).status_code == 302
    again = Client(headers={"x-forwarded-for": "192.0.2.250, 203.0.113.7"})
    assert again.post("/register/", KNOWN).status_code == 429
    neighbour = Client(headers={"x-forwarded-for": "203.0.113.8"})
    assert neighbour.post("/register/", KNOWN).status_code == 302
