"""In the same instant: two clicks, two tabs, two phones, message and return. Real server, real commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import httpx
import pytest

from meterside.connectors.payments.sandbox.models import Charge, HostedSession
from meterside.portal.payments.models import PaymentAttempt, PaymentIntent

from ..journeys.paying import OWED_CENTS, Payer, a_login, hidden_order, let_in, owing, payments_of
from .payment_processes import Processes
from .test_killed_payment import Browser

pytestmark = pytest.mark.kill
_names = count(1)
_AT_ONCE = 4


@pytest.fixture
def server(processes: Processes) -> Iterator[Processes]:
    """The web server, running; stopped at the end."""
    pid = processes.serve()
    yield processes
    processes.stop(pid)


@pytest.fixture
def payer(server: Processes) -> Payer:
    return owing(f"hurried{next(_names)}")


def at_once(*acts: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Do all of it in the same instant, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], httpx.Response]) -> httpx.Response:
        start.wait(timeout=20)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def confirming(browser: Browser) -> Callable[[], httpx.Response]:
    """A browser that stands on its check page, about to confirm."""
    order = browser.order()
    return lambda: browser.post("/pay/confirm/", {"order": order})


def attempts_of(payer: Payer) -> list[PaymentAttempt]:
    return list(PaymentAttempt.objects.filter(intent__account_ref=payer.ref))


def test_a_hurried_thumb_confirms_once(server: Processes, payer: Payer) -> None:
    browser = Browser(payer, server.address)
    confirm = confirming(browser)
    answers = at_once(*[confirm] * _AT_ONCE)
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(attempts_of(payer)) == 1


def test_two_tabs_and_a_helpers_phone_get_one_page_to_pay_on(server: Processes, payer: Payer) -> None:
    helper = let_in(a_login(f"helper{next(_names)}"), payer.account, "helper_pay")
    browsers = [
        Browser(payer, server.address),
        Browser(payer, server.address),
        Browser(helper, server.address),
    ]
    answers = at_once(*[confirming(browser) for browser in browsers])
    assert sorted(answer.status_code for answer in answers) == [302, 409, 409]
    assert PaymentIntent.objects.filter(account_ref=payer.ref).count() == 1


def test_the_gateways_page_and_the_return_pressed_many_times(server: Processes, payer: Payer) -> None:
    browser = Browser(payer, server.address)
    hosted = confirming(browser)().headers["Location"]
    browser.http.get(hosted)
    paid = at_once(*[lambda: browser.post(hosted, {"method": "bank_works"})] * _AT_ONCE)
    back = {httpx.URL(answer.headers["Location"]).path for answer in paid}
    assert len(back) == 1
    path = back.pop()
    shown = at_once(*[lambda: browser.http.get(path)] * _AT_ONCE)
    assert {answer.status_code for answer in shown} == {302}
    (attempt,) = attempts_of(payer)
    assert Charge.objects.filter(session__merchant_reference=attempt.public_id).count() == 1
    assert payments_of(payer) == [(OWED_CENTS, "accepted")]


def test_the_message_and_the_return_meet(server: Processes, payer: Payer) -> None:
    browser = Browser(payer, server.address)
    hosted = confirming(browser)().headers["Location"]
    back = httpx.URL(browser.post(hosted, {"method": "bank_works"}).headers["Location"]).path

    def work() -> httpx.Response:
        assert server.work() == 0
        return browser.http.get(back)

    at_once(work, lambda: browser.http.get(back), lambda: browser.http.get(back))
    assert server.work() == 0
    assert payments_of(payer) == [(OWED_CENTS, "settled")]


def test_starting_over_and_paying_the_first_meet(server: Processes, payer: Payer) -> None:
    """Either the first page closes and takes nothing, or it was paid and the second asks: never two charges."""
    first, second = Browser(payer, server.address), Browser(payer, server.address)
    hosted = confirming(first)().headers["Location"]
    first.http.get(hosted)
    asked = confirming(second)()
    assert asked.status_code == 409
    again = hidden_order(asked.text)
    paid, confirmed = at_once(
        lambda: first.post(hosted, {"method": "bank_works"}),
        lambda: second.post("/pay/confirm/", {"order": again}),
    )
    ids = [attempt.public_id for attempt in attempts_of(payer)]
    charges = Charge.objects.filter(session__merchant_reference__in=ids).count()
    open_pages = HostedSession.objects.filter(merchant_reference__in=ids, closed_at=None).count()
    if paid.status_code == 302:
        assert (confirmed.status_code, charges, open_pages) == (409, 1, 0)
    else:
        assert (paid.status_code, confirmed.status_code, charges, open_pages) == (410, 302, 0, 1)
