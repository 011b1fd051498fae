"""Finding the one premise that a typed address names, or refusing.

House number, unit and ZIP are compared exactly. Only the street's name may differ by a typing error, and only
where no other street the utility serves in that ZIP could have been meant. Everything that was handed in is
compared whatever the outcome: there is no early exit that a clock could see.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from rapidfuzz.distance import DamerauLevenshtein

from meterside.kit.addresses.shape import ParsedAddress, Street
from meterside.kit.addresses.vocabulary import (
    AMBIGUOUS_SUFFIXES,
    DIRECTION_WORDS,
    PLAIN_SUFFIXES,
    SUFFIX_LONG_FORMS,
    SUFFIXES,
)

IdT = TypeVar("IdT", bound=Hashable)

#: Typing errors allowed in a name of at least so many characters; in shorter ones none.
_EDITS_BY_LENGTH: Final = ((8, 2), (3, 1))
#: More than any number of typing errors: not this street.
_UNLIKE: Final = 1_000
#: A street with the same house number must be this many errors farther off than the one chosen: it has a
#: premise that could be opened wrongly. A street without that number only has to be farther off at all.
_MARGIN_SAME_NUMBER: Final = 2
_MARGIN_SAME_ZIP: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[IdT]):
    """A stored premise in the typed ZIP with the typed house number."""

    id: IdT
    house_number: str
    unit: str
    street_key: str
    street_core: str
    zip5: str


class AmbiguousReason(StrEnum):
    """Why nothing was picked. For staff and tests: a page must not tell, for it tells what is stored."""

    SEVERAL_UNITS = "several_units"
    SEVERAL_PREMISES = "several_premises"
    SEVERAL_STREETS = "several_streets"
    NEAR_ANOTHER_STREET = "near_another_street"


@dataclass(frozen=True, slots=True)
class Match(Generic[IdT]):
    """Exactly this premise."""

    id: IdT


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No premise with this number and unit on a street like this."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Two or more places could be meant: refused, never picked."""

    reason: AmbiguousReason


Outcome = Match[IdT] | NoMatch | Ambiguous


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How a stored street compares with the typed one."""

    edits: int
    is_typo: bool  # nothing differs but letters that can be mistyped
    lacks_suffix: bool
    lacks_directional: bool
    contradictions: int  # of suffix, predirectional, postdirectional: typed otherwise than stored

    @property
    def agrees(self) -> bool:
        """What was not typed does not contradict."""
        return self.contradictions == 0

    @property
    def distance(self) -> int:
        """How far from what was typed, when weighed as the street that may have been meant instead."""
        return self.edits + self.contradictions + self.lacks_directional

    @property
    def is_whole(self) -> bool:
        return self.agrees and self.edits == 0 and not self.lacks_suffix and not self.lacks_directional


_Likenesses = dict[Street, _Likeness]


def match_address(
    typed: ParsedAddress, candidates: Sequence[Candidate[IdT]], *, streets_in_zip: Iterable[tuple[str, str]]
) -> Outcome[IdT]:
    """The premise among ``candidates`` that ``typed`` names.

    ``candidates`` are the premises in the typed ZIP with the typed house number (others are ignored), or of
    each street there at least two with the typed unit and two with other units. ``streets_in_zip`` are
    (street_key, street_core) of every street with a premise in that ZIP: they decide whether a typing error
    could as well be another street, so leaving any out makes a wrong match possible.
    """
    here = [c for c in candidates if c.zip5 == typed.zip5 and c.house_number == typed.house_number]
    rows_by_street: dict[Street, list[Candidate[IdT]]] = {}
    for candidate in here:
        street = Street.from_keys(street_key=candidate.street_key, street_core=candidate.street_core)
        rows_by_street.setdefault(street, []).append(candidate)
    known = {Street.from_keys(street_key=key, street_core=core) for key, core in streets_in_zip}
    readings = _readings(typed.street)
    likenesses = {street: _likeness(readings, street) for street in known | rows_by_street.keys()}
    chosen = _choose_street(likenesses, set(rows_by_street))
    # Sources write 0 for 'no number': it is not an address that anybody could live at.
    if not typed.zip5 or typed.house_number in {"", "0"} or chosen is None:
        return NoMatch()
    if isinstance(chosen, Ambiguous):
        return chosen
    rows = rows_by_street[chosen]
    same_unit = [row for row in rows if row.unit == typed.unit]
    if not typed.unit and len(rows) > 1:
        has_units = any(row.unit for row in rows)
        return Ambiguous(AmbiguousReason.SEVERAL_UNITS if has_units else AmbiguousReason.SEVERAL_PREMISES)
    if len(same_unit) > 1:
        return Ambiguous(AmbiguousReason.SEVERAL_PREMISES)
    return Match(same_unit[0].id) if same_unit else NoMatch()


def _choose_street(likenesses: _Likenesses, here: set[Street]) -> Street | Ambiguous | None:
    """The one street of ``here`` (those with the typed house number) that is meant."""
    by_name = _choose_by_name(likenesses, here)
    by_likeness = _choose_by_likeness(likenesses, here)
    # A name typed as it is stored is taken at its word: it is never corrected into another.
    has_whole_name = any(like.agrees and like.edits == 0 for like in likenesses.values())
    return by_name if has_whole_name else by_likeness


def _choose_by_name(likenesses: _Likenesses, here: set[Street]) -> Street | Ambiguous | None:
    """Where the name was typed as stored: what about a suffix or direction that was left out?"""
    same = [street for street, like in likenesses.items() if like.agrees and like.edits == 0]
    same_here = [street for street in same if street in here]
    directed = [street for street in same_here if not likenesses[street].lacks_directional]
    if not same_here:
        return None
    if any(likenesses[street].is_whole and street not in here for street in same):
        return None  # just this street exists, without that number: the others are not meant
    if len(directed) > 1 or (not directed and len(same_here) > 1):
        return Ambiguous(AmbiguousReason.SEVERAL_STREETS)
    if directed:
        return directed[0]
    # '12 MAIN ST' for E MAIN ST: only where there is no W MAIN ST in the whole ZIP.
    return same_here[0] if len(same) == 1 else Ambiguous(AmbiguousReason.SEVERAL_STREETS)


def _choose_by_likeness(likenesses: _Likenesses, here: set[Street]) -> Street | Ambiguous | None:
    """Where no stored name is as typed: the nearest, if it is near enough and nothing else is."""
    near = [
        street
        for street, like in likenesses.items()
        if street in here
        and like.agrees
        and like.is_typo
        and not like.lacks_directional
        and like.edits <= _allowed_edits(street.name)
    ]
    # Rivals are looked for even where nothing is near, so that both take the same time.
    best = min(near or likenesses, key=lambda street: likenesses[street].edits, default=None)
    if best is None:
        return None
    best_edits = likenesses[best].edits
    rivals = [
        street
        for street, like in likenesses.items()
        if street != best
        and like.distance < best_edits + (_MARGIN_SAME_NUMBER if street in here else _MARGIN_SAME_ZIP)
        # OAK AVE is no rival of OAK ST where ST was typed; without a suffix or with the direction open it is.
        and (street.name != best.name or like.agrees)
    ]
    if not near:
        return None
    return Ambiguous(AmbiguousReason.NEAR_ANOTHER_STREET) if rivals else best


def _allowed_edits(name: str) -> int:
    return next((edits for length, edits in _EDITS_BY_LENGTH if len(name) >= length), 0)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to take the typed street; ``odd_suffix`` is a last word that may be a mistyped suffix."""

    street: Street
    odd_suffix: str = ""


def _readings(typed: Street) -> tuple[_Reading, ...]:
    """The typed street, and what else it may be.

    'PARK VIEW' is Park Vw, or Park View Terrace without its suffix; 'OAK STT' is a name, or a mistyped Oak St.
    """
    plain = _Reading(typed)
    if typed.postdirectional:
        return (plain,)
    if typed.suffix:
        if typed.suffix in PLAIN_SUFFIXES:
            return (plain,)
        name = f"{typed.name} {SUFFIX_LONG_FORMS[typed.suffix]}"
        return (plain, _Reading(Street(predirectional=typed.predirectional, name=name)))
    *name_words, last = typed.name.split()
    if not name_words or len(last) < 2 or not last.isalpha():
        return (plain,)
    return (
        plain,
        _Reading(Street(predirectional=typed.predirectional, name=" ".join(name_words)), odd_suffix=last),
    )


def _likeness(readings: tuple[_Reading, ...], stored: Street) -> _Likeness:
    each = [_compare(reading, stored) for reading in readings]
    return min(
        each, key=lambda like: (not like.agrees, like.edits, like.lacks_directional, like.lacks_suffix)
    )


def _compare(reading: _Reading, stored: Street) -> _Likeness:
    typed = reading.street
    lacks_pre = not typed.predirectional and bool(stored.predirectional)
    lacks_post = not typed.postdirectional and bool(stored.postdirectional)
    lacks_suffix = not typed.suffix and not reading.odd_suffix and bool(stored.suffix)
    edits = _edits(typed.name, stored.name)
    if lacks_pre:
        # 'SOUHT VAN NESS' is a name to the parser; here it is S VAN NESS with a typing error.
        with_direction = _edits(typed.name, f"{DIRECTION_WORDS[stored.predirectional]} {stored.name}")
        lacks_pre = edits <= with_direction
        edits = min(edits, with_direction)
    if reading.odd_suffix:
        edits += _suffix_edits(reading.odd_suffix, stored.suffix)
    contradictions = (
        not (lacks_suffix or reading.odd_suffix or _same_suffix(typed.suffix, stored.suffix)),
        bool(typed.predirectional) and typed.predirectional != stored.predirectional,
        bool(typed.postdirectional) and typed.postdirectional != stored.postdirectional,
    )
    return _Likeness(
        edits=edits,
        is_typo=_may_be_mistyped(typed.name, stored.name),
        lacks_suffix=lacks_suffix,
        lacks_directional=lacks_pre or lacks_post,
        contradictions=sum(contradictions),
    )


def _suffix_edits(word: str, suffix: str) -> int:
    """Typing errors between a word and the nearest spelling of a suffix; at least one."""
    spellings = _SPELLINGS.get(suffix, ())
    return max(1, min((DamerauLevenshtein.distance(word, s) for s in spellings), default=_UNLIKE))


_SPELLINGS: Final = {
    short: tuple(word for word, canonical in SUFFIXES.items() if canonical == short)
    for short in SUFFIX_LONG_FORMS
}


def _same_suffix(one: str, other: str) -> bool:
    return (
        one == other or one in AMBIGUOUS_SUFFIXES.get(other, ()) or other in AMBIGUOUS_SUFFIXES.get(one, ())
    )


def _edits(typed: str, stored: str) -> int:
    """Letters to substitute, drop, add or swap."""
    return DamerauLevenshtein.distance(typed, stored)


def _may_be_mistyped(typed: str, stored: str) -> bool:
    """Whether the difference can be a matter of likeness at all.

    Numbers cannot: 5TH is not 6TH. Nor can a single letter at the end, which may be a unit without its sign.
    """
    return re.findall(r"\d+", typed) == re.findall(r"\d+", stored) and _last_letter(typed) == _last_letter(
        stored
    )


def _last_letter(name: str) -> str:
    last = name.rpartition(" ")[2]
    return last if len(last) == 1 else ""
