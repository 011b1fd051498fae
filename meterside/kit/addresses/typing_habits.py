"""How people type an address: the generator of the address trial.

It knows nothing of the parser or matcher: its lists are what is seen on paper forms and envelopes, and its
typing errors strike every character of a street's name alike, in short names as in long ones.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAddress:
    """An address as a source wrote it, column by column."""

    number: str
    predirectional: str
    street: str
    suffix: str
    unit: str
    zip5: str

    @property
    def full_suffix(self) -> str:
        """The suffix in one spelling: sources write AV and AVE."""
        return _SUFFIX_SPELLINGS.get(self.suffix, (self.suffix,))[0]

    @property
    def without_suffix(self) -> tuple[str, ...]:
        return (self.zip5, self.number, self.predirectional, self.street.lstrip("0"))

    @property
    def building(self) -> tuple[str, ...]:
        return (*self.without_suffix, self.full_suffix)

    @property
    def identity(self) -> tuple[str, ...]:
        return (*self.building, self.unit)

    @property
    def stored_text(self) -> str:
        """As a utility's file would hold it."""
        unit = f"# {self.unit}" if self.unit else ""
        return " ".join(filter(None, (self.number, self.predirectional, self.street, self.suffix, unit)))


# What people write for each suffix the file holds. Oakland's TR and TE are Terrace.
_SUFFIX_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "ST": ("Street", "St", "St.", "STR", "st"),
    "AV": ("Avenue", "Ave", "Ave.", "Av", "av."),
    "AVE": ("Avenue", "Ave", "Ave.", "Av", "av."),
    "WAY": ("Way", "Wy", "way"),
    "WY": ("Way", "Wy", "way"),
    "DR": ("Drive", "Dr", "Dr.", "Drv"),
    "BL": ("Boulevard", "Blvd", "Blvd.", "blvd"),
    "TR": ("Terrace", "Ter", "Terr", "Ter."),
    "TE": ("Terrace", "Ter", "Terr", "Ter."),
    "PL": ("Place", "Pl", "Pl."),
    "RD": ("Road", "Rd", "Rd."),
    "PARK": ("Park", "Prk"),
    "SQ": ("Square", "Sq", "Sq."),
    "PLZ": ("Plaza", "Plz", "Plza"),
    "PZ": ("Plaza", "Plz", "Plza"),
}
_DIRECTION_SPELLINGS: Final = {"E": ("East", "E", "E.", "east"), "W": ("West", "W", "W.", "west")}
_WORD_SPELLINGS: Final = {
    "SOUTH": ("South", "S", "S.", "So."),
    "M L KING JR": ("Martin Luther King Jr", "M.L. King Jr.", "MLK Jr", "Martin Luther King, Jr."),
}
_ORDINALS: Final = """
First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth Thirteenth Fourteenth Fifteenth
Sixteenth Seventeenth Eighteenth Nineteenth Twentieth Twenty-first Twenty-second Twenty-third
"""

#: The five ways of the trial.
WAYS: Final = ("case", "abbreviations", "unit style", "missing suffix", "typing error")
#: Harder ways: they must not be matched wrongly; how many are found is not promised.
HARD_WAYS: Final = (
    "two typing errors",
    "typing error and missing suffix",
    "typing error in the suffix",
    "missing unit",
    "another suffix",
    "missing direction",
    "with town",
)

Typed = tuple[str, RealAddress]


def typed_as(way: str, real: RealAddress, chance: random.Random) -> Typed:
    """The text somebody types for ``real``, and what its columns would be if it were taken literally."""
    return _TYPISTS[way](real, chance)


def _text(real: RealAddress, *, unit: str | None = None) -> str:
    """Plainly typed: 'Street' in title case as the source spells it."""
    unit = unit if unit is not None else (f" #{real.unit}" if real.unit else "")
    words = (real.number, real.predirectional, real.street.title(), real.suffix.title())
    return " ".join(filter(None, words)) + unit


def _case(real: RealAddress, chance: random.Random) -> Typed:
    text = _text(real)
    changed = chance.choice((str.lower, str.upper, str.title, str.swapcase, lambda t: _each_case(t, chance)))(
        text
    )
    spaced = "".join(c * chance.choice((1, 1, 1, 2)) if c == " " else c for c in changed)
    return chance.choice(("", " ", "  ")) + spaced + chance.choice(("", " ")), real


def _each_case(text: str, chance: random.Random) -> str:
    return "".join(chance.choice((c.lower(), c.upper())) for c in text)


def _abbreviations(real: RealAddress, chance: random.Random) -> Typed:
    street = real.street
    for word, spellings in _WORD_SPELLINGS.items():
        if street == word or street.startswith(f"{word} "):
            street = chance.choice(spellings) + street[len(word) :]
    digits = street[:-2].lstrip("0")
    ordinals = _ORDINALS.split()
    if digits.isdigit() and int(digits) <= len(ordinals):
        street = chance.choice((ordinals[int(digits) - 1], digits + street[-2:].lower()))
    direction = chance.choice(_DIRECTION_SPELLINGS.get(real.predirectional, (real.predirectional,)))
    suffix = chance.choice(_SUFFIX_SPELLINGS.get(real.suffix, (real.suffix,)))
    unit = f" Apt {real.unit}" if real.unit else ""
    return " ".join(filter(None, (real.number, direction, street, suffix))) + unit, real


def _unit_style(real: RealAddress, chance: random.Random) -> Typed:
    styles = (
        "#{}", "# {}", "Apt {}", "apt. {}", "Apt #{}", "Unit {}", "unit #{}", "Ste {}", "Suite {}", ", Apt {}",
        ", #{}", ", Unit {}", "Apartment {}", "No. {}", "Rm {}", "apt. no. {}", "#0{}", "APT{}",
    )  # fmt: skip
    style = chance.choice(styles)
    starts_with_digit = real.unit[:1].isdigit()
    if style in {"#0{}", "APT{}", "No. {}"} and not (starts_with_digit and real.unit.isalnum()):
        style = "Apt {}"
    text = _text(real, unit="")
    if not real.unit:
        return text, real
    written = style.format(chance.choice((real.unit, real.unit.lower())))
    return (text + written if written.startswith(",") else f"{text} {written}"), real


def _missing_suffix(real: RealAddress, chance: random.Random) -> Typed:
    bare = replace(real, suffix="")
    return _text(bare), bare


def _typing_error(real: RealAddress, chance: random.Random) -> Typed:
    wrong = replace(real, street=_mistyped(real.street, chance))
    return _text(wrong), wrong


def _two_errors(real: RealAddress, chance: random.Random) -> Typed:
    wrong = replace(real, street=_mistyped(_mistyped(real.street, chance), chance))
    return _text(wrong), wrong


def _error_and_no_suffix(real: RealAddress, chance: random.Random) -> Typed:
    wrong = replace(real, street=_mistyped(real.street, chance), suffix="")
    return _text(wrong), wrong


def _error_in_suffix(real: RealAddress, chance: random.Random) -> Typed:
    wrong = replace(real, suffix=_mistyped(real.suffix, chance) if real.suffix else "")
    return _text(wrong), wrong


def _missing_unit(real: RealAddress, chance: random.Random) -> Typed:
    bare = replace(real, unit="")
    return _text(bare), bare


def _another_suffix(real: RealAddress, chance: random.Random) -> Typed:
    suffixes = ("ST", "AVE", "WAY", "DR", "BL", "PL", "RD", "CT")
    others = [other for other in suffixes if replace(real, suffix=other).full_suffix != real.full_suffix]
    wrong = replace(real, suffix=chance.choice(others))
    return _text(wrong), wrong


def _missing_direction(real: RealAddress, chance: random.Random) -> Typed:
    bare = replace(real, predirectional="", street=real.street.removeprefix("SOUTH "))
    return _text(bare), bare


def _with_town(real: RealAddress, chance: random.Random) -> Typed:
    form = chance.choice(
        ("{}, Oakland, CA {}", "{} Oakland CA {}", "{}, Oakland CA {}-1234", "{}\nOakland, CA {}")
    )
    return form.format(_text(real), real.zip5), real


def _mistyped(word: str, chance: random.Random) -> str:
    """``word`` with one character substituted, dropped, doubled, or swapped with its neighbour; never the same."""
    while True:
        at = chance.randrange(len(word))
        kind = chance.choice(("substitute", "drop", "swap", "double"))
        before, letter, after = word[:at], word[at], word[at + 1 :]
        if kind == "substitute":
            pool = string.digits if letter.isdigit() else string.ascii_uppercase
            changed = before + chance.choice(pool) + after
        elif kind == "drop":
            changed = before + after
        elif kind == "swap":
            changed = before + after[:1] + letter + after[1:]
        else:
            changed = before + letter + letter + after
        if changed.strip() and changed.split() != word.split():
            return changed


_TYPISTS: Final[dict[str, Callable[[RealAddress, random.Random], Typed]]] = {
    "case": _case,
    "abbreviations": _abbreviations,
    "unit style": _unit_style,
    "missing suffix": _missing_suffix,
    "typing error": _typing_error,
    "two typing errors": _two_errors,
    "typing error and missing suffix": _error_and_no_suffix,
    "typing error in the suffix": _error_in_suffix,
    "missing unit": _missing_unit,
    "another suffix": _another_suffix,
    "missing direction": _missing_direction,
    "with town": _with_town,
}
