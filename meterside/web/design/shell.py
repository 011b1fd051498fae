"""What stands around every page: navigation, theme, and where to return after changing the display."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the main navigation. `key` is what a page sets as `nav_current`.

    A phone shows the five places of least `phone_rank`, in that order.
    """

    key: str
    label: str | Promise
    icon: str
    url: str
    phone_rank: int = 0


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One account a signed-in person may look at, for the switcher."""

    label: str
    detail: str
    url: str
    is_current: bool = False


# key, name of the page's address, label, icon. A page that does not exist yet is left out.
_MAIN: tuple[tuple[str, str, str | Promise, str], ...] = (
    ("home", "home", gettext_lazy("Home"), "house"),
    ("bills", "bills", gettext_lazy("Bills"), "file-text"),
    ("usage", "usage", gettext_lazy("Usage"), "chart-column"),
    ("pay", "pay", gettext_lazy("Pay"), "credit-card"),
    ("requests", "requests", gettext_lazy("Requests"), "clipboard-check"),
    ("outages", "outages", gettext_lazy("Outages"), "zap"),
    ("profile", "profile", gettext_lazy("Profile"), "user"),
)


_PHONE = {"home": 0, "usage": 1, "pay": 2, "requests": 3, "outages": 4}


def existing(items: tuple[tuple[str, str, str | Promise, str], ...]) -> tuple[NavItem, ...]:
    """The items whose page has an address."""
    found = []
    for key, name, label, icon in items:
        try:
            found.append(NavItem(key, label, icon, reverse(name), _PHONE.get(key, len(_PHONE))))
        except NoReverseMatch:
            continue
    return tuple(found)


@lru_cache(maxsize=4)
def _main(urlconf: str) -> tuple[NavItem, ...]:
    return existing(_MAIN)


def main_nav(request: HttpRequest | None) -> tuple[NavItem, ...]:
    """The customer's main navigation; nothing for someone who is not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ()
    return _main(settings.ROOT_URLCONF)


def current_theme(request: HttpRequest | None) -> str:
    """`light` or `dark` as the person chose, or empty: the system's choice."""
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request is not None else ""
    return chosen if chosen in THEMES else ""


def return_path(request: HttpRequest | None) -> str:
    """Where the display switch comes back to: this page if it was read, else the start."""
    if request is None or request.method != "GET":
        return "/"
    return request.get_full_path()
