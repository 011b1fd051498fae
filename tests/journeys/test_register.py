"""Registering, from the first page to home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import pytest
from django.test import Client

from meterside.cis.billing.models import Bill
from meterside.contracts.cis import (
    Cis,
    LastBillFact,
    PersonRef,
    RegistrationCandidate,
    RegistrationQuery,
)
from meterside.journeys import register
from meterside.journeys.register import Outcome, Search
from meterside.journeys.register.messages import send_code
from meterside.kit import clock
from meterside.portal.access.queries import grants_of
from meterside.portal.access.roles import Role
from meterside.portal.identity.models import Login, RegistrationAttempt
from meterside.spine.models import AuditEntry, OutboxMessage
from meterside.wiring import cis
from tests import people
from tests.cast import Riverside, riverside
from tests.people import (
    PASSWORD,
    code_in,
    flatmate,
    give,
    last_code,
    make_login,
    notices,
    ref,
    signed_in,
    some_bills,
)

pytestmark = pytest.mark.django_db

ALICE = {"email": "alice@example.com", "address": "418 oak street", "zip_code": "95000"}


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def find(client: Client, **changes: str) -> None:
    answer = client.post("/register/", ALICE | changes)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/register/prove/"


def prove(client: Client, code: str) -> str:
    answer = client.post("/register/prove/", {"code": code})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def finish(client: Client) -> None:
    answer = client.post("/register/finish/", {"password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/home/?done=opened"


def test_with_a_code_to_the_address_on_file(utility: Riverside) -> None:
    client = Client()
    find(client)
    (notice,) = notices("registration_code")
    assert notice.to == "alice@example.com"
    assert notice.is_secret
    assert notice.status == "sent"
    assert prove(client, code_in(notice)) == "/register/finish/"
    finish(client)
    login = Login.objects.get(email="alice@example.com")
    assert login.display_name == "Alice Moreno"
    assert login.check_password(PASSWORD)
    (grant,) = grants_of(login_id=login.pk, now=clock.now())
    assert (grant.account, grant.role, grant.until) == (ref(utility.alice), Role.OWNER, None)
    assert [n.to for n in notices("welcome")] == ["alice@example.com"]
    assert notices("access_opened") == []
    assert client.get("/profile/").status_code == 200


def test_the_audit_tells_the_steps_and_no_secret(utility: Riverside) -> None:
    client = Client()
    find(client)
    code = last_code("alice@example.com")
    prove(client, code)
    finish(client)
    login = Login.objects.get()
    lines = AuditEntry.objects.filter(actor_kind__in=["anonymous", "person"]).order_by("id")
    assert list(lines.values_list("action", "actor_kind", "actor_id")) == [
        ("registration.started", "anonymous", ""),
        ("registration.proved", "anonymous", ""),
        ("access.granted", "person", str(login.public_id)),
    ]
    told = " ".join(str(entry.detail) for entry in AuditEntry.objects.all())
    assert code not in told
    assert "alice" not in told.lower()


def test_an_address_not_on_file_is_confirmed_by_a_second_code(utility: Riverside) -> None:
    client = Client()
    find(client, email="alice.new@example.net")
    (first,) = notices("registration_code")
    assert first.to == "alice@example.com"
    assert prove(client, code_in(first)) == "/register/confirm/"
    (second,) = notices("registration_email_code")
    assert second.to == "alice.new@example.net"
    answer = client.post("/register/confirm/", {"code": code_in(second)})
    assert answer["Location"] == "/register/finish/"
    finish(client)
    assert [n.to for n in notices("welcome")] == ["alice.new@example.net"]
    assert [n.to for n in notices("access_opened")] == ["alice@example.com"]


@pytest.mark.parametrize("who", ["alice", "ana"])
def test_of_two_customers_at_one_address_the_email_on_file_tells(utility: Riverside, who: str) -> None:
    accounts = {"alice": ref(utility.alice), "ana": flatmate(utility)}
    find(Client(), email=f"{who}@example.com")
    assert RegistrationAttempt.objects.get().account_ref == accounts[who]
    assert [n.to for n in notices()] == [f"{who}@example.com"]


def test_nobody_finishes_before_the_second_code(utility: Riverside) -> None:
    client = Client()
    find(client, email="alice.new@example.net")
    prove(client, last_code("alice@example.com"))
    answer = client.post("/register/finish/", {"password": PASSWORD})
    assert answer["Location"] == "/register/confirm/"
    assert not Login.objects.exists()


def test_the_second_code_is_sent_five_times_at_most(utility: Riverside) -> None:
    client = Client()
    find(client, email="alice.new@example.net")
    prove(client, last_code("alice@example.com"))
    for _ in range(4):
        assert notices("registration_email_code")
        assert client.post("/register/confirm/again/")["Location"].endswith("again=1")
    assert len(notices("registration_email_code")) == 5
    assert client.post("/register/confirm/again/")["Location"].endswith("again=0")
    assert len(notices("registration_email_code")) == 5
    assert "No more codes for now" in client.get("/register/confirm/?again=0").content.decode()


def test_with_the_last_bill(utility: Riverside) -> None:
    some_bills(utility.alice)
    bill = Bill.objects.filter(account=utility.alice.account).latest("bill_date")
    client = Client()
    find(client)
    answer = client.post(
        "/register/last-bill/",
        {"amount": f"${bill.total_due_cents / 100:.2f}", "bill_date": bill.bill_date.isoformat()},
    )
    assert answer["Location"] == "/register/confirm/", answer.content.decode()
    assert [n.to for n in notices("registration_proved_by_bill")] == ["alice@example.com"]
    client.post("/register/confirm/", {"code": code_in(notices("registration_email_code")[0])})
    finish(client)
    assert RegistrationAttempt.objects.get().method == "last_bill"


@pytest.mark.parametrize(("varies", "outcome"), [(True, Outcome.PROVED), (False, Outcome.WRONG)])
def test_a_bill_that_hardly_varies_proves_nothing(utility: Riverside, varies: bool, outcome: Outcome) -> None:
    found = RegistrationCandidate(
        account=ref(utility.alice),
        person=PersonRef(utility.alice.person.public_id),
        holder_name="Alice Moreno",
        email_is_on_file=True,
        contacts=(),
        last_bill=LastBillFact(amount_cents=2500, bill_date=date(2025, 6, 1), varies=varies),
    )
    search = Search("alice@example.com", "418 OAK ST", "95000", "en", "192.0.2.1")
    register.find(search, session_secret="s", cis=cast(Cis, OneAnswer(found)))
    answer = register.prove_by_bill(session_secret="s", amount_cents=2500, bill_date=date(2025, 6, 1))
    assert answer.outcome is outcome


@dataclass
class OneAnswer:
    """A CIS that always finds the same."""

    found: RegistrationCandidate

    def find_for_registration(self, query: RegistrationQuery) -> RegistrationCandidate:
        return self.found


def test_an_e_mail_with_a_sign_in_gets_the_account_added(utility: Riverside) -> None:
    login = make_login("alice@example.com")
    client = Client()
    find(client)
    prove(client, last_code("alice@example.com"))
    page = client.get("/register/finish/").content.decode()
    assert "You have a sign-in already" in page
    assert "/sign-in/?next=/register/finish/" in page
    answer = client.post(
        "/sign-in/", {"login": "alice@example.com", "password": PASSWORD, "next": "/register/finish/"}
    )
    assert answer["Location"] == "/register/finish/", answer.content.decode()
    assert "Add the account" in client.get("/register/finish/").content.decode()
    answer = client.post("/register/finish/")
    assert answer["Location"] == f"/home/?account={ref(utility.alice)}&done=added"
    assert [g.account for g in grants_of(login_id=login.pk, now=clock.now())] == [ref(utility.alice)]


def test_a_signed_in_person_adds_a_second_account(utility: Riverside) -> None:
    login = make_login("alice@example.com")
    give(login, ref(utility.alice))
    client = signed_in(login)
    page = client.get("/register/").content.decode()
    assert "added to your sign-in alice@example.com" in page
    find(client, address="12 Elm Ave", email="somebody@else.example")
    assert RegistrationAttempt.objects.get().email == "alice@example.com"
    prove(client, last_code("charlie@example.com"))
    client.post("/register/confirm/", {"code": code_in(notices("registration_email_code")[-1])})
    client.post("/register/finish/")
    assert {g.account for g in grants_of(login_id=login.pk, now=clock.now())} == {
        ref(utility.alice),
        ref(utility.charlie),
    }


def test_another_persons_open_session_gets_nothing(utility: Riverside) -> None:
    client = Client()
    find(client)
    prove(client, last_code("alice@example.com"))
    other = make_login("other@example.com")
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.session["registration"]
    answer = client.post("/register/finish/")
    assert answer.status_code == 409
    assert "signed in as somebody else" in answer.content.decode()
    assert grants_of(login_id=other.pk, now=clock.now()) == ()


def test_a_helper_who_proves_the_account_becomes_its_owner(utility: Riverside) -> None:
    login = make_login("alice@example.com")
    give(login, ref(utility.alice), Role.HELPER_VIEW)
    client = signed_in(login)
    find(client)
    prove(client, last_code("alice@example.com"))
    client.post("/register/finish/")
    (grant,) = grants_of(login_id=login.pk, now=clock.now())
    assert grant.role is Role.OWNER


def test_a_new_code_ends_the_old_one(utility: Riverside) -> None:
    client = Client()
    find(client)
    old = last_code("alice@example.com")
    assert client.post("/register/prove/again/")["Location"] == "/register/prove/?again=1"
    new = last_code("alice@example.com")
    assert len(notices("registration_code")) == 2
    if old != new:
        answer = client.post("/register/prove/", {"code": old})
        assert "not the code we sent" in answer.content.decode()
    assert prove(client, new) == "/register/finish/"


def test_the_code_runs_out_after_fifteen_minutes(utility: Riverside) -> None:
    client = Client()
    now = clock.now()
    find(client)
    code = last_code("alice@example.com")
    with clock.clock_at(now + timedelta(minutes=14, seconds=50)):
        assert client.get("/register/prove/").status_code == 200
    with clock.clock_at(now + timedelta(minutes=15, seconds=30)):
        answer = client.post("/register/prove/", {"code": code})
        assert answer["Location"] == "/register/?why=expired"
        assert "That took a while" in client.get("/register/?why=expired").content.decode()


def test_a_delivery_said_twice_sends_one_code(utility: Riverside) -> None:
    client = Client()
    find(client)
    people.worker()
    event = OutboxMessage.objects.get(topic="registration.code")
    attempt = RegistrationAttempt.objects.get()
    send_code(attempt.public_id, cause=event.message_id, cis=cis())
    people.worker()
    assert len(notices("registration_code")) == 1


def test_spanish_pages_and_messages(utility: Riverside) -> None:
    client = Client(headers={"accept-language": "es"})
    find(client, email="otra@example.net")
    prove(client, last_code("alice@example.com"))
    (second,) = notices("registration_email_code")
    assert second.language == "es"
    assert second.subject.startswith("Confirme su correo")
