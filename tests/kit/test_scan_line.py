"""The scan line: worked lines, and every slip of a finger it promises to find."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.kit.scan_line import (
    LINE_WIDTH,
    ScanLine,
    ScanLineWrong,
    field_check_digit,
    make_scan_line,
    overall_check_digit,
    read_scan_line,
)
from tests.engine.tables import worked_table

lines = st.builds(
    ScanLine,
    account_number=st.integers(min_value=1, max_value=10**12 - 1).map(str),
    bill_number=st.integers(min_value=0, max_value=10**10 - 1),
    amount_cents=st.integers(min_value=0, max_value=10**10 - 1),
)


def bare(line: ScanLine) -> str:
    return make_scan_line(line).replace(" ", "")


def is_found(text: str) -> bool:
    try:
        read_scan_line(text)
    except ScanLineWrong:
        return True
    return False


def test_the_worked_lines_of_the_document() -> None:
    table = worked_table("algorithms/scan-line.md", "account")
    assert len(table) >= 4
    for account, bill, amount, printed in table:
        line = ScanLine(account, int(bill), int(amount.replace(",", "").replace(".", "").strip("$")))
        assert make_scan_line(line) == printed.strip("`")
        assert read_scan_line(printed.strip("`")) == replace(line, account_number=account.lstrip("0"))


def test_the_check_digits_are_those_of_their_standards() -> None:
    assert field_check_digit("7992739871") == "3"  # the example of ISO/IEC 7812-1's method
    assert overall_check_digit("629104150021") == "3"  # GS1's own example, 6291041500213


@given(lines)
def test_what_is_made_is_read(line: ScanLine) -> None:
    text = make_scan_line(line)
    assert read_scan_line(text) == line
    assert read_scan_line(text.replace(" ", "")) == line
    assert len(text.replace(" ", "")) == LINE_WIDTH


@given(lines, st.integers(min_value=0, max_value=LINE_WIDTH - 1), st.integers(min_value=1, max_value=9))
def test_every_wrong_digit_is_found(line: ScanLine, place: int, more: int) -> None:
    text = bare(line)
    wrong = str((int(text[place]) + more) % 10)
    assert is_found(text[:place] + wrong + text[place + 1 :])


@given(lines)
def test_every_swap_of_neighbours_is_found(line: ScanLine) -> None:
    text = bare(line)
    for place in range(LINE_WIDTH - 1):
        first, second = text[place], text[place + 1]
        if first != second:
            assert is_found(text[:place] + second + first + text[place + 2 :]), place


@given(lines)
def test_every_twin_error_is_found(line: ScanLine) -> None:
    """`22` read as `55`: the fields' weights miss some of these, the overall ones miss others, never both."""
    text = bare(line)
    for place in range(LINE_WIDTH - 1):
        if text[place] == text[place + 1]:
            for digit in "0123456789":
                if digit != text[place]:
                    assert is_found(text[:place] + digit * 2 + text[place + 2 :]), (place, digit)


def test_what_each_check_misses_alone() -> None:
    def missed(check: object) -> set[frozenset[str]]:
        assert callable(check)
        pairs = [(a, b) for a, b in product("0123456789", repeat=2) if a < b]
        return {frozenset((a, b)) for a, b in pairs if check("1" + a + b) == check("1" + b + a)}

    assert missed(field_check_digit) == {frozenset("09")}
    assert missed(overall_check_digit) == {frozenset(pair) for pair in ("05", "16", "27", "38", "49")}


def test_a_jump_over_one_digit_is_not_found() -> None:
    """The document says so: digits two places apart have the same weight in both sums."""
    text = bare(ScanLine("123", 7, 100))
    jumped = text.replace("0000000001230", "0000000003210", 1)
    assert text.startswith("0000000001230")
    assert read_scan_line(jumped).account_number == "321"


@pytest.mark.parametrize(
    ("account", "bill", "amount"),
    [("1234567890123", 1, 1), ("12a", 1, 1), ("", 1, 1), ("1", 10**10, 1), ("1", 1, 10**10), ("1", 1, -1), ("١", 1, 1)],
)  # fmt: skip
def test_what_has_no_place_is_refused(account: str, bill: int, amount: int) -> None:
    with pytest.raises(ValueError):
        make_scan_line(ScanLine(account, bill, amount))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        line = read_scan_line(text)
    except ScanLineWrong:
        return
    assert bare(line) == "".join(text.split())
