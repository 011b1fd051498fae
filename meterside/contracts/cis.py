"""What the product asks of a customer information system, whichever it is.

All money is whole cents of the utility's one currency, signed from the customer's side of the bill: positive
is owed, negative is credit. All days are local days of the utility, all instants are zoned. References
(`AccountRef`, `BillRef`) are random ids that may stand in addresses of pages.

Every command carries our own `command_id` and may be said twice: the second is answered like the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, NewType, Protocol, TypeVar
from uuid import UUID

from meterside.contracts.usage import (
    DayClock,
    DaysOfUse,
    IntervalsOfUse,
    OnePeriodOfUse,
    PeriodsOfUse,
    PricedUse,
    RecentUse,
    ServiceRef,
    UseToPrice,
)

T = TypeVar("T")

AccountRef = NewType("AccountRef", UUID)
BillRef = NewType("BillRef", UUID)
PersonRef = NewType("PersonRef", UUID)


class CisError(Exception):
    """Something the CIS refused or could not do; the message is for engineers, not for customers."""


class NoSuchAccount(CisError):
    """No account has that reference."""


class NoSuchBill(CisError):
    """That account has no bill with that reference."""


class NoSuchService(CisError):
    """That account has no metered service with that reference, or none at all."""


class NoSuchPeriod(CisError):
    """No bill period of that service has that day."""


class CisUnavailable(CisError):
    """The CIS did not answer in time. Ask again later; a command may or may not have arrived."""


class CommandConflict(CisError):
    """A command id was used again with other content."""


class Capability(StrEnum):
    """What a CIS can do. Pages hide what it cannot, and say so."""

    BILL_EXPLANATION = "bill_explanation"
    BILL_DOCUMENT = "bill_document"
    POST_PAYMENT = "post_payment"
    PREMISE_SEARCH = "premise_search"
    USAGE = "usage"
    PRICE_USAGE = "price_usage"


class Command(StrEnum):
    """The commands' names, as they stand in the outbox."""

    POST_PAYMENT = "cis.post_payment"
    SETTLE_PAYMENT = "cis.settle_payment"
    RETURN_PAYMENT = "cis.return_payment"


class CommandState(StrEnum):
    APPLIED = "applied"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CommandStatus:
    """What became of a command. `reason` is filled when it was refused."""

    command_id: UUID
    state: CommandState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PostPayment:
    """A payment the gateway accepted: posted to clearing, effective on the day the customer made it."""

    command_id: UUID
    payment_id: UUID
    account: AccountRef
    amount_cents: int
    paid_at: datetime
    channel: str
    tender: str
    tender_label: str
    reference: str


@dataclass(frozen=True, slots=True)
class SettlePayment:
    """The money arrived: clearing to bank."""

    command_id: UUID
    payment_id: UUID
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnPayment:
    """The money did not arrive or was taken back: the posting is reversed."""

    command_id: UUID
    payment_id: UUID
    returned_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PremiseView:
    """A place as a customer reads it."""

    address_line: str
    city: str
    state: str
    zip5: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as a customer may see it. `as_of` is the age of what is shown."""

    ref: AccountRef
    number: str
    holder_name: str
    customer_class: str
    premises: tuple[PremiseView, ...]
    services: tuple[str, ...]
    is_active: bool
    is_paperless: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Balances:
    """Different questions, different answers, all in cents.

    `balance_cents`: everything posted, negative is credit. `due_now_cents`: what a payment today should
    cover, never negative. `past_due_cents`: the part of it whose due date has gone by.
    `unsettled_cents`: payments accepted that have not reached the bank (already counted as paid).
    """

    balance_cents: int
    due_now_cents: int
    past_due_cents: int
    unsettled_cents: int
    next_due_on: date | None


@dataclass(frozen=True, slots=True)
class BillSummary:
    """One row of the list of bills."""

    ref: BillRef
    number: int
    bill_date: date
    due_date: date
    period_start: date
    period_end: date
    current_charges_cents: int
    total_due_cents: int
    is_cancelled: bool
    origin: str


@dataclass(frozen=True, slots=True)
class LateFeeView:
    """A late fee on the bill of `bill_date`: of `base_cents`, by `rule` (the late_fee of docs/policy-format.md).

    `left_cents` was left of the bill when the day `after` ended. `taken_back_on` is None while it stands.
    """

    amount_cents: int
    charged_on: date
    bill_date: date
    after: date
    left_cents: int
    base_cents: int
    rule: Mapping[str, Any]
    taken_back_on: date | None


@dataclass(frozen=True, slots=True)
class BillView:
    """One bill with its frozen statement (see docs/algorithms/statement.md for its shape), and its late fees by now.

    `balances` are what the account owes, where they were asked for with it.
    """

    summary: BillSummary
    account: AccountRef
    account_number: str
    statement: Mapping[str, Any]
    late_fees: tuple[LateFeeView, ...] = ()
    balances: Balances | None = None


@dataclass(frozen=True, slots=True)
class DepositView:
    """A deposit: `asked`, `held` (paid), `returned` or `cancelled`.

    `interest_cents` are credited up to `interest_until`; `goes_back_on` is the day it goes back by itself, as far as
    that is known. `outcome` of one that ended: refunded, final_bill, cancelled.
    """

    status: str
    amount_cents: int
    asked_on: date
    paid_on: date | None
    interest_cents: int
    interest_until: date | None
    goes_back_on: date | None
    ended_on: date | None
    outcome: str


@dataclass(frozen=True, slots=True)
class HoursOfUse:
    """How the use of one service on a bill spread over the hours of its days, in least units of `unit`.

    `agreement` is the statement's name of it. `by_hour` has 24 sums, of the hour from midnight on first; a day on
    which the clock changes has an hour twice, or not at all. Only whole: no day of the service's period lacks.
    """

    agreement: str
    unit: str
    by_hour: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class PaymentView:
    """One payment of the account, whoever took it."""

    payment_id: UUID
    amount_cents: int
    paid_at: datetime
    channel: str
    tender: str
    tender_label: str
    reference: str
    status: str
    status_at: datetime
    status_reason: str


@dataclass(frozen=True, slots=True)
class DayUse:
    """One service day's use in whole least units of `unit`, and how it is known."""

    day: date
    quantity: int
    quality: str


@dataclass(frozen=True, slots=True)
class PeriodUse:
    """Use so far in the open bill period of one service; days without data are left out.

    `ref` is the service whose use is shown; the first of them where the account has several of a kind.
    """

    ref: ServiceRef
    service: str
    unit: str
    period_start: date
    period_end: date
    days: tuple[DayUse, ...]
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class HomeView:
    """All that home shows of one account, asked for at once.

    `late_fee` is the latest that stands and that no bill has told of yet.
    """

    account: AccountView
    balances: Balances
    latest_bill: BillView | None
    previous_bill: BillSummary | None
    last_payment: PaymentView | None
    use: tuple[PeriodUse, ...]
    late_fee: LateFeeView | None = None


@dataclass(frozen=True, slots=True)
class RegistrationQuery:
    """What a person typed to find an account. These find it; they never prove it.

    `address` is as typed, at most 300 characters; `zip5` five digits; `email` normalised.
    """

    email: str
    address: str
    zip5: str


@dataclass(frozen=True, slots=True)
class ContactOnFile:
    """A contact point on file of the account's holder. Never shown, not even masked, before proof."""

    kind: str
    value: str
    language: str


@dataclass(frozen=True, slots=True)
class LastBillFact:
    """The last issued bill's amount and date, and whether amounts vary enough to prove anything."""

    amount_cents: int
    bill_date: date
    varies: bool


@dataclass(frozen=True, slots=True)
class RegistrationCandidate:
    """The one account that was found, and what can prove that the person may have it."""

    account: AccountRef
    person: PersonRef
    holder_name: str
    email_is_on_file: bool
    contacts: tuple[ContactOnFile, ...]
    last_bill: LastBillFact | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `offset`.. of a list, at most `limit`."""

    offset: int = 0
    limit: int = 25


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    items: tuple[T, ...]
    total: int


class Cis(Protocol):
    """The contract. Reads raise `NoSuchAccount`, `NoSuchBill`, `NoSuchService` or `CisUnavailable`.

    Commands answer a status, also for an account or payment that is not there (refused); they raise
    `CommandConflict` or `CisUnavailable`.
    """

    def capabilities(self) -> frozenset[Capability]: ...

    def accounts(self, refs: Sequence[AccountRef]) -> tuple[AccountView, ...]: ...

    def home(self, account: AccountRef, *, today: date) -> HomeView: ...

    def balances(self, account: AccountRef, *, today: date) -> Balances: ...

    def bills(self, account: AccountRef, *, page: Page) -> Rows[BillSummary]: ...

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        """One bill of the account; with `owed_on` also what is owed on that day, by all of its bills."""
        ...

    def deposits(self, account: AccountRef, *, today: date) -> tuple[DepositView, ...]:
        """The account's deposits, the latest first."""
        ...

    def hours_of_bill(self, account: AccountRef, bill: BillRef) -> tuple[HoursOfUse, ...]:
        """The use of a bill's services by the hour of the day, where the CIS knows every hour; else nothing."""
        ...

    def payments(self, account: AccountRef, *, page: Page) -> Rows[PaymentView]: ...

    def payment(self, payment_id: UUID) -> PaymentView | None: ...

    def use_by_period(
        self,
        account: AccountRef,
        service: ServiceRef | None,
        *,
        today: date,
        until: date | None = None,
        limit: int = 13,
        n_months: int = 0,
    ) -> PeriodsOfUse:
        """The latest `limit` billed periods that end by `until`, and the open one where no `until` is asked.

        With `n_months` also so many calendar months that are over by then, where the meter keeps days.

        Without a service, the account's first.
        """
        ...

    def use_of_period(
        self, account: AccountRef, service: ServiceRef | None, *, on: date | None, today: date
    ) -> OnePeriodOfUse:
        """The bill period that has the day `on`, else the one that is open, else the last.

        Raises NoSuchPeriod.
        """
        ...

    def use_by_day(
        self, account: AccountRef, service: ServiceRef | None, *, start: date, end: date, today: date
    ) -> DaysOfUse:
        """The days of [start, end), at most 1,100 of them."""
        ...

    def use_by_interval(
        self, account: AccountRef, service: ServiceRef, *, start: date, end: date, now: datetime
    ) -> IntervalsOfUse:
        """The intervals of the days of [start, end), at most 800 days."""
        ...

    def price_use(
        self,
        account: AccountRef,
        service: ServiceRef,
        *,
        start: date,
        end: date,
        uses: Sequence[UseToPrice],
    ) -> tuple[PricedUse, ...] | None:
        """What each of these uses of [start, end) would cost; None where the rate needs more to say it."""
        ...

    def clock_of_day(self, account: AccountRef, service: ServiceRef, *, day: date) -> DayClock | None:
        """The periods of a day by the clock of the service's rate; None where its rate goes by no clock."""
        ...

    def recent_use(
        self, accounts: Sequence[AccountRef], *, now: datetime, n_days: int, n_interval_days: int
    ) -> Mapping[AccountRef, RecentUse]:
        """What was used lately, of many accounts at once: `n_days` by day, `n_interval_days` by interval.

        Accounts that nobody has, that are closed, or have no open service measured by day are left out.
        """
        ...

    def find_for_registration(self, query: RegistrationQuery) -> RegistrationCandidate | None:
        """The single account that e-mail, address and ZIP point at, or None; never picks among several."""
        ...

    def contacts_on_file(self, account: AccountRef) -> tuple[ContactOnFile, ...]: ...

    def post_payment(self, command: PostPayment) -> CommandStatus: ...

    def settle_payment(self, command: SettlePayment) -> CommandStatus: ...

    def return_payment(self, command: ReturnPayment) -> CommandStatus: ...
