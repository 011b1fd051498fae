"""Registers by time of use, of demand, of energy received that were not read: each estimated from its own history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from meterside.cis.billing.models import Bill, BillException
from meterside.cis.metering.estimates.curve import DialCurve, DialRead
from meterside.cis.metering.estimates.demand import estimate_demand
from meterside.cis.metering.estimates.registers import restate_estimates, set_estimate_policy
from meterside.cis.metering.models import EstimatePolicy, ReadEstimate, RegisterRead
from meterside.cis.registry.models import Register, ServicePoint
from meterside.cis.registry.operations import NewChannel, NewRegister
from tests.cast import SINCE
from tests.cis.priced import NET, TIME_OF_USE, Home, book, dial, every_segment_prices_again, hours, meter
from tests.engine.tables import worked_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR = (date(2025, month, 1) for month in range(1, 5))
BY_CLOCK = (
    NewRegister("on", "energy", "Wh", 6, 1000, time_of_use="on_peak"),
    NewRegister("off", "energy", "Wh", 6, 1000, time_of_use="off_peak"),
    NewRegister("kW", "demand", "W", 5, 100),
)


def house() -> Home:
    def put(point: ServicePoint) -> None:
        meter(point, "R", registers=BY_CLOCK)

    home = book("electric", TIME_OF_USE, devices=put, characteristics={"phase": "1"})
    for day, on, off, demand in ((JAN, 100, 5000, 99), (FEB, 224, 5620, 50)):
        dial("R", "on", day, on)
        dial("R", "off", day, off)
        dial("R", "kW", day, demand)
    home.bill(JAN, FEB)
    return home


def estimated() -> dict[str, int]:
    rows = RegisterRead.objects.filter(kind="estimated").order_by("register_id", "local_day", "version")
    return {row.register.code: row.dial_count for row in rows}


def test_each_register_is_estimated_from_its_own_history() -> None:
    """On-peak 4 a day, off-peak 20 a day in January; demand the mean of 99 and 50, halves up."""
    home = house()
    set_estimate_policy(since=SINCE, methods=["recent"])
    bill = home.bill(FEB, MAR)
    assert bill is not None
    assert estimated() == {"on": 224 + 4 * 28, "off": 5620 + 20 * 28, "kW": 75}
    (service,) = bill.statement["services"]
    lines = {
        (one["component"], dict(one.get("facts", ())).get("period", "")): one for one in service["lines"]
    }
    assert Decimal(lines["energy", "on_peak"]["quantity"]) == 112
    assert Decimal(lines["energy", "off_peak"]["quantity"]) == 560
    assert Decimal(lines["demand", ""]["quantity"]) == Decimal("7.5")
    kinds = {
        read["kind"] for one in service["behind"] for read in one["reads"] if read["read_at"] == "2025-03-01"
    }
    assert kinds == {"estimated"}
    assert {row.method for row in ReadEstimate.objects.all()} == {"recent"}
    assert every_segment_prices_again() == 2


def test_without_a_method_for_it_the_account_waits() -> None:
    home = house()
    set_estimate_policy(since=SINCE, methods=["like_days"])
    assert home.bill(FEB, MAR) is None
    assert BillException.objects.get().kind == "missing_read"
    assert estimated() == {}


def test_what_was_estimated_is_worked_out_anew_by_register_but_demand_stands() -> None:
    home = house()
    set_estimate_policy(since=SINCE, methods=["recent"])
    home.bill(FEB, MAR)
    for code, count in (("on", 224 + 59 * 2), ("off", 5620 + 59 * 30), ("kW", 60)):
        dial("R", code, APR, count)
    ids = list(Register.objects.values_list("pk", flat=True))
    changed = restate_estimates(ids, until=APR)
    assert {Register.objects.get(pk=key).code for key in changed} == {"on", "off"}
    assert estimated() == {"on": 224 + 28 * 2, "off": 5620 + 28 * 30, "kW": 75}


def test_energy_received_is_estimated_where_the_rate_prices_it() -> None:
    registers = (
        NewRegister("in", "energy", "Wh", 6, 1000),
        NewRegister("out", "energy", "Wh", 6, 1000, direction="received"),
    )

    def put(point: ServicePoint) -> None:
        meter(point, "R", registers=registers)

    home = book("electric", NET, devices=put)
    for day, used, given in ((JAN, 0, 0), (FEB, 620, 310)):
        dial("R", "in", day, used)
        dial("R", "out", day, given)
    home.bill(JAN, FEB)
    set_estimate_policy(since=SINCE, methods=["recent"])
    assert home.bill(FEB, MAR) is not None
    assert estimated() == {"in": 620 + 20 * 28, "out": 310 + 10 * 28}


def test_two_meters_at_once_are_billed_by_the_highest_of_their_sum() -> None:
    """One has its highest hour at 17, the other at 18: 3 + 1 and 1 + 3 kW, never 6."""

    def put(point: ServicePoint) -> None:
        for badge in ("A", "B"):
            meter(
                point, badge,
                registers=[NewRegister("kWh", "energy", "Wh", 6, 1000), NewRegister("kW", "demand", "W", 5, 100)],
                channels=[NewChannel("1", "Wh", 3600)],
            )  # fmt: skip

    home = book("electric", TIME_OF_USE, devices=put, characteristics={"phase": "1"})
    for badge, hour in (("A", 17), ("B", 18)):
        hours(badge, JAN, FEB, lambda _day, at, hour=hour: 3000 if at == hour else 1000)  # type: ignore[misc]
        for day, kwh, demand in ((JAN, 0, 0), (FEB, 806, 30)):
            dial(badge, "kWh", day, kwh)
            dial(badge, "kW", day, demand)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    demand = next(one for one in bill.statement["services"][0]["lines"] if one["component"] == "demand")
    assert Decimal(demand["quantity"]) == 4


def test_two_meters_at_once_without_intervals_hold_the_account() -> None:
    def put(point: ServicePoint) -> None:
        for badge in ("A", "B"):
            meter(point, badge, registers=BY_CLOCK)

    home = book("electric", TIME_OF_USE, devices=put, characteristics={"phase": "1"})
    for badge in ("A", "B"):
        for day, count in ((JAN, 100), (FEB, 200)):
            for code in ("on", "off", "kW"):
                dial(badge, code, day, count)
    assert home.bill(JAN, FEB) is None
    assert BillException.objects.get().kind == "missing_intervals"
    assert not Bill.objects.exists()


# --- the documented table -------------------------------------------------------------------------

SHOWN = ((date(2024, 3, 1), 52), (date(2024, 12, 1), 44), (JAN, 50), (FEB, 47))


@pytest.mark.parametrize(
    "row", worked_table("algorithms/billing.md", "method for demand"), ids=lambda row: str(row[0])
)
def test_demand_is_estimated_as_documented(row: tuple[str, ...]) -> None:
    for method in row[0].split(", "):
        late = [DialRead(date(2025, 3, 4), 49, "actual")] if method == "near_read" else []
        reads = [DialRead(day, count, "actual") for day, count in SHOWN]
        noise = [DialRead(date(2024, 3, 2), 99, "estimated")]
        policy = EstimatePolicy(methods=[method], window_days=5)
        made = estimate_demand(MAR, DialCurve([*reads, *late, *noise], dials=5), policy)
        assert made is not None
        assert (made[0], int(made[1])) == (method, int(row[2]))
    assert estimate_demand(MAR, DialCurve([DialRead(date(2023, 1, 1), 9, "actual")], dials=5), policy) is None
