"""Pictures of the main pages for docs/screens: `make screens`. They are looked at, not compared.

The same people and the same server as the browser tests, at 360 and 1280 px, in light and dark.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import Page

from meterside.config.environment import PROJECT
from tests.browser import ways
from tests.browser.meter_files import LOOKED_AT, SENDER
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.browser.ways import Way, paid, to, to_path

FOLDER = PROJECT / "docs" / "screens"
_MOST_BYTES = 150_000
_TALLEST_PX = 2400
_COLOURS = 128


@dataclass(frozen=True)
class Screen:
    """One page to take pictures of."""

    name: str
    way: Way
    who: str = ""
    in_dark: bool = False
    closeup: str = ""  # a part of the page alone

    def __str__(self) -> str:
        return self.name


SCREENS = (
    Screen("landing", to("landing"), in_dark=True),
    Screen("register", to("register")),
    Screen("sign-in", to("account_login")),
    Screen("home", to("home"), "alice", in_dark=True),
    Screen("home-past-due", to("home"), "charlie"),
    Screen("home-several-accounts", to("home"), "landlord"),
    Screen("bills", to("bills"), "alice"),
    Screen("bill", to_path(lambda site: site.bill("alice")), "alice", in_dark=True),
    Screen("bill-why", to_path(lambda site: site.bill("alice") + "why/"), "alice", in_dark=True),
    Screen("bill-lines", to_path(lambda site: site.bill("alice") + "lines/"), "alice"),
    Screen("pay", to("pay"), "alice", in_dark=True),
    Screen("check", ways.order(), "alice"),
    Screen("gateway", ways.hosted("57.20"), "payer-1"),
    Screen("refused", paid("card_declined", "57.30"), "payer-2"),
    Screen("receipt", paid("bank_works", "57.40"), "payer-4", in_dark=True),
    Screen("payments", to("payments"), "alice"),
    Screen("profile", to("profile"), "alice"),
    Screen("usage", to("usage"), "alice", in_dark=True),
    Screen("usage-year", to_path(lambda site: site.usage("alice", "year/")), "alice"),
    Screen(
        "usage-day",
        to_path(lambda site: site.usage("alice", f"day/?on={site.days_ago(3)}")),
        "alice",
        in_dark=True,
    ),
    Screen("usage-alert", to_path(lambda site: site.alert("alice")), "alice", in_dark=True),
    Screen("usage-alert-settings", to("usage_alert_settings"), "alice"),
    Screen("usage-compare", to_path(lambda site: site.usage("alice", "compare/")), "alice"),
    Screen("design", to("design")),
    Screen("staff", to("staff_today"), "dana"),
    Screen("staff-runs", to("staff_runs"), "dana"),
    Screen("staff-run", to_path(lambda site: site.run("02")), "dana", in_dark=True),
    Screen("staff-run-under-way", to_path(lambda site: site.run("04")), "dana"),
    Screen("staff-exceptions", to("staff_exceptions"), "dana"),
    Screen("staff-exception", to_path(lambda site: site.exception("high")), "dana"),
    Screen("staff-read-exceptions", to("staff_read_exceptions"), "dana"),
    Screen("staff-read-exception", to_path(lambda site: site.read_exception("spike")), "dana", in_dark=True),
    Screen("staff-bills", to_path(lambda site: site.found("quentin")), "dana"),
    Screen("staff-bill", to_path(lambda site: site.history("quentin", back=1)), "dana", in_dark=True),
    Screen("home-late-fee", to("home"), "hugo"),
    Screen("staff-cycle", to("staff_cycle", "02"), "dana"),
    Screen("staff-route", to("staff_route", "N1"), "dana"),
    Screen("staff-rules", to("staff_policies"), "dana"),
    Screen("staff-rule", to("staff_policy", "late-fee"), "dana"),
    Screen("staff-tariffs", to("staff_tariffs"), "dana"),
    Screen("staff-tariff", to_path(lambda site: site.version("E-1", "draft")), "dana", in_dark=True),
    Screen(
        "staff-tariff-try",
        to_path(lambda site: site.version("E-1", "draft", page="try/?q=418 Oak Street")),
        "dana",
    ),
    Screen("staff-comparison", to_path(lambda site: site.comparison(0)), "dana", in_dark=True),
    Screen("staff-series", to_path(lambda site: site.series("pca")), "eli"),
    Screen("staff-meter-files", to("staff_meter_files"), "dana"),
    Screen("staff-meter-file", to_path(lambda site: site.meter_file(LOOKED_AT)), "dana", in_dark=True),
    Screen("staff-meter-sender", to_path(lambda site: site.meter_sender(SENDER)), "dana"),
    Screen("inbox", to("demo_inbox")),
    Screen("not-found", to_path(lambda site: "/no/such/page/")),
)


def _views(screen: Screen) -> Iterator[tuple[str, int, str, str]]:
    """(file name, width, theme, language) of each picture."""
    for width in (360, 1280):
        yield f"{screen.name}-{width}", width, "light", "en"
        if screen.in_dark:
            yield f"{screen.name}-{width}-dark", width, "dark", "en"
    if screen.name in {"home", "bill", "usage"}:
        yield f"{screen.name}-360-es", 360, "light", "es"


@pytest.mark.browser
@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_take(site: Site, visit: Visitor, screen: Screen) -> None:
    """Take the pictures of one page; each stays small."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    address = ""
    for name, width, theme, language in _views(screen):
        with visit(screen.who, width=width, theme=theme, language=language, scale=_scale(width)) as page:
            if address:
                page.goto(address)
            else:
                screen.way(page, site)
                address = page.url
            _hide_the_port(page, site)
            picture = _shoot(page, screen)
        assert _save(picture, name) <= _MOST_BYTES, name


def _scale(width: int) -> float:
    return 2 if width < 600 else 1


def _shoot(page: Page, screen: Screen) -> Image.Image:
    if screen.closeup:
        taken = page.locator(screen.closeup).first.screenshot()
    else:
        # As tall as the page, so that the bar at the foot of a phone stands at its foot.
        size = page.viewport_size
        assert size is not None
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": min(height, _TALLEST_PX)})
        taken = page.screenshot()
    return Image.open(io.BytesIO(taken)).convert("RGB")


def _hide_the_port(page: Page, site: Site) -> None:
    """Links in messages name this run's port, which would change the picture each time."""
    page.evaluate(
        """base => document.querySelectorAll('main a').forEach(link => {
             link.textContent.includes(base) && (link.textContent = link.textContent.replace(base, 'http://localhost:8000'))
           })""",
        site.base,
    )


def _save(picture: Image.Image, name: str) -> int:
    """Write it with few colours; returns its size in bytes."""
    path = FOLDER / f"{name}.png"
    for colours in (_COLOURS, _COLOURS // 2, _COLOURS // 4):
        small = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        if path.stat().st_size <= _MOST_BYTES:
            break
    return path.stat().st_size
