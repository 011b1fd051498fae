"""Rates beside PySAM's Utilityrate5, an independent program; its conventions are in docs/algorithms/pysam.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from meterside.cli.real.utility_rate import (
    HOURS,
    RATES,
    SCALES,
    WITHIN,
    compare,
    house_year,
    items_of,
    our_months,
    pysam_months,
    unrounded,
)
from meterside.engine.components.net_metering import Carry, NetMetering
from meterside.engine.components.time_of_use import TimeOfUseCharge
from meterside.engine.tariff import Component, Tariff, UsageCharge, constant

#: What sums in binary floating point leave.
EXACT = 1e-6
HOUR = np.arange(HOURS) % 24
DAY = np.arange(HOURS) // 24
#: A year of a house that nobody has: evenings, a summer, and chance.
USE = (
    300 + 900 * ((HOUR >= 17) & (HOUR < 22)) + 700 * ((DAY > 150) & (DAY < 250)) * (HOUR > 12)
    + np.random.default_rng(7).integers(0, 400, HOURS)
).astype(np.int64)  # fmt: skip
#: Sun, more of it in summer.
SUN = (((HOUR >= 8) & (HOUR < 18)) * np.where((DAY > 90) & (DAY < 260), 2600, 400)).astype(np.int64)

WEEKDAY, WEEKEND, ALL_DAY = [[1] * 8 + [0] * 12 + [1] * 4] * 12, [[1] * 24] * 12, [[0] * 24] * 12
FLAT: dict[str, Any] = {
    "utility": "U",
    "name": "N",
    "fixedchargefirstmeter": 10,
    "fixedchargeunits": "$/month",
    "energyweekdayschedule": ALL_DAY,
    "energyweekendschedule": ALL_DAY,
    "energyratestructure": [[{"rate": 0.1}]],
}
BY_HOUR = {
    **FLAT,
    "energyweekdayschedule": WEEKDAY,
    "energyweekendschedule": WEEKEND,
    "energyratestructure": [[{"rate": 0.3}], [{"rate": 0.1}]],
}
RATCHET = {
    **FLAT,
    "flatdemandstructure": [[{"rate": 5}]],
    "flatdemandmonths": [0] * 12,
    "lookbackpercent": 0.9,
}


def tiers(limit: float, unit: str = "kWh") -> dict[str, Any]:
    prices = ((0.3, 0.4), (0.1, 0.15))
    return {
        **BY_HOUR,
        "energyratestructure": [
            [{"rate": low, "max": limit, "unit": unit}, {"rate": high, "unit": unit}] for low, high in prices
        ],
    }


MADE_UP = {
    "flat": FLAT,
    "by the hour": BY_HOUR,
    "tiers": tiers(300),
    "tiers a day": tiers(9, "kWh daily"),
    "tiers in hours of demand": tiers(200, "kWh/kW"),
    "tiers in hours of demand, by month": {
        **FLAT,
        "energyratestructure": [tiers(200, "kWh/kW")["energyratestructure"][0]],
    },
    "demand tiers": {
        **FLAT,
        "flatdemandstructure": [[{"rate": 5, "max": 1}, {"rate": 9}], [{"rate": 7}]],
        "flatdemandmonths": [0] * 6 + [1] * 6,
    },
    "demand by the hour": {
        **FLAT,
        "demandratestructure": [
            [{"rate": 8, "max": 1}, {"rate": 9}],
            [{"rate": 1, "max": 1}, {"rate": 2}],
        ],
        "demandweekdayschedule": WEEKDAY,
        "demandweekendschedule": WEEKEND,
    },
    "a minimum": {**FLAT, "mincharge": 160, "minchargeunits": "$/month"},
    "a minimum of the year": {**FLAT, "mincharge": 4000, "minchargeunits": "$/year"},
}
ENDS = [0.0] * 12


def amounts(
    tariff: Tariff, values: NDArray[np.int64], received: NDArray[np.int64] | None = None
) -> list[float]:
    return [float(segment.unrounded) for segment in our_months(tariff, values, received)]


def assert_alike(ours: Sequence[float], theirs: Sequence[float] | None, within: float = EXACT) -> None:
    assert theirs is not None
    assert len(ours) == 12
    assert [abs(own - other) < within for own, other in zip(ours, theirs, strict=True)] == [True] * 12


@pytest.mark.parametrize("item", MADE_UP.values(), ids=MADE_UP.keys())
def test_a_rate_made_up(item: Mapping[str, Any]) -> None:
    units = {"mincharge": 0, "minchargeunits": "$/month", **item}
    assert_alike(amounts(unrounded(item), USE), pysam_months(units, USE))


@pytest.mark.parametrize(
    ("item", "shares"),
    [
        ({**RATCHET, "lookbackrange": 3}, [[90, 1]] * 12),
        ({**RATCHET, "lookbackrange": 11}, [[90, 1]] * 12),
        (
            {**RATCHET, "lookbackrange": 11, "lookbackmonths": [0] * 5 + [1] * 3 + [0] * 4},
            [[0, 1]] * 5 + [[90, 1]] * 3 + [[0, 1]] * 4,
        ),
    ],
)
def test_a_ratchet_that_counts_the_month_itself(item: Mapping[str, Any], shares: list[list[int]]) -> None:
    options = {"ur_yearzero_usage_peaks": ENDS, "ur_billing_demand_lookback_percentages": shares}
    assert_alike(amounts(unrounded(item), USE), pysam_months(item, USE, options=options))


def test_fuel_is_what_pysam_leaves_out() -> None:
    adjustments = [Decimal(month).scaleb(-3) for month in range(12)]
    item = {**FLAT, "fueladjustmentsmonthly": [float(each) for each in adjustments]}
    segments = list(our_months(unrounded(item), USE))
    fuel = [
        sum((line.unrounded for line in segment.lines if line.component == "fuel"), Decimal(0))
        for segment in segments
    ]
    used = [
        sum(line.quantity for line in segment.lines if line.component == "energy") for segment in segments
    ]
    assert fuel == [use * adjustment for use, adjustment in zip(used, adjustments, strict=True)]
    without = [float(segment.unrounded - own) for segment, own in zip(segments, fuel, strict=True)]
    assert_alike(without, pysam_months(item, USE))


def test_a_charge_a_day_is_365_twelfths_a_month_there() -> None:
    compared = compare("daily", {**FLAT, "fixedchargefirstmeter": 2.5, "fixedchargeunits": "$/day"}, USE)
    assert compared.theirs is not None
    apart = [float(own) - other for own, other in zip(compared.ours, compared.theirs, strict=True)]
    assert max(abs(each) for each in apart) > 6
    assert max(abs(each) for each in compared.differences()) < EXACT


def test_net_billing() -> None:
    item = {**BY_HOUR, "energyratestructure": [[{"rate": 0.3, "sell": 0.08}], [{"rate": 0.1, "sell": 0.03}]]}
    ours = amounts(unrounded(item), np.maximum(USE - SUN, 0), np.maximum(SUN - USE, 0))
    options = {"ur_metering_option": 2, "ur_nm_yearend_sell_rate": 0, "ur_en_ts_sell_rate": 0}
    assert_alike(ours, pysam_months(item, USE, generated=SUN, options=options))


def netted(tariff: Tariff, schedule: str, pay_out: str) -> Tariff:
    """The tariff with net metering before its energy charge."""
    net = NetMetering(
        code="nem",
        label="N",
        unit="kWh",
        carry=Carry.ANNUAL,
        pay_out=constant(Decimal(pay_out)),
        schedule=schedule,
    )
    version = tariff.versions[0]
    components: list[Component] = []
    for component in version.components:
        if isinstance(component, UsageCharge | TimeOfUseCharge):
            components += [net, replace(component, determinant="net")]
        else:
            components.append(component)
    return replace(tariff, versions=(replace(version, components=tuple(components)),))


@pytest.mark.parametrize(
    ("item", "schedule", "pay_out"),
    [(FLAT, "", "0.03"), (BY_HOUR, "energy", "0"), (tiers(300), "energy", "0")],
    ids=["flat", "hours", "tiers"],
)
def test_net_metering_of_a_year(item: Mapping[str, Any], schedule: str, pay_out: str) -> None:
    """By the hour nothing is paid for a surplus: PySAM pays for that of all periods together."""
    sun = SUN * 2
    tariff = netted(unrounded(item), schedule, pay_out)
    segments = list(our_months(tariff, np.maximum(USE - sun, 0), np.maximum(sun - USE, 0)))
    assert any(line.kind == "net_payout" for line in segments[-1].lines)
    options = {
        "ur_metering_option": 0,
        "ur_nm_yearend_sell_rate": float(pay_out),
        "ur_nm_credit_month": 11,
        "ur_nm_credit_rollover": 0,
    }
    ours = [float(segment.unrounded) for segment in segments]
    assert_alike(ours, pysam_months(item, USE, generated=sun, options=options))


@pytest.mark.real_data
def test_every_given_rate_over_a_real_house_s_year(real_data: Path) -> None:
    values = house_year(real_data)
    compared = [
        compare(f"{path.name} {number} x{scale}", item, values * scale)
        for path in sorted((real_data / RATES).glob("*.json"))
        for number, item in enumerate(items_of(path))
        for scale in SCALES
    ]
    assert len(compared) == 24
    for each in compared:
        worst = max(abs(difference) for difference in each.differences())
        assert worst < WITHIN / 1000, each.name
