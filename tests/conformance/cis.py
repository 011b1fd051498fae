"""What every customer information system must do. An adapter's test subclasses the suite and gives it customers.

The suite speaks the contract only; how customers, bills and places came into the system, the subclass says.
Payments are made through the contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from meterside.contracts.cis import (
    AccountRef,
    BillRef,
    Capability,
    Cis,
    NoSuchAccount,
    NoSuchBill,
    Page,
    PostPayment,
    RegistrationQuery,
    Rows,
)
from meterside.kit import clock

T = TypeVar("T")


ALL = Page(limit=100)


UNKNOWN = AccountRef(UUID("00000000-0000-4000-8000-000000000000"))


@dataclass(frozen=True)
class Customer:
    """An active residential account as the system was given it, its holder's e-mail on file."""

    account: AccountRef
    holder_name: str
    email: str
    address: str
    zip5: str
    services: frozenset[str]
    n_bills: int
    owed_cents: int


class CisSuite(ABC):
    """Who is there. The clock stands where everybody's latest bill is made and not yet due."""

    zone: ZoneInfo

    @abstractmethod
    def cis(self) -> Cis: ...

    @abstractmethod
    def customer(self) -> Customer:
        """With three bills or more, none of them paid; alone at the address."""

    @abstractmethod
    def neighbour(self) -> Customer:
        """Another account, also billed, at another address."""

    @abstractmethod
    def flatmates(self) -> tuple[Customer, Customer]:
        """Two accounts of two people at one address, each with an e-mail of their own on file."""

    def today(self) -> date:
        return clock.today(self.zone)

    def owed_cents(self, customer: Customer) -> int:
        return self.cis().balances(customer.account, today=self.today()).balance_cents


class CisReadsConformance(CisSuite):
    """What can be asked, and of whom."""

    def test_capabilities_are_known_ones(self) -> None:
        assert self.cis().capabilities() <= frozenset(Capability)

    def test_accounts_come_as_asked_and_unknown_ones_are_left_out(self) -> None:
        one, other = self.customer(), self.neighbour()
        found = self.cis().accounts([other.account, UNKNOWN, one.account])
        assert [view.ref for view in found] == [other.account, one.account]
        assert self.cis().accounts([]) == self.cis().accounts([UNKNOWN]) == ()
        view = found[1]
        assert (view.holder_name, view.is_active) == (one.holder_name, True)
        assert frozenset(view.services) == one.services
        assert [premise.zip5 for premise in view.premises] == [one.zip5]
        assert view.number
        assert view.number != found[0].number
        assert view.as_of.tzinfo is not None
        assert view.as_of <= clock.now()

    def test_an_account_nobody_knows_is_named(self) -> None:
        cis = self.cis()
        asks: list[Callable[[], object]] = [
            lambda: cis.home(UNKNOWN, today=self.today()),
            lambda: cis.balances(UNKNOWN, today=self.today()),
            lambda: cis.bills(UNKNOWN, page=ALL),
            lambda: cis.payments(UNKNOWN, page=ALL),
            lambda: cis.contacts_on_file(UNKNOWN),
        ]
        for ask in asks:
            with pytest.raises(NoSuchAccount):
                ask()
        with pytest.raises((NoSuchAccount, NoSuchBill)):
            cis.bill(UNKNOWN, cis.bills(self.customer().account, page=ALL).items[0].ref)

    def test_hours_of_a_bill_are_of_its_services_and_whole(self) -> None:
        customer, cis = self.customer(), self.cis()
        bill = cis.bill(customer.account, cis.bills(customer.account, page=ALL).items[0].ref)
        found = cis.hours_of_bill(customer.account, bill.summary.ref)
        agreements = {item["agreement"] for item in bill.statement.get("services", ())}
        assert {one.agreement for one in found} <= agreements
        assert all(len(one.by_hour) == 24 and one.unit for one in found)
        assert cis.hours_of_bill(self.neighbour().account, bill.summary.ref) == ()

    def test_home_says_what_the_single_questions_say(self) -> None:
        customer, cis = self.customer(), self.cis()
        payment_ids = [self._pay(customer, cents) for cents in (10_00, 20_00)]
        home = cis.home(customer.account, today=self.today())
        bills = cis.bills(customer.account, page=ALL).items
        assert home.account == replace(cis.accounts([customer.account])[0], as_of=home.account.as_of)
        assert home.balances == cis.balances(customer.account, today=self.today())
        assert home.latest_bill == cis.bill(customer.account, bills[0].ref)
        beside = cis.bill(customer.account, bills[0].ref, owed_on=self.today())
        assert (beside.balances, replace(beside, balances=None)) == (home.balances, home.latest_bill)
        assert home.previous_bill == bills[1]
        assert home.last_payment == cis.payments(customer.account, page=ALL).items[0]
        assert home.last_payment.payment_id in payment_ids
        for use in home.use:
            assert use.service in customer.services
            assert all(use.period_start <= day.day < self.today() for day in use.days)

    def _pay(self, customer: Customer, cents: int) -> UUID:
        command = payment_of(customer, cents)
        self.cis().post_payment(command)
        return command.payment_id

    def test_what_is_owed_and_since_when(self) -> None:
        customer = self.customer()
        latest = self.cis().bills(customer.account, page=Page(limit=1)).items[0]
        before = self.cis().balances(customer.account, today=self.today())
        assert before.balance_cents == before.due_now_cents == customer.owed_cents == latest.total_due_cents
        assert before.past_due_cents == customer.owed_cents - latest.current_charges_cents
        assert (before.next_due_on, before.unsettled_cents) == (latest.due_date, 0)
        on_the_day = self.cis().balances(customer.account, today=latest.due_date)
        assert (on_the_day.past_due_cents, on_the_day.next_due_on) == (before.past_due_cents, latest.due_date)
        after = self.cis().balances(customer.account, today=latest.due_date + timedelta(days=1))
        assert (after.past_due_cents, after.next_due_on) == (customer.owed_cents, None)

    def test_credit_is_nothing_due(self) -> None:
        customer = self.customer()
        self._pay(customer, customer.owed_cents + 1)
        told = self.cis().balances(customer.account, today=self.today())
        assert (told.balance_cents, told.due_now_cents, told.past_due_cents) == (-1, 0, 0)
        assert told.next_due_on is None

    def test_bills_are_whole_and_newest_first(self) -> None:
        customer = self.customer()
        rows = self.cis().bills(customer.account, page=ALL)
        assert (len(rows.items), rows.total) == (customer.n_bills, customer.n_bills)
        days = [bill.bill_date for bill in rows.items]
        assert days == sorted(days, reverse=True)
        assert len({bill.ref for bill in rows.items}) == customer.n_bills
        (account,) = self.cis().accounts([customer.account])
        for summary in rows.items:
            bill = self.cis().bill(customer.account, summary.ref)
            assert (bill.summary, bill.account) == (summary, customer.account)
            assert bill.account_number == account.number
            assert summary.period_start < summary.period_end <= summary.bill_date <= summary.due_date
            assert not summary.is_cancelled
            assert bill.statement["totals"]["total_due_cents"] == summary.total_due_cents

    def test_lists_come_in_pages(self) -> None:
        customer = self.customer()
        for cents in (10_00, 20_00, 30_00):
            self._pay(customer, cents)
        cis = self.cis()
        in_pages(lambda page: cis.bills(customer.account, page=page))
        in_pages(lambda page: cis.payments(customer.account, page=page))

    def test_nobody_elses_things(self) -> None:
        customer, neighbour, cis = self.customer(), self.neighbour(), self.cis()
        payment_id = self._pay(customer, 40_00)
        theirs = cis.bills(customer.account, page=ALL).items
        assert not {bill.ref for bill in theirs} & {
            bill.ref for bill in cis.bills(neighbour.account, page=ALL).items
        }
        for ref in (theirs[0].ref, BillRef(uuid4())):
            with pytest.raises(NoSuchBill):
                cis.bill(neighbour.account, ref)
        assert [row.payment_id for row in cis.payments(customer.account, page=ALL).items] == [payment_id]
        assert cis.payments(neighbour.account, page=ALL) == Rows(items=(), total=0)
        assert self.owed_cents(neighbour) == neighbour.owed_cents

    def test_a_payment_nobody_knows(self) -> None:
        assert self.cis().payment(uuid4()) is None


class CisRegistrationConformance(CisSuite):
    """Finding an account for somebody who is not signed in: the right one, or none."""

    def ask(self, customer: Customer, **other: str) -> RegistrationQuery:
        asked = RegistrationQuery(email=customer.email, address=customer.address, zip5=customer.zip5)
        return replace(asked, **other)

    def test_what_can_prove_it(self) -> None:
        customer, cis = self.customer(), self.cis()
        found = cis.find_for_registration(self.ask(customer))
        assert found is not None
        assert (found.account, found.holder_name) == (customer.account, customer.holder_name)
        assert found.email_is_on_file
        assert found.contacts == cis.contacts_on_file(customer.account)
        assert (customer.email, "email") in {(one.value, one.kind) for one in found.contacts}
        latest = cis.bills(customer.account, page=Page(limit=1)).items[0]
        assert found.last_bill is not None
        assert (found.last_bill.amount_cents, found.last_bill.bill_date) == (
            latest.total_due_cents,
            latest.bill_date,
        )

    def test_alone_at_an_address_another_email_finds_it_too_and_is_told_apart(self) -> None:
        found = self.cis().find_for_registration(self.ask(self.customer(), email="another@example.net"))
        assert found is not None
        assert found.account == self.customer().account
        assert not found.email_is_on_file

    def test_as_people_type(self) -> None:
        customer = self.customer()
        for address in (customer.address.upper(), f"  {customer.address.lower()}  "):
            found = self.cis().find_for_registration(self.ask(customer, address=address))
            assert found is not None
            assert found.account == customer.account

    def test_what_finds_nothing(self) -> None:
        customer = self.customer()
        house, _, street = customer.address.partition(" ")
        for other in (
            {"zip5": "00501"},
            {"address": f"{int(house) + 2} {street}"},
            {"address": f"{house} Nowhere At All Boulevard"},
            {"address": ""},
            {"address": "?"},
            {"address": "x" * 300},
        ):
            assert self.cis().find_for_registration(self.ask(customer, **other)) is None

    def test_of_two_at_one_address_the_email_decides_or_nobody(self) -> None:
        first, second = self.flatmates()
        for one in (first, second):
            found = self.cis().find_for_registration(self.ask(one))
            assert found is not None
            assert (found.account, found.email_is_on_file) == (one.account, True)
        assert self.cis().find_for_registration(self.ask(first, email="another@example.net")) is None


def payment_of(customer: Customer, cents: int) -> PostPayment:
    """A payment made five minutes ago."""
    return PostPayment(
        command_id=uuid4(),
        payment_id=uuid4(),
        account=customer.account,
        amount_cents=cents,
        paid_at=clock.now() - timedelta(minutes=5),
        channel="portal",
        tender="bank",
        tender_label="Bank account ending 6789",
        reference="R-1",
    )


def in_pages(rows: Callable[[Page], Rows[T]]) -> None:
    """The pages of a list are its rows in order, each says how many there are, and past the end is nothing."""
    whole = rows(ALL)
    assert len(whole.items) == whole.total >= 3
    for limit in (1, 2):
        pages = [rows(Page(offset, limit)) for offset in range(0, whole.total, limit)]
        assert tuple(item for page in pages for item in page.items) == whole.items
        assert {page.total for page in pages} == {whole.total}
    for offset in (whole.total, whole.total + 10):
        assert rows(Page(offset, 2)) == Rows(items=(), total=whole.total)
