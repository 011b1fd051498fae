"""What a segment was priced from, kept in its row: enough to price it again to the cent and to explain a change.

Interval values are packed (a month of hours takes about a kilobyte); of a series only the values of the segment's
days are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from meterside.engine.characteristic import DatedCharacteristic
from meterside.engine.determinant import Determinant
from meterside.engine.explain import SegmentInputs
from meterside.engine.period import Period
from meterside.engine.rated import RatingState
from meterside.engine.series import DatedSeries
from meterside.engine.tariff.model import Tariff

from .hours import freeze_use, thaw_use


def freeze_inputs(inputs: SegmentInputs) -> dict[str, Any]:
    """JSON form of all that priced a segment; `thaw_inputs` reads it back."""
    daily = inputs.daily_usage
    frozen: dict[str, Any] = {
        "tariff": inputs.tariff.code,
        "period": [inputs.period.start.isoformat(), inputs.period.closed_end.isoformat()],
        "cycle": _pair(inputs.cycle),
        "bill_date": inputs.bill_date.isoformat() if inputs.bill_date else None,
        "determinants": [determinant.to_dict() for determinant in inputs.determinants.values()],
        "attributes": {name: str(value) for name, value in inputs.attributes.items()},
        "daily_usage": None
        if daily is None
        else {name: {day.isoformat(): str(use) for day, use in days.items()} for name, days in daily.items()},
    }
    if inputs.state:
        frozen["state"] = inputs.state.to_dict()
    if inputs.intervals:
        frozen["intervals"] = {name: freeze_use(use) for name, use in inputs.intervals.items()}
    if inputs.series:
        frozen["series"] = [series.to_dict() for series in inputs.series.values()]
    if inputs.characteristics:
        frozen["characteristics"] = [each.to_dict() for each in inputs.characteristics.values()]
    return frozen


def _pair(period: Period | None) -> list[str] | None:
    return None if period is None else [period.start.isoformat(), period.closed_end.isoformat()]


def thaw_inputs(frozen: Mapping[str, Any], tariff: Tariff) -> SegmentInputs:
    """The inputs that `freeze_inputs` wrote. `tariff` holds all versions, which are never edited."""
    start, end = (date.fromisoformat(day) for day in frozen["period"])
    determinants = [Determinant.from_dict(item) for item in frozen["determinants"]]
    cycle = [date.fromisoformat(day) for day in frozen["cycle"]] if frozen["cycle"] else None
    daily = frozen["daily_usage"]
    series = [DatedSeries.from_dict(item) for item in frozen.get("series", ())]
    dated = [DatedCharacteristic.from_dict(item) for item in frozen.get("characteristics", ())]
    return SegmentInputs(
        tariff=tariff,
        period=Period(start, end),
        determinants={item.name: item for item in determinants},
        attributes=frozen["attributes"],
        daily_usage=None
        if daily is None
        else {
            name: {date.fromisoformat(day): Decimal(use) for day, use in days.items()}
            for name, days in daily.items()
        },
        bill_date=date.fromisoformat(frozen["bill_date"]) if frozen["bill_date"] else None,
        cycle=Period(cycle[0], cycle[1]) if cycle else None,
        state=RatingState.from_dict(frozen["state"]) if frozen.get("state") else None,
        intervals={name: thaw_use(use) for name, use in frozen.get("intervals", {}).items()} or None,
        series={item.name: item for item in series} or None,
        characteristics={item.name: item for item in dated} or None,
    )


def series_for(
    names: frozenset[str], known: Mapping[str, DatedSeries], period: Period, bill_date: date
) -> dict[str, DatedSeries]:
    """The series a tariff refers to, each with the values of a segment's days alone."""
    first, last = min(period.start, bill_date), max(period.closed_end, bill_date)
    return {name: _trimmed(known[name], first, last) for name in sorted(names) if name in known}


def _trimmed(series: DatedSeries, first: date, last: date) -> DatedSeries:
    before = [value for value in series.values if value[0] <= first][-1:]
    kept = before + [value for value in series.values if first < value[0] <= last]
    if not kept:  # it begins later: with its first value rating can say so
        return DatedSeries(series.name, series.values[:1])
    end = series.end if series.end is not None and series.end <= last else None
    return DatedSeries(series.name, tuple(kept), end)
