"""The code that confirms an e-mail address which is not on file, as somebody would attack it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from meterside.journeys import register
from meterside.journeys.register import Outcome, limits
from meterside.kit import clock
from meterside.portal.identity.models import Login
from tests.cast import Riverside, riverside
from tests.hostile.registering import KNOWN, register_with
from tests.people import PASSWORD, last_code, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def to_second_code() -> tuple[Client, str]:
    """Proved with an e-mail that is not on file; the browser, and the code that went to it."""
    client, _, _ = register_with(KNOWN | {"email": "alice.new@example.net"})
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    return client, last_code("alice.new@example.net")


def test_the_second_code_is_guessed_five_times_at_most(utility: Riverside) -> None:
    client, code = to_second_code()
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(4):
        assert "not the code we sent" in client.post("/register/confirm/", {"code": wrong}).content.decode()
    for guess in (wrong, code):
        answer = client.post("/register/confirm/", {"code": guess})
        assert answer.status_code == 429
    client.post("/register/confirm/again/")
    worker()
    fresh = client.post("/register/confirm/", {"code": last_code("alice.new@example.net")})
    assert fresh.status_code == 429
    assert client.post("/register/finish/", {"password": PASSWORD}).status_code == 302
    assert not Login.objects.exists()


def test_the_second_code_of_another_session_or_too_late_or_again(utility: Riverside) -> None:
    mine, code = to_second_code()
    theirs, _, _ = register_with(KNOWN | {"email": "thief@example.net"})
    theirs.post("/register/prove/", {"code": last_code("alice@example.com")})
    assert "not the code we sent" in theirs.post("/register/confirm/", {"code": code}).content.decode()
    assert Client().post("/register/confirm/", {"code": code})["Location"] == "/register/?why=expired"
    with clock.clock_at(clock.now() + limits.STEP_LIFE + timedelta(minutes=1)):
        assert mine.post("/register/confirm/", {"code": code})["Location"] == "/register/?why=expired"
    secret = mine.session["registration"]
    assert mine.post("/register/confirm/", {"code": code})["Location"] == "/register/finish/"
    assert register.confirm_email(session_secret=secret, code=code).outcome is Outcome.EXPIRED
