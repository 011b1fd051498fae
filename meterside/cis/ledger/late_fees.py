"""Late fees in the books: a charge on an account's receivable that is income of its own, and its reversal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from .entries import Entry, Leg, enter
from .operations import RECEIVABLE, accounting_days

LATE_FEE_INCOME: Final = "income.late_fee"
_FUND: Final = "late_fee"


@dataclass(frozen=True, slots=True)
class FeePosting:
    """One fee to post, or to take back. `note` is the number of the bill it is on; bills print it."""

    source_id: str
    account_id: int
    amount_cents: int
    effective_on: date
    note: str


def post_late_fees(fees: Sequence[FeePosting]) -> list[int]:
    """Charge these fees, each as an entry of its own; returns the entries' keys in order.

    The caller holds the accounts' rows. Raises IntegrityError for a source that was posted before.
    """
    return _enter(fees, kind="late_fee", sign=1)


def reverse_late_fees(fees: Sequence[FeePosting]) -> list[int]:
    """Take these fees back; otherwise as `post_late_fees`."""
    return _enter(fees, kind="late_fee_reversal", sign=-1)


def _enter(fees: Sequence[FeePosting], *, kind: str, sign: int) -> list[int]:
    days = accounting_days({fee.effective_on for fee in fees})
    return enter(
        [
            Entry(
                kind=kind,
                source="late_fee",
                source_id=fee.source_id,
                effective_on=fee.effective_on,
                accounting_on=days[fee.effective_on],
                note=fee.note,
                postings=[
                    Leg(RECEIVABLE, sign * fee.amount_cents, fee.account_id, _FUND),
                    Leg(LATE_FEE_INCOME, -sign * fee.amount_cents, None, _FUND),
                ],
            )
            for fee in fees
        ]
    )
