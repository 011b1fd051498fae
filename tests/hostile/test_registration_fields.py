"""What people type when they register: wrong, odd, huge."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.conf import settings

from meterside.kit import clock
from meterside.portal.identity.models import Login, RegistrationAttempt
from meterside.web.public.register.forms import LastBillForm
from tests.cast import Riverside, riverside
from tests.hostile.registering import KNOWN, register_with
from tests.people import PASSWORD, last_code, notices

pytestmark = pytest.mark.django_db


@pytest.fixture
def utility() -> Riverside:
    return riverside()


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
