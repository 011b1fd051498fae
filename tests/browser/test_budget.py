"""What a first visit costs on the line: look.md's budget, measured from real answers in the browser."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from tests.browser.pages import STATES, State
from tests.browser.site import Site
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
_KB = 1000
BUDGET = {"Document": 20 * _KB, "Stylesheet": 20 * _KB, "Script": 25 * _KB, "Font": 36 * _KB}
# The favicon and drawings of the page itself; no photographs.
_DRAWINGS = 4 * _KB
_NOT_A_FIRST_VISIT = {"design"}  # the living page shows everything at once, to those who build pages

# One state a page: the first in the table.
FIRST = list({state.view: state for state in reversed(STATES) if state.view}.values())[::-1]


@pytest.mark.parametrize("state", FIRST, ids=[str(state) for state in FIRST])
def test_a_first_visit_keeps_the_budget(site: Site, visit: Visitor, state: State) -> None:
    with visit(state.who) as page:
        state.way(page, site)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.clearBrowserCache")
        kinds: dict[str, str] = {}
        plain: list[str] = []
        bytes_of: dict[str, int] = defaultdict(int)

        def answered(event: dict[str, Any]) -> None:
            kinds[event["requestId"]] = event["type"]
            packed = {name.lower(): value for name, value in event["response"]["headers"].items()}
            if event["type"] in {"Stylesheet", "Script"} and "content-encoding" not in packed:
                plain.append(event["response"]["url"])

        def finished(event: dict[str, Any]) -> None:
            bytes_of[kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

        devtools.on("Network.responseReceived", answered)
        devtools.on("Network.loadingFinished", finished)
        page.reload()
        page.evaluate("document.fonts.ready")
        over = {
            kind: size
            for kind, size in bytes_of.items()
            if size > (BUDGET.get(kind, _DRAWINGS) if state.view not in _NOT_A_FIRST_VISIT else 10**6)
        }
        assert bytes_of["Document"] > 0
        assert over == {}, f"{page.url}: {dict(bytes_of)}"
        assert plain == [], "not compressed"
