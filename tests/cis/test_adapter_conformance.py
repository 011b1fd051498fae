"""The embedded CIS passes what every CIS must."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from django.conf import settings

from meterside.cis.adapter import EmbeddedCis
from meterside.cis.billing.models import Bill
from meterside.cis.registry.models import Account
from meterside.contracts.cis import AccountRef, Cis
from meterside.contracts.usage import DaysOfUse
from meterside.engine.period import Period, service_day_hours
from meterside.kit import clock
from tests.cast import ZONE, Household, Riverside, bill_month, household, read_dial, read_hours, riverside
from tests.conformance.cis import (
    CisReadsConformance,
    CisRegistrationConformance,
    CisSuite,
    Customer,
)
from tests.conformance.cis_commands import CisCommandsConformance
from tests.conformance.cis_usage import CisUsageConformance, Watched
from tests.people import flatmate

pytestmark = pytest.mark.django_db
MONTHS = [date(2025, month, 1) for month in (1, 2, 3, 4)]
NOW = datetime(2025, 4, 5, 12, tzinfo=ZONE)
SERVICES = frozenset({"electric", "water", "sewer", "refuse"})


class Embedded(CisSuite):
    """Riverside with three months of bills."""

    zone = ZONE
    utility: Riverside

    @pytest.fixture(autouse=True)
    def _utility(self) -> Iterator[None]:
        assert settings.UTILITY.zone == self.zone
        with clock.clock_at(NOW):
            self.utility = riverside()
            for number, home in enumerate(self.utility.households):
                for turns, day in enumerate(MONTHS):
                    read_dial(home.electric, day, 1000 + turns * (700 + 90 * number) + turns * turns * 13)
                    read_dial(home.water, day, 500 + turns * 900)
            for start, end in pairwise(MONTHS):
                bill_month(start, end, [home.account for home in self.utility.households])
            yield

    def cis(self) -> Cis:
        return EmbeddedCis()

    def customer(self) -> Customer:
        return self._household(self.utility.alice, "alice@example.com", "418 Oak Street")

    def neighbour(self) -> Customer:
        return self._household(self.utility.charlie, "charlie@example.com", "12 Elm Avenue")

    def flatmates(self) -> tuple[Customer, Customer]:
        ana = flatmate(self.utility)
        return self.customer(), _customer(
            ana, "Ana Roe", "ana@example.com", "418 Oak Street", frozenset({"refuse"})
        )

    def _household(self, home: Household, email: str, address: str) -> Customer:
        name = f"{home.person.given_name} {home.person.family_name}"
        return _customer(home.account.public_id, name, email, address, SERVICES)


def _customer(ref: UUID, name: str, email: str, address: str, services: frozenset[str]) -> Customer:
    account = Account.objects.get(public_id=ref)
    bills = Bill.objects.filter(account=account)
    owed_cents = bills.latest("bill_date").total_due_cents if bills else 0
    return Customer(AccountRef(ref), name, email, address, "95000", services, bills.count(), owed_cents)


class TestEmbeddedReads(Embedded, CisReadsConformance):
    pass


class TestEmbeddedRegistration(Embedded, CisRegistrationConformance):
    pass


class TestEmbeddedCommands(Embedded, CisCommandsConformance):
    pass


class TestEmbeddedUsage(Embedded, CisUsageConformance):
    """Alice's meter also sends hours; its dial agrees with them."""

    @pytest.fixture(autouse=True)
    def _hours(self, _utility: None) -> None:
        # A fresh household, whose dial passes what its hours sum to: a kilowatt-hour an hour.
        home = household(
            self.utility.tariffs, given="Wren", family="Watts", email="wren@example.com", line="7 Fir Ct", badge="W",
            since=MONTHS[0],
        )  # fmt: skip
        read_hours(home.electric, MONTHS[0], date(2025, 4, 4), 1000)
        hours = 0
        for start, end in pairwise(MONTHS):
            read_dial(home.electric, start, 1000 + hours)
            hours += sum(service_day_hours(day, ZONE) for day in Period(start, end).each_day())
            read_dial(home.electric, end, 1000 + hours)
            for day in (start, end):
                read_dial(home.water, day, 500)
            bill_month(start, end, [home.account])
        self.home = home

    def watched(self) -> Watched:
        ref = AccountRef(self.home.account.public_id)
        return Watched(ref, "electric", MONTHS[0], date(2025, 4, 4), Decimal(24_000))

    def days(self, start: date, end: date) -> DaysOfUse:
        """With the day the clock went forward left out: it has 23 hours."""
        view = super().days(start, end)
        days = tuple(
            replace(day, quantity=Decimal(24_000))
            if day.day == date(2025, 3, 9) and day.quantity == 23_000
            else day
            for day in view.days
        )
        return replace(view, days=days)
