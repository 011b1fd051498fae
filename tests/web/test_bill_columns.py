"""How a bill's pieces share columns and sheets."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from meterside.web.customer.bill.pdf.columns import lay_out, piece_pt


def message(place: int, letters: int) -> dict[str, Any]:
    return {"kind": "message", "title": "", "text": "x" * letters, "place": place}


def service(place: int, n_lines: int, small: int = 0) -> dict[str, Any]:
    lines = [["Charge", "how", "$1.00"]] * n_lines
    return {
        "kind": "service", "detail": "", "lead": None, "drawing": None, "place": place,
        "groups": [{"heading": "", "lines": lines}], "small": "x" * small, "terse": "",
    }  # fmt: skip


def drawn(kinds: list[tuple[bool, int]]) -> list[dict[str, Any]]:
    """Messages and services of these sizes."""
    return [
        message(place, size) if is_message else service(place, size)
        for place, (is_message, size) in enumerate(kinds)
    ]


pieces_of_bills = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=30).map(drawn)


@given(pieces_of_bills)
def test_every_piece_is_printed_once(pieces: list[dict[str, Any]]) -> None:
    _size, sheets = lay_out(pieces, first_pt=268, next_pt=715)
    printed = [piece["place"] for sheet in sheets for column in sheet for piece in column]
    assert sorted(printed) == list(range(len(pieces)))


@given(pieces_of_bills)
def test_services_stay_in_order(pieces: list[dict[str, Any]]) -> None:
    _size, sheets = lay_out(pieces, first_pt=268, next_pt=715)
    printed = [
        piece["place"]
        for sheet in sheets
        for column in sheet
        for piece in column
        if piece["kind"] == "service"
    ]
    assert printed == sorted(printed)


@given(pieces_of_bills)
def test_on_one_sheet_both_columns_keep_to_the_room(pieces: list[dict[str, Any]]) -> None:
    size, sheets = lay_out(pieces, first_pt=268, next_pt=715)
    if len(sheets) == 1:
        for column in sheets[0]:
            tall = sum(piece_pt(piece, size) for piece in column) + 7.4 * max(len(column) - 1, 0)
            assert tall <= 268 + 1e-9 or len(column) == 1  # one that is too long for any column


def test_little_is_large_and_much_is_terse() -> None:
    assert lay_out([service(0, 3)], first_pt=268, next_pt=715)[0] == 9.5
    size, sheets = lay_out([service(place, 6, small=400) for place in range(4)], first_pt=200, next_pt=715)
    assert (size, len(sheets)) == (8.75, 1)
    assert {piece["small"] for column in sheets[0] for piece in column} == {""}


def test_the_columns_are_of_like_height() -> None:
    _size, sheets = lay_out([service(place, 4) for place in range(4)], first_pt=268, next_pt=715)
    assert [len(column) for column in sheets[0]] == [2, 2]


def test_a_piece_that_stands_by_itself_fills_what_is_left() -> None:
    pieces = [service(0, 14), service(1, 20), service(2, 20), message(3, 200)]
    _size, (first, *_more) = lay_out(pieces, first_pt=250, next_pt=715)
    assert [piece["place"] for piece in first[0]] == [0, 3]


def test_a_piece_that_never_fits_is_printed_all_the_same() -> None:
    _size, sheets = lay_out([service(0, 300), service(1, 300)], first_pt=268, next_pt=715)
    assert [[piece["place"] for piece in column] for sheet in sheets for column in sheet] == [[0], [1]]


def test_a_bill_without_pieces_has_one_empty_sheet() -> None:
    assert lay_out([], first_pt=268, next_pt=715) == (9.5, [((), ())])


def test_at_the_tightest_what_words_say_too_is_not_drawn() -> None:
    pair = {"drawing": {"height": 8, "ends": []}, "brief": {"drawing": None}}
    pieces = [service(place, 5, small=300) | pair for place in range(6)]

    def column_pt(size: float, **more: Any) -> float:
        return 3 * piece_pt(pieces[0] | {"small": ""} | more, size) + 2 * 7.4

    roomy = lay_out(pieces, first_pt=column_pt(8.5), next_pt=715)
    assert (roomy[0], len(roomy[1])) == (8.5, 1)
    assert all(piece["drawing"] for column in roomy[1][0] for piece in column)
    size, sheets = lay_out(pieces, first_pt=column_pt(8.0, drawing=None), next_pt=715)
    assert (size, len(sheets)) == (8.0, 1)
    assert not any(piece["drawing"] for column in sheets[0] for piece in column)
    assert len(lay_out(pieces, first_pt=column_pt(8.0, drawing=None) - 1, next_pt=715)[1]) > 1
