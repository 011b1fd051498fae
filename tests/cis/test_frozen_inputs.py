"""What is frozen comes back as it was: hours of any size, and series of which only the segment's days are kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterside.cis.billing.inputs.freezing import series_for
from meterside.cis.billing.inputs.hours import freeze_use, thaw_use, times_exactly
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.series import DatedSeries, SeriesGap
from tests.cast import ZONE

_WHOLE = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@given(
    values=st.lists(_WHOLE, max_size=50),
    scale=st.decimals(min_value="0.000001", max_value=1000, places=6),
    seconds=st.sampled_from((300, 900, 1800, 3600)),
    data=st.data(),
)
def test_hours_come_back(values: list[int], scale: Decimal, seconds: int, data: st.DataObject) -> None:
    codes = data.draw(st.none() | st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    use = IntervalUse(
        values=np.array(values, dtype=np.int64),
        unit="Wh",
        seconds=seconds,
        start_utc=datetime(2025, 3, 1, 8, tzinfo=UTC),
        zone=ZONE,
        scale=scale,
        quality=None if codes is None else np.array(codes, dtype=np.uint8),
    )
    again = thaw_use(json.loads(json.dumps(freeze_use(use))))
    assert again.values.tolist() == values
    assert (None if again.quality is None else again.quality.tolist()) == codes
    assert (again.unit, again.seconds, again.start_utc, again.zone, again.scale) == (
        use.unit,
        use.seconds,
        use.start_utc,
        use.zone,
        use.scale,
    )


_DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2025, 12, 31))


def _on(series: DatedSeries, day: date) -> object:
    try:
        return series.on(day)
    except SeriesGap:
        return None


@given(
    days=st.lists(_DAYS, min_size=1, max_size=8, unique=True),
    start=_DAYS,
    length=st.integers(1, 62),
    late=st.integers(-10, 40),
    gap=st.integers(0, 7),
    ends=st.none() | st.integers(1, 100),
)
def test_a_trimmed_series_says_the_same_on_the_days_of_its_segment(
    days: list[date], start: date, length: int, late: int, gap: int, ends: int | None
) -> None:
    values = tuple(
        (day, None if number == gap and number else Decimal(number))
        for number, day in enumerate(sorted(days))
    )
    end = None if ends is None else values[-1][0] + timedelta(days=ends)
    whole = DatedSeries("s", values, end)
    period = Period(start, start + timedelta(days=length))
    bill_date = period.closed_end + timedelta(days=late)
    kept = series_for(frozenset({"s", "unknown"}), {"s": whole}, period, bill_date)["s"]
    for day in (*period.each_day(), period.closed_end, bill_date):
        assert _on(kept, day) == _on(whole, day)
    assert DatedSeries.from_dict(json.loads(json.dumps(kept.to_dict()))) == kept


def test_a_series_nobody_keeps_is_left_to_rating_to_miss() -> None:
    assert (
        series_for(frozenset({"s"}), {}, Period(date(2025, 1, 1), date(2025, 2, 1)), date(2025, 2, 1)) == {}
    )


def test_hours_that_would_overflow_are_refused() -> None:
    assert times_exactly(np.array([3, -4], dtype=np.int64), 5).tolist() == [15, -20]
    with pytest.raises(OverflowError):
        times_exactly(np.array([2**40], dtype=np.int64), 2**30)
