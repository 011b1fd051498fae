"""The addresses of pages, found once each: a page of ours links to a dozen."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

_ANYBODY: Final = UUID(int=0)


def place(name: str) -> str:
    """What `reverse(name)` gives, found once."""
    return _place(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


def place_of(name: str, key: str, value: UUID) -> str:
    """What `reverse(name, kwargs={key: value})` gives, for a page whose address has that one id in it."""
    before, after = _around(name, key, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
    return f"{before}{value}{after}"


@lru_cache(maxsize=512)
def _place(name: str, urlconf: str, prefix: str) -> str:
    return reverse(name)


@lru_cache(maxsize=512)
def _around(name: str, key: str, urlconf: str, prefix: str) -> tuple[str, str]:
    before, _, after = reverse(name, kwargs={key: _ANYBODY}).partition(str(_ANYBODY))
    return before, after
