"""Registration as somebody would attack it: who is there, whose code is it, how often may I guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meterside.cis.billing.models import Bill
from meterside.journeys import register
from meterside.journeys.register import Outcome, limits
from meterside.journeys.register.secrets import code_hash
from meterside.kit import clock
from meterside.kit.ids import secret_digest
from meterside.portal.access.models import AccountAccess
from meterside.portal.identity.models import Login, RegistrationAttempt
from tests.cast import Riverside, household, riverside
from tests.hostile.registering import KNOWN, STRANGE, UNKNOWN, plain, register_with, shape
from tests.people import PASSWORD, flatmate, last_code, notices, some_bills, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def test_known_and_unknown_get_the_same_bytes_and_the_same_work(utility: Riverside) -> None:
    some_bills(utility.alice)
    known, first, work = register_with(KNOWN)
    for other in (UNKNOWN, KNOWN | {"zip_code": "95001"}):
        unknown, second, other_work = register_with(other)
        assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
        assert work == other_work
        with CaptureQueriesContext(connection) as for_known:
            one = known.get("/register/prove/")
        with CaptureQueriesContext(connection) as for_unknown:
            two = unknown.get("/register/prove/")
        assert plain(one) == plain(two)
        assert one.headers.keys() == two.headers.keys()
        assert len(one.content) == len(two.content)
        assert shape(for_known) == shape(for_unknown)


@pytest.mark.parametrize(
    ("path", "guess"),
    [
        ("/register/prove/", {"code": "000000"}),
        ("/register/last-bill/", {"amount": "1.00", "bill_date": "2025-06-01"}),
        ("/register/prove/again/", {}),
    ],
)
def test_a_wrong_answer_tells_nothing_either(utility: Riverside, path: str, guess: dict[str, str]) -> None:
    some_bills(utility.alice)
    known, _, _ = register_with(KNOWN)
    unknown, _, _ = register_with(UNKNOWN | {"email": "bob@example.net"})
    worker()
    attempt = RegistrationAttempt.objects.get(account_ref__isnull=False)
    assert attempt.code_hash != code_hash(attempt.public_id, "000000")
    for _ in range(6):
        with CaptureQueriesContext(connection) as for_known:
            one = known.post(path, guess)
        with CaptureQueriesContext(connection) as for_unknown:
            two = unknown.post(path, guess)
        assert one.status_code == two.status_code
        assert plain(one) == plain(two)
        assert shape(for_known) == shape(for_unknown)


def test_nothing_leaves_for_an_unknown_address(utility: Riverside) -> None:
    register_with(UNKNOWN)
    register_with(STRANGE)
    assert notices() == []
    assert RegistrationAttempt.objects.filter(account_ref=None).count() == 2


def test_the_pages_before_proof_show_nothing_of_the_account(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN | {"email": "neighbour@example.net"})
    for path in ("/register/prove/", "/register/last-bill/"):
        page = client.get(path).content.decode()
        for secret in ("Moreno", "Alice", "alice", utility.alice.account.number, "example.com", "@"):
            assert secret not in page.replace("help@riverbend.example", "")


def test_a_neighbour_claims_my_address(utility: Riverside) -> None:
    """He knows where I live; the code and the warning go to me."""
    client, _, _ = register_with(KNOWN | {"email": "neighbour@example.net"})
    assert [(n.kind, n.to) for n in notices()] == [("registration_code", "alice@example.com")]
    for _ in range(5):
        client.post("/register/last-bill/", {"amount": "99.00", "bill_date": "2025-06-01"})
    assert [n.to for n in notices("registration_exhausted")] == ["alice@example.com"]
    assert notices(to="neighbour@example.net") == []
    assert not Login.objects.exists()


def test_a_code_guessed_a_thousand_times(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    code = last_code("alice@example.com")
    wrong = [f"{number:06d}" for number in range(1001) if f"{number:06d}" != code][:1000]
    seen = []
    for guess in wrong:
        answer = register.prove_by_code(session_secret=client.session["registration"], code=guess)
        seen.append(answer.outcome)
    assert seen[:5] == [Outcome.WRONG] * 4 + [Outcome.NO_TRIES_LEFT]
    assert set(seen[5:]) == {Outcome.NO_TRIES_LEFT}
    late = client.post("/register/prove/", {"code": code})
    assert late.status_code == 429
    assert "That was the last try" in late.content.decode()
    assert len(notices("registration_exhausted")) == 1


def test_fresh_codes_do_not_make_more_guesses_than_a_day_allows(utility: Riverside) -> None:
    """Other e-mails, other ways to write the address, other hours: the account still gets ten codes a day."""
    start = clock.now()
    spellings = ["418 Oak Street", "418 OAK ST", "418 oak st.", "418 Oak"]
    for number in range(14):
        with clock.clock_at(start + timedelta(minutes=number * 65)):
            form = KNOWN | {"email": f"n{number}@example.net", "address": spellings[number % 4]}
            _, answer, _ = register_with(form)
            assert answer.status_code == 302
            worker()
    assert len(notices("registration_code")) == limits.CODES_PER_ACCOUNT
    assert len(notices("registration_too_many")) == 1


def test_bill_facts_are_tried_ten_times_a_day_over_all_attempts(utility: Riverside) -> None:
    some_bills(utility.alice)
    bill = Bill.objects.filter(account=utility.alice.account).latest("bill_date")
    right = {"amount": f"{bill.total_due_cents / 100:.2f}", "bill_date": bill.bill_date.isoformat()}
    start = clock.now()
    for hour in range(2):
        with clock.clock_at(start + timedelta(hours=hour * 2)):
            client, _, _ = register_with(KNOWN | {"email": f"n{hour}@example.net"})
            for _ in range(5):
                client.post("/register/last-bill/", right | {"amount": "1.00"})
    with clock.clock_at(start + timedelta(hours=5)):
        client, _, _ = register_with(KNOWN | {"email": "late@example.net"})
        answer = client.post("/register/last-bill/", right)
        assert answer.status_code == 422
        assert "does not match, or this way does not work" in answer.content.decode()
    with clock.clock_at(start + timedelta(hours=27)):
        client, _, _ = register_with(KNOWN | {"email": "next.day@example.net"})
        assert client.post("/register/last-bill/", right)["Location"] == "/register/confirm/"


def test_a_code_from_another_session(utility: Riverside) -> None:
    mine, _, _ = register_with(KNOWN)
    code = last_code("alice@example.com")
    theirs, _, _ = register_with(KNOWN | {"email": "thief@example.net"})
    answer = theirs.post("/register/prove/", {"code": code})
    assert answer.status_code == 422
    assert "not the code we sent" in answer.content.decode()
    nobody = Client()
    assert nobody.post("/register/prove/", {"code": code})["Location"] == "/register/?why=expired"
    assert mine.post("/register/prove/", {"code": code})["Location"] == "/register/finish/"


def test_a_code_reused(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    code = last_code("alice@example.com")
    secret = client.session["registration"]
    client.post("/register/prove/", {"code": code})
    assert register.prove_by_code(session_secret=secret, code=code).outcome is Outcome.EXPIRED
    client.post("/register/finish/", {"password": PASSWORD})
    assert register.prove_by_code(session_secret=secret, code=code).outcome is Outcome.EXPIRED
    fresh, _, _ = register_with(KNOWN)
    assert "not the code we sent" in fresh.post("/register/prove/", {"code": code}).content.decode()


def test_a_finished_registration_cannot_be_finished_again(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    secret = client.session["registration"]
    client.post("/register/finish/", {"password": PASSWORD})
    with pytest.raises(register.NotProvedYet):
        register.choose_password(session_secret=secret, password="another long password")
    assert Login.objects.count() == 1
    assert AccountAccess.objects.count() == 1


def test_two_customers_at_one_address_are_never_picked_between(utility: Riverside) -> None:
    flatmate(utility)
    register_with(KNOWN | {"email": "stranger@example.net"})
    assert notices() == []
    assert RegistrationAttempt.objects.get().account_ref is None


def test_two_places_with_one_address_are_never_picked_between(utility: Riverside) -> None:
    household(
        utility.tariffs, given="Ana", family="Roe", email="ana@example.com", line="418 Oak St", badge="X"
    )
    register_with(KNOWN)
    assert notices() == []
    assert RegistrationAttempt.objects.get().account_ref is None


def test_no_secret_is_kept_in_the_open(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    code = last_code("alice@example.com")
    row = RegistrationAttempt.objects.values().get()
    text = " ".join(
        str(value) for name, value in row.items() if name not in {"id", "created_at", "expires_at"}
    )
    assert code not in text
    assert client.session["registration"] not in text
    assert row["session_sha256"] == secret_digest(client.session["registration"])
    assert "127.0.0.1" not in text
    assert "oak" not in text.lower()
