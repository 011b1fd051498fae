"""Words of a street -> its directional, name and suffix."""

from __future__ import annotations

import re
from typing import Final

from meterside.kit.addresses.reading import without_leading_zeros
from meterside.kit.addresses.shape import Street
from meterside.kit.addresses.vocabulary import (
    DIRECTIONALS,
    NAME_WORDS,
    NUMBERED_ROAD_WORDS,
    ORDINAL_WORDS,
    SPANISH_ARTICLES,
    SPANISH_STREET_WORDS,
    SUFFIXES,
    ordinal,
)

_PAIRS: Final = {("N", "E"): "NE", ("N", "W"): "NW", ("S", "E"): "SE", ("S", "W"): "SW"}
# Words that take a suffix's place before the name.
_FIRST_WORDS: Final = frozenset({"CALLE", "AVENIDA", "CAMINO", "PASEO", "HWY", "AVENUE"})
_KING: Final = re.compile(
    r"(?:DR |DOCTOR |REV )?(?:MARTIN LUTHER|M L|ML) KING(?: JR| JUNIOR)?|(?:DR )?MLK(?: JR)?"
)
_ROAD_NUMBERS: Final = (
    (re.compile(r"\b(?:COUNTY|CO|CNTY) (?:ROAD|RD)\b|\bCR(?= \d)"), "COUNTY ROAD"),
    (re.compile(r"\b(?:COUNTY|CO|CNTY) (?:HIGHWAY|HWY)\b"), "COUNTY HWY"),
    # Which of state road, route and highway it is called differs from neighbour to neighbour; the number decides.
    (re.compile(r"\b(?:STATE|ST) (?:ROUTE|RTE|RT|ROAD|RD|HIGHWAY|HWY)(?= \d)|\bSR(?= \d)"), "STATE RTE"),
    (re.compile(r"\b(?:US|U S) (?:ROUTE|RTE|RT|HIGHWAY|HWY)(?= \d)"), "US HWY"),
    (re.compile(r"\b(?:HIGHWAY|HIWAY|HWAY)(?= \d)"), "HWY"),
    (re.compile(r"\b(?:ROUTE|RT)(?= \d)"), "RTE"),
    (re.compile(r"\bFARM TO MARKET(?: ROAD| RD)?(?= \d)"), "FM"),
)


def read_street(words: list[str]) -> Street:
    """The street that ``words`` (at least one) name. Nothing is dropped: a word not understood is the name's."""
    words = _settle_first_word([part for word in words for part in word.split("-") if part])
    predirectional, words = _take_predirectional(words)
    postdirectional, words = _take_postdirectional(words)
    suffix = ""
    if len(words) > 1 and words[-1] in SUFFIXES and not _is_prefix_name(words):
        suffix = SUFFIXES[words[-1]]
        words = words[:-1]
    name = _settle_name(words)
    if suffix and name.isdigit():
        name = ordinal(int(name))
    return Street(predirectional=predirectional, name=name, suffix=suffix, postdirectional=postdirectional)


def ends_like_a_street(street: Street) -> bool:
    """Whether the street's form leaves no doubt where it ends."""
    words = street.name.split()
    return bool(street.suffix) or len(words) == 1 or words[0] in _FIRST_WORDS


def _is_prefix_name(words: list[str]) -> bool:
    """AVENUE C, AVENUE OF..., CALLE LA VISTA: a first word that takes a suffix's place."""
    return words[0] in {"CALLE", "AVENIDA"} or words[:2] == ["AVENUE", "OF"]


def _settle_first_word(words: list[str]) -> list[str]:
    first, rest = words[0], words[1:]
    if not rest:
        return words
    if first in SPANISH_STREET_WORDS:
        return [SPANISH_STREET_WORDS[first], *rest]
    if first in {"AVE", "AV", "AVENUE"}:
        return ["AVENIDA" if rest[0] in SPANISH_ARTICLES else "AVENUE", *rest]
    return words


def _take_predirectional(words: list[str]) -> tuple[str, list[str]]:
    """A leading direction, if a name is left behind it: in 'NORTH ST' the direction is the name."""
    if len(words) < 2 or words[0] not in DIRECTIONALS or (words[0] in {"NO", "SO"} and len(words) < 3):
        return "", words
    rest = words[1:]
    if len(rest) == 1 and rest[0] in SUFFIXES:
        return "", words
    direction = DIRECTIONALS[words[0]]
    pair = _PAIRS.get((direction, DIRECTIONALS.get(rest[0], "")))
    if pair and len(rest) > 1 and not (len(rest) == 2 and rest[1] in SUFFIXES):
        return pair, rest[1:]
    return direction, rest


def _take_postdirectional(words: list[str]) -> tuple[str, list[str]]:
    last = words[-1]
    if len(words) < 2 or last not in DIRECTIONALS or last in {"NO", "SO"} or words[0] == "AVENUE":
        return "", words
    return DIRECTIONALS[last], words[:-1]


def _settle_name(words: list[str]) -> str:
    name = " ".join(without_leading_zeros(word) for word in words)
    name = re.sub(r"\b(\d+) (ND|RD|TH)\b", r"\1\2", name)
    name = re.sub(r"\b(\d*(?<!1)1) ST(?=$| )", r"\1ST", name)
    for pattern, canonical in _ROAD_NUMBERS:
        name = pattern.sub(canonical, name)
    if _KING.fullmatch(name):
        return "MARTIN LUTHER KING JR"
    return " ".join(_settled_words(name.split()))


def _settled_words(words: list[str]) -> list[str]:
    settled: list[str] = []
    at = 0
    while at < len(words):
        pair = " ".join(words[at : at + 2])
        word, is_last = words[at], at + 1 == len(words)
        at += 1
        if pair in ORDINAL_WORDS and not is_last:
            word, at = ordinal(ORDINAL_WORDS[pair]), at + 1
        elif word in ORDINAL_WORDS:
            word = ordinal(ORDINAL_WORDS[word])
        elif word == "MC" and not is_last:
            word, at = f"MC{words[at]}", at + 1
        elif word == "SAINT" and not is_last:
            word = "ST"
        elif word in {"MOUNT", "FORT"} and not is_last and not settled:
            word = {"MOUNT": "MT", "FORT": "FT"}[word]
        else:
            word = NAME_WORDS.get(word, word)
        settled.append(word)
    return settled


def names_a_numbered_road(words: list[str]) -> bool:
    """Whether a number behind these words is the road's own ('COUNTY ROAD', 'OLD HWY')."""
    if words[-1] in NUMBERED_ROAD_WORDS or SUFFIXES.get(words[-1]) in NUMBERED_ROAD_WORDS:
        return True
    return (
        words[-1] in {"ROAD", "RD"}
        and len(words) > 1
        and words[-2] in {"COUNTY", "CO", "STATE", "RANCH", "CNTY"}
    )
