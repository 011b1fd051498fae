"""Bills as customers read them, with what stands beside them: late fees, deposits, hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .accounts import Balances
from .refs import AccountRef, BillRef


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
class BillFollowing:
    """The bill that came after another, and what of earlier bills was past due when it was made (None: not known)."""

    ref: BillRef
    bill_date: date
    past_due_cents: int | None


@dataclass(frozen=True, slots=True)
class BillView:
    """One bill with its frozen statement (see docs/algorithms/statement.md for its shape), and its late fees by now.

    `balances` are what the account owes, where they were asked for with it. What was left of a bill that was
    `followed_by` another stands on that one.
    """

    summary: BillSummary
    account: AccountRef
    account_number: str
    statement: Mapping[str, Any]
    late_fees: tuple[LateFeeView, ...] = ()
    balances: Balances | None = None
    followed_by: BillFollowing | None = None

    @property
    def was_paid_in_time(self) -> bool:
        """Whether the next bill found nothing left of this one, whose due date had gone by."""
        following = self.followed_by
        return (
            following is not None
            and following.past_due_cents == 0
            and self.summary.due_date < following.bill_date
        )


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
