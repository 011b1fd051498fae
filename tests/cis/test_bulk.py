"""A town made at once is a town made one by one: the same rows, whichever way they came."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, models
from django.db.models import Model

from meterside.cis.agreements.bulk import NewAgreement, start_agreements
from meterside.cis.agreements.models import (
    AgreementCharacteristic,
    AgreementServicePoint,
    AgreementTariff,
    ServiceAgreement,
)
from meterside.cis.agreements.operations import start_agreement
from meterside.cis.registry.bulk import (
    NewAccount,
    NewMeter,
    NewPerson,
    NewServicePoint,
    add_persons,
    add_service_points,
    install_meters,
    open_accounts,
)
from meterside.cis.registry.models import (
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
from meterside.engine.tariff.document import tariff_from_toml
from meterside.kit.clock import clock_at
from meterside.kit.ids import has_valid_check_digit
from meterside.spine.models import AuditEntry
from tests.cast import WATER, ZONE

pytestmark = pytest.mark.django_db
SINCE, INSTALLED = date(2025, 1, 1), datetime(2025, 1, 1, 8, tzinfo=UTC)
CONTACTS = (
    NewContact("email", "Ada@example.org", "ada@example.org", INSTALLED),
    NewContact("phone", "555-0101", "+15555550101"),
)
REGISTERS = (
    NewRegister("1", "energy", "Wh", 5, 1000),
    NewRegister("2", "energy", "Wh", 5, 1000, "received", "on_peak"),
)
CHANNELS = (NewChannel("kWh", "Wh", 900), NewChannel("R", "Wh", 900, "received", "X-1"))
FACTS = {"meter_size": '5/8"', "dwelling_units": "2"}


def _one_by_one(premise: Premise, tariff: Tariff) -> None:
    add_person(organisation_name="Mill", language="es", since=SINCE)
    person = add_person(given_name="Ada", family_name="Byron", since=SINCE, contacts=CONTACTS)
    account = open_account(owner=person, customer_class="commercial", bill_cycle="07", opened_on=SINCE)
    point = add_service_point(premise=premise, commodity="electric", since=SINCE, external_id="SP-1")
    install_meter(
        service_point=point, badge="E-1", installed_at=INSTALLED, registers=REGISTERS, channels=CHANNELS,
        maker="Acme", model="Z", multiplier=Decimal(40), multiplier_applied_by_source=False,
    )  # fmt: skip
    start_agreement(
        account=account, premise=premise, service="electric", tariff=tariff, starts_on=SINCE,
        service_points=(point,), characteristics=FACTS, evidence="letter",
    )  # fmt: skip
    start_agreement(account=account, premise=premise, service="refuse", tariff=tariff, starts_on=SINCE)


def _at_once(premise: Premise, tariff: Tariff) -> None:
    _, person = add_persons(
        [
            NewPerson(organisation_name="Mill", language="es", since=SINCE),
            NewPerson(given_name="Ada", family_name="Byron", since=SINCE, contacts=CONTACTS),
        ]
    )
    (account,) = open_accounts(
        [NewAccount(owner_id=person, customer_class="commercial", bill_cycle="07", opened_on=SINCE)]
    )
    (point,) = add_service_points(
        [NewServicePoint(premise_id=premise.pk, commodity="electric", since=SINCE, external_id="SP-1")]
    )
    (meter,) = install_meters(
        [
            NewMeter(
                service_point_id=point, commodity="electric", badge="E-1", installed_at=INSTALLED,
                registers=REGISTERS, channels=CHANNELS, maker="Acme", model="Z", multiplier=Decimal(40),
                multiplier_applied_by_source=False,
            )
        ]
    )  # fmt: skip
    assert [Register.objects.get(pk=key).code for key in meter.register_ids] == ["1", "2"]
    assert [Channel.objects.get(pk=key).code for key in meter.channel_ids] == ["kWh", "R"]
    start_agreements(
        [
            NewAgreement(
                account_id=account, premise_id=premise.pk, service="electric", tariff_id=tariff.pk,
                starts_on=SINCE, service_point_ids=(point,), characteristics=FACTS, evidence="letter",
            ),
            NewAgreement(
                account_id=account, premise_id=premise.pk, service="refuse", tariff_id=tariff.pk,
                starts_on=SINCE,
            ),
        ]
    )  # fmt: skip


#: In an order in which they can be deleted.
_TABLES: tuple[type[Model], ...] = (
    AgreementCharacteristic, AgreementTariff, AgreementServicePoint, ServiceAgreement, Multiplier, Channel,
    Register, DeviceInstallation, Device, ServicePoint, PersonAccountRole, Account, ContactPoint, Person,
)  # fmt: skip


def _said(row: Model) -> dict[str, Any]:
    """A row without what is another each time; what it hangs on as what that says."""
    said: dict[str, Any] = {}
    for field in row._meta.local_concrete_fields:
        if field.primary_key or field.name in ("public_id", "number"):
            continue
        value = getattr(row, field.name)
        is_link = isinstance(field, models.ForeignKey) and value is not None
        said[field.name] = _said(value) if is_link else value
    return said


def _kept() -> dict[str, list[str]]:
    return {
        table.__name__: sorted(str(_said(row)) for row in table._default_manager.all()) for table in _TABLES
    }


def test_a_town_at_once_is_the_town_one_by_one() -> None:
    premise = add_premise(address_line="1 Elm St", city="Reno", state="NV", zip5="89501", zone=ZONE.key)
    tariff = store_tariff(tariff_from_toml(WATER))
    with clock_at(INSTALLED):
        _one_by_one(premise, tariff)
        singly = _kept()
        assert all(singly.values())
        for table in _TABLES:
            table._default_manager.all().delete()
        _at_once(premise, tariff)
    assert _kept() == singly
    assert has_valid_check_digit(Account.objects.get().number)


def test_a_batch_leaves_one_line_in_the_audit() -> None:
    people = add_persons([NewPerson(family_name=str(number), since=SINCE) for number in range(3)])
    open_accounts(
        [
            NewAccount(owner_id=key, customer_class="residential", bill_cycle="07", opened_on=SINCE)
            for key in people
        ]
    )
    line = AuditEntry.objects.get(action="accounts.opened")
    assert line.detail == {"count": 3}


def test_what_one_refuses_many_refuse() -> None:
    premise = add_premise(address_line="1 Elm St", city="Reno", state="NV", zip5="89501", zone=ZONE.key)
    (point,) = add_service_points([NewServicePoint(premise_id=premise.pk, commodity="electric", since=SINCE)])
    meter = NewMeter(service_point_id=point, commodity="electric", badge="E-1", installed_at=INSTALLED)
    with pytest.raises(IntegrityError, match="badge"):
        install_meters([meter, meter])
