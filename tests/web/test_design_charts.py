"""What is drawn is what is given: bars keep to their box, sums hold, the table beside them equals the data."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.template import engines
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from meterside.web.components.chart import (
    ChangePart,
    DayUse,
    MonthUse,
    PartsDoNotSum,
    Quality,
    changes,
    day_strip,
    month_bars,
)
from meterside.web.components.chart.geometry import Box, axis, share

FIRST = date(2026, 11, 4)
KNOWN = st.sampled_from([Quality.MEASURED, Quality.ESTIMATED, Quality.PROJECTED])
AMOUNTS = st.integers(min_value=0, max_value=10**12)
HAIR = Decimal("0.02")  # two roundings of a hundredth


def a_day(index: int, amount: int | None, quality: Quality) -> DayUse:
    if amount is None:
        return DayUse(FIRST + timedelta(days=index), None, Quality.MISSING)
    return DayUse(FIRST + timedelta(days=index), amount, quality)


@st.composite
def periods(draw: st.DrawFn) -> list[DayUse]:
    drawn = draw(st.lists(st.tuples(st.none() | AMOUNTS, KNOWN), min_size=1, max_size=70))
    return [a_day(index, amount, quality) for index, (amount, quality) in enumerate(drawn)]


def inside(box: Box) -> bool:
    return (
        box.x >= 0
        and box.y >= 0
        and box.width > 0
        and box.height >= 0
        and box.x + box.width <= 100 + HAIR
        and box.y + box.height <= 100 + HAIR
    )


@given(periods())
def test_a_strip_keeps_to_its_box_and_its_order(days: list[DayUse]) -> None:
    strip = day_strip(days=days)
    assert [bar.use for bar in strip.bars] == days
    assert all(inside(bar.box) for bar in strip.bars)
    for left, right in pairwise(strip.bars):
        assert left.box.x + left.box.width <= right.box.x + HAIR
    assert sum(strip.count(quality) for quality in Quality) == len(days)


@given(periods())
def test_more_use_is_never_a_lower_bar(days: list[DayUse]) -> None:
    known = [bar for bar in day_strip(days=days).bars if bar.use.amount is not None]
    ordered = sorted(known, key=lambda bar: bar.use.amount or 0)
    heights = [bar.box.height for bar in ordered]
    assert heights == sorted(heights)


@given(periods(), st.integers(min_value=-3, max_value=75))
def test_today_is_marked_only_inside_the_period(days: list[DayUse], offset: int) -> None:
    strip = day_strip(days=days, today=FIRST + timedelta(days=offset))
    if 0 <= offset < len(days):
        assert strip.today_x == share(offset, len(days))
    else:
        assert strip.today_x is None


def test_today_stands_between_measured_and_expected() -> None:
    days = [a_day(index, 5, Quality.MEASURED if index < 19 else Quality.PROJECTED) for index in range(31)]
    strip = day_strip(days=days, today=FIRST + timedelta(days=19))
    assert strip.today_x is not None
    assert strip.bars[18].box.x + strip.bars[18].box.width < strip.today_x < strip.bars[19].box.x
    assert strip.known_total == 19 * 5


def test_days_must_follow_each_other() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        day_strip(days=[a_day(0, 1, Quality.MEASURED), a_day(2, 1, Quality.MEASURED)])
    with pytest.raises(ValueError, match="at least one"):
        day_strip(days=[])


def test_an_amount_and_missing_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="absent"):
        DayUse(FIRST, 5, Quality.MISSING)
    with pytest.raises(ValueError, match="absent"):
        DayUse(FIRST, None)
    with pytest.raises(ValueError, match="negative"):
        DayUse(FIRST, -1)
    with pytest.raises(ValueError, match="absent"):
        MonthUse(FIRST, None)
    with pytest.raises(ValueError, match="negative"):
        MonthUse(FIRST, 1, -1)


@given(st.lists(st.tuples(AMOUNTS, st.none() | AMOUNTS), min_size=1, max_size=25))
def test_months_keep_to_their_box_under_the_axis(amounts: list[tuple[int, int | None]]) -> None:
    months = [
        MonthUse(date(2024 + i // 12, i % 12 + 1, 1), now, before) for i, (now, before) in enumerate(amounts)
    ]
    bars = month_bars(months=months)
    assert [bar.use for bar in bars.bars] == months
    for bar in bars.bars:
        assert inside(bar.box)
        assert (bar.last_year is None) == (bar.use.last_year is None)
        if bar.last_year is not None:
            assert inside(bar.last_year)
            assert bar.last_year.x + bar.last_year.width <= bar.box.x + HAIR
    assert bars.has_last_year == any(before is not None for _, before in amounts)


@given(st.integers(min_value=1, max_value=10**15), st.integers(min_value=-6, max_value=3))
def test_an_axis_covers_its_values_in_few_round_steps(size: int, power: int) -> None:
    highest = Decimal(size).scaleb(power)
    top, values = axis(highest)
    assert values[0] == 0
    assert values[-1] == top >= highest
    assert 2 <= len(values) <= 5
    steps = {b - a for a, b in pairwise(values)}
    assert len(steps) == 1
    assert steps.pop().normalize().as_tuple().digits in {(1,), (2,), (2, 5), (5,)}


@given(
    st.lists(st.integers(min_value=-(10**9), max_value=10**9), min_size=1, max_size=9), st.integers(0, 10**9)
)
def test_reasons_sum_and_each_begins_where_the_last_ended(amounts: list[int], before: int) -> None:
    parts = [ChangePart(f"part {index}", amount) for index, amount in enumerate(amounts)]
    why = changes(before_cents=before, after_cents=before + sum(amounts), parts=parts)
    assert why.total_cents == sum(amounts)
    assert [bar.part for bar in why.bars] == parts
    assert all(inside(bar.box) for bar in (*why.bars,))
    assert inside(why.total)


def test_reasons_that_do_not_sum_are_refused() -> None:
    with pytest.raises(PartsDoNotSum, match="99 cents of 100"):
        changes(before_cents=0, after_cents=100, parts=[ChangePart("weather", 99)])


def test_the_table_equals_the_data() -> None:
    days = [a_day(0, 24, Quality.MEASURED), a_day(1, None, Quality.MISSING), a_day(2, 31, Quality.ESTIMATED)]
    source = (
        '{% from "components/chart/chart.html" import day_strip %}'
        '{{ day_strip(strip, "x", "Use", commodity="water", unit="gal") }}'
    )
    with translation.override("en"):
        html = engines["jinja2"].from_string(source).render({"strip": day_strip(days=days)})
        rows = [
            f'<th scope="row">Nov {4 + index}</th><td class="num">{shown}</td><td>{known}</td>'
            for index, (shown, known) in enumerate(
                [("24", "measured"), ("–", "missing"), ("31", "estimated")]
            )
        ]
    assert "".join(f"<tr>{row}</tr>" for row in rows) in html
    assert '<th scope="col" class="num">Use, gallons</th>' in html
    assert (html.count('class="est"'), html.count('class="mis"'), html.count('fill="url(#x-own)"')) == (
        1,
        1,
        1,
    )
    assert 'aria-label="Use. 1 day measured, 1 estimated, 1 missing."' in html


def test_a_day_strip_has_the_year_before_beside_each_day() -> None:
    days = [DayUse(date(2026, 10, 1), 10, last_year=20), DayUse(date(2026, 10, 2), 20)]
    strip = day_strip(days=days)
    first, second = strip.bars
    assert strip.has_last_year
    assert first.old is not None
    assert first.old.x + first.old.width == first.box.x
    assert first.old.height == second.box.height == 80
    assert first.box.height == 40
    assert second.old is None
    assert not day_strip(days=[DayUse(date(2026, 10, 1), 10)]).has_last_year


def test_a_year_before_is_not_negative() -> None:
    with pytest.raises(ValueError, match="last year"):
        DayUse(date(2026, 10, 1), 10, last_year=-1)
