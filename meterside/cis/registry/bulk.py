"""Writes to the registry, thousands at a time: what `operations` does one by one, by COPY, for a town at once.

Rows come out as the single operations make them; a batch leaves one line in the audit, not one a row. Each returns
the keys of what it made, in the order of what it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from meterside.kit import clock
from meterside.kit.ids import with_check_digit
from meterside.kit.sql import copy_in, insert_columns, next_keys
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
    Register,
    ServicePoint,
)
from .operations import NewChannel, NewContact, NewRegister


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A person, or an organisation where `organisation_name` is given, with contacts on file since a day."""

    since: date
    given_name: str = ""
    family_name: str = ""
    organisation_name: str = ""
    language: str = "en"
    contacts: tuple[NewContact, ...] = ()


@transaction.atomic
def add_persons(persons: Sequence[NewPerson]) -> list[int]:
    """Many persons. Raises IntegrityError for one without a name."""
    now = clock.now()
    keys = next_keys(Person, len(persons))
    copy_in(
        Person,
        (
            "id", "public_id", "kind", "given_name", "family_name", "organisation_name", "language", "created_at",
        ),
        [
            (
                key, uuid4(), "organisation" if one.organisation_name else "person", one.given_name,
                one.family_name, one.organisation_name, one.language, now,
            )
            for key, one in zip(keys, persons, strict=True)
        ],
    )  # fmt: skip
    copy_in(
        ContactPoint,
        ("person_id", "kind", "value", "value_key", "verified_at", "during", "origin"),
        [
            (key, each.kind, each.value, each.value_key, each.verified_at, DateRange(one.since, None), "ours")
            for key, one in zip(keys, persons, strict=True)
            for each in one.contacts
        ],
    )
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to open for a person."""

    owner_id: int
    customer_class: str
    bill_cycle: str
    opened_on: date


@transaction.atomic
def open_accounts(accounts: Sequence[NewAccount]) -> list[int]:
    """Many accounts, each with the next number and its owner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('registry_account_number') FROM generate_series(1, %s)", [len(accounts)]
        )
        numbers = [with_check_digit(row[0], width=7) for row in cursor.fetchall()]
    keys = next_keys(Account, len(accounts))
    insert_columns(
        Account,
        {
            "id": ("bigint", keys),
            "public_id": ("uuid", [uuid4() for _ in keys]),
            "number": ("text", numbers),
            "customer_class": ("text", [one.customer_class for one in accounts]),
            "bill_cycle": ("text", [one.bill_cycle for one in accounts]),
            "paperless": ("boolean", [False] * len(keys)),
            "origin": ("text", ["ours"] * len(keys)),
            "during": ("daterange", [DateRange(one.opened_on, None) for one in accounts]),
        },
    )
    copy_in(
        PersonAccountRole,
        ("person_id", "account_id", "role", "during"),
        [
            (one.owner_id, key, "owner", DateRange(one.opened_on, None))
            for key, one in zip(keys, accounts, strict=True)
        ],
    )
    audit.record(action="accounts.opened", subject_type="batch", subject_id="", count=len(keys))
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewServicePoint:
    """Where a commodity is delivered to a premise."""

    premise_id: int
    commodity: str
    since: date
    external_id: str = ""


def add_service_points(points: Sequence[NewServicePoint]) -> list[int]:
    """Many service points."""
    keys = next_keys(ServicePoint, len(points))
    copy_in(
        ServicePoint,
        ("id", "public_id", "premise_id", "commodity", "external_id", "during"),
        [
            (key, uuid4(), one.premise_id, one.commodity, one.external_id, DateRange(one.since, None))
            for key, one in zip(keys, points, strict=True)
        ],
    )
    return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeter:
    """A meter to hang at a service point from an instant on."""

    service_point_id: int
    commodity: str
    badge: str
    installed_at: datetime
    registers: tuple[NewRegister, ...] = ()
    channels: tuple[NewChannel, ...] = ()
    maker: str = ""
    model: str = ""
    multiplier: Decimal = Decimal(1)
    multiplier_applied_by_source: bool = True


@dataclass(frozen=True, slots=True)
class InstalledMeter:
    """Keys of a new meter, its registers and its channels, in the order they were given."""

    device_id: int
    register_ids: tuple[int, ...]
    channel_ids: tuple[int, ...]


@transaction.atomic
def install_meters(meters: Sequence[NewMeter]) -> list[InstalledMeter]:
    """Many new meters with their registers and channels. Raises IntegrityError for a badge that is known."""
    devices = next_keys(Device, len(meters))
    copy_in(
        Device,
        ("id", "badge", "commodity", "maker", "model"),
        [
            (key, one.badge, one.commodity, one.maker, one.model)
            for key, one in zip(devices, meters, strict=True)
        ],
    )
    copy_in(
        DeviceInstallation,
        ("device_id", "service_point_id", "during"),
        [
            (key, one.service_point_id, DateTimeTZRange(one.installed_at, None))
            for key, one in zip(devices, meters, strict=True)
        ],
    )
    copy_in(
        Multiplier,
        ("device_id", "value", "applied_by_source", "during"),
        [
            (
                key, one.multiplier, one.multiplier_applied_by_source,
                DateRange(one.installed_at.date(), None),
            )
            for key, one in zip(devices, meters, strict=True)
            if one.multiplier != 1
        ],
    )  # fmt: skip
    registers = _registers(devices, meters)
    channels = _channels(devices, meters)
    return [
        InstalledMeter(key, tuple(registers.get(key, ())), tuple(channels.get(key, ()))) for key in devices
    ]


def _registers(devices: Sequence[int], meters: Sequence[NewMeter]) -> dict[int, list[int]]:
    new = [(key, each) for key, one in zip(devices, meters, strict=True) for each in one.registers]
    keys = next_keys(Register, len(new))
    copy_in(
        Register,
        (
            "id", "device_id", "code", "quantity", "unit", "dials", "units_per_count", "direction", "time_of_use",
        ),
        [
            (
                key, device, one.code, one.quantity, one.unit, one.dials, one.units_per_count, one.direction,
                one.time_of_use,
            )
            for key, (device, one) in zip(keys, new, strict=True)
        ],
    )  # fmt: skip
    return _by_device(keys, new)


def _channels(devices: Sequence[int], meters: Sequence[NewMeter]) -> dict[int, list[int]]:
    new = [(key, each) for key, one in zip(devices, meters, strict=True) for each in one.channels]
    keys = next_keys(Channel, len(new))
    copy_in(
        Channel,
        ("id", "device_id", "code", "unit", "interval_s", "direction", "external_id"),
        [
            (key, device, one.code, one.unit, one.interval_s, one.direction, one.external_id)
            for key, (device, one) in zip(keys, new, strict=True)
        ],
    )
    return _by_device(keys, new)


def _by_device(
    keys: Sequence[int], new: Sequence[tuple[int, NewRegister | NewChannel]]
) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, (device, _) in zip(keys, new, strict=True):
        found.setdefault(device, []).append(key)
    return found
