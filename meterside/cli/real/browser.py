"""The customer of the real house, in a real browser: registers, reads the bill, pays it, sees the receipt.

Web server and worker run as processes of their own on the same database, as in a demo.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from meterside.cis.billing.books import prove_books
from meterside.cis.ledger.models import Payment
from meterside.cli.children import Child, children
from meterside.cli.chromium import find_chromium
from meterside.contracts.cis import AccountRef
from meterside.kit import clock
from meterside.wiring import cis

from . import Figures
from .house import Home

if TYPE_CHECKING:
    from playwright.sync_api import Page

_PASSWORD: Final = "the tide table by the door"  # noqa: S105 - of a made-up customer
_START_TIMEOUT_S: Final = 60.0
_WORK_TIMEOUT_S: Final = 60.0
_PAGE_TIMEOUT_MS: Final = 20_000
_POLL_S: Final = 0.2
_PHONE: Final = {"width": 360, "height": 740}
_SANDBOX_DELAY_S: Final = 1


def run(home: Home, result: Figures) -> None:
    """Figures of the part in a real browser; what it needs and does not find is a wrong figure."""
    result.head("The customer of that house, in a real browser")
    try:
        import playwright.sync_api  # noqa: F401 - only whether it is here
    except ImportError:
        result.must(False, "there is no playwright here: install the development dependencies (make test)")
        return
    program = find_chromium()
    if program is None:
        result.must(False, "there is no Chromium here: install one, or name it by METERSIDE_CHROMIUM")
        return
    started_s = time.monotonic()
    with _served() as (base, parts):
        paid_cents = _visit(base, program, home, parts, result)
        _settled(home, parts, result)
    seconds = round(time.monotonic() - started_s, 1)
    result.say("browser", {"paid_cents": paid_cents, "seconds": seconds}, f"all of it in {seconds} s")
    proof = prove_books()
    result.must(proof.holds, "the books do not hold after the payment")
    result.say("books after", proof.n_postings, f"the books hold: {proof.n_postings} postings")


@contextmanager
def _served() -> Iterator[tuple[str, list[Child]]]:
    """Within the block the portal answers at the address given, with a worker beside it."""
    port = _free_port()
    wanted = {
        "METERSIDE_ENV": "demo",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "METERSIDE_PUBLIC_URL": f"http://localhost:{port}",
        "METERSIDE_WEB_PROCESSES": "1",
        "PAYMENT_SANDBOX_DELAY_S": str(_SANDBOX_DELAY_S),
    }
    before = {name: os.environ.get(name) for name in wanted}
    with ExitStack() as stack:
        os.environ.update(wanted)
        try:
            parts = stack.enter_context(children(("serve",), ("worker",)))
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        base = wanted["METERSIDE_PUBLIC_URL"]
        _wait("the web server's first answer", lambda: _answers(base), parts, _START_TIMEOUT_S)
        yield base, parts


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(base: str) -> bool:
    try:
        return httpx.get(base, timeout=_START_TIMEOUT_S).is_success
    except httpx.TransportError:
        return False


def _wait(what: str, is_so: Callable[[], bool], parts: list[Child], timeout_s: float) -> None:
    """Ask until it is so. Raises TimeoutError, or RuntimeError when a part ended."""
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        for part in parts:
            if part.exit_code() is not None:
                raise RuntimeError(f"`meterside {part.name}` ended by itself with {part.exit_code()}")
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"waited {timeout_s:.0f} s for {what}")
        time.sleep(_POLL_S)


def _visit(base: str, program: Path, home: Home, parts: list[Child], result: Figures) -> int:
    """Register, read the bill, pay it, see the receipt; returns the cents that were paid."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_context(viewport=_PHONE, base_url=base, locale="en-US").new_page()  # type: ignore[arg-type]
        page.set_default_timeout(_PAGE_TIMEOUT_MS)
        try:
            _register(page, home, parts)
            return _pay(page, home, result)
        except (Error, TimeoutError) as error:
            result.must(False, f"at {page.url}: {str(error).splitlines()[0]}")
            return 0
        finally:
            browser.close()


def _register(page: Page, home: Home, parts: list[Child]) -> None:
    page.goto("/register/")
    page.fill("[name=email]", home.email)
    page.fill("[name=address]", home.address)
    page.fill("[name=zip_code]", home.zip5)
    _send(page)
    inbox = page.context.new_page()

    def has_code() -> bool:
        inbox.goto("/demo/inbox/")
        return bool(_code(inbox))

    _wait("the code in the inbox", has_code, parts, _WORK_TIMEOUT_S)
    page.fill("[name=code]", _code(inbox))
    _send(page)
    page.fill("[name=password]", _PASSWORD)
    _send(page)
    page.wait_for_url("**/home/**")


def _code(inbox: Page) -> str:
    found = re.search(r"\b\d{6}\b", inbox.inner_text("main"))
    return found.group() if found else ""


def _send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form.form button[type=submit]").last.click()


def _pay(page: Page, home: Home, result: Figures) -> int:
    """From home to the receipt; every amount on the way must be the bill's."""
    bill = page.locator("main a[href*='/bills/']").first.get_attribute("href")
    page.goto(str(bill).partition("#")[0])
    shown = _amount_cents(page)
    result.say(
        "bill shown", shown, f"the bill shows {shown:,} cents; in the books it is {home.last_total_cents:,}"
    )
    result.must(shown == home.last_total_cents, "the bill on the page is not the bill in the books")
    page.goto("/pay/")
    typed = page.input_value("[name=amount]")
    result.must(_cents(typed) == home.last_total_cents, f"the pay page starts from {typed}")
    _send(page)
    page.locator("main form[data-once] button").last.click()
    page.wait_for_url("**/sandbox-gateway/**")
    page.check("[name=method][value=bank_works]")
    page.click("[name=pay]")
    page.wait_for_url("**/receipt/")
    paid = _amount_cents(page)
    result.must(paid == home.last_total_cents, f"the receipt says {paid} cents")
    result.say("receipt", paid, f"the receipt shows {paid:,} cents")
    return paid


def _amount_cents(page: Page) -> int:
    """The page's big amount."""
    return _cents(page.locator("main .amount").first.inner_text())


def _cents(text: str) -> int:
    found = re.search(r"(\d[\d,]*)\.(\d\d)(?!\d)", "".join(text.split()))
    return int(found.group(1).replace(",", "") + found.group(2)) if found else -1


def _settled(home: Home, parts: list[Child], result: Figures) -> None:
    """The worker hears of the money's arrival, and nothing is owed."""
    payments = Payment.objects.filter(account=home.account)
    try:
        _wait(
            "the money's arrival",
            lambda: payments.filter(statuses__status="settled").exists(),
            parts,
            _WORK_TIMEOUT_S,
        )
    except TimeoutError as error:
        result.must(False, str(error))
    from django.conf import settings

    today = clock.today(settings.UTILITY.zone)
    balances = cis().balances(AccountRef(home.account.public_id), today=today)
    result.must(payments.count() == 1, f"{payments.count()} payments instead of one")
    result.must(balances.balance_cents == 0, f"{balances.balance_cents} cents are still owed")
    result.say("balance", balances.balance_cents, "the worker settled it; the balance is 0 cents")
