"""Billing a cycle: read, rate, post, outbox for accounts with three services, beside inserting the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg import sql

from meterside.cis.agreements.operations import start_agreement
from meterside.cis.billing.models import Bill, BillCycle, BillRun
from meterside.cis.billing.runs.operations import bill_chunk, open_run
from meterside.cis.metering.store.operations import NewRead, record_register_reads
from meterside.cis.registry.models import Account, Register
from meterside.cis.registry.operations import (
    NewRegister,
    add_person,
    add_premise,
    add_service_point,
    install_meter,
    open_account,
)
from meterside.cis.tariffs.models import Tariff
from meterside.cis.tariffs.operations import store_tariff
from meterside.engine.period import Period, service_day
from meterside.engine.tariff.document import tariff_from_toml

from . import Result
from .engine import TARIFF
from .timing import best_s

_ACCOUNTS, _CHUNK = 400, 100
ZONE = ZoneInfo("America/Los_Angeles")
_MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1))


def run() -> Iterator[Result]:
    """Bills a second with one worker; the last of three months, so each bill follows on another."""
    accounts = _accounts()
    times = []
    for start, end in pairwise(_MONTHS):
        opened = open_run(cycle="B1", window=Period(start, end), bill_date=end)
        times.append(best_s(partial(_bill, opened, accounts), rounds=1, warm=0))
    floor = best_s(_insert_again, rounds=3)
    n_last = Bill.objects.filter(bill_date=_MONTHS[-1]).count()
    yield Result(
        "bills a second, one worker, three services", n_last / times[-1], "bills/s", n_last / floor,
        "bills/s, inserting the same bills, segments and postings",
    )  # fmt: skip


def _bill(run: BillRun, accounts: list[int]) -> None:
    for first in range(0, len(accounts), _CHUNK):
        bill_chunk(run, accounts[first : first + _CHUNK])


def _accounts() -> list[int]:
    BillCycle.objects.create(code="B1", name="Bench", read_day=1)
    tariffs = {
        "electric": store_tariff(tariff_from_toml(TARIFF)),
        "water": store_tariff(
            tariff_from_toml(
                TARIFF.replace("B-1", "B-2").replace("kWh", "ccf").replace('"electric"', '"water"')
            )
        ),
        "refuse": store_tariff(tariff_from_toml(_REFUSE)),
    }
    with transaction.atomic():
        for number in range(_ACCOUNTS):
            _account(number, tariffs)
    registers = Register.objects.order_by("pk").values_list("pk", "unit")
    for month, day in enumerate(_MONTHS):
        at, _ = service_day(day, ZONE)
        record_register_reads(
            [
                NewRead(key, at, day, 1000 + month * (700 if unit == "Wh" else 900) + key % 97 * month)
                for key, unit in registers
            ]
        )
    return list(Account.objects.filter(bill_cycle="B1").order_by("pk").values_list("pk", flat=True))


def _account(number: int, tariffs: dict[str, Tariff]) -> None:
    since = _MONTHS[0]
    person = add_person(given_name="Bench", family_name=str(number), since=since)
    account = open_account(owner=person, customer_class="residential", bill_cycle="B1", opened_on=since)
    premise = add_premise(
        address_line=f"{number + 1} Bench St", city="Bench", state="CA", zip5="90000", zone=ZONE.key
    )
    installed, _ = service_day(since, ZONE)
    points = {}
    for commodity, register in (
        ("electric", NewRegister("kWh", "energy", "Wh", 5, 1000)),
        ("water", NewRegister("cf", "volume", "cf", 6)),
    ):
        points[commodity] = add_service_point(premise=premise, commodity=commodity, since=since)
        install_meter(
            service_point=points[commodity], badge=f"B{number}-{commodity}", installed_at=installed,
            registers=(register,),
        )  # fmt: skip
    for service, tariff in tariffs.items():
        own = (points[service],) if service in points else ()
        start_agreement(
            account=account,
            premise=premise,
            service=service,
            tariff=tariff,
            starts_on=since,
            service_points=own,
        )


def _insert_again() -> None:
    """The same rows into tables without rules, which is the least any program must write."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("cis_billing_bill", "cis_billing_billsegment", "cis_ledger_posting"):
            names = sql.Identifier(f"floor_{table}"), sql.Identifier(table)
            cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {}) ON COMMIT DROP").format(*names))
        last = _MONTHS[-1]
        cursor.execute(
            "INSERT INTO floor_cis_billing_bill SELECT * FROM cis_billing_bill WHERE bill_date = %s", [last]
        )
        cursor.execute(
            "INSERT INTO floor_cis_billing_billsegment SELECT s.* FROM cis_billing_billsegment s "
            "JOIN cis_billing_bill b ON b.id = s.bill_id WHERE b.bill_date = %s",
            [last],
        )
        cursor.execute(
            "INSERT INTO floor_cis_ledger_posting SELECT p.* FROM cis_ledger_posting p "
            "JOIN cis_billing_bill b ON b.id = p.bill_id WHERE b.bill_date = %s",
            [last],
        )


_REFUSE = """
format = "meterside-tariff/1"
code = "B-3"
name = "Refuse"
utility = "Bench"
commodity = "refuse"
[[versions]]
effective_from = 2020-01-01
[[versions.components]]
kind = "fixed"
code = "cart"
label = "Cart"
amount = "11.50"
"""
