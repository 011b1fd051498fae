"""Estimates of intervals: the worked tables of docs/algorithms/validation.md."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.estimation import mean_of, on_the_line, scaled_to, short_gaps


def test_a_line_between_neighbours_halves_up() -> None:
    assert on_the_line(10, 40, 2).tolist() == [20, 30]
    assert on_the_line(10, 11, 1).tolist() == [11]
    assert on_the_line(8, 0, 3).tolist() == [6, 4, 2]


def test_the_mean_of_like_days_halves_up() -> None:
    days = np.array([[1000, 7], [1000, 8], [1001, 0], [1001, 0], [1001, 0]], dtype=np.int64)
    assert mean_of(days).tolist() == [1001, 3]


def test_like_days_are_scaled_to_what_the_register_says() -> None:
    assert scaled_to(np.array([100, 200, 100]), 800).tolist() == [200, 400, 200]
    # 10 over three equal shares: the first gets what is left.
    assert scaled_to(np.array([5, 5, 5]), 10).tolist() == [4, 3, 3]
    assert scaled_to(np.array([0, 0]), 7).tolist() == [4, 3]
    with pytest.raises(ValueError, match="less than nothing"):
        scaled_to(np.array([1]), -1)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.integers(0, 10**9))
def test_scaled_values_make_up_the_total_to_the_unit(profile: list[int], total: int) -> None:
    values = scaled_to(np.array(profile, dtype=np.int64), total)
    assert int(values.sum()) == total
    assert (values >= 0).all()


@pytest.mark.parametrize(
    ("missing", "gaps"),
    [
        ("..xx..x.", [(2, 4), (6, 7)]),
        ("xx....", []),  # nothing before it
        ("....x", []),  # nothing after it
        (".xxx..", []),  # too long for a line
    ],
)
def test_short_gaps_have_neighbours_on_both_sides(missing: str, gaps: list[tuple[int, int]]) -> None:
    assert short_gaps(np.array([mark == "x" for mark in missing]), 2) == gaps
