"""A billing system that fails some customers: the pages of its bad days.

The households are those of the town (people.py), known by their holders' names; everybody else is served as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from meterside.cis.adapter import EmbeddedCis
from meterside.contracts.cis import (
    AccountRef,
    AccountView,
    Balances,
    BillRef,
    BillSummary,
    BillView,
    CisUnavailable,
    HomeView,
    Page,
    RegistrationCandidate,
    RegistrationQuery,
    Rows,
)
from meterside.contracts.usage import OnePeriodOfUse, ServiceRef

SILENT, STALE, CONVERTED = "Dora Down", "Otto Old", "Fay Former"
SILENT_ZIP = "95999"
_AGE = timedelta(days=3)


class TroubledCis(EmbeddedCis):
    """The embedded CIS, but silent about one holder, behind about another, with totals only of a third's bills."""

    def accounts(self, refs: Sequence[AccountRef]) -> tuple[AccountView, ...]:
        views = super().accounts(refs)
        if any(view.holder_name == SILENT for view in views):
            raise CisUnavailable("time-out")
        return views

    def home(self, account: AccountRef, *, today: date) -> HomeView:
        home = super().home(account, today=today)
        if home.account.holder_name == SILENT:
            raise CisUnavailable("time-out")
        if home.account.holder_name == STALE:
            return replace(home, account=replace(home.account, as_of=home.account.as_of - _AGE))
        return home

    def balances(self, account: AccountRef, *, today: date) -> Balances:
        self.accounts([account])
        return super().balances(account, today=today)

    def bills(self, account: AccountRef, *, page: Page) -> Rows[BillSummary]:
        self.accounts([account])
        return super().bills(account, page=page)

    def bill(self, account: AccountRef, bill: BillRef, *, owed_on: date | None = None) -> BillView:
        (view,) = self.accounts([account])
        shown = super().bill(account, bill, owed_on=owed_on)
        return replace(shown, statement={}) if view.holder_name == CONVERTED else shown

    def use_of_period(
        self, account: AccountRef, service: ServiceRef | None, *, on: date | None, today: date
    ) -> OnePeriodOfUse:
        self.accounts([account])
        return super().use_of_period(account, service, on=on, today=today)

    def find_for_registration(self, query: RegistrationQuery) -> RegistrationCandidate | None:
        if query.zip5 == SILENT_ZIP:
            raise CisUnavailable("time-out")
        return super().find_for_registration(query)
