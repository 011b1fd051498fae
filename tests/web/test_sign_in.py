"""Signing in and out: by password, by code; a new password; and what a stranger learns (nothing)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.core.cache import cache
from django.core.mail import get_connection, send_mail
from django.test import Client

from meterside.portal.identity.models import Login
from meterside.portal.notices.models import Notice
from tests.hostile.registering import plain
from tests.people import PASSWORD, last_code, make_login, notices, signed_in, worker

pytestmark = pytest.mark.django_db

EMAIL = "alice@example.com"


@pytest.fixture
def alice() -> Login:
    return make_login(EMAIL, "Alice Moreno")


def sign_in(client: Client, email: str = EMAIL, password: str = PASSWORD, **more: str) -> str:
    answer = client.post("/sign-in/", {"login": email, "password": password, **more})
    return str(answer["Location"]) if answer.status_code == 302 else ""


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_by_password_and_out(alice: Login) -> None:
    client = Client()
    assert "Forgot your password?" in client.get("/sign-in/").content.decode()
    assert sign_in(client) == "/home/"
    assert is_in(client)
    before = client.session.session_key
    assert client.get("/sign-out/").status_code == 200
    assert is_in(client)
    assert client.post("/sign-out/")["Location"] == "/"
    assert not is_in(client)
    assert client.session.session_key != before


def test_staff_come_to_their_own_page_or_to_the_one_they_asked_for(alice: Login) -> None:
    dana = make_login("dana@example.com", "Dana")
    dana.is_staff = True
    dana.save()
    client = Client()
    assert sign_in(client, email="dana@example.com") == "/staff/"
    assert client.get("/staff/").status_code == 200
    assert client.get("/")["Location"] == "/staff/"
    assert sign_in(Client(), email="dana@example.com", next="/staff/billing/") == "/staff/billing/"
    assert sign_in(Client(), next="/bills/") == "/bills/"


def test_the_session_is_another_after_signing_in(alice: Login) -> None:
    client = Client()
    client.get("/register/")
    session = client.session
    session["planted"] = "1"
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize("typed", ["ALICE@example.com", " alice@example.com "])
def test_the_address_as_people_type_it(alice: Login, typed: str) -> None:
    assert sign_in(Client(), typed) == "/home/"


def test_wrong_password_and_unknown_address_read_the_same(alice: Login) -> None:
    pages = []
    for email in (EMAIL, "nobody@example.com"):
        answer = Client().post("/sign-in/", {"login": email, "password": "not the right one"})
        assert answer.status_code == 422
        assert "do not belong together" in answer.content.decode()
        pages.append(plain(answer).replace(email.encode(), b""))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("password", ["p" * 129, "p" * 900_000, "\x00"])
def test_a_password_that_cannot_be_one_is_not_hashed(alice: Login, password: str) -> None:
    answer = Client().post("/sign-in/", {"login": EMAIL, "password": password})
    assert answer.status_code == 422
    assert "id_password-error" in answer.content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_stays_on_this_site(alice: Login, target: str) -> None:
    assert sign_in(Client(), next=target) == "/home/"


def test_next_is_kept_through_the_page_and_the_code(alice: Login) -> None:
    client = Client()
    answer = client.get("/profile/")
    assert answer["Location"] == "/sign-in/?next=/profile/"
    page = client.get(answer["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/profile/">' in page
    assert "/sign-in/code/?next=/profile/" in page
    answer = client.post("/sign-in/code/", {"email": EMAIL, "next": "/profile/"})
    assert answer["Location"] == "/sign-in/code/confirm/?next=%2Fprofile%2F"
    answer = client.post(
        "/sign-in/code/confirm/", {"code": last_code(EMAIL), "action": "verify", "next": "/profile/"}
    )
    assert answer["Location"] == "/profile/"


def test_by_code(alice: Login) -> None:
    client = Client()
    assert client.post("/sign-in/code/", {"email": EMAIL})["Location"] == "/sign-in/code/confirm/"
    assert EMAIL in client.get("/sign-in/code/confirm/").content.decode()
    (notice,) = notices("sign_in_code")
    assert (notice.to, notice.is_secret, notice.status) == (EMAIL, True, "sent")
    answer = client.post("/sign-in/code/confirm/", {"code": last_code(EMAIL), "action": "verify"})
    assert answer["Location"] == "/home/"
    assert is_in(client)


def test_a_code_for_nobody_reads_the_same_and_goes_nowhere(alice: Login) -> None:
    pages = []
    for email in (EMAIL, "bobby@example.com"):
        client = Client()
        first = client.post("/sign-in/code/", {"email": email})
        second = client.get("/sign-in/code/confirm/")
        wrong = client.post("/sign-in/code/confirm/", {"code": "000000", "action": "verify"})
        assert first["Location"] == "/sign-in/code/confirm/"
        pages.append((plain(second).replace(email.encode(), b""), plain(wrong).replace(email.encode(), b"")))
    assert pages[0] == pages[1]
    worker()
    assert set(Notice.objects.values_list("to", "status")) == {(EMAIL, "sent"), ("", "refused")}


def test_a_sign_in_code_is_guessed_three_times_at_most(alice: Login) -> None:
    client = Client()
    client.post("/sign-in/code/", {"email": EMAIL})
    code = last_code(EMAIL)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(3):
        client.post("/sign-in/code/confirm/", {"code": wrong, "action": "verify"})
    answer = client.post("/sign-in/code/confirm/", {"code": code, "action": "verify"}, follow=True)
    assert not is_in(client)
    assert answer.redirect_chain


def test_many_wrong_passwords_are_stopped_in_plain_words(alice: Login) -> None:
    client = Client()
    for _ in range(5):
        client.post("/sign-in/", {"login": EMAIL, "password": "not the right one"})
    answer = client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Please wait a few minutes" in answer.content.decode()
    assert not is_in(client)


def test_the_limits_hold_while_many_others_sign_in(alice: Login) -> None:
    """Each sign-in leaves a few counters; a busy hour of others must not push out those that still count."""
    client = Client()
    for number in range(10):
        client.post("/sign-in/", {"login": f"n{number}@example.com", "password": "not the right one"})
    for number in range(400):
        cache.set(f"others-{number}", [1], timeout=300)
    answer = client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD})
    assert "Please wait a few minutes" in answer.content.decode()
    assert not is_in(client)


def test_known_and_unknown_addresses_cost_the_same_hashing(
    alice: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing is what takes time, so it must not tell who has a sign-in."""
    hasher = type(get_hasher())
    hashed: list[str] = []
    encode = hasher.encode

    def counted(self: BasePasswordHasher, password: str, salt: str, **options: Any) -> str:
        hashed.append(password)
        return encode(self, password, salt, **options)

    monkeypatch.setattr(hasher, "encode", counted)
    work = []
    for email in (EMAIL, "nobody@example.com"):
        hashed.clear()
        Client().post("/sign-in/", {"login": email, "password": "not the right one"})
        work.append(list(hashed))
    assert work[0] == work[1]
    assert work[0]


@pytest.mark.parametrize("address", ["/sign-in/", "/sign-in/again/", "/profile/password/"])
def test_a_password_of_a_megabyte_is_refused_before_it_is_read(alice: Login, address: str) -> None:
    client = signed_in(alice) if address != "/sign-in/" else Client()
    big = "p" * 1_048_576
    answer = client.post(
        address, {"login": EMAIL, "password": big, "oldpassword": PASSWORD, "password1": big}
    )
    assert answer.status_code == 400
    assert "<h1" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_new_password_by_link(alice: Login) -> None:
    client = Client()
    assert client.post("/password/reset/", {"email": EMAIL})["Location"] == "/password/reset/sent/"
    assert "a link is on its way" in client.get("/password/reset/sent/").content.decode()
    (notice,) = notices("password_reset")
    found = re.search(r"https?://[^/]+(/password/reset/key/\S+)", notice.body)
    assert found
    answer = client.get(found.group(1), follow=True)
    page = answer.redirect_chain[-1][0]
    assert page.endswith("-set-password/")
    assert "10 characters" in client.post(page, {"password1": "short"}).content.decode()
    answer = client.post(page, {"password1": "another river runs"})
    assert answer["Location"] == "/password/reset/done/"
    assert "is saved" in client.get("/password/reset/done/").content.decode()
    alice.refresh_from_db()
    assert alice.check_password("another river runs")
    assert [n.to for n in notices("password_changed")] == [EMAIL]
    again = Client().get(found.group(1))
    assert "That link has run out" in again.content.decode()


def test_a_reset_for_nobody_reads_the_same_and_goes_nowhere(alice: Login) -> None:
    answers = [Client().post("/password/reset/", {"email": email}) for email in (EMAIL, "bobby@example.com")]
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/password/reset/sent/")}
    assert [n.to for n in notices()] == [EMAIL]


def test_a_sign_in_that_is_switched_off(alice: Login) -> None:
    Login.objects.update(is_active=False)
    client = Client()
    assert sign_in(client) == "/sign-in/inactive/"
    assert "switched off" in client.get("/sign-in/inactive/").content.decode()
    assert not is_in(client)


def test_signing_up_is_registering() -> None:
    assert Client().get("/sign-up/")["Location"] == "/register/"


def test_changing_the_password_tells_and_signs_others_out(alice: Login) -> None:
    here, there = signed_in(alice), signed_in(alice)
    answer = here.post("/profile/password/", {"oldpassword": "wrong", "password1": "another river runs"})
    assert "That is not your present password." in answer.content.decode()
    answer = here.post("/profile/password/", {"oldpassword": PASSWORD, "password1": "another river runs"})
    assert answer["Location"] == "/profile/?changed=password"
    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302
    assert [n.to for n in notices("password_changed")] == [EMAIL]


def test_adding_a_passkey_asks_for_the_password_first(alice: Login) -> None:
    client = Client()
    sign_in(client)
    answer = client.get("/profile/passkeys/add/")
    assert unquote(answer["Location"]) == "/sign-in/again/?next=/profile/passkeys/add/"
    answer = client.post(answer["Location"], {"password": "wrong", "next": "/profile/passkeys/add/"})
    assert "That is not your password." in answer.content.decode()
    answer = client.post("/sign-in/again/", {"password": PASSWORD, "next": "/profile/passkeys/add/"})
    assert answer["Location"] == "/profile/passkeys/add/"
    page = client.get("/profile/passkeys/add/").content.decode()
    assert "data-passkey-create=" in page
    assert "residentKey&#34;: &#34;required" in page or "residentKey&quot;: &quot;required" in page


def test_mail_is_kept_and_leaves_by_the_outbox_only(alice: Login) -> None:
    Client().post("/sign-in/code/", {"email": EMAIL})
    assert Notice.objects.get(kind="sign_in_code").status == "waiting"
    worker()
    assert Notice.objects.get(kind="sign_in_code").status == "sent"


def test_djangos_own_mail_goes_the_same_way() -> None:
    backend = get_connection("meterside.web.public.sign_in.mail.OutboxEmailBackend")
    sent = send_mail("A\nsubject", "Words", None, ["one@example.com", "two@example.com"], connection=backend)
    assert sent == 1
    assert [(n.to, n.subject, n.body) for n in notices("mail")] == [
        ("one@example.com", "A subject", "Words"),
        ("two@example.com", "A subject", "Words"),
    ]


def test_sign_in_mail_speaks_the_pages_language(alice: Login) -> None:
    Client(headers={"accept-language": "es"}).post("/sign-in/code/", {"email": EMAIL})
    (notice,) = notices("sign_in_code")
    assert notice.subject.startswith("Su código para entrar")


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_and_says_that_it_is_lost(
    alice: Login,
) -> None:
    client = Client()
    answer = client.post(
        "/pay/", {"amount": "85"}, headers={"referer": "http://testserver/pay/?only=past_due"}
    )
    assert answer["Location"] == "/sign-in/?ended=1&next=%2Fpay%2F%3Fonly%3Dpast_due"
    page = client.get(answer["Location"]).content.decode()
    assert "You were signed out meanwhile" in page
    assert '<input type="hidden" name="next" value="/pay/?only=past_due">' in page


@pytest.mark.parametrize(
    "referer", ["", "https://elsewhere.example/pay/", "javascript:alert(1)", "//elsewhere.example/"]
)
def test_a_form_from_nowhere_leads_to_no_other_site(alice: Login, referer: str) -> None:
    answer = Client().post("/pay/", {"amount": "85"}, headers={"referer": referer})
    assert answer["Location"] == "/sign-in/?ended=1"
