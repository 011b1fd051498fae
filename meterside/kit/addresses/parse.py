"""Reading a service address: our own parser, with usaddress asked where ours is in doubt."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from meterside.kit.addresses import second_opinion, units
from meterside.kit.addresses.reading import (
    UnableToReadAddress,
    UnreadableReason,
    normalise_zip,
    plain_text,
    segments_of,
    without_leading_zeros,
)
from meterside.kit.addresses.shape import AddressKind, ParsedAddress
from meterside.kit.addresses.streets import ends_like_a_street, read_street
from meterside.kit.addresses.vocabulary import PLAIN_SUFFIXES, STATES, SUFFIXES, UNIT_WORDS

_HOUSE_NUMBER: Final = re.compile(
    r"\d+[A-Z]?|\d+-\d+[A-Z]?|\d+-[A-Z]|\d+[A-Z]-\d*[A-Z]|[NSEW]\d+(?:[NSEW]\d+)?(?:-\d+)?"
)
_HALF: Final = re.compile(r"\d{1,2}/\d{1,2}")
_WHOLE_AND_HALF: Final = re.compile(r"(\d+)-(\d{1,2}/\d{1,2})")
_PO_BOX: Final = re.compile(
    r"(?:(?:P ?O|POST OFFICE|US POSTAL|POSTAL) ?(?:BOX|BX|DRAWER)|POB|BOX|APARTADO(?: POSTAL)?)"
    r" ?(?:# )?([A-Z]{0,2}\d+[A-Z]?)"
)
_RURAL_ROUTE: Final = re.compile(
    r"(RR|R R|RFD|RURAL ROUTE|RURAL RT|RURAL RTE|RURAL DELIVERY|HC|HCR|H C|HIGHWAY CONTRACT(?: ROUTE)?|STAR ROUTE)"
    r" ?(?:# )?(\d+)(?: BOX ?(?:# )?(\d+[A-Z]?))?"
)

# Words in an odd order can read differently once they are normalised ('OAK NO FIRST'): a reading counts when
# reading it again changes nothing, so that what is stored, shown and typed again is the same address.
_MOST_READINGS: Final = 4


def parse_address(text: str, *, unit: str = "", zip_code: str = "") -> ParsedAddress:
    """The address in ``text``, with a unit and ZIP that stand in fields of their own, if they do.

    Raises UnableToReadAddress, and nothing else, for any text. Town and state are read over. The result of
    parsing a result's ``line`` is the same result.
    """
    zip5 = normalise_zip(zip_code) if zip_code.strip() else ""
    parsed = _read(plain_text(text), zip5)
    if unit.strip():
        parsed = _with_unit_field(parsed, plain_text(unit))
    for _ in range(_MOST_READINGS):
        again = _read(parsed.line, parsed.zip5)
        if again == parsed:
            return parsed
        parsed = again
    raise UnableToReadAddress(UnreadableReason.UNCLEAR)


def _read(plain: str, zip5: str) -> ParsedAddress:
    parsed, is_sure = read_line(plain, zip5=zip5)
    return parsed if is_sure else _with_second_opinion(parsed)


def _with_unit_field(parsed: ParsedAddress, plain: str) -> ParsedAddress:
    unit_type, value = units.read_unit_field(plain)
    if parsed.unit and value and parsed.unit != value:
        raise UnableToReadAddress(UnreadableReason.TWO_UNITS)
    return replace(parsed, unit_type=unit_type, unit=value) if value else parsed


def _with_second_opinion(parsed: ParsedAddress) -> ParsedAddress:
    """usaddress's reading where it is plain to us too, else ours.

    It is asked about our normalised line, not the text, so that the same address typed in two ways gets one
    answer. It may only split off a unit, or a town behind a suffix: it must not shorten a name ('VAN NESS').
    """
    line = second_opinion.suggested_line(parsed.line)
    if line is None:
        return parsed
    try:
        other, is_sure = read_line(line, zip5=parsed.zip5)
    except UnableToReadAddress:
        return parsed
    # A bare letter at the end may be a unit, or what is left of 'AV'.
    takes_letter = other.unit.isalpha() and not parsed.unit
    loses_words = not other.suffix and other.street.key != parsed.street.key and not other.unit
    if not is_sure or other.house_number != parsed.house_number or loses_words or takes_letter:
        return parsed
    return other


def read_line(plain: str, *, zip5: str = "") -> tuple[ParsedAddress, bool]:
    """Our own reading of plain text, and whether it leaves no doubt.

    Raises UnableToReadAddress where no street or box is named, or where ``zip5`` and the text disagree.
    """
    segments = segments_of(plain)
    typed_zip, had_locality = _take_locality(segments, zip5)
    if typed_zip and zip5 and typed_zip != zip5:
        raise UnableToReadAddress(UnreadableReason.TWO_ZIPS)
    zip5 = zip5 or typed_zip
    boxed = _read_box(segments, zip5)
    if boxed is not None:
        return boxed, True
    words, outer_units = _street_words(segments)
    leading_unit, words = units.take_leading_unit(words, is_house_number)
    house_number, words = _take_house_number(words)
    if not words:
        raise UnableToReadAddress(UnreadableReason.NO_STREET)
    if had_locality:
        words = _without_town(words)
    words, (unit_type, unit) = units.take_trailing_unit(words)
    for found_type, found in (leading_unit, *outer_units):
        if found and not unit:
            unit_type, unit = found_type, found
        elif found and found != unit:
            unit = f"{found}-{unit}" if (found_type, found) == leading_unit else f"{unit}-{found}"
    street = read_street(words)
    is_sure = bool(house_number) and ends_like_a_street(street)
    parsed = ParsedAddress(
        house_number=house_number,
        predirectional=street.predirectional,
        street_name=street.name,
        suffix=street.suffix,
        postdirectional=street.postdirectional,
        unit_type=unit_type,
        unit=units.normalise_unit(unit.split()),
        zip5=zip5,
    )
    return parsed, is_sure


def is_house_number(word: str) -> bool:
    return _HOUSE_NUMBER.fullmatch(word) is not None or _WHOLE_AND_HALF.fullmatch(word) is not None


def _take_house_number(words: list[str]) -> tuple[str, list[str]]:
    """'12', '12B', '12-14', '12 1/2', 'N6W23001'; an ordinal (1ST) is a street."""
    if words[:1] == ["#"]:
        words = words[1:]
    if not words or not is_house_number(words[0]):
        return "", words
    number, rest = words[0], words[1:]
    if whole := _WHOLE_AND_HALF.fullmatch(number):
        number = f"{whole.group(1)} {whole.group(2)}"
    elif rest and _HALF.fullmatch(rest[0]):
        number, rest = f"{number} {rest[0]}", rest[1:]
    return without_leading_zeros(number), rest


def _take_locality(segments: list[list[str]], zip5: str) -> tuple[str, bool]:
    """Take ZIP and state off the end; answer the ZIP found and whether a town may stand behind the street."""
    last = segments[-1]
    zip_match = re.fullmatch(r"(\d{5})(?:-\d{4})?", last[-1])
    alone = len(segments) > 1 and len(last) == 1
    after_state = len(last) > 1 and last[-2] in STATES
    found = ""
    if zip_match and (alone or after_state or (zip_match.group(1) == zip5 and len(last) > 2)):
        found = zip_match.group(1)
        last.pop()
        if not last:
            segments.pop()
            last = segments[-1]
    if last[-1] not in STATES or not (found or len(segments) > 1):
        return found, False
    # In '12 OAK CT 06510' the last word is a court; in '12 OAK ST HARTFORD CT 06510' it is Connecticut.
    is_only_suffix = last[-1] in SUFFIXES and not any(word in SUFFIXES for word in last[2:-1])
    if len(segments) == 1 and (len(last) < 3 or is_only_suffix):
        return found, False
    last.pop()
    if not last:
        segments.pop()
        return found, False
    return found, len(segments) == 1


def _read_box(segments: list[list[str]], zip5: str) -> ParsedAddress | None:
    line = " ".join(segments[0])
    if po_box := _PO_BOX.fullmatch(line):
        return ParsedAddress(
            kind=AddressKind.PO_BOX,
            house_number=without_leading_zeros(po_box.group(1)),
            street_name="PO BOX",
            zip5=zip5,
        )
    if len(segments) > 1 and segments[1][0] == "BOX":
        line = f"{line} {' '.join(segments[1])}"
    if route := _RURAL_ROUTE.fullmatch(line):
        kind = "HC" if route.group(1).startswith("H") else "RR"
        if route.group(1) == "STAR ROUTE":
            kind = "STAR ROUTE"
        return ParsedAddress(
            kind=AddressKind.RURAL_ROUTE,
            house_number=without_leading_zeros(route.group(3) or ""),
            street_name=f"{kind} {without_leading_zeros(route.group(2))}",
            zip5=zip5,
        )
    return None


def _street_words(segments: list[list[str]]) -> tuple[list[str], list[units.Unit]]:
    """The words of the part that holds the street, and the units that other parts hold; towns are left out."""
    at = next((i for i, words in enumerate(segments) if _begins_a_house(words)), 0)
    words = list(segments[at])
    rest = segments[at + 1 :]
    if len(words) == 1 and is_house_number(words[0]) and rest:
        words, rest = words + rest[0], rest[1:]
    if rest and len(rest[0]) == 1 and rest[0][0] in PLAIN_SUFFIX_WORDS and words[-1] not in SUFFIXES:
        words, rest = words + rest[0], rest[1:]
    found = [unit for part in (*segments[:at], *rest) if (unit := units.read_unit_segment(part))[1]]
    return words, found


#: Every way to write a suffix that is hardly ever a town or a unit.
PLAIN_SUFFIX_WORDS: Final = frozenset(word for word, short in SUFFIXES.items() if short in PLAIN_SUFFIXES)


def _begins_a_house(words: list[str]) -> bool:
    if is_house_number(words[0]):
        return True
    unit, rest = units.take_leading_unit(words, is_house_number)
    return bool(unit[1]) and bool(rest) and is_house_number(rest[0])


def _without_town(words: list[str]) -> list[str]:
    """Cut a town that follows without a comma: behind a unit, or behind the street's first plain suffix."""
    for at in range(1, len(words)):
        if words[at] in UNIT_WORDS or (at > 1 and words[at - 1] in PLAIN_SUFFIX_WORDS):
            end = at + 1 if words[at] in UNIT_WORDS else at
            end = min(end + 1, len(words)) if end > at else end
            while end < len(words) and (words[end] in UNIT_WORDS or units.is_short_value(words[end])):
                end += 1
            if end > at or words[at] not in SUFFIXES:
                return words[:end]
    return words
