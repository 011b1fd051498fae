"""What is charged by a demand that was billed: hours of use, minimums; and lights without a meter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from meterside.engine.money import cents_to_decimal
from meterside.engine.period import Period
from meterside.engine.rated import RatingState
from meterside.engine.rating import rate
from tests.engine.electric import JUNE, TOD, given, product, tariff
from tests.engine.tables import worked_table
from tests.engine.test_demand import DEMAND, HOURS, LIGHTS


@pytest.mark.parametrize("row", worked_table("algorithms/demand.md", "kW billed"), ids=" ".join)
def test_hours_use(row: tuple[str, ...]) -> None:
    demand, energy, lines = row
    segment = rate(
        tariff(DEMAND, HOURS), period=JUNE, determinants=given(demand=f"{demand} kW", usage=f"{energy} kWh")
    )
    own = [line for line in segment.lines if line.component == "energy"]
    assert [(line.quantity, line.price) for line in own] == product(lines)


def test_hours_use_inside_time_of_use() -> None:
    body = """
kind = "time_of_use"
code = "energy"
schedule = "tod"
unit = "kWh"
hours_of = "demand"
widths = [10]
periods = [{ period = "on_peak", prices = [0.3, 0.4] }, { period = "off_peak", prices = [0.1, 0.2] }]
"""
    segment = rate(
        tariff(DEMAND, body, version=TOD),
        period=JUNE,
        determinants=given(demand="10 kW", usage__on_peak="150 kWh", usage__off_peak="50 kWh"),
    )
    assert [line.quantity for line in segment.lines[1:]] == [75, 75, 25, 25]


@pytest.mark.parametrize("row", worked_table("algorithms/demand.md", "charges"), ids=" ".join)
def test_a_minimum_by_demand(row: tuple[str, ...]) -> None:
    charges, demand, price, expected = row
    segment = rate(
        tariff(
            DEMAND.replace("prices = 10", "prices = 0"),
            f'kind = "fixed"\ncode = "f"\namount = {charges}',
            f'kind = "demand_minimum"\ncode = "least"\nprice = {price}\ndemand = "demand"\nof = ["demand", "f"]',
        ),
        period=JUNE,
        determinants=given(demand=f"{demand} kW"),
    )
    own = [cents_to_decimal(line.amount_cents) for line in segment.lines if line.component == "least"]
    assert own == ([] if expected == "none" else [Decimal(expected)])


def test_the_least_of_a_year() -> None:
    priced = tariff(
        'kind = "usage"\ncode = "u"\nprice = 0.1\nunit = "kWh"',
        'kind = "annual_minimum"\ncode = "year"\namount = 300\nmonth = 9',
    )
    state, totals = RatingState(), []
    for month in range(6, 11):
        period = Period(date(2025, month, 1), date(2025, month + 1, 1))
        segment = rate(priced, period=period, determinants=given(usage="550 kWh"), state=state)
        state = segment.state_out
        totals.append(segment.total_cents)
    assert totals == [5500, 5500, 5500, 5500 + 8000, 5500]
    assert segment.state_out.get("year.year") == 55


@pytest.mark.parametrize("row", worked_table("algorithms/demand.md", "from"), ids=" ".join)
def test_lights(row: tuple[str, ...]) -> None:
    first, last, pieces, watts, energy = row
    segment = rate(
        tariff(LIGHTS),
        period=Period(date.fromisoformat(first), date.fromisoformat(last)),
        determinants=given(lamps=f"{pieces} each"),
        attributes={"lamp": f"{watts} W"},
    )
    assert segment.lines[0].quantity == Decimal(energy)
