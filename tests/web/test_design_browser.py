"""The design's pages in a real browser: no rule of axe is broken, nothing overflows, and all works without script.

They need no database, so a small server of this process answers.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pypdf
import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from playwright.sync_api import Browser, Page, ViewportSize

from meterside.web.design.views import PAGES
from tests.browser import checks
from tests.chromium import running_chromium

pytestmark = pytest.mark.browser
ADDRESSES = ("/design/", *(f"/design/{name}/" for name in PAGES), "/design/error/404/", "/design/error/500/")


class QuietHandler(WSGIRequestHandler):
    """Says nothing about each request."""

    def log_message(self, format: str, *args: object) -> None:
        """No log."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as running:
        yield running


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The application behind a small server of this process; no page here asks the database."""
    with override_settings(ROOT_URLCONF="tests.web.design_urls"):
        server = ThreadedWSGIServer(("localhost", 0), QuietHandler)
        server.set_app(get_wsgi_application())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


class Visitor:
    """Opens pages as someone with this screen, theme and language would."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser = browser
        self.base = base

    @contextmanager
    def __call__(
        self, *, width: int = 360, theme: str = "", language: str = "en", script: bool = True
    ) -> Iterator[Page]:
        size: ViewportSize = {"width": width, "height": 740}
        with self.browser.new_context(
            viewport=size, java_script_enabled=script, base_url=self.base
        ) as context:
            for name, value in {"theme": theme, "django_language": language}.items():
                if value:
                    context.add_cookies([{"name": name, "value": value, "url": self.base}])
            yield context.new_page()


@pytest.fixture
def visit(browser: Browser, base: str) -> Visitor:
    return Visitor(browser, base)


@pytest.fixture
def page(visit: Visitor) -> Iterator[Page]:
    with visit() as shown:
        yield shown


@pytest.mark.parametrize(("width", "theme", "language"), [(360, "light", "es"), (1280, "dark", "en")])
def test_axe_finds_nothing(visit: Visitor, width: int, theme: str, language: str) -> None:
    with visit(width=width, theme=theme, language=language) as shown:
        for address in ADDRESSES:
            shown.goto(address)
            assert list(checks.axe(shown, with_colours=True)) == [], address


def test_nothing_overflows_and_the_policy_is_never_offended(visit: Visitor) -> None:
    """320 px is 1280 px at 400 % zoom."""
    said: list[str] = []
    for width in (320, 360, 768, 1280):
        with visit(width=width) as shown:
            shown.on("console", lambda message: said.append(message.text))
            shown.on("pageerror", lambda error: said.append(str(error)))
            for address in ADDRESSES:
                shown.goto(address)
                room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert shown.evaluate(room) == 0, (width, address)
    # Chromium notes the sample password fields that stand outside a form, and the refusals' own statuses.
    assert [text for text in said if "[DOM]" not in text and "status of" not in text] == []


def test_what_is_pressed_is_large_enough(page: Page) -> None:
    small = """() => [...document.querySelectorAll(
        'button:not([hidden]), .button, select, .pick, .nav-phone a, summary, .choice__label')]
        .map(element => [element.className || element.tagName, element.getBoundingClientRect()])
        .filter(([name, box]) => box.width && box.height < 43.5).map(([name, box]) => [name, box.height])"""
    for address in ("/design/home/", "/design/pay/", "/design/bill/"):
        page.goto(address)
        assert page.evaluate(small) == [], address


def test_errors_are_met_first_and_lead_to_their_field(page: Page) -> None:
    page.goto("/design/pay/")
    assert page.evaluate("document.activeElement.className") == "errors"
    page.click(".errors a")
    assert page.evaluate("document.activeElement.id") == "id_from"


def test_a_password_can_be_seen_and_is_hidden_again(page: Page) -> None:
    page.goto("/design/")
    toggle = page.locator('[data-password-toggle="id_a_password"]')
    field = page.locator("#id_a_password")
    toggle.click()
    assert (field.get_attribute("type"), toggle.inner_text()) == ("text", "Hide")
    toggle.click()
    assert (field.get_attribute("type"), toggle.inner_text()) == ("password", "Show")


def test_a_form_is_sent_once(page: Page) -> None:
    page.goto("/design/pay/")
    page.evaluate(
        """() => { window.sent = 0; const form = document.querySelector('form[data-once]');
        window.addEventListener('submit', event => { if (!event.defaultPrevented) { window.sent += 1;
          event.preventDefault(); } }); }"""
    )
    for _press in range(3):
        page.click("form[data-once] button")
    assert page.evaluate("window.sent") == 1
    assert page.get_attribute("form[data-once] button", "aria-busy") == "true"


def test_the_theme_changes_in_place_and_is_kept(page: Page) -> None:
    page.goto("/design/home/")
    page.evaluate("window.stayed = true")
    with page.expect_response("**/preferences/display"):
        page.click(".foot button[value=dark]")
    assert page.evaluate("window.stayed") is True
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.get_attribute(".foot button[value=dark]", "aria-pressed") == "true"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_without_script_the_switches_and_details_work(visit: Visitor) -> None:
    with visit(script=False) as shown:
        shown.goto("/design/bill/")
        with shown.expect_navigation():
            shown.click(".foot button[value=es]")
        assert shown.url.endswith("/design/bill/")
        assert shown.get_attribute("html", "lang") == "es"
        with shown.expect_navigation():
            shown.click(".foot button[value=dark]")
        assert shown.get_attribute("html", "data-theme") == "dark"
        shown.click("summary.account__open")
        assert shown.locator(".account__menu").is_visible()
        assert shown.locator("[data-password-toggle]").count() == 0


def test_the_menu_of_accounts_closes(page: Page) -> None:
    page.goto("/design/home/")
    page.click("summary.account__open")
    page.keyboard.press("Escape")
    assert not page.locator(".account__menu").is_visible()
    assert page.evaluate("document.activeElement.className") == "account__open"


def test_the_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/design/home/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)") is True


@pytest.mark.parametrize("name", ["bill", "receipt"])
def test_it_prints_on_one_sheet_in_ink(visit: Visitor, name: str) -> None:
    with visit(theme="dark") as shown:
        shown.goto(f"/design/{name}/")
        sheet = pypdf.PdfReader(io.BytesIO(shown.pdf(format="Letter", prefer_css_page_size=False)))
        assert len(sheet.pages) == 1
        text = sheet.pages[0].extract_text()
        assert "Riverbend Utilities" in text
        assert "Service charge" in text or name == "receipt", "closed details must lie open on paper"
        shown.emulate_media(media="print")
        ink = "getComputedStyle(document.documentElement).getPropertyValue('--ink').trim()"
        assert shown.evaluate(ink) == "#13242b"
