"""Who may pay, and who may see that somebody paid: every page of a payment, by every kind of person."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from meterside.kit import clock
from meterside.portal.payments.models import PaymentIntent
from meterside.portal.payments.queries import AttemptView
from meterside.web.customer.pay.forms import new_order, signed
from tests.journeys.paying import (
    OWED_CENTS,
    Payer,
    a_login,
    come_back,
    confirm,
    let_in,
    owing,
    pay_at_sandbox,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Payer:
    return owing("alice")


@pytest.fixture
def paid(alice: Payer) -> AttemptView:
    attempt = confirm(alice).attempt
    pay_at_sandbox(attempt.id)
    return come_back(attempt.id)


def person(kind: str, alice: Payer) -> Client:
    """A browser of one kind of person, as seen from Alice's account."""
    if kind == "anonymous":
        return Client()
    if kind == "stranger":
        return owing("charlie").client()
    if kind == "nobody":
        return Payer(a_login("nobody"), alice.account).client()
    if kind == "former":
        ended = clock.now() - timedelta(days=1)
        return let_in(a_login("former"), alice.account, "helper_full", until=ended).client()
    return let_in(a_login(kind), alice.account, kind).client()


PEOPLE = ["helper_view", "helper_pay", "helper_full", "stranger", "nobody", "former", "anonymous"]
EXPECTED = {
    "receipt": dict(zip(PEOPLE, [200, 200, 200, 404, 404, 404, 302], strict=True)),
    "return": dict(zip(PEOPLE, [403, 302, 302, 404, 404, 404, 302], strict=True)),
    "continue": dict(zip(PEOPLE, [403, 404, 404, 404, 404, 404, 302], strict=True)),
    "pay": dict(zip(PEOPLE, [403, 200, 200, 200, 404, 404, 302], strict=True)),
    "history": dict(zip(PEOPLE, [200, 200, 200, 200, 404, 404, 302], strict=True)),
}


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("page", list(EXPECTED))
def test_each_page_for_each_person(alice: Payer, paid: AttemptView, page: str, kind: str) -> None:
    browser = person(kind, alice)
    if page == "continue":
        answer = browser.post(f"/pay/continue/{paid.id}/")
    else:
        addresses = {
            "receipt": f"/payments/{paid.id}/receipt/",
            "return": f"/pay/return/{paid.id}/",
            "pay": "/pay/",
            "history": "/payments/",
        }
        answer = browser.get(addresses[page])
    assert answer.status_code == EXPECTED[page][kind]
    if answer.status_code == 302 and kind == "anonymous":
        assert answer["Location"].startswith("/sign-in/")
    if kind in {"stranger", "nobody", "former"}:
        assert "$142.87" not in answer.content.decode() or page == "pay"
        assert paid.reference not in answer.content.decode()


def test_somebody_who_may_only_look_is_told_whom_to_ask(alice: Payer) -> None:
    page = person("helper_view", alice).get("/pay/").content.decode()
    assert "Nothing was charged" in page
    assert "ask the owner" in page


@pytest.mark.parametrize(("kind", "status"), [("helper_view", 403), ("stranger", 404), ("former", 404)])
def test_a_rightly_signed_order_does_not_help_those_who_may_not_pay(
    alice: Payer, kind: str, status: int
) -> None:
    """The right may have been taken away between checking and confirming."""
    browser = person(kind, alice)
    login_id = int(browser.session["_auth_user_id"])
    order = signed(new_order(alice.ref, OWED_CENTS), login_id=login_id)
    assert browser.post("/pay/confirm/", {"order": order}).status_code == status
    assert browser.get(f"/pay/check/?order={order}").status_code == status
    assert not PaymentIntent.objects.exists()


def test_the_account_is_the_orders_not_the_one_looked_at_last(alice: Payer) -> None:
    other = owing("other", owed_cents=500)
    let_in(alice.login, other.account, "owner")
    browser = alice.client()
    order = signed(new_order(other.ref, 500), login_id=alice.login.pk)
    page = browser.get(f"/pay/check/?order={order}").content.decode()
    assert other.account.number in page
    browser.post("/pay/confirm/", {"order": order})
    assert PaymentIntent.objects.get().account_ref == other.ref


def test_ids_nobody_has_do_not_exist(alice: Payer) -> None:
    browser = alice.client()
    for address in (f"/payments/{uuid4()}/receipt/", f"/pay/return/{uuid4()}/", "/sandbox-gateway/guess/"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"/pay/continue/{uuid4()}/").status_code == 404


def test_pages_of_money_are_never_cached(alice: Payer, paid: AttemptView) -> None:
    browser = alice.client()
    for address in ("/pay/", "/payments/", f"/payments/{paid.id}/receipt/"):
        assert "no-store" in browser.get(address)["Cache-Control"]


def test_the_form_needs_its_own_page() -> None:
    payer = owing("csrf")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(payer.login, backend="django.contrib.auth.backends.ModelBackend")
    order = signed(new_order(payer.ref, OWED_CENTS), login_id=payer.login.pk)
    assert browser.post("/pay/confirm/", {"order": order}).status_code == 403
    assert not PaymentIntent.objects.exists()
