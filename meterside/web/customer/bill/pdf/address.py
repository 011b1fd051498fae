"""A name and an address in the lines of an envelope's window: never more than show in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from meterside.kit.envelopes import Box

#: Sizes in points, the best first.
_SIZES: Final = (10.0, 8.0)
#: Height of a line and of the room between two, and width of a letter (most addresses are capitals), in sizes.
_LINE, _LEADING, _LETTER = 1.22, 0.18, 0.63
#: What the post wants free on the left of an address.
CLEAR_MIL: Final = 125


@dataclass(frozen=True, slots=True)
class AddressBlock:
    """The lines as they stand in the window, and their size in points."""

    size_pt: float
    lines: tuple[str, ...]


def address_block(name: str, lines: Sequence[str], box: Box) -> AddressBlock:
    """The address as large as it fits the box that always shows; of what never fits, the name is cut first, for the
    mail goes by the rest.
    """
    for size in _SIZES:
        most, letters = room_of(box, size)
        folded = [*_folded([name], letters), *_folded(lines, letters)]
        if len(folded) <= most:
            return AddressBlock(size, tuple(folded))
    place = _folded(lines, letters)[-max(most - 1, 1) :]
    named = _folded([name], letters)
    kept = named[: most - len(place)]
    if kept and len(kept) < len(named):
        kept[-1] = shortened(kept[-1] + "…", letters)
    return AddressBlock(size, (*kept, *place))


def room_of(box: Box, size_pt: float) -> tuple[int, int]:
    """How many lines, and of how many letters, the box has room for: one of eight at least."""
    height_pt, width_pt = box.height_mil * 0.072, (box.width_mil - CLEAR_MIL) * 0.072
    n_lines = int((height_pt + _LEADING * size_pt) / (_LINE * size_pt))
    return max(n_lines, 1), max(int(width_pt / (_LETTER * size_pt)), 8)


def shortened(text: str, letters: int) -> str:
    """At most so many letters, the last one an ellipsis where some are left out."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _folded(lines: Sequence[str], letters: int) -> list[str]:
    return [part for line in lines for part in wrap(line, letters)]
