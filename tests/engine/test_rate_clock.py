"""Peak hours of a rate by season, kind of day and holiday; hours to come; what days and hours cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from meterside.engine.determinant import Determinant
from meterside.engine.hour_prices import hour_prices
from meterside.engine.interval_use import IntervalUse
from meterside.engine.likely_hours import with_likely_hours
from meterside.engine.period import Period, service_day
from meterside.engine.rate_clock import clock_of
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import rate
from meterside.engine.tariff.document import tariff_from_toml
from tests.cast import ZONE

RATE = """
format = "meterside-tariff/1"
code = "S"
name = "Rate"
name_es = "Tarifa"
utility = "Riverside"
commodity = "electric"
[[versions]]
effective_from = 2020-01-01
seasons = [
  { name = "summer", label = "summer", label_es = "verano", ranges = [{ from = "06-01", to = "09-30" }] },
  { name = "winter", label = "winter", label_es = "invierno", ranges = [{ from = "10-01", to = "05-31" }] },
]
holidays = [ { name = "Independence Day", month_day = "07-04", observed = "no" } ]
[[versions.schedules]]
name = "tod"
periods = [
  { name = "on", label = "on-peak", label_es = "punta", times = [
    { seasons = ["summer"], days = ["weekday"], from = "16:00", to = "21:00" } ] },
  { name = "mid", label = "mid-peak", label_es = "media", times = [
    { seasons = ["summer"], days = ["weekend", "holiday"], from = "16:00", to = "21:00" },
    { seasons = ["winter"], from = "17:00", to = "20:00" } ] },
  { name = "off", label = "off-peak", label_es = "valle" },
]
[[versions.components]]
kind = "time_of_use"
code = "energy"
label = "Energy"
label_es = "Energia"
schedule = "tod"
unit = "kWh"
periods = [
  { period = "on", prices = "0.40" }, { period = "mid", prices = "0.20" }, { period = "off", prices = "0.10" } ]
[[versions.components]]
kind = "usage"
code = "rider"
label = "Rider"
label_es = "Cargo"
price = "0.01"
unit = "kWh"
[[versions.components]]
kind = "percent"
code = "tax"
label = "Tax"
label_es = "Impuesto"
rate = "0.10"
"""


@pytest.mark.parametrize(
    ("day", "peak"),
    [
        (date(2025, 7, 2), [(960, 1260)]),  # a Wednesday in summer
        (date(2025, 7, 4), []),  # a holiday: mid-peak is not the dearest of the season
        (date(2025, 7, 5), []),  # a Saturday
        (date(2025, 12, 6), [(1020, 1200)]),  # in winter mid-peak is, on every day
    ],
)
def test_peak_is_the_dearest_period_of_the_season_on_the_days_that_have_it(
    day: date, peak: list[tuple[int, int]]
) -> None:
    spans = clock_of(tariff_from_toml(RATE).versions[0], day, {})
    assert spans is not None
    assert [(one.first, one.until) for one in spans if one.is_peak] == peak
    assert (spans[0].first, spans[-1].until) == (0, 1440)


def test_prices_that_are_all_the_same_have_no_peak() -> None:
    level = RATE.replace('"0.40"', '"0.10"').replace('"0.20"', '"0.10"')
    spans = clock_of(tariff_from_toml(level).versions[0], date(2025, 7, 2), {})
    assert spans is not None
    assert not any(one.is_peak for one in spans)


def run_of(period: Period, values: list[int]) -> IntervalUse:
    return IntervalUse(
        values=np.array(values, dtype=np.int64),
        unit="Wh",
        seconds=3600,
        start_utc=service_day(period.start, ZONE)[0],
        zone=ZONE,
    )


def test_hours_to_come_are_like_those_of_their_kind_of_day() -> None:
    # Saturday to Monday; of Saturday all but the hour from three on is known, of Monday the first two hours.
    period = Period(date(2025, 7, 5), date(2025, 7, 8))
    values = [10] * 24 + [30] * 24 + [40] * 24
    known = np.array([hour != 3 for hour in range(24)] + [True] * 24 + [hour < 2 for hour in range(24)])
    found = with_likely_hours(run_of(period, values), known)
    assert found is not None
    likely = (found.values // 1000).tolist()
    assert likely[3] == 30  # as on Sunday
    assert likely[48:50] == [40, 40]
    assert likely[50:53] == [20, 30, 20]  # no Monday has these hours: as on the other days
    assert with_likely_hours(run_of(period, values), np.zeros(72, dtype=np.bool_)) is None


def test_days_and_hours_as_documented() -> None:
    # Wednesday 2 July 2 kWh an hour, Saturday's kind (the 4th, a holiday) and Thursday 1 kWh.
    tariff, period = tariff_from_toml(RATE), Period(date(2025, 7, 2), date(2025, 7, 5))
    hours = run_of(period, [2000] * 24 + [1000] * 48)

    def priced(kwh: int) -> RatedSegment:
        use = {"usage": Determinant("usage", Decimal(kwh), "kWh")}
        return rate(tariff, period=period, determinants=use, intervals={"usage": hours})

    rated, idle = priced(96), priced(0)
    found = hour_prices(tariff, rated, idle, hours, quantity=Decimal(96))
    assert found is not None
    # on 15 x 0.40, mid 5 x 0.20, off 76 x 0.10, rider 0.96: 15.56, and a tenth of it.
    assert rated.total_cents - idle.total_cents == 1712
    exact = {name: round(cents, 1) for name, cents in found.by_period.items()}
    assert exact == {"on": Decimal("45.1"), "mid": Decimal("23.1"), "off": Decimal("12.1")}
    costs = [
        round(use * found.by_day[day]) for day, use in zip(sorted(found.by_day), (48, 24, 24), strict=True)
    ]
    assert costs == [911, 456, 345]
    assert sum(costs) == 1712
