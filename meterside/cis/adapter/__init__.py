"""The embedded customer information system behind `contracts/cis`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.conf import settings

from meterside.cis.billing.charges.queries import deposits_of
from meterside.cis.billing.queries.bills import bill_of, bills_of
from meterside.cis.billing.queries.hours import hours_of_bill
from meterside.cis.ledger.queries import payment_view, payments_of
from meterside.cis.registry.queries import contacts_on_file
from meterside.contracts.cis import (
    AccountRef,
    AccountView,
    Balances,
    BillRef,
    BillSummary,
    BillView,
    Capability,
    CommandStatus,
    ContactOnFile,
    DepositView,
    HomeView,
    HoursOfUse,
    NoSuchBill,
    Page,
    PaymentView,
    PostPayment,
    RegistrationCandidate,
    RegistrationQuery,
    ReturnPayment,
    Rows,
    SettlePayment,
)
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
from meterside.engine.period import Period
from meterside.kit import clock

from . import commands, overview, registration, usage, usage_price, usage_recent


class EmbeddedCis:
    """Fulfils `contracts.cis.Cis` from this database; what it says is always as of now."""

    def capabilities(self) -> frozenset[Capability]:
        return frozenset(Capability)

    def accounts(self, refs: Sequence[AccountRef]) -> tuple[AccountView, ...]:
        found = overview.account_facts(refs, today=_today())
        return tuple(found[ref].view for ref in refs if ref in found)

    def home(self, account: AccountRef, *, today: date) -> HomeView:
        return overview.home(account, today=today)

    def balances(self, account: AccountRef, *, today: date) -> Balances:
        return overview.balances(account, today=today)

    def bills(self, account: AccountRef, *, page: Page) -> Rows[BillSummary]:
        items, total = bills_of(overview.account_id(account), offset=page.offset, limit=page.limit)
        return Rows(items=items, total=total)

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        found = (
            bill_of(account, bill)
            if owed_on is None
            else overview.bill_and_balances(account, bill, today=owed_on)
        )
        if found is None:
            raise NoSuchBill(str(bill))
        return found

    def deposits(self, account: AccountRef, *, today: date) -> tuple[DepositView, ...]:
        return deposits_of(account, today=today) or _none_of(account)

    def hours_of_bill(self, account: AccountRef, bill: BillRef) -> tuple[HoursOfUse, ...]:
        return hours_of_bill(account, bill)

    def payments(self, account: AccountRef, *, page: Page) -> Rows[PaymentView]:
        items, total = payments_of(overview.account_id(account), offset=page.offset, limit=page.limit)
        return Rows(items=items, total=total)

    def payment(self, payment_id: UUID) -> PaymentView | None:
        return payment_view(payment_id)

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
        return usage.use_by_period(account, service, today=today, until=until, limit=limit, n_months=n_months)

    def use_of_period(
        self, account: AccountRef, service: ServiceRef | None, *, on: date | None, today: date
    ) -> OnePeriodOfUse:
        return usage.use_of_period(account, service, on=on, today=today)

    def use_by_day(
        self, account: AccountRef, service: ServiceRef | None, *, start: date, end: date, today: date
    ) -> DaysOfUse:
        return usage.use_by_day(account, service, start=start, end=end, today=today)

    def use_by_interval(
        self, account: AccountRef, service: ServiceRef, *, start: date, end: date, now: datetime
    ) -> IntervalsOfUse:
        return usage.use_by_interval(account, service, start=start, end=end, now=now)

    def price_use(
        self, account: AccountRef, service: ServiceRef, *, start: date, end: date, uses: Sequence[UseToPrice]
    ) -> tuple[PricedUse, ...] | None:
        return usage_price.price_use(account, service, period=Period(start, end), uses=uses)

    def clock_of_day(self, account: AccountRef, service: ServiceRef, *, day: date) -> DayClock | None:
        return usage_price.clock_of_day(account, service, day=day)

    def recent_use(
        self, accounts: Sequence[AccountRef], *, now: datetime, n_days: int, n_interval_days: int
    ) -> Mapping[AccountRef, RecentUse]:
        return usage_recent.recent_use(accounts, now=now, n_days=n_days, n_interval_days=n_interval_days)

    def find_for_registration(self, query: RegistrationQuery) -> RegistrationCandidate | None:
        return registration.find_candidate(query, today=_today())

    def contacts_on_file(self, account: AccountRef) -> tuple[ContactOnFile, ...]:
        rows = contacts_on_file(overview.account_id(account), today=_today())
        return tuple(ContactOnFile(kind=row.kind, value=row.value, language=row.language) for row in rows)

    def post_payment(self, command: PostPayment) -> CommandStatus:
        return commands.post_payment(command)

    def settle_payment(self, command: SettlePayment) -> CommandStatus:
        return commands.settle_payment(command)

    def return_payment(self, command: ReturnPayment) -> CommandStatus:
        return commands.return_payment(command)


def _none_of(account: AccountRef) -> tuple[DepositView, ...]:
    """Nothing, of an account that is there. Raises NoSuchAccount."""
    overview.account_id(account)
    return ()


def _today() -> date:
    return clock.today(settings.UTILITY.zone)


__all__ = ["EmbeddedCis"]
