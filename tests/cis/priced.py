"""Tariffs that ask more of billing than a sum of use, and homes on them, for the tests of what billing feeds rating."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.agreements.operations import start_agreement
from meterside.cis.billing.inputs.freezing import thaw_inputs
from meterside.cis.billing.models import Bill, BillCycle, BillSegment
from meterside.cis.metering.store.operations import NewRead, record_register_reads, store_days
from meterside.cis.registry.models import Account, Device, Premise, ServicePoint
from meterside.cis.registry.operations import (
    NewChannel,
    NewRegister,
    add_person,
    add_premise,
    add_service_point,
    install_meter,
    open_account,
)
from meterside.cis.tariffs.models import Tariff
from meterside.cis.tariffs.operations import store_tariff
from meterside.cis.tariffs.queries import engine_tariffs
from meterside.engine.explain import price_segment
from meterside.engine.interval import day_intervals
from meterside.engine.period import service_day
from meterside.engine.tariff.document import tariff_from_toml
from tests.cast import SINCE, ZONE, bill_month

HEAD = """
format = "meterside-tariff/1"
code = "%s"
name = "Rate"
name_es = "Tarifa"
utility = "Riverside"
commodity = "%s"
[[versions]]
effective_from = 2020-01-01
"""
SCHEDULE = """
[[versions.schedules]]
name = "tod"
periods = [
  { name = "on_peak", label = "on-peak", label_es = "en horas punta", times = [
    { days = ["weekday"], from = "16:00", to = "21:00" } ] },
  { name = "off_peak", label = "off-peak", label_es = "en horas valle" },
]
"""
#: 5 hours of each weekday at 0.30, the rest at 0.10; 8 dollars for each kW of the highest hour, with a ratchet.
TIME_OF_USE = (
    HEAD % ("TOU", "electric")
    + SCHEDULE
    + """
[[versions.components]]
kind = "fixed"
code = "customer"
label = "Customer charge"
label_es = "Cargo por cliente"
amount = { by = ["phase"], values = { "1" = "10.00", "3" = "31.00" } }

[[versions.components]]
kind = "time_of_use"
code = "energy"
label = "Energy"
label_es = "Energía"
schedule = "tod"
unit = "kWh"
periods = [ { period = "on_peak", prices = "0.30" }, { period = "off_peak", prices = "0.10" } ]

[[versions.components]]
kind = "demand"
code = "demand"
label = "Demand"
label_es = "Demanda"
prices = "8.00"
ratchet = { share = 0.75, months = 11 }

[[versions.components]]
kind = "percent"
code = "tax"
label = "City tax"
label_es = "Impuesto municipal"
rate = "0.05"
"""
)
#: 10 cents for each kWh beyond what was given; what was given beyond waits in a bank until the year ends.
NET = (
    HEAD % ("NEM", "electric")
    + """
[[versions.components]]
kind = "net_metering"
code = "nem"
label = "Net metering"
label_es = "Medición neta"
unit = "kWh"
carry = "annual"
pay_out = 0.03

[[versions.components]]
kind = "usage"
code = "energy"
label = "Energy"
label_es = "Energía"
price = 0.10
unit = "kWh"
determinant = "net"
"""
)


def book(service: str, toml: str, *, devices: Callable[[ServicePoint], object], **more: object) -> Home:
    """An account with one agreement on a tariff, its meters put in place by `devices`."""
    BillCycle.objects.get_or_create(code="01", defaults={"name": "First of the month", "read_day": 1})
    person = add_person(given_name="Ann", family_name="Ames", since=SINCE)
    account = open_account(owner=person, customer_class="residential", bill_cycle="01", opened_on=SINCE)
    premise = add_premise(
        address_line="5 Mill Rd", unit="", city="Riverside", state="CA", zip5="95000", zone=ZONE.key
    )
    commodity = "water" if service == "sewer" else service
    point = add_service_point(premise=premise, commodity=commodity, since=SINCE)
    devices(point)
    agreement = start_agreement(
        account=account,
        premise=premise,
        service=service,
        tariff=store_tariff(tariff_from_toml(toml)),
        starts_on=SINCE,
        service_points=(point,),
        **more,  # type: ignore[arg-type]
    )
    return Home(account, premise, agreement)


@dataclass(frozen=True)
class Home:
    """An account with one agreement."""

    account: Account
    premise: Premise
    agreement: ServiceAgreement

    def bill(self, start: date, end: date) -> Bill | None:
        """The bill a run makes for these days; None where the account is held."""
        bill_month(start, end, [self.account])
        return Bill.objects.filter(account=self.account, bill_date=end, status="issued").first()

    def segment(self, start: date) -> BillSegment:
        """The segment that stands from a day on."""
        return BillSegment.objects.get(agreement=self.agreement, period__startswith=start, status="issued")


def meter(
    point: ServicePoint,
    badge: str,
    *,
    registers: Iterable[NewRegister] = (),
    channels: Iterable[NewChannel] = (),
    multiplier: Decimal = Decimal(1),
    is_applied: bool = True,
) -> Device:
    """A meter in place since the first day."""
    return install_meter(
        service_point=point,
        badge=badge,
        installed_at=service_day(SINCE, ZONE)[0],
        registers=tuple(registers),
        channels=tuple(channels),
        multiplier=multiplier,
        multiplier_applied_by_source=is_applied,
    )


def hours(
    badge: str,
    start: date,
    end: date,
    use: Callable[[date, int], int],
    *,
    code: str = "1",
    seconds: int = 3600,
    but: frozenset[date] = frozenset(),
) -> None:
    """Hourly values of a channel for each day of [start, end): `use(day, hour on the clock)`."""
    channel = Device.objects.get(badge=badge).channels.get(code=code)
    rows, day = [], start
    while day < end:
        first, last = (instant.astimezone(UTC) for instant in service_day(day, ZONE))
        count = (last - first) // timedelta(seconds=seconds)
        local = [(first + timedelta(seconds=seconds * n)).astimezone(ZONE).hour for n in range(count)]
        if day not in but:
            rows.append((channel.pk, day_intervals(day, first, seconds, [use(day, hour) for hour in local])))
        day += timedelta(days=1)
    store_days(rows)


def dial(badge: str, code: str, day: date, count: int) -> None:
    """One read of one register at the start of a day."""
    register = Device.objects.get(badge=badge).registers.get(code=code)
    record_register_reads([NewRead(register.pk, service_day(day, ZONE)[0], day, count, "actual")])


def every_segment_prices_again() -> int:
    """Each segment that was ever made comes from its frozen inputs to the same cent and state; how many there are."""
    rows = list(BillSegment.objects.select_related("bill"))
    keys = list(
        Tariff.objects.filter(code__in={row.tariff_code for row in rows}).values_list("pk", flat=True)
    )
    tariffs = {tariff.code: tariff for tariff in engine_tariffs(keys).values()}
    for row in rows:
        again = price_segment(thaw_inputs(row.inputs, tariffs[row.tariff_code]))
        assert again.to_dict() == row.rated, row.tariff_code
    return len(rows)
