"""The demo's inbox, which no production has; and the front door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client, override_settings

from meterside.portal.notices.models import Notice
from meterside.portal.notices.operations import Draft, write, write_to_nobody
from tests.people import make_login, signed_in

pytestmark = pytest.mark.django_db


def keep(subject: str, body: str = "Words\n") -> Notice:
    with transaction.atomic():
        key = write(
            Draft(kind="x", to="a@example.com", subject=subject, body=body, language="en", is_secret=True)
        )
    return Notice.objects.get(message_id=key)


@pytest.fixture
def demo() -> Iterator[None]:
    with override_settings(IS_DEMO=True):
        yield


@override_settings(IS_DEMO=False)
def test_outside_a_demo_there_is_no_inbox() -> None:
    kept = keep("Your code is 123456")
    assert Client().get("/demo/inbox/").status_code == 404
    assert Client().get(f"/demo/inbox/{kept.message_id}/").status_code == 404
    assert "/demo/inbox/" not in Client().get("/password/reset/sent/").content.decode()


def test_codes_are_easy_to_find(demo: None) -> None:
    keep("Your code is 123456", "Type this:\n\n    123456\n\nBye\n")
    page = Client().get("/demo/inbox/").content.decode()
    assert '<p class="message__code">123456</p>' in page
    assert "/demo/inbox/" in Client().get("/password/reset/sent/").content.decode()


def test_a_message_as_its_receiver_reads_it(demo: None) -> None:
    kept = keep("<b>S</b>", "One <script>\n\n    123456\n\nhttps://example.com/x\n")
    page = Client().get(f"/demo/inbox/{kept.message_id}/").content.decode()
    assert "&lt;script&gt;" in page
    assert "<b>S</b>" not in page
    assert 'href="https://example.com/x"' in page
    assert '<p class="message__code">123456</p>' in page


def test_nothing_to_nobody_is_listed(demo: None) -> None:
    with transaction.atomic():
        write_to_nobody()
    assert "No messages yet" in Client().get("/demo/inbox/").content.decode()


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "", "9" * 30, "1.5", "\u0661"])
def test_pages(demo: None, page: str) -> None:
    for number in range(21):
        keep(f"Message {number:02d}")
    answer = Client().get("/demo/inbox/", {"page": page})
    assert answer.status_code == 200
    assert ("Message 00" in answer.content.decode()) is (page == "2")


def test_the_front_door() -> None:
    page = Client().get("/").content.decode()
    for address in ("/pay/", "/sign-in/", "/register/", "tel:5550100911"):
        assert f'href="{address}"' in page
    assert "(555) 010-0142" in page
    client = signed_in(make_login("alice@example.com"))
    assert client.get("/")["Location"] == "/home/"


def test_a_limit_of_allauths_has_our_page() -> None:
    client = Client()
    for _ in range(30):
        client.post("/sign-in/", {})
    answer = client.post("/sign-in/", {})
    assert answer.status_code == 429
    assert "Please wait a few minutes" in answer.content.decode()
