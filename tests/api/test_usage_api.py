"""The API of one's own use: a key opens one account's use, and nothing else, for as long as the access holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from meterside import wiring
from meterside.api.v1.usage import access
from meterside.cis.adapter import EmbeddedCis
from meterside.cis.agreements.models import ServiceAgreement
from meterside.contracts.cis import CisUnavailable
from meterside.kit import clock
from meterside.kit.ids import secret_digest
from meterside.portal.access.models import AccountAccess
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.preferences.models import UsageToken
from meterside.portal.preferences.operations import TooManyTokens, make_token, revoke_token
from meterside.portal.preferences.queries import tokens_of
from tests import people
from tests.cast import Household
from tests.web.billed import TODAY, Town, town

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/usage/services/"


@pytest.fixture
def place() -> Iterator[Town]:
    made = town()
    with clock.clock_at(TODAY):
        yield made


def key(home: Household, email: str = "alice@example.com") -> str:
    login = Login.objects.get(email=email)
    return make_token(login_id=login.pk, account=people.ref(home), name="Dashboard")


def ask(path: str, secret: str | None, **query: str) -> Any:
    headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
    return Client().get(path, query, headers=headers)


def service(home: Household, name: str = "electric") -> UUID:
    return ServiceAgreement.objects.get(account=home.account, service=name).public_id


def test_a_key_reads_services_periods_days_and_intervals(place: Town) -> None:
    home = place.riverside.alice
    secret, mine = key(home), service(home)
    said = ask(ROOT, secret).json()["services"]
    assert [(one["commodity"], one["unit"], one["interval_s"]) for one in said] == [
        ("electric", "Wh", 3600), ("water", "cf", None),
    ]  # fmt: skip
    periods = ask(f"{ROOT}{mine}/periods/", secret).json()["periods"]
    assert [(one["start"], one["end"], one["quantity"]) for one in periods] == [
        ("2025-01-01", "2025-02-01", "744000"), ("2025-02-01", "2025-03-01", "672000"),
    ]  # fmt: skip
    assert all(isinstance(one["cost_cents"], int) for one in periods)
    days = ask(f"{ROOT}{mine}/days/", secret, start="2025-03-07", end="2025-03-10").json()["days"]
    assert [(one["day"], one["quantity"], one["quality"]) for one in days] == [
        ("2025-03-07", "24000", "measured"), ("2025-03-08", "24000", "measured"), ("2025-03-09", None, "awaited"),
    ]  # fmt: skip
    hours = ask(f"{ROOT}{mine}/intervals/", secret, start="2025-03-08", end="2025-03-09").json()["intervals"]
    assert len(hours) == 24
    assert hours[0] == {
        "start": "2025-03-08T08:00:00+00:00", "seconds": 3600, "quantity": "1000", "received": None,
        "quality": "measured",
    }  # fmt: skip


@pytest.mark.parametrize("secret", [None, "", "x", "ms_use_x", "é", "x" * 300])
def test_without_a_key_that_opens_nothing_is_said(place: Town, secret: str | None) -> None:
    answer = ask(ROOT, secret)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert "alice" not in answer.content.decode().lower()


def test_a_key_is_of_one_account(place: Town) -> None:
    secret = key(place.riverside.alice)
    for theirs in (service(place.riverside.charlie), uuid4()):
        for view in ("periods", "days", "intervals"):
            assert ask(f"{ROOT}{theirs}/{view}/", secret).status_code == 404


def test_a_closed_key_opens_nothing(place: Town) -> None:
    home = place.riverside.alice
    secret = key(home)
    assert ask(ROOT, secret).status_code == 200
    login = Login.objects.get(email="alice@example.com")
    (view,) = tokens_of(login_id=login.pk, account=people.ref(home))
    assert revoke_token(login_id=login.pk, account=people.ref(home), public_id=view.public_id)
    assert not revoke_token(login_id=login.pk, account=people.ref(home), public_id=view.public_id)
    assert ask(ROOT, secret).status_code == 401


def test_who_loses_the_access_loses_the_key(place: Town) -> None:
    bob = people.make_login("bob@example.com")
    account = people.ref(place.riverside.alice)
    people.give(bob, account, Role.HELPER_VIEW, until=TODAY + timedelta(days=1))
    secret = make_token(login_id=bob.pk, account=account, name="Bob's")
    assert ask(ROOT, secret).status_code == 200
    with clock.clock_at(TODAY + timedelta(days=2)):
        assert ask(ROOT, secret).status_code == 401
    AccountAccess.objects.filter(login=bob).update(ended_at=TODAY)
    assert ask(ROOT, secret).status_code == 401
    other = key(place.riverside.alice)
    Login.objects.filter(email="alice@example.com").update(is_active=False)
    assert ask(ROOT, other).status_code == 401


def test_only_its_hash_is_kept_and_when_it_was_used(place: Town) -> None:
    secret = key(place.riverside.alice)
    row = UsageToken.objects.get()
    assert row.secret_sha256 == secret_digest(secret)
    assert secret not in str(UsageToken.objects.values().get())
    assert row.last_used_at is None
    ask(ROOT, secret)
    row.refresh_from_db()
    assert row.last_used_at == clock.now()


def test_ten_keys_at_once(place: Town) -> None:
    for _ in range(10):
        key(place.riverside.alice)
    with pytest.raises(TooManyTokens):
        key(place.riverside.alice)


@pytest.mark.parametrize(
    "query",
    [
        {"start": "x"}, {"end": "2025-02-30"}, {"start": "2025-03-02", "end": "2025-03-01"},
        {"start": "2025-03-01", "end": "2025-03-01"}, {"start": "1970-01-01", "end": "1970-01-02"},
        {"start": "2024-01-01", "end": "2025-03-01"}, {"end": "9999-12-31"}, {"end": "0001-01-01"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(place: Town, query: dict[str, str]) -> None:
    home = place.riverside.alice
    answer = ask(f"{ROOT}{service(home)}/intervals/", key(home), **query)
    assert answer.status_code == 400
    assert answer.json()["error"] == "bad_request"


def test_it_only_reads(place: Town) -> None:
    secret = key(place.riverside.alice)
    answer = Client().post(ROOT, headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 405


def test_a_session_is_no_key(place: Town) -> None:
    assert place.alice.get(ROOT).status_code == 401


class Silent(EmbeddedCis):
    def use_by_period(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        raise CisUnavailable("time-out")


def test_a_cis_that_is_silent(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = key(place.riverside.alice)
    monkeypatch.setattr(wiring, "cis", Silent)
    answer = ask(ROOT, secret)
    assert (answer.status_code, answer["Retry-After"]) == (503, "120")


# --- the page of keys ----------------------------------------------------------------------------


def test_a_key_is_shown_once_and_closed_by_its_owner_alone(place: Town) -> None:
    made = place.alice.post("/usage/keys/", {"name": "My <dashboard>"}).content.decode()
    secret = made.partition('<code class="key">')[2].partition("<")[0]
    assert ask(ROOT, secret).status_code == 200
    again = place.alice.get("/usage/keys/").content.decode()
    assert secret not in again
    assert "My &lt;dashboard&gt;" in again
    assert "Last used" in again
    token = UsageToken.objects.get()
    path = f"/usage/keys/{token.public_id}/close/"
    assert place.charlie.post(path).status_code == 404
    assert place.alice.post(path).status_code == 302
    assert place.alice.post(path).status_code == 404
    assert ask(ROOT, secret).status_code == 401
    assert place.alice.post("/usage/keys/", {"name": ""}).status_code == 422


def test_a_key_that_asks_too_often_is_told_when_to_ask_again(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MOST_A_MINUTE", 2)
    secret, other = key(place.riverside.alice), key(place.riverside.charlie, "charlie@example.com")
    assert [ask(ROOT, secret).status_code for _ in range(3)] == [200, 200, 429]
    with clock.clock_at(TODAY + timedelta(seconds=48)):
        answer = ask(ROOT, secret)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "12")
        assert answer.json() == {
            "error": "too_fast",
            "detail": "A key may ask 2 times a minute. Ask again in 12 s.",
        }
        assert ask(ROOT, other).status_code == 200
    with clock.clock_at(TODAY + timedelta(seconds=60)):
        assert ask(ROOT, secret).status_code == 200
