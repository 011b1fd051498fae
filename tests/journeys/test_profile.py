"""The profile: who may see the account, and what a person can change."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from meterside.portal.identity.models import Login
from tests.cast import Riverside, riverside
from tests.people import PASSWORD, give, last_code, make_login, notices, ref, signed_in

pytestmark = pytest.mark.django_db


BOB = {"name": "Bob Reyes", "email": "bob@example.com", "role": "helper_pay", "last_day": ""}


@pytest.fixture
def utility() -> Riverside:
    return riverside()


@pytest.fixture
def alice(utility: Riverside) -> Login:
    login = make_login("alice@example.com", "Alice Moreno")
    give(login, ref(utility.alice))
    return login


def link_to(email: str) -> str:
    """The newest invitation's page for an address."""
    body = notices("helper_invited", to=email)[-1].body
    found = re.search(r"https?://[^/]+(/invitation/\S+)", body)
    assert found, body
    return found.group(1)


def invite(alice: Login, **changes: str) -> str:
    answer = signed_in(alice).post("/profile/people/invite/", BOB | changes)
    assert answer.status_code == 302, answer.content.decode()
    return link_to(changes.get("email", BOB["email"]))


class TestProfile:
    """Name, language, address."""

    def test_name_and_language(self, utility: Riverside, alice: Login) -> None:
        browser = signed_in(alice)
        answer = browser.post("/profile/name/", {"display_name": "Ali Moreno-O'Hara", "language": "es"})
        assert answer["Location"] == "/profile/?changed=name"
        alice.refresh_from_db()
        assert (alice.display_name, alice.language) == ("Ali Moreno-O'Hara", "es")
        assert '<html lang="es"' in browser.get("/profile/").content.decode()

    @pytest.mark.parametrize("name", ["", " ", "x" * 300, "\x00", "a\u202eb", "\u200b"])
    def test_what_is_no_name(self, utility: Riverside, alice: Login, name: str) -> None:
        answer = signed_in(alice).post("/profile/name/", {"display_name": name, "language": "en"})
        assert answer.status_code == 422
        assert "id_display_name-error" in answer.content.decode()

    def test_a_name_cannot_carry_markup_or_headers(self, utility: Riverside, alice: Login) -> None:
        signed_in(alice).post(
            "/profile/name/", {"display_name": "<script>alert(1)</script>", "language": "en"}
        )
        alice.refresh_from_db()
        assert "<script>alert" not in signed_in(alice).get("/profile/").content.decode()
        invite(alice)
        assert "\n" not in notices("helper_invited")[-1].subject

    def test_another_address(self, utility: Riverside, alice: Login) -> None:
        browser = signed_in(alice)
        answer = browser.post("/profile/email/", {"email": "New@Example.net", "password": PASSWORD})
        assert answer["Location"] == "/profile/email/confirm/"
        alice.refresh_from_db()
        assert alice.email == "alice@example.com"
        answer = browser.post("/profile/email/confirm/", {"code": last_code("new@example.net")})
        assert answer["Location"] == "/profile/?changed=email"
        assert [n.to for n in notices("email_changed")] == ["alice@example.com"]
        client = Client()
        old = client.post("/sign-in/", {"login": "alice@example.com", "password": PASSWORD})
        assert "do not belong together" in old.content.decode()
        new = client.post("/sign-in/", {"login": "new@example.net", "password": PASSWORD})
        assert new["Location"] == "/home/"

    def test_the_old_address_opens_nothing_any_more(self, utility: Riverside, alice: Login) -> None:
        browser = signed_in(alice)
        browser.post("/profile/email/", {"email": "new@example.net", "password": PASSWORD})
        browser.post("/profile/email/confirm/", {"code": last_code("new@example.net")})
        before = len(notices())
        Client().post("/sign-in/code/", {"email": "alice@example.com"})
        Client().post("/password/reset/", {"email": "alice@example.com"})
        assert len(notices()) == before

    def test_an_address_of_another_is_told_only_to_its_reader(self, utility: Riverside, alice: Login) -> None:
        make_login("taken@example.com")
        browser = signed_in(alice)
        answer = browser.post("/profile/email/", {"email": "taken@example.com", "password": PASSWORD})
        assert answer["Location"] == "/profile/email/confirm/"
        answer = browser.post("/profile/email/confirm/", {"code": last_code("taken@example.com")})
        assert "Another sign-in uses that address" in answer.content.decode()
        alice.refresh_from_db()
        assert alice.email == "alice@example.com"

    def test_wrong_password_and_wrong_codes(self, utility: Riverside, alice: Login) -> None:
        browser = signed_in(alice)
        answer = browser.post("/profile/email/", {"email": "new@example.net", "password": "wrong"})
        assert answer.status_code == 422
        assert "That is not your password." in answer.content.decode()
        assert notices() == []
        browser.post("/profile/email/", {"email": "new@example.net", "password": PASSWORD})
        code = last_code("new@example.net")
        wrong = "000000" if code != "000000" else "000001"
        for left in (4, 3, 2, 1):
            answer = browser.post("/profile/email/confirm/", {"code": wrong})
            assert answer.status_code == 422
            assert f"You have {left} tr" in answer.content.decode()
        assert browser.post("/profile/email/confirm/", {"code": wrong})["Location"] == "/profile/email/"
        assert browser.post("/profile/email/confirm/", {"code": code})["Location"] == "/profile/email/"
        alice.refresh_from_db()
        assert alice.email == "alice@example.com"

    def test_guesses_at_the_password_are_limited_as_at_sign_in(
        self, utility: Riverside, alice: Login
    ) -> None:
        browser = signed_in(alice)
        form = {"email": "new@example.net", "password": "wrong"}
        for _ in range(5):
            assert browser.post("/profile/email/", form).status_code == 422
        for client, address, right in (
            (browser, "/profile/email/", form | {"password": PASSWORD}),
            (
                signed_in(alice),
                "/profile/email/",
                form | {"password": PASSWORD},
            ),  # whoever else has a session
            (Client(), "/sign-in/", {"login": "alice@example.com", "password": PASSWORD}),
        ):
            answer = client.post(address, right)
            assert answer.status_code == 429
            assert "Please wait a few minutes" in answer.content.decode()
        assert notices() == []

    def test_right_passwords_use_up_no_guess(self, utility: Riverside, alice: Login) -> None:
        browser = signed_in(alice)
        for _ in range(6):
            answer = browser.post("/profile/email/", {"email": "no address", "password": PASSWORD})
            assert "Please wait a few minutes" not in answer.content.decode()
        answer = browser.post("/profile/email/", {"email": "new@example.net", "password": PASSWORD})
        assert answer["Location"] == "/profile/email/confirm/"

    def test_five_codes_an_hour(self, utility: Riverside, alice: Login) -> None:
        browser = signed_in(alice)
        for number in range(5):
            browser.post("/profile/email/", {"email": f"n{number}@example.net", "password": PASSWORD})
        answer = browser.post("/profile/email/", {"email": "n6@example.net", "password": PASSWORD})
        assert answer.status_code == 429
        assert "wait an hour" in answer.content.decode()
        assert len(notices("email_change_code")) == 5
