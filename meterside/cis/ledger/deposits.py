"""Deposits in the books: owed when asked for, a liability when held, never income (docs/adr)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from .entries import Entry, Leg, enter
from .operations import RECEIVABLE, accounting_day

DEPOSIT: Final = "deposit"
BILLED: Final = "deposit.billed"
INTEREST: Final = "interest"


@dataclass(frozen=True, slots=True)
class DepositPosting:
    """One step of a deposit to post. `source_id` begins with the deposit's reference."""

    source_id: str
    account_id: int
    amount_cents: int
    effective_on: date
    note: str = ""


def post_deposit_asked(posting: DepositPosting) -> int:
    """The customer owes it from now on; returns the entry's key. In all of these the caller holds the account's row.

    All raise IntegrityError for a source that was posted before.
    """
    return _enter("deposit", posting, [(RECEIVABLE, 1), (BILLED, -1)])


def post_deposit_paid(posting: DepositPosting) -> int:
    """It is paid: held from now on."""
    return _enter("deposit_paid", posting, [(BILLED, 1), (DEPOSIT, -1)])


def post_deposit_unpaid(posting: DepositPosting) -> int:
    """The payment came back: it is only asked for again."""
    return _enter("deposit_unpaid", posting, [(DEPOSIT, 1), (BILLED, -1)])


def post_deposit_cancelled(posting: DepositPosting) -> int:
    """It is asked for no more."""
    return _enter("deposit_cancel", posting, [(BILLED, 1), (RECEIVABLE, -1)])


def post_deposit_interest(posting: DepositPosting) -> int:
    """Interest, as a credit on the account."""
    return _enter("deposit_interest", posting, [(INTEREST, 1), (RECEIVABLE, -1)])


def post_deposit_returned(posting: DepositPosting) -> int:
    """It goes back, as a credit on the account."""
    return _enter("deposit_refund", posting, [(DEPOSIT, 1), (RECEIVABLE, -1)])


def _enter(kind: str, posting: DepositPosting, legs: Sequence[tuple[str, int]]) -> int:
    (key,) = enter(
        [
            Entry(
                kind=kind,
                source="deposit",
                source_id=posting.source_id,
                effective_on=posting.effective_on,
                accounting_on=accounting_day(posting.effective_on),
                note=posting.note,
                postings=[
                    Leg(code, sign * posting.amount_cents, posting.account_id, "deposit")
                    for code, sign in legs
                ],
            )
        ]
    )
    return key
