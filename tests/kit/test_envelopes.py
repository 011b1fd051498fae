"""Where an address must stand to be seen in a window, worked by hand for the usual envelopes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.kit.envelopes import NUMBER_9, NUMBER_10, AddressNotSeen, Box, envelope_of, mil_of


def test_the_third_of_a_letter_in_a_number_10() -> None:
    """8 1/2 by 3 2/3 inches in 9 1/2 by 4 1/8: it slides an inch across and 0.458 up."""
    assert NUMBER_10.always_seen(width_mil=8_500, height_mil=3_667) == Box(875, 500, 4_375, 1_167)
    assert NUMBER_10.ever_seen(width_mil=8_500, height_mil=3_667) == Box(0, 42, 5_375, 1_625)


def test_a_stub_in_a_number_9() -> None:
    """8 1/2 by 3 1/2 inches in 8 7/8 by 3 7/8: three eighths either way."""
    assert NUMBER_9.always_seen(width_mil=8_500, height_mil=3_500) == Box(875, 500, 5_000, 1_250)
    assert NUMBER_9.ever_seen(width_mil=8_500, height_mil=3_500) == Box(500, 125, 5_375, 1_625)


@pytest.mark.parametrize(
    ("width", "height"), [(8_500, 2_700), (3_900, 3_500), (8_900, 3_500), (8_500, 3_900)]
)
def test_what_slides_out_of_sight_or_does_not_go_in_is_refused(width: int, height: int) -> None:
    with pytest.raises(AddressNotSeen):
        NUMBER_9.always_seen(width_mil=width, height_mil=height)


@given(st.integers(0, 375), st.integers(0, 375), st.integers(0, 8_499), st.integers(0, 3_499))
def test_always_and_ever_hold_wherever_the_stub_lies(across: int, up: int, left: int, bottom: int) -> None:
    always = NUMBER_9.always_seen(width_mil=8_500, height_mil=3_500)
    ever = NUMBER_9.ever_seen(width_mil=8_500, height_mil=3_500)
    shown = 875 <= left + across < 5_375 and 500 <= bottom + up < 1_625
    if always.left_mil <= left < always.right_mil and always.bottom_mil <= bottom < always.top_mil:
        assert shown
    if shown:
        assert ever.left_mil <= left < ever.right_mil
        assert ever.bottom_mil <= bottom < ever.top_mil


def test_envelopes_are_written_in_inches() -> None:
    assert envelope_of("9.5 4.125 0.875 .5 4.5 1.125") == NUMBER_10 == envelope_of("#10")
    assert mil_of("3.5") == 3_500


@pytest.mark.parametrize(
    "text", ["", "#11", "9.5 4.125", "a b c d e f", "9.5 4.125 0.875 0.5 4.5 -1", "1 2 3 4 5 6 7"]
)
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        envelope_of(text)
