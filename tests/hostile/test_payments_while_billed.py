"""A bill is made while somebody pays: what was confirmed is what is paid, and each payment counts on one bill."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from meterside.cis.billing.books import prove_books
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import Bill
from meterside.cis.ledger.operations import post_payment, return_payment
from meterside.cis.ledger.queries import balances_cents
from meterside.cis.registry.models import Account
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


@pytest.fixture
def billed(fresh_database: DatabaseUrls) -> Account:
    """Alice's account with January's bill and reads for two more, in a database whose commits are real."""
    utility = riverside()
    read_all(utility)
    bill_month(JAN, FEB, [utility.alice.account])
    return utility.alice.account


def post(account: Account, cents: int, payment_id: UUID | None = None) -> None:
    post_payment(
        payment_id=payment_id or uuid4(), account_id=account.pk, amount_cents=cents,
        paid_at=instant("2025-02-28T20:00"), channel="portal", tender="card",
    )  # fmt: skip


def give_back(payment_id: UUID) -> None:
    return_payment(payment_id=payment_id, returned_at=instant("2025-02-28T21:00"), reason="R01")


@contextmanager
def under_way(act: Callable[[], object]) -> Iterator[None]:
    """`act` is done by somebody else, who commits only when the block ends."""
    is_done, may_commit = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                act()
                is_done.set()
                may_commit.wait(timeout=60)
        finally:
            connections.close_all()

    working = threading.Thread(target=work)
    working.start()
    try:
        assert is_done.wait(timeout=20)
        yield
    finally:
        may_commit.set()
        working.join(timeout=60)


@contextmanager
def who_waits_gives_up() -> Iterator[None]:
    """A transaction whose statements wait a moment at most for somebody else's lock."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        yield


PAID = UUID(int=1)


@pytest.mark.parametrize(
    "act",
    [partial(post, cents=700), lambda account: give_back(PAID)],
    ids=["a payment", "a payment that comes back"],
)
def test_a_bill_waits_for_what_is_being_posted(billed: Account, act: Callable[[Account], None]) -> None:
    """Else what began before another posting, and ended after the bill, would stand on no bill at all."""
    post(billed, 10_000, PAID)
    with under_way(partial(act, billed)):
        post(billed, 5_000)  # begun later, committed earlier: the bill would know of it, and only of it
        with pytest.raises(OperationalError, match="lock timeout"), who_waits_gives_up():
            bill_month(FEB, MAR, [billed])
    bill_month(FEB, MAR, [billed])
    bill_month(MAR, APR, [billed])
    march = Bill.objects.get(bill_date=APR)
    assert balances_cents([billed.pk]) == {billed.pk: march.total_due_cents}
    assert prove_books().holds


def test_what_is_posted_waits_for_the_bill(billed: Account) -> None:
    post(billed, 10_000, PAID)
    with under_way(lambda: bill_month(FEB, MAR, [billed])):
        for act in (partial(post, billed, 700), partial(give_back, PAID)):
            with pytest.raises(OperationalError, match="lock timeout"), who_waits_gives_up():
                act()
    post(billed, 700)
    bill_month(MAR, APR, [billed])
    february, march = Bill.objects.filter(bill_date__gte=MAR).order_by("bill_date")
    assert (february.payments_cents, march.payments_cents) == (-10_000, -700)
    assert balances_cents([billed.pk]) == {billed.pk: march.total_due_cents}
    assert prove_books().holds


def test_a_payment_in_the_moment_of_a_rebill_counts_once(billed: Account) -> None:
    january = Bill.objects.get()
    with under_way(partial(post, billed, 700)):
        post(billed, 5_000)
        with pytest.raises(OperationalError, match="lock timeout"), who_waits_gives_up():
            rebill(bill_ids=[january.pk], reason="read again")
    again = rebill(bill_ids=[january.pk], reason="read again")
    with (
        under_way(lambda: rebill(bill_ids=[again.pk], reason="and again")),
        pytest.raises(OperationalError, match="lock timeout"),
        who_waits_gives_up(),
    ):
        post(billed, 300)
    post(billed, 300)
    standing = Bill.objects.get(status="issued")
    assert standing.current_charges_cents == january.current_charges_cents
    assert balances_cents([billed.pk]) == {billed.pk: january.total_due_cents - 6_000}
    assert standing.total_due_cents == january.total_due_cents - 5_700
    assert prove_books().holds
