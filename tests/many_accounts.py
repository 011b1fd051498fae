"""Many accounts, quickly: rows in bulk, for tests of runs, where the making is not what is tested."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from meterside.cis.agreements.models import (
    AgreementCharacteristic,
    AgreementServicePoint,
    AgreementTariff,
    ServiceAgreement,
)
from meterside.cis.billing.models import BillCycle
from meterside.cis.metering.models import RegisterRead
from meterside.cis.metering.store.operations import NewRead, record_register_reads
from meterside.cis.registry.models import (
    Account,
    Device,
    DeviceInstallation,
    Person,
    PersonAccountRole,
    Premise,
    Register,
    ServicePoint,
)
from meterside.cis.tariffs.operations import store_tariff
from meterside.engine.period import service_day
from meterside.engine.tariff.document import tariff_from_toml
from meterside.kit import clock
from meterside.kit.ids import with_check_digit
from tests.cast import ELECTRIC, REFUSE, WATER, ZONE

CYCLE = "M1"
_BATCH = 2_000


@transaction.atomic
def many_accounts(count: int, reads_on: Sequence[date], *, unread_one_in: int = 0) -> None:
    """`count` accounts of cycle M1 with electric, water and refuse since the first day, read on each of the days.

    Each account uses another amount, so that no two bills are alike by chance. With `unread_one_in`, one register
    in so many was not read on the last day.
    """
    since = reads_on[0]
    BillCycle.objects.create(code=CYCLE, name="Many", read_day=1)
    tariffs = {
        service: store_tariff(tariff_from_toml(text))
        for service, text in (("electric", ELECTRIC), ("water", WATER), ("refuse", REFUSE))
    }
    during, installed = DateRange(since, None), DateTimeTZRange(service_day(since, ZONE)[0], None)
    persons = Person.objects.bulk_create(
        [Person(given_name="Nr", family_name=str(number), created_at=clock.now()) for number in range(count)],
        batch_size=_BATCH,
    )
    accounts = Account.objects.bulk_create(
        [
            Account(number=with_check_digit(500_000 + number, width=7), bill_cycle=CYCLE, during=during)
            for number in range(count)
        ],
        batch_size=_BATCH,
    )
    PersonAccountRole.objects.bulk_create(
        [
            PersonAccountRole(person=person, account=account, role="owner", during=during)
            for person, account in zip(persons, accounts, strict=True)
        ],
        batch_size=_BATCH,
    )
    premises = Premise.objects.bulk_create(
        [
            Premise(
                address_line=f"{number + 1} Many St", city="Many", state="CA", zip5="95001",
                house_number=str(number + 1), street_key="MANY ST", street_core="MANY", zone=ZONE.key,
            )
            for number in range(count)
        ],
        batch_size=_BATCH,
    )  # fmt: skip
    for service, tariff in tariffs.items():
        agreements = ServiceAgreement.objects.bulk_create(
            [
                ServiceAgreement(account=account, premise=premise, service=service, during=during)
                for account, premise in zip(accounts, premises, strict=True)
            ],
            batch_size=_BATCH,
        )
        AgreementTariff.objects.bulk_create(
            [AgreementTariff(agreement=one, tariff=tariff, during=during) for one in agreements],
            batch_size=_BATCH,
        )
        if service == "water":
            AgreementCharacteristic.objects.bulk_create(
                [
                    AgreementCharacteristic(
                        agreement=one, code="meter_size", value='5/8"', evidence="test", during=during,
                        recorded_at=clock.now(),
                    )
                    for one in agreements
                ],
                batch_size=_BATCH,
            )  # fmt: skip
        if service != "refuse":
            _meters(service, premises, agreements, during, installed)
    _read(reads_on, unread_one_in)


def _meters(
    service: str,
    premises: Sequence[Premise],
    agreements: Sequence[ServiceAgreement],
    during: DateRange,
    installed: DateTimeTZRange,
) -> None:
    points = ServicePoint.objects.bulk_create(
        [ServicePoint(premise=premise, commodity=service, during=during) for premise in premises],
        batch_size=_BATCH,
    )
    AgreementServicePoint.objects.bulk_create(
        [
            AgreementServicePoint(agreement=agreement, service_point=point, service=service, during=during)
            for agreement, point in zip(agreements, points, strict=True)
        ],
        batch_size=_BATCH,
    )
    devices = Device.objects.bulk_create(
        [Device(badge=f"M{number}-{service}", commodity=service) for number in range(len(points))],
        batch_size=_BATCH,
    )
    DeviceInstallation.objects.bulk_create(
        [
            DeviceInstallation(device=device, service_point=point, during=installed)
            for device, point in zip(devices, points, strict=True)
        ],
        batch_size=_BATCH,
    )
    unit, per_count, quantity = ("Wh", 1000, "energy") if service == "electric" else ("cf", 1, "volume")
    Register.objects.bulk_create(
        [
            Register(
                device=device, code="1", quantity=quantity, unit=unit, dials=6, units_per_count=per_count
            )
            for device in devices
        ],
        batch_size=_BATCH,
    )


def _read(days: Sequence[date], unread_one_in: int) -> None:
    registers = list(Register.objects.order_by("pk").values_list("pk", "unit"))
    for day in days:
        at, _ = service_day(day, ZONE)
        passed = (day - days[0]) // timedelta(days=1)
        for start in range(0, len(registers), _BATCH):
            record_register_reads(
                [
                    NewRead(key, at, day, 1000 + passed * (20 + key % 17) + (key * day.month) % 13)
                    for key, _unit in registers[start : start + _BATCH]
                    if not unread_one_in or day != days[-1] or key % unread_one_in
                ]
            )


def correct_reads(day: date, *, one_in: int, by: int) -> None:
    """One register in so many was read wrongly on a day: it showed `by` counts less."""
    at, _ = service_day(day, ZONE)
    reads = RegisterRead.objects.filter(local_day=day, version=1).values_list("register_id", "dial_count")
    record_register_reads(
        [
            NewRead(key, at, day, count - by)
            for key, count in reads.order_by("register_id")
            if key % one_in == 0
        ]
    )
