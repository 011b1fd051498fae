"""A bill is made while somebody pays: what was confirmed is what is paid, and each payment counts on one bill."""

from __future__ import annotations

import threading
from datetime import date
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.models import Bill
from meterside.cis.ledger.operations import post_payment
from meterside.cis.ledger.queries import balances_cents
from meterside.kit import clock
from meterside.kit.postgres import DatabaseUrls
from tests.cast import Riverside, bill_month, instant, read_dial, riverside
from tests.journeys.paying import hidden_order
from tests.people import give, make_login, ref, signed_in

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture
def utility() -> Riverside:
    return riverside()


def read_all(utility: Riverside) -> None:
    for index, day in enumerate((JAN, FEB, MAR, APR)):
        read_dial(utility.alice.electric, day, 1000 + index * 762)
        read_dial(utility.alice.water, day, 500 + index * 1000)


@pytest.mark.django_db
def test_a_bill_comes_between_checking_and_confirming(utility: Riverside) -> None:
    read_all(utility)
    account = utility.alice.account
    bill_month(JAN, FEB, [account])
    login = make_login("alice@example.com", "Alice")
    with clock.clock_at(instant("2025-02-20T12:00")):
        give(login, ref(utility.alice))
    browser: Client = signed_in(login)
    with clock.clock_at(instant("2025-03-01T00:10")):
        answer = browser.post("/pay/", {"amount": "188.13"})
        order = hidden_order(browser.get(answer["Location"]).content.decode())
        bill_month(FEB, MAR, [account])
        hosted = browser.post("/pay/confirm/", {"order": order})
        assert hosted.status_code == 302
        page = browser.get(hosted["Location"]).content.decode()
        assert "$188.13" in page
        back = browser.post(hosted["Location"], {"method": "card_works"})["Location"]
        assert browser.get(back).status_code == 302
        february = Bill.objects.get(bill_date=MAR)
        assert february.payments_cents == 0
        assert balances_cents([account.pk]) == {account.pk: february.current_charges_cents}
    bill_month(MAR, APR, [account])
    march = Bill.objects.get(bill_date=APR)
    assert march.payments_cents == -188_13
    assert march.total_due_cents == february.current_charges_cents + march.current_charges_cents
    assert prove_books().holds


def test_a_bill_waits_for_a_payment_that_is_being_posted(fresh_database: DatabaseUrls) -> None:
    """Else a payment that began before the bill and ended after it would stand on neither bill."""
    utility = riverside()
    read_all(utility)
    account = utility.alice.account
    bill_month(JAN, FEB, [account])
    is_posted, may_commit = threading.Event(), threading.Event()

    def pay() -> None:
        try:
            with transaction.atomic():
                post_payment(
                    payment_id=uuid4(), account_id=account.pk, amount_cents=10_000,
                    paid_at=instant("2025-03-01T00:10"), channel="portal", tender="card",
                )  # fmt: skip
                is_posted.set()
                may_commit.wait(timeout=60)
        finally:
            connections.close_all()

    paying = threading.Thread(target=pay)
    paying.start()
    try:
        assert is_posted.wait(timeout=20)
        with (
            pytest.raises(OperationalError, match="lock timeout"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            bill_month(FEB, MAR, [account])
    finally:
        may_commit.set()
        paying.join(timeout=60)
    bill_month(FEB, MAR, [account])
    february = Bill.objects.get(bill_date=MAR)
    assert february.payments_cents == -100_00
    assert balances_cents([account.pk]) == {account.pk: february.total_due_cents}
    assert prove_books().holds
