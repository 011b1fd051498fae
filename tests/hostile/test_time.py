"""Clocks as they are: an hour twice in autumn, none in spring, and a server's clock set back by an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from meterside.cis.ledger.models import Payment
from meterside.engine.payment import AttemptStatus
from meterside.kit import clock
from meterside.portal.access.models import AccountAccess
from meterside.portal.access.operations import AccessAlreadyGranted, grant, revoke
from meterside.portal.access.queries import grants_of, people_of
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.portal.payments.operations import SeemsRepeated
from tests.cast import riverside
from tests.hostile.registering import KNOWN, register_with
from tests.journeys.paying import (
    OWED_CENTS,
    Payer,
    a_login,
    balances,
    charges_taken,
    come_back,
    confirm,
    deliver_messages,
    let_in,
    owing,
    pay_at_sandbox,
    payments_of,
    statuses,
    time_passes,
)
from tests.people import PASSWORD, last_code

pytestmark = pytest.mark.django_db

# In Los Angeles: 01:55 of summer time, six minutes before 01:01 of standard time; 01:58 before 03:01 of summer time.
AUTUMN = (datetime(2026, 11, 1, 8, 55, tzinfo=UTC), datetime(2026, 11, 1, 9, 1, tzinfo=UTC))
SPRING = (datetime(2027, 3, 14, 9, 58, tzinfo=UTC), datetime(2027, 3, 14, 10, 1, tzinfo=UTC))
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def alice() -> Payer:
    with clock.clock_at(datetime(2026, 10, 1, tzinfo=UTC)):
        return owing("alice")


def pay(payer: Payer, key: str) -> None:
    attempt = confirm(payer, key=key).attempt
    pay_at_sandbox(attempt.id)
    assert come_back(attempt.id).status is AttemptStatus.ACCEPTED


@pytest.mark.parametrize(("first", "second"), [AUTUMN, SPRING])
def test_a_repeat_is_known_by_minutes_that_passed_not_by_the_hands_of_the_clock(
    alice: Payer, first: datetime, second: datetime
) -> None:
    with clock.clock_at(first):
        pay(alice, "k1")
    with clock.clock_at(second), pytest.raises(SeemsRepeated):
        confirm(alice, key="k2")
    assert charges_taken() == 1


def test_half_past_one_comes_twice_and_so_may_a_payment(alice: Payer) -> None:
    summer = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    for key, at in (("k1", summer), ("k2", summer + AN_HOUR)):
        with clock.clock_at(at):
            pay(alice, key)
    rows = Payment.objects.order_by("-paid_at").values_list("paid_at", "effective_on")
    assert [(paid_at, day.isoformat()) for paid_at, day in rows] == [
        (summer + AN_HOUR, "2026-11-01"),
        (summer, "2026-11-01"),
    ]
    with clock.clock_at(summer + 2 * AN_HOUR):
        page = alice.client().get("/payments/").content.decode()
    assert page.count("$142.87") >= 2


@pytest.mark.parametrize(("minutes", "leads_to"), [(14, "/register/finish/"), (16, "/register/?why=expired")])
def test_a_code_lives_a_quarter_of_an_hour_also_when_the_hour_comes_again(
    minutes: int, leads_to: str
) -> None:
    with clock.clock_at(datetime(2026, 10, 1, tzinfo=UTC)):
        riverside()
    made = datetime(2026, 11, 1, 8, 50, tzinfo=UTC)  # 01:50 of summer time: the limit is 01:05, once more
    with clock.clock_at(made):
        client, _, _ = register_with(KNOWN)
        code = last_code("alice@example.com")
    with clock.clock_at(made + timedelta(minutes=minutes)):
        assert client.post("/register/prove/", {"code": code})["Location"] == leads_to


def test_the_servers_clock_goes_back_while_somebody_pays(alice: Payer) -> None:
    """Over midnight, too: the payment stays on the day it was confirmed, is posted once, and nothing waits for it."""
    confirmed = datetime(2026, 11, 4, 8, 20, tzinfo=UTC)  # 00:20 on November 4 in Los Angeles
    with clock.clock_at(confirmed):
        attempt = confirm(alice).attempt
        pay_at_sandbox(attempt.id)
    with clock.clock_at(confirmed - AN_HOUR):
        assert come_back(attempt.id).status is AttemptStatus.ACCEPTED
        assert (balances(alice).balance_cents, balances(alice).due_now_cents) == (0, 0)
        with pytest.raises(SeemsRepeated):
            confirm(alice, key="k2")
        browser = alice.client()
        for address in ("/home/", "/pay/", "/payments/", f"/payments/{attempt.id}/receipt/"):
            assert browser.get(address).status_code == 200
        assert deliver_messages() == 0  # nothing was lost: what is not taken now is sent again
    with clock.clock_at(confirmed + timedelta(days=3)):
        time_passes()
        time_passes()
    assert statuses(attempt.id) == ["created", "pending", "accepted", "settled"]
    assert payments_of(alice) == [(OWED_CENTS, "settled")]
    assert Payment.objects.get().effective_on.isoformat() == "2026-11-04"
    assert charges_taken() == 1


def test_the_servers_clock_goes_back_while_somebody_registers() -> None:
    started = datetime(2026, 11, 4, 20, 0, tzinfo=UTC)
    with clock.clock_at(started - timedelta(days=30)):
        riverside()
    with clock.clock_at(started):
        client, _, _ = register_with(KNOWN)
        code = last_code("alice@example.com")
    with clock.clock_at(started - AN_HOUR):
        assert client.post("/register/prove/", {"code": code})["Location"] == "/register/finish/"
        assert client.post("/register/finish/", {"password": PASSWORD})["Location"] == "/home/?done=opened"
        assert client.get("/home/").status_code == 200
    with clock.clock_at(started - 2 * AN_HOUR):
        assert client.get("/home/").status_code == 200  # what was given is there, also before it began
    assert Login.objects.get().check_password(PASSWORD)


def test_a_clock_set_back_gives_no_more_tries() -> None:
    """Attempts from the future count, too: else each step back would give a fresh set."""
    started = datetime(2026, 11, 4, 20, 0, tzinfo=UTC)
    with clock.clock_at(started - timedelta(days=30)):
        riverside()
    with clock.clock_at(started):
        for _ in range(5):
            assert register_with(KNOWN)[1].status_code == 302
    with clock.clock_at(started - AN_HOUR):
        assert register_with(KNOWN)[1].status_code == 429


def test_access_with_an_end_that_is_near_outlives_no_clock_change(alice: Payer) -> None:
    """An end is an instant: at 01:30 of summer time it is not the 01:30 that follows."""
    end = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    with clock.clock_at(end - timedelta(days=1)):
        bob = let_in(a_login("bob"), alice.account, "helper_view", until=end)
    browser = bob.client()
    with clock.clock_at(end - timedelta(seconds=1)):
        assert browser.get("/home/").status_code == 200
    with clock.clock_at(end + timedelta(minutes=30)):
        assert browser.get("/home/").status_code == 404


def test_access_ended_stays_ended_when_the_clock_goes_back(alice: Payer) -> None:
    at = datetime(2026, 11, 4, 20, 0, tzinfo=UTC)
    with clock.clock_at(at):
        bob = let_in(a_login("bob"), alice.account, "helper_pay")
        access = AccountAccess.objects.get(login=bob.login)
        address = f"/profile/people/{access.public_id}/end/"
        assert alice.client().post(address).status_code == 302
    for now in (at - AN_HOUR, at, at + AN_HOUR):
        with clock.clock_at(now):
            assert bob.client().get("/home/").status_code == 404
            assert alice.client().post(address).status_code == 404
            assert people_of(account=alice.ref, now=now)[0].login_id == alice.login.pk
            assert len(people_of(account=alice.ref, now=now)) == 1


def test_access_begun_and_ended_while_the_clock_goes_back(alice: Payer) -> None:
    """Ended "before" it began: the end is taken, and another access can be given."""
    at = datetime(2026, 11, 4, 20, 0, tzinfo=UTC)
    bob = a_login("bob")
    first = grant(login_id=bob.pk, account=alice.ref, role=Role.HELPER_VIEW, now=at)
    revoke(public_id=first.public_id, account=alice.ref, now=at - AN_HOUR)
    assert grants_of(login_id=bob.pk, now=at + AN_HOUR) == ()
    grant(login_id=bob.pk, account=alice.ref, role=Role.HELPER_PAY, now=at - AN_HOUR)
    with pytest.raises(AccessAlreadyGranted):
        grant(login_id=bob.pk, account=alice.ref, role=Role.OWNER, now=at - 2 * AN_HOUR, until=at - AN_HOUR)
    for now in (at - 2 * AN_HOUR, at):
        assert [one.role for one in grants_of(login_id=bob.pk, now=now)] == [Role.HELPER_PAY]
