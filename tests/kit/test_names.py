"""Names people have, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.kit.names import MAX_NAME_CHARACTERS, UnableToUseName, UnusableNameReason, clean_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("O'Brien-Nunez", "O'Brien-Nunez"),
        ("  Anne   Marie ", "Anne Marie"),
        ("X", "X"),
        ("Nun\u0303ez", "Nu\u00f1ez"),
        ("李", "李"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("R2", "R2"),
        ("x" * 100, "x" * 100),
    ],
)
def test_names(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", UnusableNameReason.EMPTY),
        ("   ", UnusableNameReason.EMPTY),
        ("x" * 101, UnusableNameReason.TOO_LONG),
        ("x" * 1_000_000, UnusableNameReason.TOO_LONG),
        ("Bob\x00", UnusableNameReason.INVISIBLE),
        ("Bob\nBcc: all", UnusableNameReason.INVISIBLE),
        ("\u202eboB", UnusableNameReason.INVISIBLE),
        ("\u200bBob", UnusableNameReason.INVISIBLE),
        ("\ud800", UnusableNameReason.INVISIBLE),
        ("12345", UnusableNameReason.NO_LETTER),
        ("\u200d", UnusableNameReason.NO_LETTER),
    ],
)
def test_no_names(typed: str, reason: UnusableNameReason) -> None:
    with pytest.raises(UnableToUseName) as refused:
        clean_name(typed)
    assert refused.value.reason is reason
    assert typed not in str(refused.value) or not typed.strip()


def test_every_kind_of_space_is_one_plain_space() -> None:
    assert clean_name("\u00a0Ana\u2003\u00a0María\u3000") == "Ana María"


@given(st.text(max_size=300))
def test_a_cleaned_name_is_clean(typed: str) -> None:
    try:
        name = clean_name(typed)
    except UnableToUseName:
        return
    assert clean_name(name) == name
    assert 1 <= len(name) <= MAX_NAME_CHARACTERS
    assert "\n" not in name
    assert name == name.strip()
