"""What a first visit costs on the line: look.md's budget, measured from real answers in the browser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from tests.browser.pages import State

_KB = 1000
BUDGET = {"Document": 20 * _KB, "Stylesheet": 20 * _KB, "Script": 25 * _KB, "Font": 36 * _KB}
# The favicon and drawings of the page itself; no photographs.
_DRAWINGS = 4 * _KB
_NOT_A_FIRST_VISIT = {"design"}  # the living page shows everything at once, to those who build pages


def first_visit(page: Page, state: State) -> Iterator[str]:
    """Load the page again with an empty cache; what is over the budget, or comes without compression."""
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
    devtools.detach()
    if not bytes_of["Document"]:
        yield "the budget saw no page"
    for kind, size in bytes_of.items():
        if state.view not in _NOT_A_FIRST_VISIT and size > BUDGET.get(kind, _DRAWINGS):
            yield f"over the budget: {kind} takes {size} bytes"
    yield from (f"not compressed: {address}" for address in plain)
