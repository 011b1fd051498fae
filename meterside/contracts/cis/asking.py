"""The contract itself: what can be asked and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
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

from .accounts import AccountView, Balances
from .bills import BillSummary, BillView, DepositView, HoursOfUse
from .commands import CommandStatus, PostPayment, ReturnPayment, SettlePayment
from .home import HomeView
from .payments import PaymentView
from .refs import AccountRef, BillRef
from .registration import ContactOnFile, RegistrationCandidate, RegistrationQuery
from .rows import Page, Rows


class Capability(StrEnum):
    """What a CIS can do. Pages hide what it cannot, and say so."""

    BILL_EXPLANATION = "bill_explanation"
    BILL_DOCUMENT = "bill_document"
    POST_PAYMENT = "post_payment"
    PREMISE_SEARCH = "premise_search"
    USAGE = "usage"
    PRICE_USAGE = "price_usage"


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
