"""The demo's own pages, errors, the design's samples, and pages reached in an unusual way."""

from __future__ import annotations

from meterside.web.design.views import PAGES as DESIGN_PAGES
from meterside.web.design.views import STATUSES
from tests.browser import ways
from tests.browser.ways import to, to_path

from .state import State

ELSEWHERE = (
    State("demo: inbox", "demo_inbox", to("demo_inbox")),
    State("demo: progress", "demo_progress", to("demo_progress")),
    State("demo: a message", "demo_message", ways.message),
    State("no such page", "", to_path(lambda site: "/no/such/page/"), status=404),
    State("no such page, signed in", "", to_path(lambda site: "/no/such/page/"), "alice", 404),
    State("a form without its token", "account_login", ways.forged, status=403),
    State("design", "design", to("design")),
    *(State(f"design: {name}", "design_sample", to("design_sample", name)) for name in DESIGN_PAGES),
    *(
        State(f"design: error {status}", "design_error", to("design_error", status), status=status)
        for status in STATUSES
    ),
    State("sign in: to pay", "account_login", to("account_login", query="?next=/pay/")),
    State("home: account just opened", "home", to("home", query="?done=opened"), "grace"),
    State("home: account just added", "home", to("home", query="?done=added"), "landlord"),
)
