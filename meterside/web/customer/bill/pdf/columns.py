"""How the pieces of a bill share sheets and columns, and how large they are set. Heights are estimates, in points;
the template flows on to another sheet where one is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import ceil
from typing import Any, Final

Piece = Mapping[str, Any]

#: How much is said: all; without what the table of meters says too; and without drawings that words say as well.
_FULL, _TERSE, _BRIEF = 0, 1, 2
#: Sizes in points with how much is said, the best first.
_SIZES: Final = (
    (9.5, _FULL), (9.0, _FULL), (8.5, _FULL), (8.75, _TERSE), (8.5, _TERSE), (8.5, _BRIEF), (8.25, _BRIEF),
    (8.0, _BRIEF),
)  # fmt: skip
_SIZE_ON_MORE_SHEETS: Final = 9.0
#: Height of a line of text and of small print, in sizes of the text.
_LINE: Final = 1.22
_SMALL_LINE: Final = 1.08
#: Letters that a column holds in a line, times the size of the text.
_LETTERS: Final = 500
_SMALL_LETTERS: Final = 595
_UPPER_SIZE: Final = 8.75
_UPPER_LETTERS: Final = 38
_GAP_PT: Final = 7.4
_HEADING_PT: Final = 15.5


#: One sheet's left and right column.
Sheet = tuple[tuple[Piece, ...], tuple[Piece, ...]]


def lay_out(pieces: Sequence[Piece], *, first_pt: float, next_pt: float) -> tuple[float, list[Sheet]]:
    """The size of the text in points, and the sheets. `first_pt` and `next_pt` are the room on a sheet.

    On one sheet, as large as it can be, the columns cut where the taller one is lowest; else as many sheets as it
    takes, each column filled before the next. A piece's `terse`, where it has one, stands for its `small` print at the
    tighter sizes; at the tightest `brief`, where it has one, stands for what it names.
    """
    in_full: list[Piece] = list(pieces)
    said: dict[int, list[Piece]] = {_FULL: in_full}
    for size, how_much in _SIZES:
        if how_much not in said:
            said[how_much] = [_said(piece, how_much) for piece in pieces]
        chosen = said[how_much]
        cut, tall = _best_cut([piece_pt(piece, size) for piece in chosen])
        if tall <= first_pt:
            return size, [(tuple(chosen[:cut]), tuple(chosen[cut:]))]
    return _SIZE_ON_MORE_SHEETS, _sheets(in_full, first_pt, next_pt)


def _said(piece: Piece, how_much: int) -> Piece:
    terse = {"small": piece["terse"]} if "terse" in piece else {}
    return {**piece, **terse, **(piece.get("brief", {}) if how_much == _BRIEF else {})}


def _sheets(pieces: list[Piece], first_pt: float, next_pt: float) -> list[Sheet]:
    sheets: list[Sheet] = []
    room = first_pt
    while pieces:
        cut, tall = _best_cut([piece_pt(piece, _SIZE_ON_MORE_SHEETS) for piece in pieces])
        if sheets and tall <= room:  # the last sheet: columns of the same height
            left, right, pieces = pieces[:cut], pieces[cut:], []
        else:
            left, pieces = _filled(pieces, room)
            right, pieces = _filled(pieces, room)
        sheets.append((tuple(left), tuple(right)))
        room = next_pt
    return sheets


def _filled(pieces: list[Piece], room: float) -> tuple[list[Piece], list[Piece]]:
    """What a column holds, and what is left. One piece at least, that what is too long may flow on; and where the
    next one does not fit, a later one that stands by itself (the meters, a message) may.
    """
    here: list[Piece] = []
    rest: list[Piece] = []
    used = 0.0
    for piece in pieces:
        used_with_it = used + piece_pt(piece, _SIZE_ON_MORE_SHEETS) + (_GAP_PT if here else 0)
        may_come_early = piece["kind"] in ("meters", "message", "help")
        if not here or (used_with_it <= room and (not rest or may_come_early)):
            here.append(piece)
            used = used_with_it
        else:
            rest.append(piece)
    return here, rest


def _best_cut(heights: Sequence[float]) -> tuple[int, float]:
    """Where to cut so that the taller column is lowest, and how tall that is. Of several such cuts the last, which
    leaves the right one short.
    """
    down = list(accumulate(heights, lambda above, height: above + _GAP_PT + height, initial=-_GAP_PT))
    whole = down[-1]

    def taller(cut: int) -> float:
        return max(down[cut], whole - down[cut] - _GAP_PT, 0.0)

    cut = min(reversed(range(len(heights) + 1)), key=taller)
    return cut, taller(cut)


def piece_pt(piece: Piece, size: float) -> float:
    """About how tall a piece is at this size of text."""
    if piece["kind"] == "service":
        return _service_pt(piece, size)
    if piece["kind"] == "meters":
        return _HEADING_PT + (len(piece["rows"]) + 1) * (2 * _SMALL_LINE * size + 1.8)
    if piece["kind"] == "why":
        rows = sum(_line_rows((part["label"], part["note"], part["amount"]), size) for part in piece["parts"])
        n_bars = sum(1 for part in piece["parts"] if part["bar"] is not None)
        return _HEADING_PT + 4.6 * n_bars + (rows + 1) * _LINE * size
    if piece["kind"] == "help":
        return _small_rows(piece["text"], size) * _SMALL_LINE * size
    return (_HEADING_PT if piece["title"] else 0) + _rows(piece["text"], size) * _LINE * size


def _service_pt(piece: Piece, size: float) -> float:
    n_lines = sum(_line_rows(line, size) for group in piece["groups"] for line in group["lines"])
    n_headings = sum(1 for group in piece["groups"] if group["heading"])
    n_small = _small_rows(piece["small"], size)
    drawing = piece["drawing"]
    drawn = 4.5 + drawing["height"] + _SMALL_LINE * size * bool(drawing["ends"]) if drawing else 0.0
    lead = _HEADING_PT if piece["lead"] else 0
    title = 9.2 + (_SMALL_LINE * size if piece["detail"] else 0)
    text = n_lines * _LINE * size + (n_headings + n_small) * _SMALL_LINE * size + 3 * n_headings
    return lead + title + text + drawn + 2


def _line_rows(line: Sequence[str], size: float) -> int:
    """Rows of a label, its note in small print, and an amount."""
    label, note, amount = line
    letters = len(label) + 0.9 * len(note) + len(amount) + 3
    return ceil(letters * size / _LETTERS)


def _rows(text: str, size: float) -> int:
    return ceil(len(text) * size / _LETTERS)


def _small_rows(text: str, size: float) -> int:
    return ceil(len(text) * size / _SMALL_LETTERS)


def upper_pt(facts: Sequence[Sequence[str]], sums: Mapping[str, Any], notices: Sequence[str]) -> float:
    """About how tall the upper right is: who and where, how it adds up, and what must be said at once."""
    row, small = _LINE * _UPPER_SIZE, _SMALL_LINE * _UPPER_SIZE
    n_rows = sum(1 if len(value) < 34 else 1 + len(value) // _UPPER_LETTERS for _label, value in facts)
    n_rows += sum(ceil((len("".join(line)) + 3) / _UPPER_LETTERS) for line in sums["lines"])
    after = sum(3 + small * ceil(len(text) / _UPPER_LETTERS) for text in sums["after"])
    noticed = sum(17 + row * ceil(len(text) / (_UPPER_LETTERS - 4)) for text in notices)
    return n_rows * row + 8.5 + _HEADING_PT + row + 4 + after + noticed


def help_pt(lines: Sequence[str]) -> float:
    """About how tall the small print in the upper right is."""
    return 8.5 + sum(ceil(len(line) / _UPPER_LETTERS) for line in lines) * _SMALL_LINE * _UPPER_SIZE


def is_long(piece: Piece) -> bool:
    """Whether a piece may be cut where a sheet ends: it is taller than the room on the first."""
    return piece_pt(piece, _SIZE_ON_MORE_SHEETS) > _LONGEST_PT


_LONGEST_PT: Final = 250
