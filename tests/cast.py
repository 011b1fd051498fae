"""The named cast: Alice owns, Bob helps, Charlie must see nothing, Dana is staff.

Everything is made by the same operations as live work; `riverside()` is the smallest whole utility.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from meterside.cis.agreements.models import ServiceAgreement
from meterside.cis.agreements.operations import start_agreement
from meterside.cis.billing.models import BillCycle, BillRun
from meterside.cis.billing.runs.operations import ChunkResult, bill_chunk, finish_run, open_run
from meterside.cis.metering.store.operations import NewRead, record_register_reads, store_days
from meterside.cis.registry.models import Account, Device, Person, Premise
from meterside.cis.registry.operations import (
    NewChannel,
    NewContact,
    NewRegister,
    add_person,
    add_premise,
    add_service_point,
    install_meter,
    open_account,
)
from meterside.cis.tariffs.models import Tariff
from meterside.cis.tariffs.operations import store_tariff
from meterside.engine.interval import day_intervals
from meterside.engine.period import Period, service_day
from meterside.engine.tariff.document import tariff_from_toml

ZONE = ZoneInfo("America/Los_Angeles")
SINCE = date(2025, 1, 1)

ELECTRIC = """
format = "meterside-tariff/1"
code = "E-1"
name = "Residential electric"
name_es = "Electricidad residencial"
utility = "Riverside"
commodity = "electric"

[[versions]]
effective_from = 2020-01-01

[[versions.components]]
kind = "fixed"
code = "customer"
label = "Customer charge"
label_es = "Cargo por cliente"
amount = "13.50"

[[versions.components]]
kind = "tiered"
code = "energy"
label = "Energy"
label_es = "Energía"
unit = "kWh"
prices = ["0.0934", "0.1080"]
widths = ["650"]

[[versions.components]]
kind = "percent"
code = "tax"
label = "City tax"
label_es = "Impuesto municipal"
rate = "0.05"
"""

WATER = """
format = "meterside-tariff/1"
code = "W-1"
name = "Residential water"
name_es = "Agua residencial"
utility = "Riverside"
commodity = "water"

[[versions]]
effective_from = 2020-01-01

[[versions.components]]
kind = "fixed"
code = "meter"
label = "Meter charge"
label_es = "Cargo por medidor"
amount = { by = ["meter_size"], values = { '5/8"' = "12.00", '1"' = "20.00" } }

[[versions.components]]
kind = "usage"
code = "use"
label = "Water use"
label_es = "Consumo de agua"
unit = "ccf"
price = "3.10"
"""

SEWER = (
    WATER.replace('"W-1"', '"S-1"')
    .replace("water", "sewer")
    .replace("Water use", "Sewer use")
    .replace("agua", "alcantarillado")
)
REFUSE = """
format = "meterside-tariff/1"
code = "R-1"
name = "Residential refuse"
name_es = "Basura residencial"
utility = "Riverside"
commodity = "refuse"

[[versions]]
effective_from = 2020-01-01

[[versions.components]]
kind = "fixed"
code = "cart"
label = "64-gallon cart"
label_es = "Contenedor de 64 galones"
amount = "11.50"
"""


@dataclass(frozen=True)
class Household:
    """One account with its meters."""

    person: Person
    account: Account
    premise: Premise
    electric: Device
    water: Device
    agreements: dict[str, ServiceAgreement]


@dataclass(frozen=True)
class Riverside:
    """The smallest whole utility."""

    alice: Household
    charlie: Household
    tariffs: dict[str, Tariff]

    @property
    def households(self) -> tuple[Household, Household]:
        return self.alice, self.charlie


def riverside() -> Riverside:
    """Alice and Charlie, each with electric, water, sewer and refuse; no reads and no bills yet."""
    BillCycle.objects.create(code="01", name="First of the month", read_day=1)
    tariffs = {
        service: store_tariff(tariff_from_toml(text))
        for service, text in (("electric", ELECTRIC), ("water", WATER), ("sewer", SEWER), ("refuse", REFUSE))
    }
    alice = household(
        tariffs, given="Alice", family="Moreno", email="alice@example.com", line="418 Oak St", badge="A"
    )
    charlie = household(
        tariffs, given="Charlie", family="Young", email="charlie@example.com", line="12 Elm Ave", badge="C"
    )
    return Riverside(alice, charlie, tariffs)


def household(
    tariffs: dict[str, Tariff],
    *,
    given: str,
    family: str,
    email: str,
    line: str,
    badge: str,
    unit: str = "",
    since: date = SINCE,
) -> Household:
    """A person, an account, a premise, two meters and four agreements, since a day."""
    person = add_person(
        given_name=given, family_name=family, since=since, contacts=(NewContact("email", email, email),)
    )
    account = open_account(owner=person, customer_class="residential", bill_cycle="01", opened_on=since)
    premise = add_premise(
        address_line=line, unit=unit, city="Riverside", state="CA", zip5="95000", zone=ZONE.key
    )
    installed, _ = service_day(since, ZONE)
    power = add_service_point(premise=premise, commodity="electric", since=since)
    tap = add_service_point(premise=premise, commodity="water", since=since)
    electric = install_meter(
        service_point=power,
        badge=f"{badge}-E",
        installed_at=installed,
        registers=(NewRegister("kWh", "energy", "Wh", dials=5, units_per_count=1000),),
        channels=(NewChannel("1", "Wh", 3600),),
    )
    water = install_meter(
        service_point=tap,
        badge=f"{badge}-W",
        installed_at=installed,
        registers=(NewRegister("cf", "volume", "cf", dials=6),),
    )
    points = {"electric": (power,), "water": (tap,), "sewer": (tap,), "refuse": ()}
    sizes = {"water": {"meter_size": '5/8"'}, "sewer": {"meter_size": '5/8"'}}
    agreements = {
        service: start_agreement(
            account=account,
            premise=premise,
            service=service,
            tariff=tariffs[service],
            starts_on=since,
            service_points=points[service],
            characteristics=sizes.get(service),
        )
        for service in points
    }
    return Household(person, account, premise, electric, water, agreements)


def read_dial(device: Device, day: date, count: int, kind: str = "actual") -> None:
    """One dial read at the start of a service day."""
    read_at, _ = service_day(day, ZONE)
    record_register_reads([NewRead(device.registers.get().pk, read_at, day, count, kind)])


def read_hours(device: Device, start: date, end: date, wh_an_hour: int) -> None:
    """Flat hourly reads for every service day in [start, end)."""
    channel, rows, day = device.channels.get(), [], start
    while day < end:
        first, last = service_day(day, ZONE)
        hours = int((last - first) / timedelta(hours=1))
        rows.append((channel.pk, day_intervals(day, first.astimezone(UTC), 3600, [wh_an_hour] * hours)))
        day += timedelta(days=1)
    store_days(rows)


def bill_month(start: date, end: date, accounts: list[Account]) -> tuple[BillRun, ChunkResult]:
    """One run of cycle 01 over [start, end), dated on `end`."""
    run = open_run(cycle="01", window=Period(start, end), bill_date=end)
    result = bill_chunk(run, [account.pk for account in accounts])
    finish_run(run)
    return run, result


def instant(text: str) -> datetime:
    """A zoned instant in the cast's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)
