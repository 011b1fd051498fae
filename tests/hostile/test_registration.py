"""Registration as somebody would attack it: who is there, whose code is it, how often may I guess."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meterside.cis.billing.models import Bill
from meterside.journeys import register
from meterside.journeys.register import Outcome, limits
from meterside.journeys.register.secrets import code_hash, session_hash
from meterside.kit import clock
from meterside.portal.access.models import AccountAccess
from meterside.portal.identity.models import Login, RegistrationAttempt
from meterside.web.public.register.forms import LastBillForm
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


@pytest.mark.parametrize(
    "variant",
    [
        "\u0430lice@example.com",  # a Cyrillic a
        "alice@ex\u0430mple.com",
        "ａlice@example.com",  # full width
        "alice@example.com\u200b",
        "\u202ealice@example.com",
    ],
)
def test_an_email_that_only_looks_like_mine_is_refused(utility: Riverside, variant: str) -> None:
    _, answer, _ = register_with(KNOWN | {"email": variant})
    assert answer.status_code == 422
    assert "plain letters without accents" in answer.content.decode()
    assert not RegistrationAttempt.objects.exists()


@pytest.mark.parametrize("variant", ["ALICE@Example.COM", "  alice@example.com  "])
def test_case_and_space_are_the_same_address(utility: Riverside, variant: str) -> None:
    register_with(KNOWN | {"email": variant})
    assert RegistrationAttempt.objects.get().email_is_on_file
    assert [n.to for n in notices()] == ["alice@example.com"]


@pytest.mark.parametrize("variant", ["alice+bills@example.com", "a.lice@example.com"])
def test_plus_and_dot_variants_are_other_addresses(utility: Riverside, variant: str) -> None:
    """Whoever reads one need not read the other: the code goes to what is on file, never to the variant."""
    client, _, _ = register_with(KNOWN | {"email": variant})
    attempt = RegistrationAttempt.objects.get()
    assert not attempt.email_is_on_file
    assert [n.to for n in notices()] == ["alice@example.com"]
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    assert client.post("/register/finish/", {"password": PASSWORD})["Location"] == "/register/confirm/"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "Enter your e-mail address."),
        ("email", "a", "like name@example.com"),
        ("email", "x" * 300 + "@example.com", "too long for an e-mail address"),
        ("email", "al\x00ice@example.com", "characters that cannot be seen"),
        ("address", "", "Enter the address where you have service."),
        ("address", "x", "Begin with the house number"),
        ("address", "9" * 300, "200 characters or fewer"),
        ("address", "418 Oak\x00 Street", "characters that cannot be seen"),
        ("address", "418 \u202eOak Street", "characters that cannot be seen"),
        ("address", "418 \u041eak Street", "Latin letters"),
        ("address", "PO Box 418", "not a post-office box"),
        ("address", "Oak Street", "Begin with the house number"),
        ("zip_code", "", "Enter the ZIP code"),
        ("zip_code", "9500", "ZIP code of 5 digits"),
        ("zip_code", "9" * 300, "ZIP code of 5 digits"),
        ("zip_code", "95\x00000", "characters that cannot be seen"),
    ],
)
def test_each_field_says_what_is_wrong(utility: Riverside, field: str, value: str, words: str) -> None:
    _, answer, _ = register_with(KNOWN | {field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert f'id="id_{field}-error"' in page
    assert 'href="#id_' + field in page
    assert "<title>Error:" in page
    assert not RegistrationAttempt.objects.exists()


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "\u0661\u0662\u0663\u0664\u0665\u0666", "0" * 900]
)
def test_what_is_no_code_costs_no_try(utility: Riverside, code: str) -> None:
    client, _, _ = register_with(KNOWN)
    answer = client.post("/register/prove/", {"code": code})
    assert answer.status_code == 422
    assert "id_code-error" in answer.content.decode()
    assert RegistrationAttempt.objects.get().tries == 0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"amount": "NaN", "bill_date": "2025-06-01"}, "an amount like 142.87"),
        ({"amount": "1e3", "bill_date": "2025-06-01"}, "an amount like 142.87"),
        ({"amount": "-1", "bill_date": "2025-06-01"}, "an amount like 142.87"),
        ({"amount": "9" * 19, "bill_date": "2025-06-01"}, "an amount like 142.87"),
        ({"amount": "1\x00", "bill_date": "2025-06-01"}, "characters that cannot be seen"),
        ({"amount": "1.00", "bill_date": "2025-02-30"}, "a date like"),
        ({"amount": "1.00", "bill_date": "9999-12-31"}, "a date that is not ahead"),
        ({"amount": "1.00", "bill_date": ""}, "Enter the date of that bill."),
    ],
)
def test_what_is_no_bill_costs_no_try(utility: Riverside, form: dict[str, str], words: str) -> None:
    client, _, _ = register_with(KNOWN)
    answer = client.post("/register/last-bill/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert RegistrationAttempt.objects.get().tries == 0


@pytest.mark.parametrize(
    ("day", "is_ahead"), [("2026-11-02", False), ("2026-11-03", False), ("2026-11-04", True)]
)
def test_what_is_ahead_is_so_where_the_utility_is(day: str, is_ahead: bool) -> None:
    """At 23:30 in Los Angeles it is the next day already by UTC."""
    with clock.clock_at(datetime(2026, 11, 3, 23, 30, tzinfo=settings.UTILITY.zone)):
        form = LastBillForm({"amount": "1.00", "bill_date": day})
        assert form.has_error("bill_date") is is_ahead


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 10 characters"),
        ("password123", "Many people use that password"),
        ("alice@example.com", "not like your name or e-mail"),
        ("p" * 129, "128 characters or fewer"),
        ("p" * 900_000, "128 characters or fewer"),
        ("a river\x00 runs by it", "characters that cannot be seen"),
        ("", "Choose a password."),
    ],
)
def test_a_password_that_will_not_do(utility: Riverside, password: str, words: str) -> None:
    client, _, _ = register_with(KNOWN)
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    answer = client.post("/register/finish/", {"password": password})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Login.objects.exists()


def test_a_password_of_a_megabyte_is_refused_before_it_is_read(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    answer = client.post("/register/finish/", {"password": "p" * 1_048_576})
    assert answer.status_code == 400
    assert not Login.objects.exists()
    assert client.post("/register/finish/", {"password": PASSWORD}).status_code == 302


def test_spaces_in_a_password_are_part_of_it(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    client.post("/register/prove/", {"code": last_code("alice@example.com")})
    client.post("/register/finish/", {"password": "  ten spaces  "})
    assert Login.objects.get().check_password("  ten spaces  ")


def test_limits_speak_plainly_and_alike(utility: Riverside) -> None:
    pages = []
    for form in (KNOWN, UNKNOWN | {"email": "bob@example.net"}):
        for _ in range(limits.ATTEMPTS_PER_EMAIL):
            assert register_with(form)[1].status_code == 302
        _, answer, _ = register_with(form)
        assert answer.status_code == 429
        assert "many attempts with this e-mail address. Please wait an hour" in answer.content.decode()
        pages.append(
            plain(answer).replace(form["email"].encode(), b"").replace(form["address"].encode(), b"")
        )
    assert pages[0] == pages[1]
    with clock.clock_at(clock.now() + timedelta(minutes=61)):
        assert register_with(KNOWN)[1].status_code == 302


def test_the_limit_by_address_holds_for_other_emails(utility: Riverside) -> None:
    for number in range(limits.ATTEMPTS_PER_ADDRESS):
        assert register_with(KNOWN | {"email": f"n{number}@example.net"})[1].status_code == 302
    _, answer, _ = register_with(KNOWN | {"email": "one.more@example.net"})
    assert answer.status_code == 429
    assert "many attempts for this service address" in answer.content.decode()


def test_the_limit_by_connection_holds_for_other_everything(utility: Riverside) -> None:
    for number in range(limits.ATTEMPTS_PER_IP):
        form = {"email": f"n{number}@example.net", "address": f"{number + 1} Pine St", "zip_code": "95000"}
        assert register_with(form)[1].status_code == 302
    assert register_with(KNOWN)[1].status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("/register/", KNOWN).status_code == 302


def test_asking_for_new_codes_counts_too(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    for _ in range(limits.ATTEMPTS_PER_EMAIL - 1):
        assert client.post("/register/prove/again/").status_code == 302
    answer = client.post("/register/prove/again/")
    assert answer.status_code == 429
    assert "Please wait an hour" in answer.content.decode()


def test_a_forged_sender_address_does_not_buy_more(utility: Riverside) -> None:
    for number in range(limits.ATTEMPTS_PER_IP):
        client = Client(headers={"x-forwarded-for": f"203.0.113.{number}"})
        form = {"email": f"n{number}@example.net", "address": f"{number + 1} Pine St", "zip_code": "95000"}
        assert client.post("/register/", form).status_code == 302
    client = Client(headers={"x-forwarded-for": "203.0.113.250"})
    assert client.post("/register/", KNOWN).status_code == 429


def test_behind_our_own_web_server_each_visitor_has_a_limit(utility: Riverside, settings: Any) -> None:
    """The server in front adds the address it saw as the last; what a visitor wrote before it says nothing."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(limits.ATTEMPTS_PER_IP):
        client = Client(headers={"x-forwarded-for": f"192.0.2.{number}, 203.0.113.7"})
        form = {"email": f"n{number}@example.net", "address": f"{number + 1} Pine St", "zip_code": "95000"}
        assert client.post("/register/", form).status_code == 302
    again = Client(headers={"x-forwarded-for": "192.0.2.250, 203.0.113.7"})
    assert again.post("/register/", KNOWN).status_code == 429
    neighbour = Client(headers={"x-forwarded-for": "203.0.113.8"})
    assert neighbour.post("/register/", KNOWN).status_code == 302


def test_no_secret_is_kept_in_the_open(utility: Riverside) -> None:
    client, _, _ = register_with(KNOWN)
    code = last_code("alice@example.com")
    row = RegistrationAttempt.objects.values().get()
    text = " ".join(
        str(value) for name, value in row.items() if name not in {"id", "created_at", "expires_at"}
    )
    assert code not in text
    assert client.session["registration"] not in text
    assert row["session_sha256"] == session_hash(client.session["registration"])
    assert "127.0.0.1" not in text
    assert "oak" not in text.lower()
