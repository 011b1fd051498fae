"""Registering and signing in as people do it: without script, by keyboard, with a passkey."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, BrowserContext, Page, expect

from meterside.kit.postgres import DatabaseUrls
from tests.cast import Riverside, riverside
from tests.chromium import running_chromium
from tests.people import PASSWORD, give, last_code, make_login, notices, ref

pytestmark = pytest.mark.browser


class QuietHandler(WSGIRequestHandler):
    """Says nothing about each request."""

    def log_message(self, format: str, *args: object) -> None:
        """No log."""


@pytest.fixture(scope="module", autouse=True)
def own_thread() -> Iterator[None]:
    """Playwright keeps an event loop in this thread; the tests' own queries are no part of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(scope="module")
def browser(own_thread: None) -> Iterator[Browser]:
    with running_chromium() as running:
        yield running


@pytest.fixture
def base(fresh_database: DatabaseUrls) -> Iterator[str]:
    """The whole application on a database of its own, at http://localhost, where passkeys may be tried."""
    server = ThreadedWSGIServer(("localhost", 0), QuietHandler)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def utility(base: str) -> Riverside:
    return riverside()


@dataclass
class Screen:
    """One person's browser, and what it complained about."""

    context: BrowserContext
    page: Page
    complaints: list[str]


def open_screen(browser: Browser, base: str, *, script: bool = True) -> Screen:
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        java_script_enabled=script,
        base_url=base,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return Screen(context, page, complaints)


@pytest.fixture
def screen(browser: Browser, base: str) -> Iterator[Screen]:
    opened = open_screen(browser, base)
    yield opened
    opened.context.close()


def fill_find(page: Page) -> None:
    page.goto("/register/")
    page.get_by_label("Your e-mail address").fill("alice@example.com")
    page.get_by_label("Service address").fill("418 oak street")
    page.get_by_label("ZIP code").fill("95000")


def test_registering_without_script(browser: Browser, base: str, utility: Riverside) -> None:
    screen = open_screen(browser, base, script=False)
    page = screen.page
    page.goto("/")
    page.get_by_role("link", name="First time here? Open your online account").click()
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("heading", name="There is a problem").is_visible()
    fill_find(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code").fill(last_code("alice@example.com"))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Open my account").click()
    page.wait_for_url("**/home/**")
    page.goto("/profile/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(base + "/")
    screen.context.close()


def test_registering_by_keyboard_alone(screen: Screen, utility: Riverside) -> None:
    page = screen.page
    page.goto("/register/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to the content"
    page.keyboard.press("Enter")
    for text in ("alice@example.com", "418 oak street", "95000"):
        _tab_to_input(page)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/prove/")
    _tab_to_input(page)
    page.keyboard.type(last_code("alice@example.com"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/finish/")
    _tab_to_input(page)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/home/**")
    assert screen.complaints == []


def _tab_to_input(page: Page) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('input:not([type=hidden])')"):
            return
    raise AssertionError("no field within twenty presses of Tab")


def test_a_passkey_from_adding_to_removing(screen: Screen, base: str, utility: Riverside) -> None:
    login = make_login("alice@example.com", "Alice Moreno")
    give(login, ref(utility.alice))
    page = screen.page
    devtools = screen.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    _sign_in(page)
    page.goto("/profile/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What to call it").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/profile/?changed=passkey")
    assert page.get_by_text("My phone").first.is_visible()
    assert [n.to for n in notices("passkey_added")] == ["alice@example.com"]

    _sign_out(page)
    page.goto("/sign-in/?next=/profile/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(base + "/profile/")

    _sign_out(page)
    _sign_in(page)  # a passkey is no second lock: the password alone still opens
    page.goto("/profile/")
    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Remove it").click()
    page.wait_for_url("**/profile/?changed=passkey_removed")
    assert [n.to for n in notices("passkey_removed")] == ["alice@example.com"]
    _sign_out(page)
    page.goto("/sign-in/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert screen.complaints == []


def test_a_passkey_that_fails_says_so(screen: Screen, utility: Riverside) -> None:
    page = screen.page
    page.goto("/sign-in/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("That did not work. Try again")).to_be_visible()
    assert page.get_by_role("link", name="E-mail me a code").is_visible()


def _sign_in(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home/")


def _sign_out(page: Page) -> None:
    page.goto("/profile/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/profile/" not in url)
