"""Every page with JavaScript off: it is whole, nothing on it is dead, and a demo says that it is one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.pages import STATES, State
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

NEEDS_SCRIPT = {"mfa_remove_webauthn": "there is no passkey to remove: only a script can add one"}
# Shown when nothing works any more, so it comes from a file that knows of no demo.
FROM_A_FILE = {"design_error"}
# The living page shows buttons and fields without the forms they belong in.
SHOWS_PARTS = {"design"}

# One state a page: the first in the table.
FIRST = list({state.view: state for state in reversed(STATES) if state.view}.values())[::-1]

_DEAD = """() => [...document.querySelectorAll('button, input, select, textarea, a:not([href])')]
  .filter(one => one.type !== 'hidden' && one.checkVisibility({visibilityProperty: true}))
  .filter(one => !one.closest('.hidden') && !one.form && !one.disabled)
  .map(one => `${one.tagName.toLowerCase()} ${(one.innerText || one.name || '').trim().slice(0, 40)}`)"""


def test_what_needs_a_script_is_a_page_there_is() -> None:
    assert set(NEEDS_SCRIPT) <= {state.view for state in FIRST}


@pytest.mark.parametrize("state", [one for one in FIRST if one.view not in NEEDS_SCRIPT], ids=str)
def test_a_page_without_script(site: Site, visit: Visitor, state: State) -> None:
    with visit.same_phone(state.who, script=False) as page, Watch(page, site.bases) as watch:
        state.way(page, site)
        assert list(watch.findings(state.status)) == []
        expect(page.locator("h1").first).to_be_visible()
        assert page.locator("main").inner_text().strip()
        if state.view not in SHOWS_PARTS:
            assert page.evaluate(_DEAD) == [], "cannot do anything without a script"
        if state.view not in FROM_A_FILE:
            assert page.locator("header .demo").get_by_text("This is a demo.").is_visible() is state.is_ours
