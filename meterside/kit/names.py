"""Names of people as they type them: any script, any length that is a name's, nothing invisible."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

MAX_NAME_CHARACTERS: Final = 100


class UnusableNameReason(StrEnum):
    """Why a name cannot be kept; a page shows its own words for each."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    INVISIBLE = "invisible"
    NO_LETTER = "no_letter"


class UnableToUseName(ValueError):
    """The text is no name. The message never repeats it: it goes to logs."""

    def __init__(self, reason: UnusableNameReason) -> None:
        super().__init__(f"name not usable: {reason.value}")
        self.reason = reason


def clean_name(text: str) -> str:
    """The name in composed form with single plain spaces: `O'Brien-Núñez`, `X`, `李`.

    Joiners that some scripts need stay; control characters and marks that turn the direction of text are
    refused, because they make a name show as another. Raises UnableToUseName, and nothing else, for any text.
    """
    if len(text) > 4 * MAX_NAME_CHARACTERS:
        raise UnableToUseName(UnusableNameReason.TOO_LONG)
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in text)
    name = " ".join(part for part in unicodedata.normalize("NFC", spaced).split(" ") if part)
    if not name:
        raise UnableToUseName(UnusableNameReason.EMPTY)
    if any(_is_invisible(letter) for letter in name):
        raise UnableToUseName(UnusableNameReason.INVISIBLE)
    if len(name) > MAX_NAME_CHARACTERS:
        raise UnableToUseName(UnusableNameReason.TOO_LONG)
    if not any(unicodedata.category(letter).startswith("L") for letter in name):
        raise UnableToUseName(UnusableNameReason.NO_LETTER)
    return name


def _is_invisible(letter: str) -> bool:
    # U+200C and U+200D join letters in Persian and Indic names.
    return (
        unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and letter not in "\u200c\u200d"
    )
