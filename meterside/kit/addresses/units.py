"""Apartments, suites and other parts of a building: '#5', 'Apt 5', 'Unit 05' and '5' are one unit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from meterside.kit.addresses.reading import segments_of, without_leading_zeros
from meterside.kit.addresses.streets import names_a_numbered_road
from meterside.kit.addresses.vocabulary import (
    DIRECTIONALS,
    DOUBTFUL_PLACE_UNITS,
    DOUBTFUL_UNIT_WORDS,
    PLACE_UNITS,
    SUFFIXES,
    UNIT_WORDS,
)

#: Unit type ('' when none was written) and value ('' when there is no unit).
Unit = tuple[str, str]
NO_UNIT: Final[Unit] = ("", "")

_JOINED: Final = re.compile(r"(APT|APTO|UNIT|STE|SUITE|RM|FL|BLDG|SPC|LOT|PH)(\d+[A-Z]?(?:-\d+)?)")
_SHORT_VALUE: Final = re.compile(
    r"[A-Z]{0,2}\d+[A-Z]{0,2}|\d+[A-Z]?-\d+[A-Z]?|[A-Z]-?\d+[A-Z]?|\d+-[A-Z]|[A-Z]"
)
_ORDINAL: Final = re.compile(r"(\d+)(?:ST|ND|RD|TH)")


def normalise_unit(words: list[str]) -> str:
    """One value for all ways to write it: '202 C', '202-C', '0202c' -> '202C'; '1-1' stays apart from '11'.

    Words of the type are dropped, places take their USPS form ('FRONT' -> 'FRNT').
    """
    parts = [PLACE_UNITS.get(word, word) for word in words if UNIT_WORDS.get(word) != "#"]
    value = "-".join(part for word in parts for part in word.split("-") if part)
    value = re.sub(r"(?<=\d)-(?=[A-Z])|(?<=[A-Z])-(?=\d)", "", value.replace("/", "-"))
    return without_leading_zeros(value)


def _typed(words: list[str]) -> Unit:
    """Read words that are known to be a unit: '# 5', 'APT 5', 'BLDG 3 APT 2' (-> '3-2'), '2ND FLOOR', '5'."""
    unit_type = ""
    values: list[str] = []
    for word in words:
        joined = _JOINED.fullmatch(word)
        if joined and joined.group(1) != "PH":
            unit_type = UNIT_WORDS[joined.group(1)]
            values.append(joined.group(2))
        elif word in UNIT_WORDS and not (word in DOUBTFUL_UNIT_WORDS and unit_type):
            found = UNIT_WORDS[word]
            unit_type = unit_type if found == "#" else found
        else:
            values.append(word)
    if unit_type == "FL" and values and (floor := _ORDINAL.fullmatch(values[-1])):
        values[-1] = floor.group(1)
    value = normalise_unit(values)
    return (unit_type, value) if value else NO_UNIT


def read_unit_field(plain: str) -> Unit:
    """The unit in plain text from a field of its own."""
    return _typed([word for words in segments_of(plain) for word in words])


def read_unit_segment(words: list[str]) -> Unit:
    """The unit in a part between commas; NO_UNIT when the part is something else (a town)."""
    first, last = words[0], words[-1]
    begins = first in UNIT_WORDS and len(words) > 1 and _may_follow(first, words[1:])
    is_place = len(words) == 1 and first in PLACE_UNITS
    is_floor = len(words) == 2 and UNIT_WORDS.get(last) == "FL" and _ORDINAL.fullmatch(first) is not None
    is_short = len(words) == 1 and _SHORT_VALUE.fullmatch(first) is not None
    if begins or is_place or is_floor or is_short or _JOINED.fullmatch(first):
        return _typed(words)
    return NO_UNIT


def is_short_value(word: str) -> bool:
    """Whether the word looks like a unit's number or letter."""
    return _SHORT_VALUE.fullmatch(word) is not None


def take_leading_unit(words: list[str], is_house_number: Callable[[str], bool]) -> tuple[Unit, list[str]]:
    """'APT 5 12 OAK ST' -> the unit, and the rest from the house number on."""
    if (
        len(words) > 3
        and words[0] in UNIT_WORDS
        and _SHORT_VALUE.fullmatch(words[1])
        and is_house_number(words[2])
    ):
        return _typed(words[:2]), words[2:]
    if len(words) > 2 and _JOINED.fullmatch(words[0]) and is_house_number(words[1]):
        return _typed(words[:1]), words[1:]
    return NO_UNIT, words


def take_trailing_unit(words: list[str]) -> tuple[list[str], Unit]:
    """Street words without the unit behind them, and that unit. At least one word stays for the street."""
    for at in range(1, len(words)):
        if _begins_unit(words, at):
            return words[:at], _typed(words[at:])
    return words, NO_UNIT


def _begins_unit(words: list[str], at: int) -> bool:
    """Whether the words from ``at`` on are a unit, seen from what stands before and behind."""
    word, before, behind = words[at], words[:at], words[at + 1 :]
    if all(w in DIRECTIONALS for w in before) and word != "#":
        return False
    if word == "#":
        return bool(behind)
    after_suffix = at > 1 and (
        before[-1] in SUFFIXES or (before[-1] in DIRECTIONALS and before[-2] in SUFFIXES)
    )
    if word in UNIT_WORDS and behind:
        return _may_follow(word, behind)
    if _JOINED.fullmatch(word):
        return True
    if word in PLACE_UNITS:
        return not behind and (after_suffix or word not in DOUBTFUL_PLACE_UNITS)
    if _ORDINAL.fullmatch(word) and len(behind) == 1 and UNIT_WORDS.get(behind[0]) == "FL":
        return True
    if not after_suffix or names_a_numbered_road(before):
        return False
    # '12 OAK ST 5', '12 OAK ST 202 C'; but '12 OAK ST E' is a direction.
    short = [w for w in (word, *behind) if _SHORT_VALUE.fullmatch(w)]
    return len(short) == len(behind) + 1 <= 2 and (word not in DIRECTIONALS or bool(behind))


def _may_follow(unit_word: str, behind: list[str]) -> bool:
    if unit_word in DOUBTFUL_UNIT_WORDS:
        return _SHORT_VALUE.fullmatch(behind[0]) is not None and len(behind) <= 2
    return not (len(behind) == 1 and behind[0] in SUFFIXES and len(behind[0]) > 1)
