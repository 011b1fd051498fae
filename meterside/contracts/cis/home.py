"""All that home shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from meterside.contracts.usage import (
    ServiceRef,
)

from .accounts import AccountView, Balances
from .bills import BillSummary, BillView, LateFeeView
from .payments import PaymentView


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
