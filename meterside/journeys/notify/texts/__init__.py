"""The words of messages: one file per kind and language; its first line is the subject."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from django.conf import settings

_FOLDER = Path(__file__).parent
LANGUAGES = ("en", "es")


class NoSuchText(LookupError):
    """No message of that kind is written in that language."""


@lru_cache(maxsize=256)
def _template(kind: str, language: str) -> tuple[str, str]:
    path = _FOLDER / language / f"{kind}.txt"
    if not path.is_file():
        raise NoSuchText(f"{language}/{kind}")
    subject, _, body = path.read_text(encoding="utf-8").partition("\n")
    return subject.strip(), body.lstrip("\n")


def compose(kind: str, language: str, **values: object) -> tuple[str, str]:
    """Subject and body of a message. An unknown language falls back to English.

    Every value is cleaned of line breaks and control characters, so that a name cannot add a header or
    a paragraph. Raises NoSuchText, KeyError when a value is missing.
    """
    subject, body = _template(kind, language if language in LANGUAGES else "en")
    utility = settings.UTILITY
    clean = {name: _one_line(str(value)) for name, value in values.items()}
    clean |= {"utility": utility.name, "phone": utility.phone}
    return subject.format_map(clean), body.format_map(clean)


def _one_line(text: str) -> str:
    """Control and invisible direction marks become spaces."""
    return "".join(
        " " if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} else letter for letter in text
    )
