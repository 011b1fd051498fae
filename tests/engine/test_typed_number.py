"""What people type as numbers: a comma that might be a decimal point is asked about, never dropped."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.typed_number import NotATypedNumber, typed_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("85", "85"), ("1,234.56", "1234.56"), (" .5 ", "0.5"), ("1,500", "1500"), ("0", "0"), ("12.", "12")],
)
def test_numbers_as_people_write_them(text: str, number: str) -> None:
    assert typed_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["1,5", "150,50", "1,23,456", ",5", "1,5000", "1.500,5"])
def test_a_comma_that_groups_no_thousands_is_refused_as_such(text: str) -> None:
    with pytest.raises(NotATypedNumber) as caught:
        typed_number(text)
    assert caught.value.has_comma


@pytest.mark.parametrize("text", ["", "x", "-1", "1e3", "NaN", "inf", "٣", "1 000", "--", "1.2.3"])
def test_anything_else_is_no_number(text: str) -> None:
    with pytest.raises(NotATypedNumber) as caught:
        typed_number(text)
    assert not caught.value.has_comma


@given(st.decimals(0, 10**12, places=3, allow_nan=False))
def test_what_is_written_with_thousands_reads_back(number: Decimal) -> None:
    assert typed_number(f"{number:,}") == typed_number(f"{number:f}") == number
