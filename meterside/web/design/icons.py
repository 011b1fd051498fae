"""Icons as inline SVG. The drawings are Lucide's (ISC licence, see icons.json), only those in use."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path

from markupsafe import Markup, escape

_FILE = Path(__file__).with_name("icons.json")


@cache
def drawings() -> dict[str, str]:
    """Icon name -> SVG body, as the build wrote them."""
    found: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))["icons"]
    return found


@lru_cache(maxsize=512)
def icon(name: str, size: int = 20, label: str = "", extra_class: str = "") -> Markup:
    """The icon at `size` CSS pixels; without a label it is hidden from screen readers.

    Raises KeyError for an icon that is not in icons.json: add its name to build/icons.txt and build.
    """
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    classes = f"icon {extra_class}".strip()
    return Markup(  # noqa: S704  (the body is our own built file; the label is escaped)
        f'<svg class="{escape(classes)}" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        f'{named} focusable="false">{drawings()[name]}</svg>'
    )
