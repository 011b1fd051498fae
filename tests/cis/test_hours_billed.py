"""Hours become a bill: time of use and demand from interval data, from several meters, by registers, and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from meterside.cis.agreements.models import (
    AgreementCharacteristic,
    AgreementServicePoint,
    AgreementTariff,
)
from meterside.cis.billing.corrections.correcting import find_corrections, make_good_on, set_make_good_policy
from meterside.cis.billing.corrections.rebilling import rebill
from meterside.cis.billing.inputs.hours import not_measured, thaw_use
from meterside.cis.billing.inputs.sources import load_sources
from meterside.cis.billing.models import Bill, BillException, RatingStateEntry
from meterside.cis.metering.estimates.registers import set_estimate_policy
from meterside.cis.registry.models import Device, DeviceInstallation, RegistryCharacteristic, ServicePoint
from meterside.cis.registry.operations import NewChannel, NewRegister, add_service_point, install_meter
from meterside.cis.tariffs.operations import store_tariff
from meterside.engine.period import Period, service_day
from meterside.engine.tariff.document import tariff_from_toml
from meterside.kit import clock
from tests.cast import ELECTRIC, SINCE, ZONE
from tests.cis.priced import TIME_OF_USE, Home, book, dial, every_segment_prices_again, hours, meter
from tests.web.billed import statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR, APR = (date(2025, month, 1) for month in range(1, 5))
ONE = {"phase": "1"}
HOURLY = NewChannel("1", "Wh", 3600)
# January 2025 has 23 weekdays: 115 hours of the 744 are on-peak, 629 off. Each line in cents below is worked by hand.


def _home(*, devices: Callable[[ServicePoint], object], characteristics: Mapping[str, str] = ONE) -> Home:
    return book("electric", TIME_OF_USE, devices=devices, characteristics=characteristics)


def _one_channel(point: ServicePoint) -> None:
    meter(point, "H", channels=[HOURLY])


def _flat(_day: date, _hour: int) -> int:
    return 1000


def _with_a_peak(day: date, hour: int) -> int:
    return 5000 if (day.day, hour) == (8, 18) else 1000


def _lines(home: Home, start: date) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in home.segment(start).rated["lines"]:
        found.setdefault(line["component"], []).append(line["amount_cents"])
    return found


def test_time_of_use_and_demand_to_the_cent() -> None:
    home = _home(devices=_one_channel)
    hours("H", JAN, FEB, _with_a_peak)
    assert home.bill(JAN, FEB) is not None
    # 119 kWh x 0.30 = 35.70, 629 kWh x 0.10 = 62.90, 5 kW x 8.00; 5 % of 148.60 is 7.43.
    assert _lines(home, JAN) == {"customer": [1000], "energy": [3570, 6290], "demand": [4000], "tax": [743]}
    assert every_segment_prices_again() == 1


def test_the_ratchet_goes_from_bill_to_bill_and_is_replayed() -> None:
    home = _home(devices=_one_channel)
    hours("H", JAN, FEB, _with_a_peak)
    hours("H", FEB, MAR, _flat)
    january = home.bill(JAN, FEB)
    home.bill(FEB, MAR)
    assert january is not None
    # 1 kW measured in February; 75 % of January's 5 are billed.
    assert _lines(home, FEB)["demand"] == [3000]
    hours("H", date(2025, 1, 8), date(2025, 1, 9), lambda _day, hour: 3000 if hour == 18 else 1000)
    again = rebill(bill_ids=[january.pk], reason="the peak was a fault")
    # February started from January's peak, so it is on the same new bill: 75 % of 3 kW.
    assert (_lines(home, JAN)["demand"], _lines(home, FEB)["demand"]) == ([2400], [1800])
    assert {segment.bill_id for segment in (home.segment(JAN), home.segment(FEB))} == {again.pk}
    assert RatingStateEntry.objects.filter(agreement=home.agreement).count() == 4
    change = again.statement["change"]
    assert sum(part["amount_cents"] for part in change["parts"]) == change["difference_cents"]
    assert every_segment_prices_again() == 4


def test_the_change_is_told_from_frozen_hours() -> None:
    home = _home(devices=_one_channel)
    hours("H", JAN, MAR, _flat)
    home.bill(JAN, FEB)
    hours("H", JAN, FEB, lambda _day, _hour: 9000)  # comes too late for January's bill
    february = home.bill(FEB, MAR)
    assert february is not None
    kinds = {part["kind"]: part["amount_cents"] for part in february.statement["change"]["parts"]}
    assert february.statement["change"]["difference_cents"] == sum(kinds.values())
    # The same kilowatt each hour: three days fewer, and hours that fall otherwise over the weekdays.
    assert set(kinds) <= {"days", "use", "rate"}
    assert kinds["days"] < 0


def test_an_hour_that_is_missing_holds_the_account() -> None:
    home = _home(devices=_register_and_channel)
    dial("H", "kWh", JAN, 1000)
    dial("H", "kWh", FEB, 1744)
    hours("H", JAN, FEB, _flat, but=frozenset({date(2025, 1, 20)}))
    assert home.bill(JAN, FEB) is None
    hold = BillException.objects.get()
    assert (hold.kind, hold.facts) == (
        "missing_intervals",
        {"badge": "H", "found": "30", "days": "31", "start": "2025-01-01"},
    )
    hours("H", date(2025, 1, 20), date(2025, 1, 21), _flat)
    assert home.bill(JAN, FEB) is not None


def _register_and_channel(point: ServicePoint) -> None:
    meter(point, "H", registers=[NewRegister("kWh", "energy", "Wh", 6, 1000)], channels=[HOURLY])


def test_a_register_is_billed_and_its_hours_are_the_shape() -> None:
    home = _home(devices=_register_and_channel)
    dial("H", "kWh", JAN, 1000)
    dial("H", "kWh", FEB, 1000 + 1488)
    hours("H", JAN, FEB, _flat)
    home.bill(JAN, FEB)
    # Twice the 744 kWh that the hours sum to: 230 and 1,258 kWh.
    assert _lines(home, JAN)["energy"] == [6900, 12580]
    (reconciled,) = home.segment(JAN).rated["reconciled"]
    assert (reconciled["billed"], reconciled["intervals"]) == ("1488000", "744000")


def test_several_meters_are_summed_hour_by_hour() -> None:
    home = _home(
        devices=lambda point: (
            meter(point, "H", channels=[HOURLY], multiplier=Decimal("2.5"), is_applied=False) and None
        ),
    )
    for badge, use in (("A", "add"), ("S", "subtract")):
        point = add_service_point(premise=home.premise, commodity="electric", since=SINCE)
        meter(point, badge, channels=[NewChannel("1", "kWh" if badge == "A" else "Wh", 3600)])
        AgreementServicePoint.objects.create(
            agreement=home.agreement,
            service_point=point,
            service="electric",
            use=use,
            during=home.agreement.during,
        )
    hours("H", JAN, FEB, lambda _day, hour: 800 if hour == 18 else 400)
    hours("A", JAN, FEB, lambda _day, hour: 3 if hour == 3 else 0)
    hours("S", JAN, FEB, lambda _day, hour: 100)
    home.bill(JAN, FEB)
    # Each day 23 hours of 1 kWh and one of 2, 3 more at night, 0.1 an hour less; on-peak 4 x 1 + 2 - 0.5.
    on_peak, whole = 23 * Decimal("5.5"), 31 * (Decimal(23 + 2 + 3) - Decimal("2.4"))
    assert _lines(home, JAN)["energy"] == [int(on_peak * 30), int((whole - on_peak) * 10)]
    assert _lines(home, JAN)["demand"] == [int(Decimal("3.9") * 800)]  # at three at night: 1 + 3 - 0.1
    assert every_segment_prices_again() == 1


def test_intervals_of_other_lengths_hold_the_account() -> None:
    home = _home(devices=_one_channel)
    point = add_service_point(premise=home.premise, commodity="electric", since=SINCE)
    meter(point, "Q", channels=[NewChannel("1", "Wh", 900)])
    AgreementServicePoint.objects.create(
        agreement=home.agreement, service_point=point, service="electric", during=home.agreement.during
    )
    hours("H", JAN, FEB, _flat)
    hours("Q", JAN, FEB, _flat, seconds=900)
    assert home.bill(JAN, FEB) is None
    hold = BillException.objects.get()
    assert (hold.kind, hold.facts["badge"], hold.facts["seconds"]) == ("interval_length", "Q", "900")


def _by_registers(point: ServicePoint) -> None:
    registers = [
        NewRegister("on", "energy", "Wh", 6, 1000, time_of_use="on_peak"),
        NewRegister("off", "energy", "Wh", 6, 1000, time_of_use="off_peak"),
        NewRegister("kW", "demand", "W", 5, 100),
    ]
    meter(point, "R", registers=registers)


def test_registers_by_time_of_use_and_of_demand() -> None:
    home = _home(devices=_by_registers)
    for code, first, last in (("on", 100, 219), ("off", 5000, 5629), ("kW", 99, 50)):
        dial("R", code, JAN, first)
        dial("R", code, FEB, last)
    home.bill(JAN, FEB)
    # The same use as by the hour above; the demand register shows 50 x 100 W.
    assert _lines(home, JAN) == {"customer": [1000], "energy": [3570, 6290], "demand": [4000], "tax": [743]}
    assert every_segment_prices_again() == 1


def test_a_register_by_time_of_use_that_was_not_read_holds_the_account() -> None:
    home = _home(devices=_by_registers)
    for code in ("on", "off", "kW"):
        dial("R", code, JAN, 100)
    dial("R", "on", FEB, 200)
    dial("R", "off", FEB, 900)
    assert home.bill(JAN, FEB) is None
    assert BillException.objects.get().kind == "missing_read"


def test_hours_that_move_without_a_change_of_the_sum_are_put_right() -> None:
    home = _home(devices=_one_channel)
    set_make_good_policy(since=JAN)
    hours("H", JAN, MAR, _flat)
    home.bill(JAN, FEB)
    # 4 kWh of the night of January 8 were used at six in the evening: 4 x 0.20 more, and 4 kW.
    hours(
        "H",
        date(2025, 1, 8),
        date(2025, 1, 9),
        lambda _day, hour: 5000 if hour == 18 else 0 if hour in (0, 1, 2, 3) else 1000,
    )
    (found,) = find_corrections([home.account.pk], policies=make_good_on(FEB), today=FEB)
    assert found.difference_cents == 80 + 3200 + 164
    assert found.segments[0]["all_tax_cents"] == 164
    assert found.method == "rebill"  # the ratchet remembers another peak
    home.bill(FEB, MAR)
    assert _lines(home, JAN)["demand"] == [4000]
    assert _lines(home, FEB)["demand"] == [3000]
    assert find_corrections([home.account.pk], policies=make_good_on(MAR), today=MAR) == []


def _say(home: Home, code: str, value: str, start: date, end: date | None) -> None:
    AgreementCharacteristic.objects.create(
        agreement=home.agreement,
        code=code,
        value=value,
        evidence="inspection",
        during=DateRange(start, end),
        recorded_at=clock.now(),
    )


def test_a_fact_that_changes_inside_the_bill_prices_its_days() -> None:
    home = _home(devices=_one_channel, characteristics={})
    _say(home, "phase", "1", JAN, date(2025, 1, 11))
    _say(home, "phase", "3", date(2025, 1, 11), None)
    hours("H", JAN, MAR, _flat)
    home.bill(JAN, FEB)
    lines = [line for line in home.segment(JAN).rated["lines"] if line["component"] == "customer"]
    assert [line["span"] for line in lines] == [["2025-01-01", "2025-01-11"], ["2025-01-11", "2025-02-01"]]
    # 10.00 x 10/31 + 31.00 x 21/31 = 3.2258 + 21.00
    assert sum(line["amount_cents"] for line in lines) == 2423
    home.bill(FEB, MAR)
    assert _lines(home, FEB)["customer"] == [3100]
    assert every_segment_prices_again() == 2


def test_facts_of_premise_and_account_stand_behind_the_agreement_s() -> None:
    home = _home(devices=_one_channel, characteristics={})
    common = {"code": "phase", "evidence": "file", "during": DateRange(JAN, None), "recorded_at": clock.now()}
    RegistryCharacteristic.objects.create(account=home.account, value="1", **common)
    RegistryCharacteristic.objects.create(premise=home.premise, value="3", **common)
    RegistryCharacteristic.objects.create(
        premise=home.premise, **{**common, "code": "life_support"}, value="yes"
    )
    hours("H", JAN, MAR, _flat)
    home.bill(JAN, FEB)
    assert home.segment(JAN).inputs["attributes"] == {"customer_class": "residential", "phase": "3"}
    _say(home, "phase", "1", FEB, None)
    home.bill(FEB, MAR)
    assert (_lines(home, JAN)["customer"], _lines(home, FEB)["customer"]) == ([3100], [1000])


def test_a_row_stays_small() -> None:
    home = _home(devices=_one_channel)
    hours("H", JAN, FEB, lambda day, hour: 700 + 13 * hour + 37 * day.day)
    home.bill(JAN, FEB)
    assert len(home.segment(JAN).inputs["intervals"]["usage"]["values"]) < 2048
    assert Bill.objects.count() == 1


def test_hours_cost_one_statement_a_chunk_and_nothing_where_nobody_asks() -> None:
    homes = [
        book(
            "electric",
            TIME_OF_USE,
            devices=lambda point, badge=badge: meter(point, badge, channels=[HOURLY]),  # type: ignore[misc]
            characteristics=ONE,
        )
        for badge in ("H1", "H2", "H3")
    ]
    for badge in ("H1", "H2", "H3"):
        hours(badge, JAN, FEB, _flat)
    window = Period(JAN, FEB)
    with statements() as asked_of_one:
        load_sources([homes[0].account.pk], window)
    with statements() as asked_of_all:
        found = load_sources([home.account.pk for home in homes], window)
    # Agreements, meters, tariffs, hours with the use by day.
    assert (len(asked_of_one), len(asked_of_all)) == (4, 4)
    assert len(found.hours) == 3
    flat = store_tariff(tariff_from_toml(ELECTRIC))
    AgreementTariff.objects.update(tariff=flat)
    with statements() as asked_by_flat:
        found = load_sources([home.account.pk for home in homes], window)
    assert (len(asked_by_flat), found.hours) == (4, {})


def test_a_meter_exchanged_in_the_month_the_clock_goes_forward() -> None:
    home = _home(devices=_one_channel)
    first = Device.objects.get(badge="H").installations.get()
    exchanged = service_day(date(2025, 3, 20), ZONE)[0]
    DeviceInstallation.objects.filter(pk=first.pk).update(
        during=DateTimeTZRange(first.during.lower, exchanged)
    )
    install_meter(
        service_point=first.service_point,
        badge="H2",
        installed_at=exchanged,
        channels=(NewChannel("1", "kWh", 3600),),
        multiplier=Decimal("1.5"),
        multiplier_applied_by_source=False,
    )
    hours("H", JAN, date(2025, 3, 25), _flat)  # its days after the exchange are not the customer's any more
    hours("H2", date(2025, 3, 20), APR, lambda _day, _hour: 2)
    for start, end in ((JAN, FEB), (FEB, MAR), (MAR, APR)):
        assert home.bill(start, end) is not None
    # 743 hours: 19 days of 455 hours at 1 kWh (13 weekdays), 12 days of 288 hours at 3 kWh (8 weekdays).
    usage = {item["name"]: item["quantity"] for item in home.segment(MAR).inputs["determinants"]}
    assert Decimal(usage["usage"]) == 455_000 + 288 * 3000
    on_peak = 13 * 5 + 8 * 5 * 3
    assert _lines(home, MAR)["energy"] == [on_peak * 30, (455 + 864 - on_peak) * 10]
    assert _lines(home, MAR)["demand"] == [2400]
    assert every_segment_prices_again() == 3


def test_contract_demand_is_what_the_agreement_says() -> None:
    toml = TIME_OF_USE.replace("ratchet = { share = 0.75, months = 11 }", "contract = 0.8")
    home = book("electric", toml, devices=_one_channel, characteristics=ONE)
    hours("H", JAN, MAR, _flat)
    assert home.bill(JAN, FEB) is None
    assert "contract_demand" in BillException.objects.get().facts["said"]
    _say(home, "contract_demand", "ten", JAN, FEB)
    assert home.bill(JAN, FEB) is None
    assert BillException.objects.filter(kind="unknown_attribute", status="open").count() == 1
    AgreementCharacteristic.objects.filter(code="contract_demand").update(value="10")
    assert home.bill(JAN, FEB) is not None
    assert _lines(home, JAN)["demand"] == [6400]  # 80 % of 10 kW, for 1 kW was measured
    _say(home, "contract_demand", "5", FEB, None)
    home.bill(FEB, MAR)
    assert _lines(home, FEB)["demand"] == [3200]
    assert every_segment_prices_again() == 2


def test_missing_hours_are_estimated_where_policy_says_so() -> None:
    home = _home(devices=_register_and_channel)
    set_estimate_policy(since=JAN, methods=["like_days"])
    for day, count in ((JAN, 0), (FEB, 744), (MAR, 1416)):
        dial("H", "kWh", day, count)
    hours("H", JAN, MAR, _flat, but=frozenset({date(2025, 2, 20)}))
    home.bill(JAN, FEB)
    assert home.bill(FEB, MAR) is not None
    frozen = thaw_use(home.segment(FEB).inputs["intervals"]["usage"])
    assert not_measured(frozen) == 24
    assert frozen.total() == 672_000
    assert every_segment_prices_again() == 2
