"""The browser part of `meterside real`, where what it needs is missing: said in words, never a traceback.

With everything in place it runs in `make real`, on the real inputs.
"""

from __future__ import annotations

import sys

import pytest

from meterside.cis.registry.models import Account
from meterside.cli.real import Figures, browser
from meterside.cli.real.house import Home

HOME = Home(Account(), "resident@coastal.example", "9 harbor view ln", "93000", 100)


def test_without_playwright_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    result = Figures(is_quiet=True)
    browser.run(HOME, result)
    assert len(result.wrong) == 1
    assert "there is no playwright here" in result.wrong[0]


def test_without_chromium_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_chromium", lambda: None)
    result = Figures(is_quiet=True)
    browser.run(HOME, result)
    assert len(result.wrong) == 1
    assert "METERSIDE_CHROMIUM" in result.wrong[0]


@pytest.mark.parametrize(
    ("text", "cents"), [("$\n145.20\nPaid today", 14520), ("$1,654.00", 165400), ("nothing", -1)]
)
def test_an_amount_on_a_page_is_read_to_the_cent(text: str, cents: int) -> None:
    assert browser._cents(text) == cents
