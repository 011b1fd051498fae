"""Telling people of late fees and deposits."""

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


def tell_late_fees(
    fees: Sequence[Mapping[str, Any]],
    *,
    cause: UUID,
    taken_back: bool = False,
    recorded_at: datetime | None = None,
) -> int:
    """Tell each account's owners of a late fee that was charged, or taken back; returns how many messages.

    `fees` are those of the events `late_fees.charged` and `late_fees.taken_back`: fee, account, bill, bill_date,
    amount_cents. With `recorded_at` the messages belong to the past: they are kept and never sent.
    """
    owners = _owners([fee["account"] for fee in fees])
    kind = "late_fee_taken_back" if taken_back else "late_fee_charged"
    drafts = [
        (
            str(fee["fee"]),
            draft_for(
                kind,
                to=owner.email,
                language=owner.language,
                account=owner.account,
                name=owner.name,
                amount=money(int(fee["amount_cents"])),
                day=day(date.fromisoformat(fee["bill_date"]), owner.language),
                bill_url=f"{settings.BASE_URL}/bills/{fee['bill']}/?account={owner.account}",
                pay_url=f"{settings.BASE_URL}/pay/?account={owner.account}",
            ),
        )
        for fee in fees
        for owner in owners.get(AccountRef(UUID(fee["account"])), ())
    ]
    return _keep(drafts, cause=cause, recorded_at=recorded_at)


def tell_deposit(
    deposit: Mapping[str, Any], *, cause: UUID, returned: bool, recorded_at: datetime | None = None
) -> int:
    """Tell an account's owners that a deposit is asked for, or has gone back; returns how many messages.

    `deposit` is the event `deposit.asked` or `deposit.returned`: account, amount_cents, interest_cents.
    """
    amount_cents, interest_cents = int(deposit["amount_cents"]), int(deposit["interest_cents"])
    kind = "deposit_returned" if returned else "deposit_asked"
    drafts = [
        (
            str(deposit["deposit"]),
            draft_for(
                kind,
                to=owner.email,
                language=owner.language,
                account=owner.account,
                name=owner.name,
                amount=money(amount_cents),
                interest=money(interest_cents),
                home_url=f"{settings.BASE_URL}/home/?account={owner.account}",
            ),
        )
        for owner in _owners([deposit["account"]]).get(AccountRef(UUID(deposit["account"])), ())
    ]
    return _keep(drafts, cause=cause, recorded_at=recorded_at)


def _owners(accounts: Sequence[str]) -> Mapping[AccountRef, Sequence[Owner]]:
    found: dict[AccountRef, list[Owner]] = {}
    for owner in owners_of(accounts=[AccountRef(UUID(one)) for one in accounts], now=clock.now()):
        found.setdefault(owner.account, []).append(owner)
    return found


def _keep(drafts: Sequence[tuple[str, Draft]], *, cause: UUID, recorded_at: datetime | None) -> int:
    """One message for each thing told: who owns two accounts hears of both."""
    with transaction.atomic():
        if recorded_at is not None:
            return record([draft for _, draft in drafts], at=recorded_at)
        for told, draft in drafts:
            write(draft, cause=uuid5(cause, told))
    return len(drafts)
