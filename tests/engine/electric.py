"""Electric tariffs written as documents, and intervals for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from meterside.engine.determinant import Determinant
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period, service_day
from meterside.engine.tariff import Tariff
from meterside.engine.tariff.document import tariff_from_toml

NEW_YORK = ZoneInfo("America/New_York")
JUNE = Period(date(2025, 6, 1), date(2025, 7, 1))

HEAD = """
format = "meterside-tariff/1"
code = "T"
name = "Tariff"
utility = "Riverbend"
commodity = "electric"
[[versions]]
effective_from = 2020-01-01
"""
TOD = """
holidays = [{ name = "Independence Day", month_day = "07-04", observed = "friday_monday" }]
[[versions.schedules]]
name = "tod"
periods = [
  { name = "on_peak", label = "on-peak", label_es = "en horas punta", times = [
    { days = ["weekday"], from = "08:00", to = "20:00" } ] },
  { name = "off_peak", label = "off-peak", label_es = "en horas valle" },
]
"""


def tariff(*components: str, version: str = "") -> Tariff:
    """A tariff of one version with these components (TOML, without their heading)."""
    parts = [f'[[versions.components]]\nlabel = "L"\n{body}\n' for body in components]
    return tariff_from_toml(HEAD + version + "\n".join(parts))


def given(**quantities: str) -> dict[str, Determinant]:
    """``usage="300 kWh"`` as determinants; ``__`` in a name stands for its point."""
    found = {}
    for name, text in quantities.items():
        quantity, unit = text.split()
        own = name.replace("__", ".")
        found[own] = Determinant(own, Decimal(quantity), unit)
    return found


def run_of(
    period: Period, values: Callable[[int], int] | None = None, *, seconds: int = 3600, **more: Any
) -> IntervalUse:
    """Wh of each interval of a period: by number, else one each."""
    opens = service_day(period.start, NEW_YORK)[0]
    closes = service_day(period.closed_end, NEW_YORK)[0]
    count = (closes - opens) // timedelta(seconds=seconds)
    own = np.array([values(number) if values else 1 for number in range(count)], dtype=np.int64)
    use = IntervalUse(values=own, unit="Wh", seconds=seconds, start_utc=opens, zone=NEW_YORK)
    return replace(use, **more)


def on_and_off(period: Period, on_wh: int, off_wh: int) -> IntervalUse:
    """So many Wh on a weekday's noon, and so many on its midnight, at the first weekday of a period."""
    use = run_of(period)
    calendar = use.calendar
    working = next(index for index, day in enumerate(calendar.days) if day.weekday() < 5)
    own = calendar.day_index == working
    values = np.where(own & (calendar.hour == 12), on_wh, np.where(own & (calendar.hour == 0), off_wh, 0))
    return replace(use, values=values.astype(np.int64))


def product(text: str) -> list[tuple[Decimal, Decimal]]:
    """``75 x 0.30, 75 x 0.40`` as pairs of quantity and price."""
    pairs = (item.split(" x ") for item in text.split(", "))
    return [(Decimal(quantity), Decimal(price)) for quantity, price in pairs]


def facts_of(line: Any) -> Mapping[str, str]:
    """A line's facts by name."""
    return dict(line.facts)
