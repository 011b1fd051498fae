"""Writes to the registry: persons, accounts, premises, service points, meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from meterside.kit import clock
from meterside.kit.addresses import parse_address
from meterside.kit.ids import with_check_digit
from meterside.spine import audit

from .models import (
    Account,
    Channel,
    ContactPoint,
    Device,
    DeviceInstallation,
    Multiplier,
    Person,
    PersonAccountRole,
    Premise,
    Register,
    ServicePoint,
)


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact point to put on file; `value_key` is its normalised form."""

    kind: str
    value: str
    value_key: str
    verified_at: datetime | None = None


def add_person(
    *,
    given_name: str = "",
    family_name: str = "",
    organisation_name: str = "",
    language: str = "en",
    since: date,
    contacts: tuple[NewContact, ...] = (),
) -> Person:
    """A person, or an organisation where `organisation_name` is given, with contacts on file since a day."""
    person = Person.objects.create(
        kind="organisation" if organisation_name else "person",
        given_name=given_name,
        family_name=family_name,
        organisation_name=organisation_name,
        language=language,
        created_at=clock.now(),
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            person=person,
            kind=contact.kind,
            value=contact.value,
            value_key=contact.value_key,
            verified_at=contact.verified_at,
            during=DateRange(since, None),
        )
        for contact in contacts
    )
    return person


def add_premise(*, address_line: str, city: str, state: str, zip5: str, zone: str, unit: str = "") -> Premise:
    """A place. The look-up keys are made from the line as printed.

    Raises UnableToReadAddress when the line cannot be read.
    """
    line = address_line if not unit else f"{address_line}, {unit}"
    return add_premises([(line, city, state, zip5, zone)])[0]


def add_premises(rows: Sequence[tuple[str, str, str, str, str]]) -> list[Premise]:
    """Many places at once, as (address line, city, state, ZIP, zone). Raises as `add_premise`, for all."""
    premises = []
    for address_line, city, state, zip5, zone in rows:
        keys = parse_address(address_line, zip_code=zip5).keys
        premises.append(
            Premise(
                address_line=address_line,
                city=city,
                state=state,
                zip5=zip5,
                zone=zone,
                house_number=keys.house_number,
                unit=keys.unit,
                street_key=keys.street_key,
                street_core=keys.street_core,
            )
        )
    return Premise.objects.bulk_create(premises)


@transaction.atomic
def open_account(*, owner: Person, customer_class: str, bill_cycle: str, opened_on: date) -> Account:
    """A new account with the next number and its owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('registry_account_number')")
        (number,) = cursor.fetchone()
    account = Account.objects.create(
        number=with_check_digit(number, width=7),
        customer_class=customer_class,
        bill_cycle=bill_cycle,
        during=DateRange(opened_on, None),
    )
    PersonAccountRole.objects.create(
        person=owner, account=account, role="owner", during=DateRange(opened_on, None)
    )
    audit.record(action="account.opened", subject_type="account", subject_id=account.public_id)
    return account


def add_service_point(
    *, premise: Premise, commodity: str, since: date, external_id: str = ""
) -> ServicePoint:
    """Where a commodity is delivered to a premise."""
    return ServicePoint.objects.create(
        premise=premise, commodity=commodity, external_id=external_id, during=DateRange(since, None)
    )


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register of a new meter: least unit, dials, and least units for each count of the dial.

    `time_of_use` is the period of the day it counts, as the tariff's schedule names it; empty for all day.
    """

    code: str
    quantity: str
    unit: str
    dials: int
    units_per_count: int = 1
    direction: str = "delivered"
    time_of_use: str = ""


@dataclass(frozen=True, slots=True)
class NewChannel:
    """An interval channel of a new meter."""

    code: str
    unit: str
    interval_s: int
    direction: str = "delivered"
    external_id: str = ""


@transaction.atomic
def install_meter(
    *,
    service_point: ServicePoint,
    badge: str,
    installed_at: datetime,
    registers: tuple[NewRegister, ...] = (),
    channels: tuple[NewChannel, ...] = (),
    maker: str = "",
    model: str = "",
    multiplier: Decimal = Decimal(1),
    multiplier_applied_by_source: bool = True,
) -> Device:
    """A new meter at a service point from an instant on, with its registers and channels."""
    device = Device.objects.create(badge=badge, commodity=service_point.commodity, maker=maker, model=model)
    DeviceInstallation.objects.create(
        device=device, service_point=service_point, during=DateTimeTZRange(installed_at, None)
    )
    Register.objects.bulk_create(
        Register(
            device=device,
            code=register.code,
            quantity=register.quantity,
            unit=register.unit,
            dials=register.dials,
            units_per_count=register.units_per_count,
            direction=register.direction,
            time_of_use=register.time_of_use,
        )
        for register in registers
    )
    Channel.objects.bulk_create(
        Channel(
            device=device,
            code=channel.code,
            unit=channel.unit,
            interval_s=channel.interval_s,
            direction=channel.direction,
            external_id=channel.external_id,
        )
        for channel in channels
    )
    if multiplier != 1:
        Multiplier.objects.create(
            device=device,
            value=multiplier,
            applied_by_source=multiplier_applied_by_source,
            during=DateRange(installed_at.date(), None),
        )
    return device


@transaction.atomic
def close_account(*, account: Account, closed_on: date) -> None:
    """End an account on a day; its history stays."""
    Account.objects.filter(pk=account.pk).update(during=DateRange(account.during.lower, closed_on))
    audit.record(action="account.closed", subject_type="account", subject_id=account.public_id)
