"""Home as it is shown: the answer first, then the way out, then the detail. Money is cents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from meterside.contracts.cis import BillRef
from meterside.contracts.usage import ServiceRef
from meterside.journeys.see_bill import UseOfDay


class State(StrEnum):
    """Where the account stands; what home says first."""

    DUE = "due"
    PAST_DUE = "past_due"
    CREDIT = "credit"
    PAID = "paid"
    NO_BILL = "no_bill"


@dataclass(frozen=True, slots=True)
class Answer:
    """The first thing on the page. `pay_cents` is what paying now would cover, 0 where nothing is due."""

    state: State
    amount_cents: int
    when: str
    tag: str
    tag_kind: str
    sentences: tuple[str, ...]
    pay_cents: int
    change: str
    bill: BillRef | None


@dataclass(frozen=True, slots=True)
class LastPayment:
    """The latest payment and what became of it. `kind`: good, info, bad."""

    payment_id: UUID
    kind: str
    title: str
    status: str
    detail: str
    help: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeriodSoFar:
    """Use in the open period of one service. Days after the last known one are expected at the same pace,
    if enough days are known; `expected` says so in words, and is empty where nothing is expected.
    """

    ref: ServiceRef
    service: str
    title: str
    unit: str
    days: tuple[UseOfDay, ...]
    place: str
    so_far: str
    compared: str
    expected: str
    known_until: date | None

    @property
    def known_total(self) -> Decimal:
        """What is known so far, in `unit`."""
        return sum((day.amount or Decimal(0) for day in self.days if day.quality != "projected"), Decimal(0))


@dataclass(frozen=True, slots=True)
class HomePage:
    """All of home for one account."""

    holder_name: str
    account_number: str
    addresses: tuple[str, ...]
    answer: Answer
    is_closed: bool
    payment: LastPayment | None
    balances: tuple[tuple[str, str], ...]
    use: tuple[PeriodSoFar, ...]
    use_note: str
    as_of: datetime
    is_stale: bool
