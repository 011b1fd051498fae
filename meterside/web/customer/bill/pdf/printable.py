"""Letters that the document's fonts draw: any other would make it refuse PDF/UA."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# What our font and typst's own draw.
_UNPRINTABLE = re.compile(
    "[^\n -~\u00a0-\u024f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff\u2009\u2010-\u2027\u2030-\u203a\u2044\u20ac\u2122\u2212]"
)


def printable(value: Any) -> Any:
    """The same data with every letter that no font here draws replaced: by its plain form, or by `?`."""
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            return value
        return _UNPRINTABLE.sub(_replacement, unicodedata.normalize("NFC", value))
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def _replacement(found: re.Match[str]) -> str:
    letter = found[0]
    if unicodedata.category(letter) in ("Mn", "Cf"):  # an accent without its letter, an invisible mark
        return ""
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain if plain and plain.isprintable() else "?"
