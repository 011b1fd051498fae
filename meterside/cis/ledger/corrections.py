"""Entries that put a bill right without making it again: the difference, by agreement, on the account's next bill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .entries import Entry, Leg, enter
from .operations import RECEIVABLE, TAX, Charge, accounting_day


def post_correction(
    *, source_id: str, account_id: int, charges: Sequence[Charge], effective_on: date, note: str
) -> None:
    """Charge (or give back) what a bill should have charged more (or less).

    The bill's own postings stay. `source_id` makes a repeat impossible; a difference of nothing posts nothing.
    Raises IntegrityError for a repeat.
    """
    legs = [
        Leg(code, cents, payer, charge.service, charge.agreement_id)
        for charge in charges
        for code, cents, payer in (
            (RECEIVABLE, charge.total_cents, account_id),
            (f"income.{charge.service}", -charge.income_cents, None),
            (TAX, -charge.tax_cents, None),
        )
        if cents
    ]
    if not legs:
        return
    enter(
        [
            Entry(
                kind="correction",
                source="correction",
                source_id=source_id,
                effective_on=effective_on,
                accounting_on=accounting_day(effective_on),
                note=note,
                postings=legs,
            )
        ]
    )
