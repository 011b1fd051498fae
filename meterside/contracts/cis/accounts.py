"""An account, its places, and what it owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .refs import AccountRef


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
