"""Telling people that their bill is ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from meterside.contracts.cis import AccountRef
from meterside.kit import clock
from meterside.portal.access.queries import Owner, owners_of
from meterside.portal.notices.operations import Draft, record, write

from .amounts import day, money
from .write import draft_for


def tell_bills(
    bills: Sequence[Mapping[str, Any]], *, cause: UUID, recorded_at: datetime | None = None
) -> int:
    """Tell each account's owners who can sign in that a bill is ready; returns how many messages.

    `bills` are those of the event `bills.issued`: account, bill, total_due_cents, due_date. With `recorded_at`
    the messages belong to the past: they are kept under that instant and never sent.
    """
    by_account: dict[AccountRef, list[Owner]] = {}
    accounts = [AccountRef(UUID(bill["account"])) for bill in bills]
    for owner in owners_of(accounts=accounts, now=clock.now()):
        by_account.setdefault(owner.account, []).append(owner)
    drafts = [
        (str(bill["bill"]), _draft(bill, owner))
        for account, bill in zip(accounts, bills, strict=True)
        for owner in by_account.get(account, ())
    ]
    with transaction.atomic():
        if recorded_at is not None:
            return record([draft for _, draft in drafts], at=recorded_at)
        for ref, draft in drafts:  # who owns two accounts hears of both bills
            write(draft, cause=uuid5(cause, ref))
    return len(drafts)


def _draft(bill: Mapping[str, Any], owner: Owner) -> Draft:
    amount_cents = int(bill["total_due_cents"])
    kind = (
        "bill_in_credit" if amount_cents <= 0 else "bill_replaced" if bill.get("replaces") else "bill_ready"
    )
    return draft_for(
        kind,
        to=owner.email,
        language=owner.language,
        account=owner.account,
        name=owner.name,
        amount=money(amount_cents),
        due=day(date.fromisoformat(bill["due_date"]), owner.language),
        bill_url=f"{settings.BASE_URL}/bills/{bill['bill']}/?account={owner.account}",
    )


def tell_cancelled(bill: Mapping[str, Any], *, cause: UUID) -> int:
    """Tell an account's owners that a bill was taken back without a new one; returns how many messages.

    `bill` is the event `bill.cancelled`: account, bill, bill_date, current_charges_cents.
    """
    account = AccountRef(UUID(bill["account"]))
    owners = owners_of(accounts=[account], now=clock.now())
    with transaction.atomic():
        for owner in owners:
            draft = draft_for(
                "bill_cancelled",
                to=owner.email,
                language=owner.language,
                account=account,
                name=owner.name,
                day=day(date.fromisoformat(bill["bill_date"]), owner.language),
                amount=money(int(bill["current_charges_cents"])),
                bill_url=f"{settings.BASE_URL}/bills/{bill['bill']}/?account={account}",
            )
            write(draft, cause=cause)
    return len(owners)
