"""What every customer information system must do. An adapter's test subclasses the suite and gives it customers.

The suite speaks the contract only; how customers, bills and places came into the system, the subclass says.
Payments are made through the contract.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from meterside.contracts.cis import (
    AccountRef,
    BillRef,
    Capability,
    Cis,
    CommandConflict,
    CommandState,
    NoSuchAccount,
    NoSuchBill,
    NoSuchPeriod,
    NoSuchService,
    Page,
    PostPayment,
    RegistrationQuery,
    ReturnPayment,
    Rows,
    SettlePayment,
)
from meterside.contracts.usage import DaysOfUse, MeteredService, ServiceRef, UseQuality, UseToPrice
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


@dataclass(frozen=True)
class Watched:
    """A customer whose meter sends whole hours from the first day of the tenure to `known_to`, that day left out."""

    account: AccountRef
    commodity: str
    since: date
    known_to: date
    quantity_a_day: Decimal


class CisUsageConformance(CisSuite):
    """Use by period, day and interval: within the tenure, whole, and nobody else's."""

    @abstractmethod
    def watched(self) -> Watched:
        """With two billed periods or more, and some days of the open one."""

    def first_service(self) -> MeteredService:
        watched = self.watched()
        view = self.cis().use_by_period(watched.account, None, today=self.today())
        return next(one for one in view.services if one.commodity == watched.commodity)

    def days(self, start: date, end: date) -> DaysOfUse:
        service = self.first_service().ref
        return self.cis().use_by_day(
            self.watched().account, service, start=start, end=end, today=self.today()
        )

    def test_accounts_and_services_nobody_has_are_named(self) -> None:
        cis, watched, today = self.cis(), self.watched(), self.today()
        nowhere = ServiceRef(uuid4())
        theirs = cis.use_by_period(self.neighbour().account, None, today=today).service.ref
        for account, service, error in (
            (UNKNOWN, None, NoSuchAccount),
            (watched.account, nowhere, NoSuchService),
            (watched.account, theirs, NoSuchService),
        ):
            asks: list[Callable[[], object]] = [
                partial(cis.use_by_period, account, service, today=today),
                partial(cis.use_of_period, account, service, on=None, today=today),
                partial(cis.use_by_day, account, service, start=watched.since, end=today, today=today),
            ]
            for ask in asks:
                with pytest.raises(error):
                    ask()
        priced = cis.price_use(
            watched.account, theirs, start=watched.since, end=today, uses=[UseToPrice(Decimal(1), None, "Wh")]
        )
        assert priced is None

    def test_days_are_whole_in_order_and_of_the_tenure_alone(self) -> None:
        watched = self.watched()
        before = watched.since - timedelta(days=40)
        view = self.days(before, self.today() + timedelta(days=40))
        expected = [watched.since + timedelta(days=n) for n in range((self.today() - watched.since).days)]
        assert [day.day for day in view.days] == expected
        for day in view.days:
            known = day.day < watched.known_to
            assert day.quantity == (watched.quantity_a_day if known else None), day
            assert day.quality is (UseQuality.MEASURED if known else UseQuality.AWAITED), day
        assert self.days(before, watched.since).days == ()

    def test_intervals_sum_to_their_days(self) -> None:
        watched, service = self.watched(), self.first_service()
        start, end = watched.known_to - timedelta(days=9), watched.known_to
        view = self.cis().use_by_interval(watched.account, service.ref, start=start, end=end, now=clock.now())
        zone = ZoneInfo(service.zone)
        sums: dict[date, Decimal] = {}
        for item in view.intervals:
            assert item.starts_at.utcoffset() == timedelta(0)
            assert item.seconds == service.interval_s
            assert item.quantity is not None
            day = item.starts_at.astimezone(zone).date()
            sums[day] = sums.get(day, Decimal(0)) + item.quantity
        assert sums == {day.day: day.quantity for day in self.days(start, end).days}

    def test_periods_follow_each_other_and_the_open_one_the_last(self) -> None:
        watched = self.watched()
        view = self.cis().use_by_period(watched.account, self.first_service().ref, today=self.today())
        assert len(view.periods) >= 2
        for one, after in pairwise(view.periods):
            assert one.end == after.start
        assert view.periods[0].start == watched.since
        assert view.open_period is not None
        assert (view.open_period.start, view.open_period.bill) == (view.periods[-1].end, None)
        assert all(period.bill is not None and period.cost_cents is not None for period in view.periods)
        earlier = self.cis().use_by_period(
            watched.account, self.first_service().ref, today=self.today(), until=view.periods[-2].end, limit=1
        )
        assert (earlier.periods, earlier.open_period) == (view.periods[-2:-1], None)

    def test_a_period_is_found_by_any_of_its_days(self) -> None:
        watched, cis, service = self.watched(), self.cis(), self.first_service().ref
        view = cis.use_by_period(watched.account, service, today=self.today())
        for period in view.periods:
            for on in (period.start, period.end - timedelta(days=1)):
                one = cis.use_of_period(watched.account, service, on=on, today=self.today())
                assert one.period == period
                assert [day.day for day in one.days] == [
                    period.start + timedelta(days=n) for n in range((period.end - period.start).days)
                ]
        now = cis.use_of_period(watched.account, service, on=None, today=self.today())
        assert (now.period, now.is_open) == (view.open_period, True)
        with pytest.raises(NoSuchPeriod):
            cis.use_of_period(
                watched.account, service, on=watched.since - timedelta(days=1), today=self.today()
            )

    def test_a_use_is_priced_as_its_bill_was(self) -> None:
        watched, cis = self.watched(), self.cis()
        if Capability.PRICE_USAGE not in cis.capabilities():
            return
        service = self.first_service().ref
        for period in cis.use_by_period(watched.account, service, today=self.today()).periods:
            assert period.quantity is not None
            uses = [
                UseToPrice(quantity, period.received, period.unit)
                for quantity in (Decimal(0), period.quantity, period.quantity * 2)
            ]
            priced = cis.price_use(watched.account, service, start=period.start, end=period.end, uses=uses)
            assert priced is not None
            nothing, once, twice = priced
            assert once.total_cents == period.cost_cents
            assert nothing.use_cents == 0
            assert once.total_cents - once.use_cents == nothing.total_cents
            assert twice.total_cents > once.total_cents


class CisCommandsConformance(CisSuite):
    """Commands: once, whatever is said twice; refused by name, with nothing half done."""

    def posted(self, customer: Customer, cents: int = 40_00) -> PostPayment:
        command = payment_of(customer, cents)
        assert self.cis().post_payment(command).state is CommandState.APPLIED
        return command

    def status(self, payment_id: UUID) -> tuple[str, str]:
        view = self.cis().payment(payment_id)
        assert view is not None
        return view.status, view.status_reason

    def test_a_payment_is_shown_as_it_was_made(self) -> None:
        customer = self.customer()
        command = self.posted(customer)
        view = self.cis().payment(command.payment_id)
        assert view is not None
        for name in (
            "payment_id",
            "amount_cents",
            "paid_at",
            "channel",
            "tender",
            "tender_label",
            "reference",
        ):
            assert getattr(view, name) == getattr(command, name)
        assert self.cis().payments(customer.account, page=ALL).items == (view,)

    def test_from_the_gateway_to_the_bank(self) -> None:
        customer = self.customer()
        payment_id = self.posted(customer).payment_id
        accepted = self.cis().balances(customer.account, today=self.today())
        assert accepted.balance_cents == customer.owed_cents - 40_00
        assert accepted.unsettled_cents == 40_00
        assert self.status(payment_id) == ("accepted", "")
        assert self.cis().settle_payment(settle(payment_id)).state is CommandState.APPLIED
        settled = self.cis().balances(customer.account, today=self.today())
        assert (settled.balance_cents, settled.unsettled_cents) == (customer.owed_cents - 40_00, 0)
        assert self.status(payment_id) == ("settled", "")

    @pytest.mark.parametrize("is_settled", [False, True])
    def test_returned_the_debt_stands_again(self, is_settled: bool) -> None:
        customer = self.customer()
        payment_id = self.posted(customer).payment_id
        if is_settled:
            self.cis().settle_payment(settle(payment_id))
        assert self.cis().return_payment(give_back(payment_id)).state is CommandState.APPLIED
        told = self.cis().balances(customer.account, today=self.today())
        assert (told.balance_cents, told.unsettled_cents) == (customer.owed_cents, 0)
        assert self.status(payment_id) == ("returned", "insufficient_funds")

    def test_said_twice_it_is_done_once_and_answered_alike(self) -> None:
        customer, cis = self.customer(), self.cis()
        post = payment_of(customer, 40_00)
        first = cis.post_payment(post)
        assert (first.command_id, first.state) == (post.command_id, CommandState.APPLIED)
        assert cis.post_payment(post) == first
        settled = settle(post.payment_id)
        assert cis.settle_payment(settled) == cis.settle_payment(settled)
        returned = give_back(post.payment_id)
        assert cis.return_payment(returned) == cis.return_payment(returned)
        assert cis.post_payment(post) == first  # also when much has happened since
        assert cis.settle_payment(settled).state is CommandState.APPLIED
        assert self.owed_cents(customer) == customer.owed_cents
        assert cis.payments(customer.account, page=ALL).total == 1
        assert self.status(post.payment_id) == ("returned", "insufficient_funds")

    def test_an_id_used_again_for_something_else(self) -> None:
        customer, neighbour, cis = self.customer(), self.neighbour(), self.cis()
        post = self.posted(customer)
        for other in (
            replace(post, amount_cents=post.amount_cents + 1),
            replace(post, account=neighbour.account),
            replace(post, payment_id=uuid4()),
        ):
            with pytest.raises(CommandConflict):
                cis.post_payment(other)
        with pytest.raises(CommandConflict):
            cis.settle_payment(replace(settle(post.payment_id), command_id=post.command_id))
        with pytest.raises(CommandConflict):
            cis.return_payment(replace(give_back(post.payment_id), command_id=post.command_id))
        assert self.owed_cents(customer) == customer.owed_cents - post.amount_cents
        assert self.owed_cents(neighbour) == neighbour.owed_cents
        assert self.status(post.payment_id) == ("accepted", "")

    def test_one_payment_is_never_two(self) -> None:
        customer, neighbour = self.customer(), self.neighbour()
        post = self.posted(customer)
        for account in (customer.account, neighbour.account):
            again = self.cis().post_payment(replace(post, command_id=uuid4(), account=account))
            assert again.state is CommandState.REFUSED
            assert again.reason
        assert self.owed_cents(customer) == customer.owed_cents - post.amount_cents
        assert self.owed_cents(neighbour) == neighbour.owed_cents

    @pytest.mark.parametrize("cents", [0, -1, -40_00])
    def test_nothing_and_less_is_no_payment(self, cents: int) -> None:
        customer = self.customer()
        command = payment_of(customer, cents)
        answer = self.cis().post_payment(command)
        assert answer.state is CommandState.REFUSED
        assert answer.reason
        assert self.cis().payment(command.payment_id) is None
        assert self.owed_cents(customer) == customer.owed_cents

    def test_big_amounts_are_exact(self) -> None:
        customer = self.customer()
        self.posted(customer, 2**31 + 7)
        assert self.owed_cents(customer) == customer.owed_cents - 2**31 - 7

    def test_an_account_nobody_knows_is_refused(self) -> None:
        command = replace(payment_of(self.customer(), 40_00), account=UNKNOWN)
        for _time in range(2):
            answer = self.cis().post_payment(command)
            assert (answer.command_id, answer.state) == (command.command_id, CommandState.REFUSED)
            assert answer.reason
        assert self.cis().payment(command.payment_id) is None

    def test_a_payment_nobody_knows_is_refused(self) -> None:
        for answer in (
            self.cis().settle_payment(settle(uuid4())),
            self.cis().return_payment(give_back(uuid4())),
        ):
            assert answer.state is CommandState.REFUSED
            assert answer.reason

    def test_out_of_turn(self) -> None:
        customer = self.customer()
        payment_id = self.posted(customer).payment_id
        self.cis().settle_payment(settle(payment_id))
        assert self.cis().settle_payment(settle(payment_id)).state is CommandState.REFUSED
        self.cis().return_payment(give_back(payment_id))
        for answer in (
            self.cis().return_payment(give_back(payment_id)),
            self.cis().settle_payment(settle(payment_id)),
        ):
            assert answer.state is CommandState.REFUSED
        assert self.owed_cents(customer) == customer.owed_cents
        assert self.status(payment_id) == ("returned", "insufficient_funds")


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


def settle(payment_id: UUID) -> SettlePayment:
    return SettlePayment(command_id=uuid4(), payment_id=payment_id, settled_at=clock.now())


def give_back(payment_id: UUID) -> ReturnPayment:
    return ReturnPayment(
        command_id=uuid4(), payment_id=payment_id, returned_at=clock.now(), reason="insufficient_funds"
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
