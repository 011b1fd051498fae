"""Accounts billed together come to what each comes to alone: what a chunk shares is nobody's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from meterside.cis.billing.models import Bill, BillRun, BillSegment
from meterside.cis.billing.runs.chunk import bill_chunk
from meterside.cis.billing.runs.operations import open_run
from meterside.cis.registry.models import Account
from meterside.engine.period import Period
from tests.many_accounts import CYCLE, many_accounts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JAN, FEB, MAR = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


class _TakeBack(Exception):
    pass


def _billed(run: BillRun, accounts: list[int], *, together: int) -> dict[Any, Any]:
    """What a run makes of these accounts, in chunks of so many; nothing of it stays."""
    found: dict[Any, Any] = {}
    try:
        with transaction.atomic():
            for first in range(0, len(accounts), together):
                bill_chunk(run, accounts[first : first + together])
            for bill in Bill.objects.filter(run=run):
                told = bill.statement.items()
                found[bill.account_id] = {
                    name: value for name, value in told if name not in ("number", "last_transaction")
                }
            for segment in BillSegment.objects.filter(bill__run=run):
                found[segment.agreement_id, "segment"] = (segment.inputs, segment.rated, segment.total_cents)
            raise _TakeBack
    except _TakeBack:
        return found


def test_accounts_billed_together_come_to_what_each_comes_to_alone() -> None:
    many_accounts(5, [JAN, FEB, MAR])
    accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    first = open_run(cycle=CYCLE, window=Period(JAN, FEB), bill_date=FEB)
    later = open_run(cycle=CYCLE, window=Period(FEB, MAR), bill_date=MAR)
    # The last two have no bill of January: their March bill is their first, and of other days.
    bill_chunk(first, accounts[:3])
    together = _billed(later, accounts, together=5)
    alone = _billed(later, accounts, together=1)
    assert together == alone
    assert len({str(one["period"]) for key, one in together.items() if isinstance(key, int)}) == 2
