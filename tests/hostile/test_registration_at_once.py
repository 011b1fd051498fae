"""Registration by several at the same moment; commits are real, each test has a database of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import connections

from meterside.journeys import register
from meterside.journeys.register import Outcome, limits
from meterside.kit.ids import new_secret
from meterside.kit.postgres import DatabaseUrls
from meterside.portal.access.models import AccountAccess
from meterside.portal.identity.models import RegistrationAttempt
from meterside.wiring import cis
from tests.cast import Riverside, riverside
from tests.hostile.registering import KNOWN, register_with
from tests.people import PASSWORD, code_in, last_code, notices


@pytest.fixture
def own(fresh_database: DatabaseUrls) -> Riverside:
    return riverside()


def at_once(jobs: Sequence[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=_closing, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


def _closing(job: Callable[[], object]) -> None:
    try:
        job()
    finally:
        connections.close_all()


def test_twenty_guesses_at_once_are_five(own: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    code = last_code("alice@example.com")
    secret = client.session["registration"]
    guesses = [f"{number:06d}" for number in range(20) if f"{number:06d}" != code]
    outcomes: list[Outcome] = []

    def guess_once(guess: str) -> None:
        outcomes.append(register.prove_by_code(session_secret=secret, code=guess).outcome)

    at_once([partial(guess_once, guess) for guess in guesses])
    assert outcomes.count(Outcome.WRONG) == 4
    assert outcomes.count(Outcome.NO_TRIES_LEFT) == len(guesses) - 4
    assert RegistrationAttempt.objects.get().tries == 5


def test_two_tabs_finish_at_once(own: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    secret = client.session["registration"]
    done: list[object] = []

    def finish() -> None:
        try:
            done.append(register.choose_password(session_secret=secret, password=PASSWORD))
        except register.FinishRefused as refusal:
            done.append(refusal)

    at_once([finish, finish])
    assert sorted(type(one).__name__ for one in done) == ["Login", "NotProvedYet"]
    assert AccountAccess.objects.count() == 1


def test_two_browsers_claim_one_account_with_one_email(own: Riverside) -> None:
    secrets = []
    for _ in range(2):
        client, _, _ = register_with(KNOWN)
        client.post("/register/prove/", {"code": code_in(notices("registration_code")[-1])})
        secrets.append(client.session["registration"])
    done: list[object] = []

    def finish(secret: str) -> None:
        try:
            done.append(register.choose_password(session_secret=secret, password=PASSWORD))
        except register.FinishRefused as refusal:
            done.append(refusal)

    at_once([partial(finish, secret) for secret in secrets])
    assert sorted(type(one).__name__ for one in done) == ["HasLoginAlready", "Login"]
    assert AccountAccess.objects.count() == 1


def test_the_limit_holds_for_attempts_at_once(own: Riverside) -> None:
    search = register.Search("alice@example.com", "418 OAK ST", "95000", "en", "192.0.2.1")
    refused: list[register.TooManyAttempts] = []

    def one() -> None:
        try:
            register.find(search, session_secret=new_secret(), cis=cis())
        except register.TooManyAttempts as refusal:
            refused.append(refusal)

    at_once([one] * 9)
    assert RegistrationAttempt.objects.count() == limits.ATTEMPTS_PER_EMAIL
    assert len(refused) == 4


def test_the_limit_holds_for_new_codes_asked_for_at_once(own: Riverside) -> None:
    """Several browsers of one person: the limit is the e-mail's, not each browser's."""
    secrets = [register_with(KNOWN)[0].session["registration"] for _ in range(limits.ATTEMPTS_PER_EMAIL - 1)]
    refused: list[register.TooManyAttempts] = []

    def one(secret: str) -> None:
        try:
            register.ask_again(session_secret=secret, ip="192.0.2.1")
        except register.TooManyAttempts as refusal:
            refused.append(refusal)

    at_once([partial(one, secret) for secret in secrets])
    assert RegistrationAttempt.objects.count() == limits.ATTEMPTS_PER_EMAIL
    assert len(refused) == len(secrets) - 1
