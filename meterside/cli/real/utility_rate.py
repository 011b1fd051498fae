"""Electric rates: a real house's hourly year under every URDB rate, beside PySAM's Utilityrate5.

PySAM (package nrel-pysam) is an independent program of rates; where it is not installed our months are
printed alone. What both mean by a month is compared; its conventions: docs/algorithms/pysam.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterside.connectors.metering import to_day_rows
from meterside.connectors.tariffs.urdb import import_urdb
from meterside.contracts.metering import SourceOptions
from meterside.engine.determinant import Determinant
from meterside.engine.interval import merge_days
from meterside.engine.interval_use import IntervalUse
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment
from meterside.engine.rating import rate
from meterside.engine.state import NO_STATE
from meterside.engine.tariff import Rounding, RoundingScope, Tariff
from meterside.wiring import meter_file_source

from . import Figures

READS: Final = "greenbutton/samples/Coastal_Single_Family_Jan_1_2011_to_Jan_1_2012.xml"
RATES: Final = "tariffs-electric/urdb"
#: PySAM's year has 8760 hours and begins on a Monday: this one does, in a zone without clock changes.
YEAR: Final = 2018
HOURS: Final = 8760
#: The house, and as much as a business of half a megawatt.
SCALES: Final = (1, 400)
#: How far two exact sums in binary floating point may lie apart, in dollars.
WITHIN: Final = 0.01


@dataclass(frozen=True, slots=True)
class Compared:
    """One rate's twelve months, ours and PySAM's, in dollars; ``charged_daily`` is its price a day, if any."""

    name: str
    ours: tuple[Decimal, ...]
    theirs: tuple[float, ...] | None
    charged_daily: Decimal

    def differences(self) -> tuple[float, ...]:
        """Ours less theirs in each month, after what its month of 365/12 days explains."""
        assert self.theirs is not None
        found = []
        for month, (own, other) in enumerate(zip(self.ours, self.theirs, strict=True), start=1):
            days = (_month(month).days) - Decimal(365) / 12
            found.append(float(own - self.charged_daily * days) - other)
        return tuple(found)


def run(data: Path, result: Figures) -> None:
    """Every rate of every file, at the house's own size and at a business's."""
    result.head("Electric rates (URDB, beside PySAM)")
    values = house_year(data)
    for path in sorted((data / RATES).glob("*.json")):
        for number, item in enumerate(items_of(path)):
            for scale in SCALES:
                compared = compare(f"{path.stem[:28]} {number} x{scale}", item, values * scale)
                _say(compared, result)


def _say(compared: Compared, result: Figures) -> None:
    cents = [f"{amount:.2f}" for amount in compared.ours]
    result.say(compared.name, cents, f"{compared.name:<38} {' '.join(f'{each:>9}' for each in cents)}")
    if compared.theirs is None:
        return
    worst = max(abs(each) for each in compared.differences())
    result.must(worst < WITHIN, f"{compared.name}: {worst:.4f} apart from PySAM")
    result.say(f"{compared.name}, PySAM", worst, f"{'PySAM, farthest month':<38} {worst:>9.6f}")


def house_year(data: Path) -> NDArray[np.int64]:
    """The Wh of each hour of the Coastal house's 2011, as metering lays them out."""
    path, zone = data / READS, ZoneInfo("America/Los_Angeles")
    source = meter_file_source("green_button", SourceOptions(zone))
    with path.open("rb") as stream:
        feed = source.parse(stream, name=path.name, now=datetime.now(UTC))
    values, _ = merge_days(to_day_rows(feed.channels[:1], zone).rows)
    if len(values) != HOURS:
        raise AssertionError(f"the year has {len(values)} hours")
    return values


def items_of(path: Path) -> list[dict[str, Any]]:
    """The rates of a file, as they stand in it."""
    found = json.loads(path.read_text("utf-8"))
    items: list[dict[str, Any]] = found["items"] if isinstance(found, dict) else found
    return items


def compare(name: str, item: Mapping[str, Any], values: NDArray[np.int64]) -> Compared:
    """Twelve months of use in Wh under one rate, both ways."""
    daily = item.get("fixedchargefirstmeter", 0) if item.get("fixedchargeunits") == "$/day" else 0
    ours = tuple(segment.unrounded for segment in our_months(unrounded(item), values))
    return Compared(name, ours, pysam_months(item, values), Decimal(str(daily)))


def unrounded(item: Mapping[str, Any]) -> Tariff:
    """Our reading of a rate, in force over ``YEAR``, without rounding before the bill's sum."""
    open_ended = {key: value for key, value in item.items() if key != "enddate"}
    found = import_urdb(json.dumps([open_ended]), source="rate", effective_from=date(YEAR, 1, 1))
    if not found.tariffs:
        raise AssertionError("; ".join(str(refusal) for refusal in found.refused))
    tariff = found.tariffs[0]
    bill = Rounding(scope=RoundingScope.BILL)
    return replace(tariff, versions=tuple(replace(each, rounding=bill) for each in tariff.versions))


def our_months(
    tariff: Tariff, values: NDArray[np.int64], received: NDArray[np.int64] | None = None
) -> Iterator[RatedSegment]:
    """The twelve bills of a year of hours; reactive demand is none, for the house has no such meter."""
    given = {"reactive_demand": Determinant("reactive_demand", Decimal(0), "kvar")}
    intervals = {"usage": _use(values)}
    if received is not None:
        intervals["received"] = _use(received)
    state = NO_STATE
    for month in range(1, 13):
        segment = rate(tariff, period=_month(month), determinants=given, intervals=intervals, state=state)
        state = segment.state_out
        yield segment


def _use(values: NDArray[np.int64]) -> IntervalUse:
    start = datetime(YEAR, 1, 1, tzinfo=UTC)
    return IntervalUse(values=values, unit="Wh", seconds=3600, start_utc=start, zone=UTC)


def _month(month: int) -> Period:
    return Period(date(YEAR, month, 1), date(YEAR + month // 12, month % 12 + 1, 1))


def pysam_months(
    item: Mapping[str, Any],
    values: NDArray[np.int64],
    *,
    generated: NDArray[np.int64] | None = None,
    options: Mapping[str, Any] | None = None,
) -> tuple[float, ...] | None:
    """The year's bills by PySAM, with what was generated if anything; None where it is not installed."""
    try:
        from PySAM import Utilityrate5, UtilityRateTools
    except ImportError:
        return None
    # It writes into the lists it is given, each as often as it finds it: through text no two are one.
    tools: Any = UtilityRateTools
    rates = tools.URDBv8_to_ElectricityRates(json.loads(json.dumps(dict(item))))
    model: Any = Utilityrate5.new()
    model.Load.load = _kwh(values)
    model.SystemOutput.gen = _kwh(np.zeros(HOURS, dtype=np.int64) if generated is None else generated)
    model.SystemOutput.degradation = [0]
    model.Lifetime.analysis_period = 1
    model.Lifetime.inflation_rate = 0
    model.Lifetime.system_use_lifetime_output = 0
    for name, value in {"rate_escalation": [0], **rates, **(options or {})}.items():
        setattr(model.ElectricityRates, name, value)
    model.execute(0)
    outputs = model.Outputs
    table = outputs.utility_bill_wo_sys_ym if generated is None else outputs.utility_bill_w_sys_ym
    return tuple(table[1])


def _kwh(values: NDArray[np.int64]) -> Sequence[float]:
    return [float(value) / 1000 for value in values]
