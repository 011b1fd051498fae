"""Finds English that was left on a Spanish page: the project's own messages, months and weekdays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from babel.messages.extract import extract_from_dir
from django.utils.translation import gettext, override

from meterside.config.environment import PROJECT

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
_METHODS = [("**/migrations/**.py", "ignore"), ("**.py", "python"), ("**.html", "jinja2")]
_KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "_n": (1, 2),
}  # fmt: skip
_CALENDAR = re.compile(
    r"\b(January|February|March|April|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)


class English:
    """Every message of the project, as what it would look like on a page."""

    def __init__(self) -> None:
        messages = sorted(set(_messages()))
        with override("es"):
            told = {text: gettext(text) for text in messages}
        # A message that reads the same in Spanish ("Total") is no sign of English.
        self._plain = {_flat(text) for text, spanish in told.items() if _is_left(text, spanish)}
        self._patterns = [
            (text, _pattern(text))
            for text, spanish in told.items()
            if _PLACEHOLDER.search(text) and _is_left(text, spanish) and _says_much(text)
        ]

    def left_in(self, texts: list[str]) -> list[str]:
        """Texts of a Spanish page that are English messages, or name days in English."""
        found = []
        for text in dict.fromkeys(texts):
            if text in self._plain or any(pattern.fullmatch(text) for _, pattern in self._patterns):
                found.append(f"English: {text}")
            elif _CALENDAR.search(text):
                found.append(f"English day: {text}")
        return found


def _is_left(text: str, spanish: str) -> bool:
    """Whether seeing `text` on a Spanish page is wrong: it has letters, and is not the same in Spanish."""
    words = re.findall(r"[A-Za-z]{2,}", _PLACEHOLDER.sub("", text))
    return bool(words) and (spanish != text or not _same_by_choice(text))


def _says_much(text: str) -> bool:
    """Whether a message with places is more than a word, so that it is not found in any text."""
    return len(re.findall(r"[A-Za-z]+", _PLACEHOLDER.sub("", text))) > 1


def _same_by_choice(text: str) -> bool:
    """Whether the Spanish catalogue has this message and says the same as English."""
    from babel.messages.pofile import read_po

    global _catalogue
    if _catalogue is None:
        path = PROJECT / "meterside" / "locale" / "es" / "LC_MESSAGES" / "django.po"
        _catalogue = set()
        if path.exists():
            with path.open("rb") as file:
                _catalogue = {
                    str(message.id if isinstance(message.id, str) else message.id[0])
                    for message in read_po(file)
                    if message.id and message.string and not message.fuzzy
                }
    return text in _catalogue


_catalogue: set[str] | None = None


def _messages() -> Iterator[str]:
    rows = extract_from_dir(
        str(PROJECT / "meterside"),
        method_map=_METHODS,
        options_map={"**.html": {"silent": "false", "trimmed": "false"}},
        keywords=_KEYWORDS,
    )
    for _file, _line, message, _comments, _context in rows:
        yield from (message if isinstance(message, tuple) else (message,))


def _flat(text: str) -> str:
    return " ".join(text.replace("%%", "%").split())


def _pattern(text: str) -> re.Pattern[str]:
    """A message with its places filled by anything."""
    pieces = _PLACEHOLDER.split(_flat(text))
    return re.compile("(.+?)".join(re.escape(piece) for piece in pieces), re.DOTALL)
