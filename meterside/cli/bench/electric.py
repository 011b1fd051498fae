"""Hours: a month of them explained, and a year of them for many accounts beside the same sums in plain NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from meterside.cli.real.utility_rate import HOURS, YEAR, pysam_months
from meterside.engine.clock_class import interval_classes
from meterside.engine.interval_use import IntervalUse
from meterside.engine.many import ManyUse, rate_many
from meterside.engine.period import Period
from meterside.engine.rating import rate
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_toml

from . import Result
from .timing import best_cpu_s

HOURLY: Final = """
format = "meterside-tariff/1"
code = "B-2"
name = "Bench, by the hour"
utility = "Bench"
commodity = "electric"
[[versions]]
effective_from = 2015-01-01
[[versions.schedules]]
name = "tod"
periods = [
  { name = "on_peak", times = [{ days = ["weekday"], from = "08:00", to = "20:00" }] },
  { name = "off_peak" },
]
[[versions.components]]
kind = "fixed"
code = "customer"
label = "Customer charge"
amount = "13.50"
[[versions.components]]
kind = "time_of_use"
code = "energy"
label = "Energy"
schedule = "tod"
unit = "kWh"
widths = ["500"]
periods = [
  { period = "on_peak", prices = ["0.3012", "0.3540"] },
  { period = "off_peak", prices = ["0.0934", "0.1210"] },
]
[[versions.components]]
kind = "usage"
code = "power_cost"
label = "Power cost"
unit = "kWh"
price = "0.0123"
[[versions.components]]
kind = "demand"
code = "demand"
label = "On-peak demand"
prices = "3.10"
schedule = "tod"
period = "on_peak"
[[versions.components]]
kind = "minimum"
code = "minimum"
label = "Minimum bill"
amount = "20.00"
[[versions.components]]
kind = "percent"
code = "tax"
label = "City tax"
rate = "0.05"
"""
_SEGMENTS: Final = 200
_ACCOUNTS: Final = 2048
_TOGETHER: Final = 64
_PYSAM_CALLS: Final = 3
#: The same rate as the database would have it, for PySAM.
URDB: Final[dict[str, Any]] = {
    "utility": "Bench",
    "name": "Bench, by the hour",
    "fixedchargefirstmeter": 13.5,
    "fixedchargeunits": "$/month",
    "mincharge": 20,
    "minchargeunits": "$/month",
    "energyratestructure": [
        [{"rate": 0.3012, "max": 500}, {"rate": 0.354}],
        [{"rate": 0.0934, "max": 500}, {"rate": 0.121}],
    ],
    "energyweekdayschedule": [[1] * 8 + [0] * 12 + [1] * 4 for _ in range(12)],
    "energyweekendschedule": [[1] * 24 for _ in range(12)],
}


def run() -> Iterator[Result]:
    """A month by itself, then a year of many."""
    tariff = tariff_from_toml(HOURLY)
    yield _one_month(tariff)
    yield from _many(tariff)


def _hours(rows: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng(11).integers(0, 3000, (rows, count))


def _one_month(tariff: Tariff) -> Result:
    period = Period(date(YEAR, 6, 1), date(YEAR, 7, 1))
    start = datetime(YEAR, 6, 1, tzinfo=UTC)
    uses = [
        IntervalUse(values=row, unit="Wh", seconds=3600, start_utc=start, zone=UTC)
        for row in _hours(_SEGMENTS, 720)
    ]
    version = tariff.versions[0]
    classes = interval_classes(version.schedules[0], version, uses[0].calendar)

    def rated() -> None:
        for use in uses:
            for line in rate(tariff, period=period, determinants={}, intervals={"usage": use}).lines:
                line.formula_text  # noqa: B018

    def summed() -> None:
        for use in uses:
            np.bincount(classes, weights=use.values, minlength=2)

    figure, floor = (best_cpu_s(work) / _SEGMENTS * 1000 for work in (rated, summed))
    words = "ms, the sums by class alone"
    name = "rating a month of hours, tiers inside time of use, six components, explained"
    return Result(name, figure, "ms of CPU", floor, words, "at most 1 ms", figure <= 1)


def _many(tariff: Tariff) -> Iterator[Result]:
    months = [
        Period(date(YEAR, month, 1), date(YEAR + month // 12, month % 12 + 1, 1)) for month in range(1, 13)
    ]
    values = _hours(_ACCOUNTS, HOURS)
    use = ManyUse(
        values=values, unit="Wh", seconds=3600, start_utc=datetime(YEAR, 1, 1, tzinfo=UTC), zone=UTC
    )
    calendar, version = use.calendar, tariff.versions[0]
    # Peaks are not sums: the floor would not be the same work.
    summed = tuple(component for component in version.components if component.kind != "demand")
    plain = replace(tariff, versions=(replace(version, components=summed),))
    figure = _ACCOUNTS / best_cpu_s(lambda: rate_many(plain, periods=months, use=use))
    labels = calendar.month * 2 + interval_classes(version.schedules[0], version, calendar)
    rows = _ACCOUNTS / best_cpu_s(lambda: _sums_by_row(values, labels))
    runs = _ACCOUNTS / best_cpu_s(lambda: _sums_by_runs(values, labels))
    half = "at least half"
    yield _result(figure, rows, "a second, the same sums by bincount", half, figure >= rows / 2)
    yield _result(figure, runs, "a second, the same sums by runs", half, figure >= runs / 2)
    if pysam_months(URDB, values[0]) is not None:
        own = values[:_PYSAM_CALLS]
        took_s = best_cpu_s(lambda: [pysam_months(URDB, row) for row in own], rounds=2, warm=0)
        calls = _PYSAM_CALLS / took_s
        yield _result(figure, calls, "a second, PySAM", "at least 25 times", figure >= 25 * calls)


def _result(figure: float, floor: float, words: str, goal: str, is_met: bool) -> Result:
    name = "a year of hours of many accounts, twelve bills each"
    return Result(name, figure, "accounts a second", floor, words, goal, is_met)


def _sums_by_row(values: NDArray[np.int64], labels: NDArray[np.int64]) -> None:
    """An account at a time, as one would write it."""
    for row in values:
        np.bincount(labels, weights=row)


def _sums_by_runs(values: NDArray[np.int64], labels: NDArray[np.int64]) -> None:
    """The quickest way NumPy was found to have: runs of one label, then the runs of each."""
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.flatnonzero(np.diff(labels)) + 1))
    order = np.argsort(labels[starts], kind="stable")
    groups = np.unique(labels[starts][order], return_index=True)[1]
    for first in range(0, len(values), _TOGETHER):
        runs = np.add.reduceat(values[first : first + _TOGETHER], starts, axis=1)
        np.add.reduceat(runs[:, order], groups, axis=1)
