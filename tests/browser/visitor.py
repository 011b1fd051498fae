"""Somebody with a browser: a screen, a theme, a language, and signed in or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from tests.browser.people import PASSWORD
from tests.browser.site import Site

_HEIGHT_PX = 740
_TIMEOUT_MS = 15_000


@dataclass
class Visitor:
    """Opens pages in contexts of their own."""

    browser: Browser
    site: Site
    _signed_in: dict[str, StorageState] = field(default_factory=dict)
    _kept: dict[bool, Page] = field(default_factory=dict)

    @contextmanager
    def __call__(
        self,
        who: str = "",
        *,
        width: int = 360,
        theme: str = "light",
        language: str = "en",
        script: bool = True,
        scale: float = 1,
    ) -> Iterator[Page]:
        """A page of somebody's own browser; `who` is a key of the town's logins, or empty."""
        with self.browser.new_context(
            viewport={"width": width, "height": _HEIGHT_PX},
            device_scale_factor=scale,
            java_script_enabled=script,
            base_url=self.site.base,
            storage_state=self._state(who) if who else None,
            locale="en-US",
        ) as context:
            context.set_default_timeout(_TIMEOUT_MS)
            _choose(context, self.site.base, theme=theme, language=language)
            yield context.new_page()

    @contextmanager
    def same_phone(
        self, who: str = "", *, theme: str = "light", language: str = "en", script: bool = True
    ) -> Iterator[Page]:
        """A phone of 360 px that passes from hand to hand: nobody's cookies stay on it, only what it has cached.

        A page of a context of its own starts a process, and compiles, loads and shapes everything anew.
        """
        page = self._kept.pop(script, None)
        if page is None:
            context = self.browser.new_context(
                viewport={"width": 360, "height": _HEIGHT_PX},
                java_script_enabled=script,
                base_url=self.site.base,
                locale="en-US",
            )
            context.set_default_timeout(_TIMEOUT_MS)
            page = context.new_page()
        page.context.clear_cookies()
        if who:
            page.context.add_cookies(cast(Any, self._state(who)["cookies"]))
        _choose(page.context, self.site.base, theme=theme, language=language)
        yield page  # where a test fails the phone is not kept
        self._kept[script] = page

    def _state(self, who: str) -> StorageState:
        """The cookies of somebody who really signed in, once."""
        if who not in self._signed_in:
            with self(script=False) as page:
                sign_in(page, self.site.town.emails[who])
                self._signed_in[who] = page.context.storage_state()
        return self._signed_in[who]


def _choose(context: BrowserContext, base: str, *, theme: str, language: str) -> None:
    for name, value in (("theme", theme), ("django_language", language)):
        context.add_cookies([{"name": name, "value": value, "url": base}])


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """By password, on the page for it."""
    page.goto("/sign-in/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.click("main form.form button[type=submit], main form.form .actions button")
    page.wait_for_url(lambda address: "/sign-in/" not in address)
