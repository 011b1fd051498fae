"""Every page in every state: usable by keyboard, on a small screen, by a screen reader, in both languages."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser import checks
from tests.browser.budget import first_visit
from tests.browser.english import English
from tests.browser.pages import NO_PAGES, STATES, State
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser
THEMES, LANGUAGES = ("light", "dark"), ("en", "es")
# Shown when nothing works any more, so it says everything in both languages.
IN_BOTH_LANGUAGES = {"design: error 500"}
# One state of each page, the first in the table: its budget is measured even where no Spanish reload comes, and its
# colours are looked at.
FIRST = list({state.view: state for state in reversed(STATES) if state.view}.values())


@pytest.fixture(scope="session")
def english() -> English:
    """The project's English words, to find those that were left in Spanish pages."""
    return English()


def test_every_address_is_in_the_table() -> None:
    names = set(_names(get_resolver().url_patterns))
    shown = {state.view for state in STATES if state.view}
    assert names - shown - set(NO_PAGES) == set(), "pages that no browser test visits: add them to pages.py"
    assert shown - names == set(), "the table has pages that are gone"
    assert set(NO_PAGES) - names == set(), "NO_PAGES has addresses that are gone"
    assert shown & set(NO_PAGES) == set()


def _names(patterns: list[URLPattern | URLResolver]) -> list[str]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += _names(pattern.url_patterns)
        else:
            assert pattern.name, f"{pattern.pattern} has no name"
            found.append(pattern.name)
    return found


@pytest.mark.parametrize(("number", "state"), list(enumerate(STATES)), ids=[str(state) for state in STATES])
def test_a_page(site: Site, visit: Visitor, english: English, number: int, state: State) -> None:
    """Each state once at 360 px, themes and languages pairwise; at 320 px (400 % zoom of 1280); as a first visit within
    the budget; then in Spanish."""
    theme, language = THEMES[number % 2], LANGUAGES[number // 2 % 2]
    with (
        visit.same_phone(state.who, theme=theme, language=language) as page,
        Watch(page, site.bases) as watch,
    ):
        state.way(page, site)
        found = [
            *watch.findings(state.status),
            *checks.frame(page),
            *checks.axe(page, with_colours=state in FIRST),
            *checks.width(page, 360),
            *checks.width(page, 320),
            *checks.targets(page),
            *checks.keyboard(page, has_skip_link=state.is_ours and state.view != "design_error"),
        ]
        is_read = language == "es" or str(state) in IN_BOTH_LANGUAGES
        if language == "en" and not is_read and state.is_ours and watch.is_plain:
            page.context.add_cookies([{"name": "django_language", "value": "es", "url": site.base}])
            is_read = True
            found += first_visit(page, state)
        elif state in FIRST:
            found += first_visit(page, state)
        if is_read and str(state) not in IN_BOTH_LANGUAGES:
            found += [*english.left_in(checks.texts(page)), *checks.width(page, 320)]
        assert not found, "\n".join([f"{page.url} ({theme}, {language})", *found])
    if not is_read:
        _read_in_spanish(site, visit, english, state)


def _read_in_spanish(site: Site, visit: Visitor, english: English, state: State) -> None:
    """For what a reload would not show again: the same way once more."""
    with visit.same_phone(state.who, language="es") as page:
        state.way(page, site)
        found = [*english.left_in(checks.texts(page)), *checks.width(page, 320)]
        assert not found, "\n".join([page.url, *found])
