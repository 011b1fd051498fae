"""Where a period's use leads: the worked tables of docs/algorithms/projection.md, and what must always hold."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.engine.habits import NO_HABITS, Habit, Habits, cold_slope
from meterside.engine.period import Period
from meterside.engine.projection import LEAST_DAYS, Basis, base_load, cut_to_year_before, project

MARCH = Period(date(2025, 3, 1), date(2025, 4, 1))  # begins on a Saturday
D = Decimal


def days(uses: list[int], start: date = MARCH.start) -> dict[date, Decimal]:
    return {start + timedelta(days=index): D(use) for index, use in enumerate(uses)}


def test_the_worked_table_of_pace() -> None:
    # Saturday and Sunday 30, five working days of 20: known 160; of the 24 days ahead 8 lie on week-ends.
    found = project(period=MARCH, days=days([30, 30, 20, 20, 20, 20, 20]))
    assert found is not None
    assert (found.known, found.days_known, found.basis) == (D(160), 7, Basis.PACE)
    assert found.likely == D(160) + 16 * 20 + 8 * 30
    assert (found.low, found.high) == (found.likely, found.likely), "days of a kind did not differ"
    assert found.by_day[date(2025, 3, 8)] == 30
    assert found.by_day[date(2025, 3, 10)] == 20


def test_the_worked_table_of_the_range() -> None:
    # Working days of 18 and 22 about a mean of 20: five squares of deviations, 4 each but for one of 0.
    found = project(
        period=Period(date(2025, 3, 3), date(2025, 3, 10)), days=days([18, 22, 18, 22, 20], date(2025, 3, 3))
    )
    assert found is not None
    assert found.likely == 100 + 2 * 20  # no week-end is known: the mean of all
    variance = D(16) / 4
    margin = D("1.28") * (variance * 2 * 3 + variance * 3 * 4 / 5).sqrt()
    assert (found.low, found.high) == (found.likely - margin, found.likely + margin)


def test_the_worked_table_of_last_year() -> None:
    # Ten days of 20 where last year had 10: twice as much. Last year went on at 15: expected (20 + 30) / 2 a day.
    last_year = days([10] * 10 + [15] * 21)
    found = project(period=MARCH, days=days([20] * 10), last_year=last_year)
    assert found is not None
    assert found.basis is Basis.PACE_AND_LAST_YEAR
    assert found.likely == 200 + 21 * 25
    # By pace alone it were 620: that lies in the range too.
    assert found.low <= 620 <= found.high


def test_a_year_before_that_is_not_whole_is_left_out() -> None:
    last_year = days([10] * 30)
    found = project(period=MARCH, days=days([20] * 10), last_year=last_year)
    assert found is not None
    assert found.basis is Basis.PACE


def test_too_few_days_lead_nowhere() -> None:
    assert project(period=MARCH, days=days([20] * (LEAST_DAYS - 1))) is None
    assert project(period=MARCH, days=days([20] * 9, date(2025, 2, 1))) is None


def test_the_year_before_by_date() -> None:
    february = Period(date(2024, 2, 28), date(2024, 3, 2))
    then = {date(2023, 2, 28): D(7), date(2023, 3, 1): D(8)}
    assert cut_to_year_before(then, february) == {
        date(2024, 2, 28): D(7), date(2024, 2, 29): D(7), date(2024, 3, 1): D(8),
    }  # fmt: skip


amounts = st.decimals(0, 10_000, places=3)
known_days = st.dictionaries(st.integers(0, 30), amounts, min_size=LEAST_DAYS, max_size=31)


@given(known_days)
def test_what_is_known_is_never_lost(uses: dict[int, Decimal]) -> None:
    known = {MARCH.start + timedelta(days=day): use for day, use in uses.items()}
    found = project(period=MARCH, days=known)
    assert found is not None
    assert found.known == sum(known.values())
    assert found.known <= found.low <= found.likely <= found.high
    assert set(found.by_day) == {day for day in MARCH.each_day() if day not in known}
    assert found.likely == found.known + sum(found.by_day.values())
    if not found.by_day:
        assert found.low == found.high == found.known


@given(known_days, st.integers(2, 9))
def test_twice_the_use_is_twice_the_projection(uses: dict[int, Decimal], times: int) -> None:
    known = {MARCH.start + timedelta(days=day): use for day, use in uses.items()}
    one = project(period=MARCH, days=known)
    many = project(period=MARCH, days={day: use * times for day, use in known.items()})
    assert one is not None
    assert many is not None
    assert many.likely == pytest.approx(one.likely * times, rel=D("1e-20"))
    assert many.high == pytest.approx(one.high * times, rel=D("1e-15"))


def test_base_load_is_what_the_quietest_tenth_uses_an_hour() -> None:
    hours = [D("0.3")] * 4 + [D(1)] * 20
    assert base_load(hours, 3600) == D("0.3")
    assert base_load([D("0.1")] * 96, 900) == D("0.4")
    assert base_load(hours[:23], 3600) is None


def test_a_car_makes_all_days_alike_as_documented() -> None:
    uses = days([10, 40, 10, 40, 10])  # Saturday to Wednesday
    week = Period(MARCH.start, MARCH.start + timedelta(days=7))
    plain, charged = (project(period=week, days=uses, habits=habits) for habits in (NO_HABITS, Habits(True)))
    assert plain is not None
    assert charged is not None
    assert (plain.likely, plain.habits) == (110 + 2 * D(20), ())  # as Monday to Wednesday
    assert (charged.likely, charged.habits) == (110 + 2 * D(22), (Habit.CAR,))


def test_a_pool_s_filling_is_known_use_and_no_example() -> None:
    uses = days([100, 100, 2000, 100, 100, 100])
    week = Period(MARCH.start, MARCH.start + timedelta(days=7))
    found = project(period=week, days=uses, habits=Habits(fills_pool=True))
    assert found is not None
    assert (found.known, found.likely, found.habits) == (D(2500), D(2600), (Habit.POOL,))
    usual = project(period=week, days=days([100] * 6), habits=Habits(fills_pool=True))
    assert usual is not None
    assert usual.habits == (), "nothing was filled, so nothing is said of it"


def test_days_to_come_are_as_cold_as_a_year_before() -> None:
    uses = days([30, 20] * 5)
    degrees = days([20, 10] * 5) | {MARCH.start + timedelta(days=10): D(25)}
    period = Period(MARCH.start, MARCH.start + timedelta(days=11))
    found = project(period=period, days=uses, habits=Habits(heating_degrees=degrees))
    assert found is not None
    by_pace = project(period=period, days=uses)
    assert by_pace is not None
    # A Tuesday, so by pace the mean of the working days: 25; ten degrees more than the mean of 15.
    assert (found.likely, by_pace.likely, found.habits) == (D(285), D(275), (Habit.HEATING,))
    assert found.low <= by_pace.likely <= found.high


@pytest.mark.parametrize(
    ("uses", "degrees", "why"),
    [
        ([30, 20] * 4, [20, 10] * 4, "eight days say nothing"),
        ([20, 30] * 5, [20, 10] * 5, "less is used when it is cold"),
        ([25] * 10, [20, 10] * 5, "all days are the same"),
        ([30, 20, 21, 29, 22, 28, 25, 25, 20, 30], [20, 10] * 5, "cold explains little"),
    ],
)
def test_a_slope_that_does_not_hold_does_not_count(uses: list[int], degrees: list[int], why: str) -> None:
    assert cold_slope(days(uses), days(degrees)) is None, why
