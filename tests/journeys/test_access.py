"""Letting people in, to look, pay or for everything; until a day, or until it is taken back."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meterside.kit import clock
from meterside.portal.access.models import AccountAccess, Invitation
from meterside.portal.access.operations import AccessAlreadyGranted, NoSuchAccess, grant, revoke
from meterside.portal.access.queries import grants_of, people_of
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login
from meterside.spine.models import AuditEntry
from tests.cast import Riverside, riverside
from tests.people import PASSWORD, give, make_login, notices, ref, signed_in

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


def test_a_helper_without_a_sign_in(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    client = Client()
    page = client.get(link).content.decode()
    assert "<bdi>Alice Moreno</bdi> asks for your help" in page
    assert "look at bills and use, and pay" in page
    answer = client.post(link, {"name": "Bob O'Brien-Núñez", "password": PASSWORD})
    assert answer["Location"] == f"/home/?account={ref(utility.alice)}"
    bob = Login.objects.get(email="bob@example.com")
    assert bob.display_name == "Bob O'Brien-Núñez"
    (held,) = grants_of(login_id=bob.pk, now=clock.now())
    assert (held.account, held.role) == (ref(utility.alice), Role.HELPER_PAY)
    (told,) = notices("helper_joined")
    assert told.to == "alice@example.com"
    assert "Bob O'Brien-Núñez can now help" in told.subject
    assert client.get("/home/").status_code == 200
    assert client.get("/profile/people/invite/").status_code == 403
    assert AuditEntry.objects.filter(action="access.granted", actor_id=str(bob.public_id)).count() == 1


def test_a_helper_with_a_sign_in(utility: Riverside, alice: Login) -> None:
    bob = make_login("bob@example.com", "Bob")
    link = invite(alice)
    client = Client()
    assert f"/sign-in/?next={link}" in client.get(link).content.decode()
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    assert "Yes, I will help" in client.get(link).content.decode()
    assert grants_of(login_id=bob.pk, now=clock.now()) == ()
    assert client.post(link)["Location"] == f"/home/?account={ref(utility.alice)}"
    assert len(grants_of(login_id=bob.pk, now=clock.now())) == 1


def test_a_link_works_once(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    Client().post(link, {"name": "Bob", "password": PASSWORD})
    answer = Client().get(link)
    assert answer.status_code == 404
    assert "does not work any more" in answer.content.decode()


def test_a_link_is_for_the_invited_address_alone(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    charlie = make_login("charlie@example.com")
    answer = signed_in(charlie).post(link)
    assert answer.status_code == 409
    assert grants_of(login_id=charlie.pk, now=clock.now()) == ()


@pytest.mark.parametrize("secret", ["x", "a" * 43, "a" * 5000, "%00", "..%2f"])
def test_a_guessed_link_opens_nothing(utility: Riverside, alice: Login, secret: str) -> None:
    invite(alice)
    assert Client().get(f"/invitation/{secret}/").status_code == 404


def test_a_link_runs_out_after_seven_days(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    with clock.clock_at(clock.now() + timedelta(days=6, hours=23)):
        assert Client().get(link).status_code == 200
    with clock.clock_at(clock.now() + timedelta(days=7, minutes=1)):
        assert Client().get(link).status_code == 404
        invite(alice)  # and the same person can be invited again


def test_an_invitation_taken_back_is_dead_at_once(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    invitation = Invitation.objects.get()
    page = signed_in(alice).get("/profile/").content.decode()
    assert "Bob Reyes" in page
    signed_in(alice).post(f"/profile/people/invitations/{invitation.public_id}/withdraw/")
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"name": "Bob", "password": PASSWORD}).status_code == 404
    assert not Login.objects.filter(email="bob@example.com").exists()


def test_an_invitation_dies_with_the_inviters_own_access(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    own = AccountAccess.objects.get(login=alice)
    revoke(public_id=own.public_id, account=ref(utility.alice), now=clock.now())
    Client().post(link, {"name": "Bob", "password": PASSWORD})
    assert not AccountAccess.objects.filter(role="helper_pay").exists()
    assert not Login.objects.filter(email="bob@example.com").exists()


def test_no_secret_of_a_link_is_kept(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    secret = link.split("/")[2]
    assert secret not in str(Invitation.objects.values().get())
    assert secret not in " ".join(str(entry.detail) for entry in AuditEntry.objects.all())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "alice@example.com"}, "your own address"),
        ({"email": "ALICE@example.com"}, "your own address"),
        ({"email": "not an address"}, "like name@example.com"),
        ({"role": "owner"}, "Choose what they may do."),
        ({"role": ""}, "Choose what they may do."),
        ({"last_day": "2020-01-01"}, "today or a later day"),
        ({"last_day": "2999-01-01"}, "within the next five years"),
        ({"last_day": "9999-12-31"}, "within the next five years"),
        ({"last_day": "0001-01-01"}, "today or a later day"),
        ({"last_day": "2029-02-29"}, "a date like"),
        ({"last_day": "2029-11-31"}, "a date like"),
        ({"last_day": "soon"}, "a date like"),
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 300}, "100 characters or fewer"),
        ({"name": "Bob\x00"}, "characters that cannot be seen"),
        ({"name": "\u202eboB"}, "characters that cannot be seen"),
        ({"name": "12345"}, "at least one letter"),
    ],
)
def test_what_cannot_be_invited(
    utility: Riverside, alice: Login, changes: dict[str, str], words: str
) -> None:
    answer = signed_in(alice).post("/profile/people/invite/", BOB | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Invitation.objects.exists()
    assert notices() == []


@pytest.mark.parametrize("name", ["O'Brien-Nunez", "X", "Núñez", "李", "علی‌رضا", "Anne  Marie"])
def test_names_people_have(utility: Riverside, alice: Login, name: str) -> None:
    invite(alice, name=name)
    assert Invitation.objects.get().name == " ".join(name.split(" ")).replace("  ", " ")


def test_nobody_is_invited_twice_or_when_in(utility: Riverside, alice: Login) -> None:
    link = invite(alice)
    answer = signed_in(alice).post("/profile/people/invite/", BOB)
    assert "You invited that person already" in answer.content.decode()
    Client().post(link, {"name": "Bob", "password": PASSWORD})
    answer = signed_in(alice).post("/profile/people/invite/", BOB)
    assert "can see the account already" in answer.content.decode()


def test_ten_open_invitations_are_enough(utility: Riverside, alice: Login) -> None:
    for number in range(10):
        invite(alice, email=f"n{number}@example.net")
    answer = signed_in(alice).post("/profile/people/invite/", BOB)
    assert "Ten invitations wait" in answer.content.decode()


@pytest.mark.parametrize(
    ("last", "ends"),
    [
        (date(2026, 11, 1), "2026-11-02T08:00+00:00"),  # 01:30 comes twice that day: 25 hours
        (date(2027, 3, 14), "2027-03-15T07:00+00:00"),  # there is no 02:30 that day: 23 hours
        (date(2028, 2, 29), "2028-03-01T08:00+00:00"),
        (date(2026, 12, 31), "2027-01-01T08:00+00:00"),
        (date(2027, 1, 31), "2027-02-01T08:00+00:00"),
    ],
)
def test_the_last_day_is_whole_whatever_day_it_is(utility: Riverside, last: date, ends: str) -> None:
    with clock.clock_at(datetime(2026, 10, 20, 12, tzinfo=settings.UTILITY.zone)):
        owner = make_login("owner@example.com", "Owner")
        give(owner, ref(utility.alice))
        invite(owner, last_day=last.isoformat())
    assert Invitation.objects.get().until == datetime.fromisoformat(ends)


def test_access_ends_with_its_last_day_in_the_utilitys_zone(utility: Riverside) -> None:
    zone: ZoneInfo = settings.UTILITY.zone
    last = date(2027, 3, 14)  # the day the clocks go forward: 23 hours
    with clock.clock_at(datetime(2027, 3, 10, 12, tzinfo=zone)):
        alice = make_login("owner@example.com", "Alice")
        give(alice, ref(utility.alice))
        link = invite(alice, last_day=last.isoformat())
        Client().post(link, {"name": "Bob", "password": PASSWORD})
        assert "until March 14, 2027" in notices("helper_invited")[-1].body
        assert "until March 14, 2027" in signed_in(alice).get("/profile/").content.decode()
    bob = Login.objects.get(email="bob@example.com")
    with clock.clock_at(datetime(2027, 3, 14, 23, 59, 59, tzinfo=zone)):
        assert signed_in(bob).get("/home/").status_code == 200
    with clock.clock_at(datetime(2027, 3, 15, 0, 0, 0, tzinfo=zone)):
        answer = signed_in(bob).get("/home/")
        assert answer.status_code == 404
        assert "This sign-in has no account yet" in answer.content.decode()


def test_access_ended_is_ended_for_the_next_request(utility: Riverside, alice: Login) -> None:
    bob = make_login("bob@example.com", "Bob")
    access = give(bob, ref(utility.alice), Role.HELPER_FULL)
    browser = signed_in(bob)
    assert browser.get("/home/").status_code == 200
    page = signed_in(alice).get(f"/profile/people/{access.public_id}/end/").content.decode()
    assert "End the access of <bdi>Bob</bdi>?" in page
    answer = signed_in(alice).post(f"/profile/people/{access.public_id}/end/")
    assert answer["Location"] == "/profile/?changed=ended"
    assert browser.get("/home/").status_code == 404
    assert [n.to for n in notices("helper_removed")] == ["bob@example.com"]
    access.refresh_from_db()
    assert access.ended_at is not None  # the row stays: who could see what, and when
    assert signed_in(alice).post(f"/profile/people/{access.public_id}/end/").status_code == 404


def test_an_owner_is_not_ended_here(utility: Riverside, alice: Login) -> None:
    other = make_login("spouse@example.com", "Sam")
    access = give(other, ref(utility.alice))
    assert signed_in(alice).post(f"/profile/people/{access.public_id}/end/").status_code == 404
    assert signed_in(other).get("/home/").status_code == 200


def test_one_role_at_a_time(utility: Riverside) -> None:
    bob = make_login("bob@example.com")
    now = clock.now()
    account = ref(utility.alice)
    first = grant(login_id=bob.pk, account=account, role=Role.HELPER_VIEW, now=now)
    with pytest.raises(AccessAlreadyGranted):
        grant(login_id=bob.pk, account=account, role=Role.OWNER, now=now + timedelta(days=1))
    revoke(public_id=first.public_id, account=account, now=now + timedelta(days=2))
    grant(login_id=bob.pk, account=account, role=Role.OWNER, now=now + timedelta(days=2))
    with pytest.raises(NoSuchAccess):
        revoke(public_id=first.public_id, account=account, now=now + timedelta(days=3))
    for days in (0, 1, 2):  # nor by a clock that goes back is the first one there again
        assert [g.role for g in grants_of(login_id=bob.pk, now=now + timedelta(days=days))] == [Role.OWNER]


def test_another_access_may_follow_one_that_ran_out(utility: Riverside) -> None:
    bob = make_login("bob@example.com")
    now, account = clock.now(), ref(utility.alice)
    over = now + timedelta(days=1)
    first = grant(login_id=bob.pk, account=account, role=Role.HELPER_VIEW, now=now, until=over)
    with pytest.raises(AccessAlreadyGranted):
        grant(login_id=bob.pk, account=account, role=Role.OWNER, now=over - timedelta(seconds=1))
    grant(login_id=bob.pk, account=account, role=Role.OWNER, now=over)
    first.refresh_from_db()
    assert (first.ended_at, first.during.upper) == (over, over)
    assert [g.role for g in grants_of(login_id=bob.pk, now=now)] == [Role.OWNER]


def test_ends_kept_as_times_became_ends(utility: Riverside) -> None:
    """What the migration makes of rows as they were before it."""
    now, account = clock.now(), ref(utility.alice)
    kept = {}
    for name, during in {
        "ran out": DateTimeTZRange(now - timedelta(days=9), now - timedelta(days=2), "[)"),
        "planned": DateTimeTZRange(now - timedelta(days=9), now + timedelta(days=2), "[)"),
        "open": DateTimeTZRange(now - timedelta(days=9), None, "[)"),
    }.items():
        kept[name] = AccountAccess.objects.create(
            login=make_login(f"{name.replace(' ', '')}@example.com"),
            account_ref=account,
            role="helper_view",
            during=during,
            granted_at=now - timedelta(days=9),
        )
    import_module("meterside.portal.access.migrations.0002_ended_is_ended").end_what_is_over(
        apps, connection.schema_editor()
    )
    ends = {name: AccountAccess.objects.get(pk=row.pk).ended_at for name, row in kept.items()}
    assert ends == {"ran out": now - timedelta(days=2), "planned": None, "open": None}


def test_the_database_refuses_what_code_might_forget(utility: Riverside) -> None:
    bob = make_login("bob@example.com")
    access = give(bob, ref(utility.alice))
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountAccess.objects.create(
            login=bob,
            account_ref=access.account_ref,
            role="owner",
            during=access.during,
            granted_at=clock.now(),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountAccess.objects.filter(pk=access.pk).update(role="god")
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountAccess.objects.filter(pk=access.pk).update(during=DateTimeTZRange(empty=True))
    with pytest.raises(IntegrityError), transaction.atomic():
        Login.objects.filter(pk=bob.pk).update(email="BOB@example.com")


def test_ending_needs_the_same_account(utility: Riverside) -> None:
    access = give(make_login("bob@example.com"), ref(utility.alice))
    with pytest.raises(NoSuchAccess):
        revoke(public_id=access.public_id, account=ref(utility.charlie), now=clock.now())
    assert len(people_of(account=ref(utility.alice), now=clock.now())) == 1


class TestSwitching:
    """Several accounts, one sign-in."""

    def test_the_first_is_shown_until_another_is_chosen(self, utility: Riverside, alice: Login) -> None:
        give(alice, ref(utility.charlie), Role.HELPER_VIEW)
        browser = signed_in(alice)
        page = browser.get("/home/").content.decode()
        assert re.search(r'class="account__label"><bdi>418 Oak', page)
        answer = browser.post(
            "/account/switch/", {"account": str(ref(utility.charlie)), "next": "/profile/?changed=name"}
        )
        assert answer["Location"] == "/profile/"
        assert re.search(
            r'account__text"><b class="account__label"><bdi>12 Elm', browser.get("/home/").content.decode()
        )

    def test_an_account_in_the_address_is_remembered(self, utility: Riverside, alice: Login) -> None:
        give(alice, ref(utility.charlie))
        browser = signed_in(alice)
        browser.get("/home/", {"account": str(ref(utility.charlie))})
        assert re.search(
            r'account__text"><b class="account__label"><bdi>12 Elm', browser.get("/home/").content.decode()
        )

    @pytest.mark.parametrize(
        "target", ["https://evil.example/", "//evil.example", "", "javascript:1", "/\\evil"]
    )
    def test_the_way_back_stays_here(self, utility: Riverside, alice: Login, target: str) -> None:
        browser = signed_in(alice)
        answer = browser.post("/account/switch/", {"account": str(ref(utility.alice)), "next": target})
        assert answer["Location"] == "/home/"

    def test_an_account_that_was_taken_away_is_not_stuck(self, utility: Riverside, alice: Login) -> None:
        access = give(alice, ref(utility.charlie))
        browser = signed_in(alice)
        browser.get("/home/", {"account": str(ref(utility.charlie))})
        revoke(public_id=access.public_id, account=ref(utility.charlie), now=clock.now())
        page = browser.get("/home/")
        assert page.status_code == 200
        assert "12 Elm" not in page.content.decode()

    def test_access_is_read_in_one_query(self, utility: Riverside, alice: Login) -> None:
        give(alice, ref(utility.charlie))
        browser = signed_in(alice)
        browser.get("/profile/name/")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/profile/name/")
        statements = [query["sql"] for query in captured.captured_queries]
        assert len(statements) == 3, statements  # session, login, access
        assert sum("accountaccess" in sql for sql in statements) == 1
