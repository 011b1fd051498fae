"""Energy from the customer: banked from bill to bill, never counted in part, and billed again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from meterside.cis.agreements.models import AgreementServicePoint
from meterside.cis.billing.corrections.correcting import find_corrections, make_good_on, set_make_good_policy
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.models import Bill, BillException, RatingStateEntry
from meterside.cis.registry.models import ServicePoint
from meterside.cis.registry.operations import NewChannel, NewRegister, add_service_point
from tests.cast import ELECTRIC, SINCE
from tests.cis.priced import (
    HEAD,
    NET,
    SCHEDULE,
    TIME_OF_USE,
    Home,
    book,
    dial,
    every_segment_prices_again,
    meter,
)
from tests.cis.priced import hours as read_hours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR = (date(2025, month, 1) for month in range(1, 5))
#: Net metering by period of the day: what is given on-peak comes off what is used on-peak.
NET_BY_PERIOD = (
    HEAD % ("NEM-T", "electric")
    + SCHEDULE
    + """
[[versions.components]]
kind = "net_metering"
code = "nem"
label = "Net metering"
label_es = "Medición neta"
unit = "kWh"
carry = "annual"
pay_out = 0.03
schedule = "tod"

[[versions.components]]
kind = "time_of_use"
code = "energy"
label = "Energy"
label_es = "Energía"
schedule = "tod"
unit = "kWh"
determinant = "net"
periods = [ { period = "on_peak", prices = "0.30" }, { period = "off_peak", prices = "0.10" } ]
"""
)


def _two_dials(point: ServicePoint) -> None:
    registers = [
        NewRegister("in", "energy", "Wh", 6, 1000),
        NewRegister("out", "energy", "Wh", 6, 1000, direction="received"),
    ]
    meter(point, "N", registers=registers)


def _two_channels(point: ServicePoint) -> None:
    channels = [NewChannel("1", "Wh", 3600), NewChannel("2", "Wh", 3600, direction="received")]
    meter(point, "N", channels=channels)


def _dials(home: Home) -> list[Bill]:
    """Used 300, 500, 900; given 450, 520, 600."""
    for day, used, given in ((JAN, 0, 0), (FEB, 300, 450), (MAR, 800, 970), (APR, 1700, 1570)):
        dial("N", "in", day, used)
        dial("N", "out", day, given)
    made = [home.bill(start, end) for start, end in ((JAN, FEB), (FEB, MAR), (MAR, APR))]
    return [bill for bill in made if bill is not None]


def _banks(home: Home) -> list[str]:
    rows = RatingStateEntry.objects.filter(agreement=home.agreement, segment__status="issued")
    return [row.state["nem.bank"] for row in rows.order_by("as_of")]


def test_a_bank_goes_through_three_months() -> None:
    home = book("electric", NET, devices=_two_dials)
    january, february, march = _dials(home)
    # 150 banked, 20 more; March uses 900, gives 600 and takes the 170: 130 kWh at 10 cents.
    assert [bill.current_charges_cents for bill in (january, february, march)] == [0, 0, 1300]
    assert _banks(home) == ["150", "170", "0"]
    assert every_segment_prices_again() == 3


def test_a_bank_is_replayed_when_an_earlier_bill_is_made_again() -> None:
    home = book("electric", NET, devices=_two_dials)
    january, february, march = _dials(home)
    dial("N", "out", FEB, 400)  # 50 less in January, 50 more in February
    again = rebill(bill_ids=[january.pk], reason="a digit was read wrongly")
    assert _banks(home) == ["100", "170", "0"]
    march.refresh_from_db()
    february.refresh_from_db()
    assert (february.status, march.status) == ("cancelled", "issued")
    assert again.current_charges_cents == 0
    assert every_segment_prices_again() == 5


def test_received_energy_that_was_not_read_holds_the_account() -> None:
    home = book("electric", NET, devices=_two_dials)
    for day, used in ((JAN, 0), (FEB, 300)):
        dial("N", "in", day, used)
    dial("N", "out", JAN, 0)
    assert home.bill(JAN, FEB) is None
    hold = BillException.objects.get()
    assert (hold.kind, hold.facts["day"]) == ("missing_read", "2025-02-01")


def _used(_day: date, _hour: int) -> int:
    return 1000


def _sun(_day: date, hour: int) -> int:
    return 4000 if 10 <= hour < 17 else 0


def test_net_metering_by_the_period_of_the_day() -> None:
    home = book("electric", NET_BY_PERIOD, devices=_two_channels)
    read_hours("N", JAN, FEB, _used)
    read_hours("N", JAN, FEB, _sun, code="2")
    bill = home.bill(JAN, FEB)
    assert bill is not None
    # 23 weekdays: 5 kWh used on-peak, 4 given (16 to 17): 23 kWh at 0.30. Off-peak 629 used; given 24 a weekday and
    # 28 on each of 8 days: 776. So 147 are banked.
    assert bill.current_charges_cents == 690
    state = RatingStateEntry.objects.get().state
    assert [Decimal(state[f"nem.bank.{period}"]) for period in ("on_peak", "off_peak")] == [0, 147]
    assert every_segment_prices_again() == 1


def test_a_received_hour_that_is_missing_is_never_counted_as_nothing() -> None:
    home = book("electric", NET_BY_PERIOD, devices=_two_channels)
    read_hours("N", JAN, FEB, _used)
    read_hours("N", JAN, FEB, _sun, code="2", but=frozenset({date(2025, 1, 9)}))
    assert home.bill(JAN, FEB) is None
    hold = BillException.objects.get()
    assert (hold.kind, hold.facts["found"]) == ("missing_intervals", "30")
    read_hours("N", date(2025, 1, 9), date(2025, 1, 10), _sun, code="2")
    assert home.bill(JAN, FEB) is not None


def test_energy_a_rate_does_not_know_holds_the_account() -> None:
    home = book("electric", TIME_OF_USE, devices=_two_channels, characteristics={"phase": "1"})
    read_hours("N", JAN, FEB, _used)
    read_hours("N", JAN, FEB, _sun, code="2")
    assert home.bill(JAN, FEB) is None
    assert BillException.objects.get().kind == "received_without_tariff"


def _panels_apart(home: Home) -> None:
    """A second meter that only measures what the panels give."""
    point = add_service_point(premise=home.premise, commodity="electric", since=SINCE)
    meter(point, "P", channels=[NewChannel("1", "Wh", 3600, direction="received")])
    AgreementServicePoint.objects.create(
        agreement=home.agreement, service_point=point, service="electric", during=home.agreement.during
    )


def test_panels_with_a_meter_of_their_own() -> None:
    def one(point: ServicePoint) -> None:
        meter(point, "N", channels=[NewChannel("1", "Wh", 3600)])

    home = book("electric", NET_BY_PERIOD, devices=one)
    _panels_apart(home)
    read_hours("N", JAN, FEB, _used)
    read_hours("P", JAN, FEB, _sun)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    assert bill.current_charges_cents == 690
    assert every_segment_prices_again() == 1


def test_registers_by_the_period_of_the_day_beside_panels_of_their_own() -> None:
    def one(point: ServicePoint) -> None:
        registers = [
            NewRegister("on", "energy", "Wh", 6, 1000, time_of_use="on_peak"),
            NewRegister("off", "energy", "Wh", 6, 1000, time_of_use="off_peak"),
        ]
        meter(point, "N", registers=registers)

    home = book("electric", NET_BY_PERIOD, devices=one)
    _panels_apart(home)
    for code, count in (("on", 115), ("off", 629)):
        dial("N", code, JAN, 0)
        dial("N", code, FEB, count)
    read_hours("P", JAN, FEB, _sun)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    assert bill.current_charges_cents == 690


def test_an_agreement_that_only_gives_is_never_billed_as_if_it_gave_nothing() -> None:
    def one(point: ServicePoint) -> None:
        registers = [NewRegister("out", "energy", "Wh", 6, 1000, direction="received")]
        meter(point, "P", registers=registers)

    home = book("electric", ELECTRIC, devices=one)
    dial("P", "out", JAN, 0)
    dial("P", "out", FEB, 700)
    assert home.bill(JAN, FEB) is None
    assert BillException.objects.get().kind == "received_without_tariff"


def test_a_read_of_what_was_given_that_changes_is_put_right() -> None:
    home = book("electric", NET, devices=_two_dials)
    set_make_good_policy(since=JAN)
    for day, used, given in ((JAN, 0, 0), (FEB, 300, 100), (MAR, 800, 300)):
        dial("N", "in", day, used)
        dial("N", "out", day, given)
    home.bill(JAN, FEB)
    dial("N", "out", FEB, 150)
    (found,) = find_corrections([home.account.pk], policies=make_good_on(FEB), today=FEB)
    # 50 kWh less are billed; the bank is empty after as before, so it comes with the next bill.
    assert (found.difference_cents, found.method) == (-500, "next_bill")
    february = home.bill(FEB, MAR)
    assert february is not None
    assert (february.adjustments_cents, february.current_charges_cents) == (-500, 3500)
    assert find_corrections([home.account.pk], policies=make_good_on(MAR), today=MAR) == []


def test_what_is_given_by_the_period_of_the_day_is_given_in_all() -> None:
    def one(point: ServicePoint) -> None:
        registers = [
            NewRegister("in", "energy", "Wh", 6, 1000),
            NewRegister("on", "energy", "Wh", 6, 1000, direction="received", time_of_use="on_peak"),
            NewRegister("off", "energy", "Wh", 6, 1000, direction="received", time_of_use="off_peak"),
        ]
        meter(point, "N", registers=registers)

    home = book("electric", NET, devices=one)
    for code, count in (("in", 900), ("on", 92), ("off", 700)):
        dial("N", code, JAN, 0)
        dial("N", code, FEB, count)
    bill = home.bill(JAN, FEB)
    assert bill is not None
    assert bill.current_charges_cents == 1080
