"""Taking entries back: the same legs with the other sign, as an entry of its own. Nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from .entries import Entry, Leg, enter
from .models import Posting, Transaction
from .operations import accounting_day


def reverse_bill(*, bill_public_id: UUID, effective_on: date, note: str) -> None:
    """Take a bill's postings back, leg by leg. A bill that charged nothing has none to take back.

    Must run inside the transaction that cancels the bill. Raises IntegrityError when it was reversed before.
    """
    posted = Transaction.objects.filter(source="bill", source_id=str(bill_public_id), kind="bill").first()
    if posted is None:
        return
    legs: Sequence[Posting] = list(posted.postings.order_by("id"))
    enter(
        [
            Entry(
                kind="bill_cancel",
                source="bill",
                source_id=str(bill_public_id),
                effective_on=effective_on,
                accounting_on=accounting_day(effective_on),
                note=note,
                postings=[
                    Leg(
                        leg.ledger_account_id,
                        -leg.amount_cents,
                        leg.account_id,
                        leg.fund,
                        leg.agreement_id,
                        leg.bill_id,
                    )
                    for leg in legs
                ],
            )
        ]
    )
