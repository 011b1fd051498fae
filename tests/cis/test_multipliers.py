"""A multiplier that changes inside a period: what was counted before it and after it, each by its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.billing.inputs.source_rows import multiplied
from meterside.cis.billing.models import BillException
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.cis.registry.models import Device, Multiplier, ServicePoint
from meterside.cis.registry.operations import NewChannel, NewRegister
from meterside.engine.period import Period
from tests.cast import SINCE
from tests.cis.priced import HEAD, TIME_OF_USE, Home, book, dial, every_segment_prices_again, hours, meter
from tests.engine.tables import worked_table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, CHANGE, FEB = date(2025, 1, 1), date(2025, 1, 16), date(2025, 2, 1)
FLAT = (
    HEAD % ("FLAT", "electric")
    + """
[[versions.components]]
kind = "usage"
code = "energy"
label = "Energy"
label_es = "Energía"
unit = "kWh"
price = "0.10"
"""
)
KWH = NewRegister("kWh", "energy", "Wh", dials=6, units_per_count=1000)


def changed(first: Decimal, then: Decimal) -> None:
    """The meter's transformers are exchanged on the day of change."""
    device = Device.objects.get(badge="M")
    Multiplier.objects.filter(device=device).delete()
    Multiplier.objects.create(
        device=device, value=first, applied_by_source=False, during=DateRange(SINCE, CHANGE)
    )
    Multiplier.objects.create(
        device=device, value=then, applied_by_source=False, during=DateRange(CHANGE, None)
    )


def house(toml: str = FLAT, *, channels: tuple[NewChannel, ...] = (), **more: object) -> Home:
    def put(point: ServicePoint) -> None:
        meter(point, "M", registers=[KWH], channels=channels)

    return book("electric", toml, devices=put, **more)


def test_a_change_as_documented() -> None:
    ((_, first, change, last, before, after, kwh),) = worked_table("algorithms/billing.md", "read")
    home = house()
    changed(Decimal(before), Decimal(after))
    for day, count in ((JAN, first), (CHANGE, change), (FEB, last)):
        dial("M", "kWh", day, int(count))
    bill = home.bill(JAN, FEB)
    assert bill is not None
    assert Decimal(bill.statement["services"][0]["usage"]["quantity"]) == int(kwh) * 1000


def test_each_part_counts_by_its_own_multiplier_and_is_printed_by_itself() -> None:
    home = house()
    changed(Decimal(10), Decimal(40))
    for day, count in ((JAN, 100), (CHANGE, 130), (FEB, 150)):
        dial("M", "kWh", day, count)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    (service,) = bill.statement["services"]
    assert Decimal(service["usage"]["quantity"]) == (30 * 10 + 20 * 40) * 1000
    assert bill.current_charges_cents == 110_00
    printed = [(one["previous"]["day"], one["difference"], one["multiplier"]) for one in service["meters"]]
    assert printed == [("2025-01-01", 30, "10.000000"), ("2025-01-16", 20, "40.000000")]
    assert every_segment_prices_again() == 1


def test_without_a_read_on_the_day_the_account_waits() -> None:
    home = house()
    changed(Decimal(10), Decimal(40))
    for day, count in ((JAN, 100), (FEB, 150)):
        dial("M", "kWh", day, count)
    assert home.bill(JAN, FEB) is None
    found = BillException.objects.get()
    assert (found.kind, found.facts["day"]) == ("missing_read", CHANGE.isoformat())


def test_the_read_of_the_day_may_be_estimated_where_policy_says_so() -> None:
    home = house()
    changed(Decimal(10), Decimal(40))
    set_estimate_policy(since=SINCE, methods=["near_read"], window_days=20)
    for day, count in ((JAN, 100), (FEB, 162)):
        dial("M", "kWh", day, count)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    (service,) = bill.statement["services"]
    assert [one["present"]["kind"] for one in service["meters"]] == ["estimated", "actual"]
    assert sum(one["difference"] for one in service["meters"]) == 62


def test_hours_and_days_count_by_the_multiplier_of_their_day() -> None:
    home = house(TIME_OF_USE, channels=(NewChannel("1", "Wh", 3600),), characteristics={"phase": "1"})
    changed(Decimal(1), Decimal("2.5"))
    hours("M", JAN, FEB, lambda day, hour: 1000)
    for day, count in ((JAN, 0), (CHANGE, 360), (FEB, 744)):
        dial("M", "kWh", day, count)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    (service,) = bill.statement["services"]
    assert Decimal(service["usage"]["quantity"]) == 15 * 24_000 + 16 * 24_000 * Decimal("2.5")
    daily = {day: use for day, use, _ in service["daily"]}
    assert (daily["2025-01-15"], daily["2025-01-16"], len(daily)) == (24_000, 60_000, 31)
    demand = next(one for one in service["lines"] if one["component"] == "demand")
    assert Decimal(demand["quantity"]) == Decimal("2.5")


WHOLE = Period(JAN, FEB)


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([], [(JAN, FEB, "1")]),
        ([("2025-01-05", None, "10")], [(JAN, FEB, "10")]),
        ([(None, None, "10")], [(JAN, FEB, "10")]),
        ([("2024-01-01", "2025-01-16", "10"), ("2025-01-16", None, "40")], [(JAN, CHANGE, "10"), (CHANGE, FEB, "40")]),
        ([("2024-01-01", "2025-01-16", "10"), ("2025-01-16", None, "10")], [(JAN, FEB, "10")]),
        ([("2024-01-01", "2025-01-16", "10")], [(JAN, CHANGE, "10"), (CHANGE, FEB, "1")]),
        ([("2024-01-01", "2024-02-01", "10"), ("2024-02-01", None, "40")], [(JAN, FEB, "40")]),
    ],
)  # fmt: skip
def test_days_are_cut_where_the_multiplier_changes(
    rows: list[tuple[str | None, str | None, str]], parts: list[tuple[date, date, str]]
) -> None:
    found = [(days.start, days.end, str(value)) for days, value in multiplied(WHOLE, rows)]
    assert found == parts
