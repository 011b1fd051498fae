"""From what somebody typed to plain capital letters, or a refusal with its reason.

Nothing that only looks like a letter gets through: an address is compared letter by letter later, so a Cyrillic
'o' must not become, nor stay beside, a Latin one.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

#: Longest address read, in characters. The longest real delivery line is below 70; with town and state below 120.
MAX_ADDRESS_CHARACTERS: Final = 200


class UnreadableReason(StrEnum):
    """Why an address could not be read; a page shows its own words for each."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    INVISIBLE_CHARACTER = "invisible_character"
    NOT_LATIN = "not_latin"
    NO_STREET = "no_street"
    BAD_ZIP = "bad_zip"
    TWO_ZIPS = "two_zips"
    TWO_UNITS = "two_units"
    UNCLEAR = "unclear"


class UnableToReadAddress(ValueError):
    """The text is not an address that can be looked up; ``reason`` says why, in a form pages can translate.

    The message never repeats what was typed: it goes to logs.
    """

    def __init__(self, reason: UnreadableReason) -> None:
        super().__init__(f"address not readable: {reason.value}")
        self.reason = reason


_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58"), "-")
# O'Brien, O’Brien and Oʻahu are OBRIEN and OAHU: USPS writes no apostrophe.
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u201b\u02bb\u02bc\u02b9\u00b4`\u2032\""), "")
# Latin letters that have no decomposition.
_LETTERS = str.maketrans(
    {"ß": "SS", "ẞ": "SS", "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O", "Ł": "L", "ł": "L",
     "Đ": "D", "đ": "D", "Ð": "D", "ð": "D", "Þ": "TH", "þ": "TH"}
)  # fmt: skip
_SPACES: Final = {"\t": " ", "\n": ", ", "\r": " "}


def plain_text(text: str, *, most_characters: int = MAX_ADDRESS_CHARACTERS) -> str:
    """``text`` in ASCII capitals, without accents, with single dashes and ordinary spaces.

    Raises UnableToReadAddress for text that is too long (before anything else is done with it), control or
    invisible characters (NUL, right-to-left marks, zero-width) and letters or signs that are not Latin.
    """
    if len(text) > most_characters:
        raise UnableToReadAddress(UnreadableReason.TOO_LONG)
    folded = unicodedata.normalize("NFKC", _fractions_apart(text.translate(_APOSTROPHES)))
    folded = folded.replace("\u2044", "/").translate(_DASHES).translate(_APOSTROPHES).translate(_LETTERS)
    letters: list[str] = []
    for character in unicodedata.normalize("NFD", folded):
        if character in _SPACES:
            letters.append(_SPACES[character])
            continue
        category = unicodedata.category(character)
        if category == "Cc":
            raise UnableToReadAddress(UnreadableReason.CONTROL_CHARACTER)
        if category in {"Cf", "Zl", "Zp"}:
            raise UnableToReadAddress(UnreadableReason.INVISIBLE_CHARACTER)
        if category == "Mn":
            continue
        if not character.isascii():
            raise UnableToReadAddress(UnreadableReason.NOT_LATIN)
        letters.append(character)
    plain = "".join(letters).upper()
    # A single character can unfold into eighteen; what comes out is bounded too.
    if len(plain) > 2 * most_characters:
        raise UnableToReadAddress(UnreadableReason.TOO_LONG)
    if not re.search(r"[A-Z0-9]", plain):
        raise UnableToReadAddress(UnreadableReason.EMPTY)
    return plain


def _fractions_apart(text: str) -> str:
    """'12½' -> '12 1/2': NFKC alone would make it 121/2, another house."""
    return "".join(
        f" {unicodedata.normalize('NFKC', c)}" if unicodedata.decomposition(c).startswith("<fraction>") else c
        for c in text
    )


def segments_of(plain: str) -> list[list[str]]:
    """Words of plain text, grouped by its commas; punctuation settled, empty groups left out."""
    plain = plain.replace("C/", "CALLE ")
    plain = re.sub(r"(?<![A-Z0-9])(?:[A-Z]\.){2,}", lambda m: m.group().replace(".", "") + " ", plain)
    plain = plain.replace("#", " # ").replace("&", " AND ").replace(";", ",")
    plain = re.sub(r"(?<=\d)\s*-\s*(?=\d)", "-", plain)
    plain = re.sub(r"(?<!\d)/|/(?!\d)", " ", plain)
    plain = re.sub(r"[^A-Z0-9,#/-]", " ", plain)
    plain = re.sub(r",\s*(?=(?:JR|SR)\b)", " ", plain)
    groups = [group.split() for group in plain.split(",")]
    return [words for group in groups if (words := [w for w in (t.strip("-/") for t in group) if w])]


def without_leading_zeros(value: str) -> str:
    """'007' -> '7', 'A05' -> 'A5', '0' -> '0'."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", value)


def normalise_zip(text: str) -> str:
    """Five digits of '94612', '94612-1234' or '946121234'; UnableToReadAddress(BAD_ZIP) otherwise."""
    match = re.fullmatch(r"(\d{5})(?:[ -]?\d{4})?", plain_text(text, most_characters=20).strip())
    if match is None:
        raise UnableToReadAddress(UnreadableReason.BAD_ZIP)
    return match.group(1)
