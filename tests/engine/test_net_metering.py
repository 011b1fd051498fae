"""Energy from the customer: netting, banks, pay-out, selling; docs/algorithms/net-metering.md."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from meterside.engine.money import cents_to_decimal
from meterside.engine.period import Period
from meterside.engine.rated import RatedSegment, RatingState
from meterside.engine.rating import RatingError, rate
from meterside.engine.tariff import InvalidTariff, Tariff
from meterside.engine.tariff.document import tariff_from_dict, tariff_to_dict
from tests.engine.electric import JUNE, TOD, facts_of, given, on_and_off, run_of, tariff
from tests.engine.tables import worked_table

NET = """
kind = "net_metering"
code = "nem"
unit = "kWh"
carry = "%s"
pay_out = 0.03
"""
ENERGY = 'kind = "usage"\ncode = "energy"\nprice = 0.10\nunit = "kWh"\ndeterminant = "net"'
PLAIN = 'kind = "usage"\ncode = "energy"\nprice = 0.10\nunit = "kWh"'


def net(carry: str) -> Tariff:
    return tariff(NET % carry, ENERGY)


@pytest.mark.parametrize("row", worked_table("algorithms/net-metering.md", "carry | closes in"), ids=" ".join)
def test_net_metering(row: tuple[str, ...]) -> None:
    carry, month, used, received, before, billed, after, paid = row
    number = int(month)
    end = date(2026, 1, 1) if number == 12 else date(2025, number + 1, 1)
    segment = rate(
        net(carry),
        period=Period(date(2025, number, 1), end),
        determinants=given(usage=f"{used} kWh", received=f"{received} kWh"),
        state=RatingState((("nem.bank", Decimal(before)),)) if before != "0" else None,
    )
    energy = next(line for line in segment.lines if line.component == "energy")
    assert energy.quantity == Decimal(billed)
    assert energy.amount_cents == int(billed) * 10
    assert cents_to_decimal(segment.component_cents("nem")) == Decimal(paid)
    assert (segment.state_out.get("nem.bank") or 0) == int(after)
    bank = facts_of(segment.lines[0])
    assert (bank["used"], bank["received"], bank["bank_before"], bank["bank_after"]) == (
        used,
        received,
        before,
        after,
    )
    assert RatedSegment.from_dict(json.loads(json.dumps(segment.to_dict()))) == segment


def test_what_the_lines_say() -> None:
    segment = rate(net("none"), period=JUNE, determinants=given(usage="500 kWh", received="650 kWh"))
    assert [line.formula_text for line in segment.lines] == [
        "500 kWh used, 650 kWh received, 0 kWh banked: 0 kWh billed, 0 kWh banked",
        "150 kWh x -$0.03 = -$4.50",
        "0 kWh x $0.10 = $0.00",
    ]


def test_a_customer_who_gives_nothing_is_billed_all_use() -> None:
    segment = rate(net("annual"), period=JUNE, determinants=given(usage="500 kWh"))
    assert segment.total_cents == 5000


BY_PERIOD = (
    NET % "annual" + 'schedule = "tod"',
    """
kind = "time_of_use"
code = "energy"
schedule = "tod"
unit = "kWh"
determinant = "net"
periods = [{ period = "on_peak", prices = 0.5 }, { period = "off_peak", prices = 0.1 }]
""",
)


def test_each_period_nets_by_itself() -> None:
    priced = tariff(*BY_PERIOD, version=TOD)
    intervals = {"usage": on_and_off(JUNE, 100_000, 300_000), "received": on_and_off(JUNE, 140_000, 50_000)}
    first = rate(priced, period=JUNE, determinants={}, intervals=intervals)
    own = [(facts_of(line)["period"], line.quantity) for line in first.lines if line.component == "energy"]
    assert own == [("on_peak", Decimal(0)), ("off_peak", Decimal(250))]
    assert first.state_out.to_dict() == {"nem.bank.off_peak": "0", "nem.bank.on_peak": "40.000000"}
    july = Period(date(2025, 7, 1), date(2025, 8, 1))
    later = rate(
        priced,
        period=july,
        determinants=given(usage__on_peak="100 kWh", usage__off_peak="10 kWh"),
        state=first.state_out,
    )
    own = [(facts_of(line)["period"], line.quantity) for line in later.lines if line.component == "energy"]
    assert own == [("on_peak", Decimal(60)), ("off_peak", Decimal(10))]


def test_net_use_is_spread_over_days_as_use_is() -> None:
    """A price that changes on 11 June: three quarters of the use lie after it."""
    old = tariff(NET % "none", ENERGY).versions[0]
    new = tariff(NET % "none", ENERGY.replace("0.10", "0.20")).versions[0]
    cut = date(2025, 6, 11)
    priced = replace(net("none"), versions=(replace(old, effective_to=cut), replace(new, effective_from=cut)))
    daily = {day: Decimal(1 if day < cut else Decimal("1.5")) for day in JUNE.each_day()}
    segment = rate(
        priced,
        period=JUNE,
        determinants=given(usage="400 kWh", received="200 kWh"),
        daily_usage={"usage": daily},
    )
    assert [line.quantity for line in segment.lines] == [200, 50, 150]


SELL = 'kind = "sell"\ncode = "sell"\nunit = "kWh"\n'


def test_received_energy_sold_at_its_own_prices() -> None:
    priced = tariff(
        PLAIN,
        SELL
        + 'schedule = "tod"\nperiods = [{ period = "on_peak", prices = 0.08 }, { period = "off_peak", prices = 0.03 }]',
        version=TOD,
    )
    segment = rate(
        priced,
        period=JUNE,
        determinants=given(usage="100 kWh"),
        intervals={"received": on_and_off(JUNE, 120_000, 10_000)},
    )
    assert [line.amount_cents for line in segment.lines] == [1000, -960, -30]
    assert segment.lines[1].formula_text == "120 kWh received on-peak x -$0.08 = -$9.60"
    assert [line.kind for line in rate(priced, period=JUNE, determinants=given(usage="1 kWh")).lines] == [
        "usage"
    ]


def test_buy_all_sell_all() -> None:
    priced = tariff(PLAIN, SELL + 'price = 0.15\ndeterminant = "generated"')
    segment = rate(priced, period=JUNE, determinants=given(usage="500 kWh", generated="300 kWh"))
    assert [line.amount_cents for line in segment.lines] == [5000, -4500]


@pytest.mark.parametrize(
    ("quantities", "intervals"),
    [
        ({"received": "3 kWh"}, {}),
        ({"received__on_peak": "3 kWh"}, {}),
        ({}, {"received": run_of(JUNE)}),
    ],
)
def test_received_energy_without_a_rate_for_it_is_refused(
    quantities: dict[str, str], intervals: object
) -> None:
    with pytest.raises(RatingError, match="rate of 2025-06-01 says nothing") as caught:
        rate(
            tariff(PLAIN),
            period=JUNE,
            determinants={**given(usage="1 kWh"), **given(**quantities)},
            intervals=intervals,  # type: ignore[arg-type]
        )
    assert caught.value.kind == "received_energy"


def test_nothing_received_needs_no_rate() -> None:
    still = replace(run_of(JUNE), values=np.zeros(720, dtype=np.int64))
    quantities = given(usage="1 kWh", received="0 kWh")
    assert (
        rate(tariff(PLAIN), period=JUNE, determinants=quantities, intervals={"received": still}).total_cents
        == 10
    )


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (NET % "annual" + 'version_pick = "day_of_use"', "version_pick"),
        (NET % "annual" + "true_up_month = 13", "true_up_month"),
        (NET % "annual" + 'schedule = "x"', "schedule"),
        (NET % "annual" + 'net = "usage"', "net"),
        (NET % "weekly", "carry"),
        (SELL, "price"),
        (SELL + 'price = 1\nschedule = "tod"\nperiods = [{ period = "on_peak", prices = 1 }]', "price"),
        (SELL + 'schedule = "tod"\nperiods = [{ period = "on_peak", prices = 1 }]', "periods"),
    ],
)
def test_what_is_refused(body: str, place: str) -> None:
    with pytest.raises(InvalidTariff) as caught:
        tariff(body, version=TOD)
    assert caught.value.problems[0].path == f"versions[0].components[0].{place}"


def test_a_charge_of_net_use_stands_after_the_netting() -> None:
    with pytest.raises(InvalidTariff, match="prices it and stands before"):
        tariff(ENERGY, NET % "none")


@pytest.mark.parametrize("bodies", [BY_PERIOD, (NET % "annual", ENERGY), (SELL + "price = 0.1",)])
def test_documents_are_read_back(bodies: tuple[str, ...]) -> None:
    found = tariff(*bodies, version=TOD)
    assert tariff_from_dict(json.loads(json.dumps(tariff_to_dict(found)))) == found


@settings(max_examples=50, deadline=None)
@given_by(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=12, max_size=12))
def test_a_year_of_netting_loses_nothing(months: list[tuple[int, int]]) -> None:
    """Use less received is what was billed less what was paid out, once the year is trued up."""
    state, billed, paid = RatingState(), Decimal(0), Decimal(0)
    for month, (used, received) in enumerate(months, start=1):
        end = date(2025, month + 1, 1) if month < 12 else date(2026, 1, 1)
        segment = rate(
            net("annual"),
            period=Period(date(2025, month, 1), end),
            determinants=given(usage=f"{used} kWh", received=f"{received} kWh"),
            state=state,
        )
        state = segment.state_out
        billed += sum(line.quantity for line in segment.lines if line.component == "energy")
        paid += sum(line.quantity for line in segment.lines if line.kind == "net_payout")
    assert billed - paid == sum(used - received for used, received in months)
    assert state.get("nem.bank") == 0
