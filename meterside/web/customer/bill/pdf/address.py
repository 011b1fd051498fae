"""A name and an address in the lines of an envelope's window: never more than show in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

# Lines and letters that the window always shows, by size in points: those of the usual window, 4 1/2 by 1 1/8 inches,
# less what the sheet slides.
_ROOM: Final = ((10.0, 4, 38), (8.0, 5, 48))


@dataclass(frozen=True, slots=True)
class AddressBlock:
    """The lines as they stand in the window, and their size in points."""

    size_pt: float
    lines: tuple[str, ...]


def address_block(name: str, lines: Sequence[str]) -> AddressBlock:
    """The address as large as it fits; of what never fits, the name is cut first, for the mail goes by the rest."""
    for size, most, letters in _ROOM:
        folded = [*_folded([name], letters), *_folded(lines, letters)]
        if len(folded) <= most:
            return AddressBlock(size, tuple(folded))
    size, most, letters = _ROOM[-1]
    place = _folded(lines, letters)[-(most - 1) :]
    named = _folded([name], letters)
    kept = named[: most - len(place)]
    if len(kept) < len(named):
        kept[-1] = shortened(kept[-1] + "…", letters)
    return AddressBlock(size, (*kept, *place))


def shortened(text: str, letters: int) -> str:
    """At most so many letters, the last one an ellipsis where some are left out."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _folded(lines: Sequence[str], letters: int) -> list[str]:
    return [part for line in lines for part in wrap(line, letters)]
