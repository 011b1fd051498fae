"""A bill off the cycle: on request, or the final one when somebody moves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction

from meterside.cis.registry.models import Account
from meterside.engine.period import Period
from meterside.kit import clock
from meterside.spine import audit

from ..calendar import cycle_around, due_date
from ..issuing import Billing, issue_bills, new_bills
from ..models import Bill, BillCycle
from .checks import Problem
from .chunk import prepare


class NothingToBill(Exception):
    """Every day of the account up to then is billed already."""


@dataclass(frozen=True, slots=True)
class OffCycle:
    """The bill, or what stands against it: then nothing was issued, and the queue has it."""

    bill: Bill | None
    problems: Sequence[Problem] = ()


@transaction.atomic
def bill_off_cycle(*, account_id: int, through: date, bill_date: date | None = None) -> OffCycle:
    """Bill an account now, for its unbilled days before `through`. The last bill of a closed account is a final one.

    Charges by the cycle count the days of the account's own cycle. Raises NothingToBill, Account.DoesNotExist.
    """
    account = Account.objects.select_for_update().get(pk=account_id)
    day = bill_date or clock.today(settings.UTILITY.zone)
    read_day = BillCycle.objects.filter(pk=account.bill_cycle).values_list("read_day", flat=True).first() or 1
    cycle = cycle_around(through, read_day=read_day)
    window = Period(min(cycle.start, through), through)
    billing = Billing(window, cycle, day, due_date(day), None, "off_cycle")
    drafts, blocking = prepare(billing, [account_id])
    if account_id in blocking:
        return OffCycle(None, blocking[account_id])
    found = drafts.get(account_id)
    if not found:
        raise NothingToBill(account.number)
    (bill,) = issue_bills(billing, new_bills(billing, {account_id: found}))
    audit.record(
        action="bill.off_cycle",
        subject_type="bill",
        subject_id=bill.public_id,
        number=bill.number,
        kind=bill.kind,
    )
    return OffCycle(bill)
