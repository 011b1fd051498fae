"""What stands of a day: the worked table of docs/algorithms/validation.md, and that order never matters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.day_fold import DayInput, standing_day
from meterside.engine.interval import DayIntervals, Quality, day_intervals

DAY, MIDNIGHT = date(2025, 5, 1), datetime(2025, 5, 1, 7, tzinfo=UTC)
NOON = datetime(2025, 5, 2, 12, tzinfo=UTC)
M, E, D, X = Quality.MEASURED, Quality.ESTIMATED, Quality.DERIVED, Quality.MISSING


def said(
    values: list[int], codes: list[Quality], at: int = 0, *, edit: bool = False, seconds: int = 3600
) -> DayInput:
    row = day_intervals(DAY, MIDNIGHT, seconds, values, codes)
    return DayInput(row, NOON + timedelta(hours=at), edit)


def shown(day: DayIntervals) -> list[tuple[int, Quality]]:
    return [(int(v), Quality(int(q))) for v, q in zip(day.array(), day.quality_array(), strict=True)]


@pytest.mark.parametrize(
    ("inputs", "stands"),
    [
        # a later read corrects an earlier one; what it does not say stays
        ([said([5, 6], [M, M]), said([8, 0], [M, X], 1)], [(8, M), (6, M)]),
        # an estimate fills a hole, however late; a read replaces it, however early it was stated
        ([said([5, 0], [M, X], 1), said([9, 9], [E, E], 2)], [(5, M), (9, E)]),
        ([said([5, 0], [M, X]), said([0, 9], [X, E], 2), said([0, 7], [X, M], 1)], [(5, M), (7, M)]),
        # an edit stands over a read that is stated later
        (
            [said([5, 900], [M, M]), said([0, 6], [X, M], 1, edit=True), said([5, 900], [M, M], 2)],
            [(5, M), (6, M)],
        ),
        # stated at once: measured before derived, then the lesser
        ([said([5, 6], [D, M]), said([4, 7], [M, M])], [(4, M), (6, M)]),
    ],
)
def test_the_worked_table(inputs: list[DayInput], stands: list[tuple[int, Quality]]) -> None:
    assert shown(standing_day(inputs)) == stands
    assert shown(standing_day(inputs[::-1])) == stands


def test_the_latest_read_grid_stands_alone() -> None:
    hours, halves = said([5, 6], [M, M]), said([1, 2, 3, 4], [M] * 4, 1, seconds=1800)
    for inputs in ([hours, halves], [halves, hours]):
        assert standing_day(inputs) == halves.day
    guess = said([9, 9], [E, E], 3)
    assert standing_day([guess, halves]) == halves.day


_INPUT = st.builds(
    said,
    values=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
    codes=st.lists(st.sampled_from(list(Quality)), min_size=3, max_size=3),
    at=st.integers(0, 2),
    edit=st.booleans(),
)


@given(st.lists(_INPUT, min_size=1, max_size=5), st.data())
def test_order_and_repetition_do_not_matter(inputs: list[DayInput], data: st.DataObject) -> None:
    stands = standing_day(inputs)
    again = [*inputs, *data.draw(st.lists(st.sampled_from(inputs), max_size=3))]
    assert standing_day(data.draw(st.permutations(again))) == stands


def test_inputs_of_two_days_are_refused() -> None:
    other = day_intervals(date(2025, 5, 2), MIDNIGHT + timedelta(days=1), 3600, [1, 2])
    with pytest.raises(ValueError, match="one day"):
        standing_day([said([1, 2], [M, M]), DayInput(other, NOON)])
