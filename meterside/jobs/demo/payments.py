"""How Riverbend pays: who pays when, by which way, and how much; and the posting of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5
from zlib import crc32

from meterside import wiring
from meterside.cis.ledger.models import Payment
from meterside.cis.ledger.operations import post_payment, post_payments, settle_payments
from meterside.contracts.cis import AccountRef, CommandState, PostPayment, ReturnPayment, SettlePayment
from meterside.kit.clock import clock_at

from .households import Household
from .plan import PORTAL_OPEN_DAYS, Plan

_IDS: Final = uuid5(NAMESPACE_URL, "https://riverbend.example/payments")
_WAYS: Final = {
    "autopay": ("bank", "Checking ending in 6789"),
    "lockbox": ("check", "Check"),
    "portal": ("card", "Visa ending in 4242"),
}
# The way of a payment that comes back for want of money: cards are refused at once, banks later.
_WAY_RETURNED: Final = ("bank", "Checking ending in 6789")
_MAIL_DAYS: Final = (9, 14, 19)
_AHEAD_DAYS: Final = 3
_ONLINE_DAYS: Final = (2, 4, 7, 11, 16, 20)


@dataclass(frozen=True, slots=True)
class BillOwed:
    """A bill as a payer sees it, and when the next one comes."""

    account_id: int
    account: AccountRef
    month: int
    bill_date: date
    due_date: date
    next_bill_date: date
    total_due_cents: int
    #: How many bills of the account come after this one: 0 for the latest.
    n_later: int


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment somebody made."""

    payment_id: UUID
    bill: BillOwed
    paid_at: datetime
    amount_cents: int
    channel: str
    will_return: bool = False

    @property
    def settles_at(self) -> datetime:
        """The next working morning."""
        day = self.paid_at + timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        return day.replace(hour=10, minute=5)


def pay(plan: Plan, owed: Sequence[tuple[Household, BillOwed]]) -> int:
    """Post and settle what was paid between these bills and the next; returns how many payments.

    Payments from before the portal opened are posted as they came, in batches; later ones one by one.
    """
    made = [paid for household, bill in owed if (paid := decide(plan, household, bill)) is not None]
    made.sort(key=lambda paid: (paid.paid_at.date(), paid.channel, paid.bill.account_id))
    opened = plan.today - timedelta(days=PORTAL_OPEN_DAYS)
    for (day, channel), together in groupby(made, key=lambda paid: (paid.paid_at.date(), paid.channel)):
        if day < opened:
            _post_batch(plan, day, channel, list(together))
        else:
            for paid in together:
                _post_one(plan, paid)
    return len(made)


def decide(plan: Plan, household: Household, bill: BillOwed) -> Paid | None:
    """What the household pays of this bill before the next one comes, if it pays at all."""
    if bill.total_due_cents <= 0:
        return None
    roll = crc32(f"{plan.seed} {household.key} {bill.month} paid".encode())
    choice = _choose(household.habit, bill, roll)
    if choice is None:
        return None
    paid_on, amount_cents, channel = choice
    opened = plan.today - timedelta(days=PORTAL_OPEN_DAYS)
    if channel == "portal" and paid_on < opened:
        paid_on, channel = bill.bill_date + timedelta(days=_MAIL_DAYS[roll % len(_MAIL_DAYS)]), "lockbox"
    paid_at = plan.at(paid_on, 2, 15) if channel == "autopay" else plan.at(paid_on, 9 + roll % 10, roll % 60)
    if paid_at > plan.at(plan.today, 0) or paid_on >= bill.next_bill_date:
        return None
    return Paid(
        payment_id=uuid5(_IDS, f"{plan.seed} {household.key} {bill.month}"),
        bill=bill,
        paid_at=paid_at,
        amount_cents=amount_cents,
        channel=channel,
        will_return=household.habit == "returned" and bill.n_later == 1,
    )


def _choose(habit: str, bill: BillOwed, roll: int) -> tuple[date, int, str] | None:
    """Day, cents and channel by habit; None where nothing is paid this time."""
    due_cents, issued = bill.total_due_cents, bill.bill_date
    by_mail = issued + timedelta(days=_MAIL_DAYS[roll % len(_MAIL_DAYS)])
    online = issued + timedelta(days=_ONLINE_DAYS[roll % len(_ONLINE_DAYS)])
    if habit == "autopay":
        return bill.due_date, due_cents, "autopay"
    if habit == "mail":
        return by_mail, due_cents, "lockbox"
    if habit == "online":
        return online, due_cents, "portal"
    if habit == "online_waiting":  # pays online, has not got to the latest bill yet
        return (online, due_cents, "portal") if bill.n_later else None
    if habit == "late":  # pays one bill of two, some days after it was due
        late_on = min(bill.due_date + timedelta(days=4), bill.next_bill_date - timedelta(days=1))
        return (late_on, due_cents, "lockbox") if roll % 2 else None
    if habit == "behind":  # has not paid the last two bills
        return (by_mail, due_cents, "lockbox") if bill.n_later > 1 else None
    if habit == "returned":  # the payment of the last bill but one came back
        return (online, due_cents, "portal") if bill.n_later else None
    if habit == "ahead":  # rounds up to the next hundred, and paid well ahead at last
        extra = 120_00 if bill.n_later == 0 else 0
        return issued + timedelta(days=_AHEAD_DAYS), -(-due_cents // 100_00) * 100_00 + extra, "lockbox"
    raise ValueError(f"no habit {habit!r}")


def _post_batch(plan: Plan, day: date, channel: str, batch: list[Paid]) -> None:
    """A night's autopay or a day's lockbox file, and its deposit."""
    tender, label = _WAYS[channel]
    with clock_at(plan.at(day, 21)):
        post_payments(
            [
                Payment(
                    payment_id=paid.payment_id,
                    account_id=paid.bill.account_id,
                    amount_cents=paid.amount_cents,
                    paid_at=paid.paid_at,
                    effective_on=day,
                    channel=channel,
                    tender=tender,
                    tender_label=label,
                    reference=f"{channel.upper()} {day.isoformat()}",
                )
                for paid in batch
            ]
        )
    settles_at = max(paid.settles_at for paid in batch)
    with clock_at(settles_at):
        settle_payments([paid.payment_id for paid in batch], settled_at=settles_at)


def _post_one(plan: Plan, paid: Paid) -> None:
    tender, label = _WAY_RETURNED if paid.will_return else _WAYS[paid.channel]
    settles_at = paid.settles_at
    is_settled = settles_at <= plan.at(plan.today, 0)
    if paid.channel == "portal":
        _command_portal(paid, tender, label, settles_at if is_settled else None)
        return
    with clock_at(paid.paid_at):
        post_payment(
            payment_id=paid.payment_id,
            account_id=paid.bill.account_id,
            amount_cents=paid.amount_cents,
            paid_at=paid.paid_at,
            channel=paid.channel,
            tender=tender,
            tender_label=label,
        )
    if is_settled:
        with clock_at(settles_at):
            settle_payments([paid.payment_id], settled_at=settles_at)


class CommandRefused(Exception):
    """The CIS refused one of our own payments; the message says why."""


def _command_portal(paid: Paid, tender: str, label: str, settles_at: datetime | None) -> None:
    """As the portal does it: commands to the CIS, each with its own id."""
    cis = wiring.cis()
    with clock_at(paid.paid_at):
        status = cis.post_payment(
            PostPayment(
                command_id=uuid5(paid.payment_id, "post"),
                payment_id=paid.payment_id,
                account=paid.bill.account,
                amount_cents=paid.amount_cents,
                paid_at=paid.paid_at,
                channel="portal",
                tender=tender,
                tender_label=label,
                reference=paid.payment_id.hex[:10].upper(),
            )
        )
    if status.state is not CommandState.APPLIED:
        raise CommandRefused(status.reason)
    if settles_at is None:
        return
    with clock_at(settles_at):
        if paid.will_return:
            status = cis.return_payment(
                ReturnPayment(uuid5(paid.payment_id, "return"), paid.payment_id, settles_at, "R01")
            )
        else:
            status = cis.settle_payment(
                SettlePayment(uuid5(paid.payment_id, "settle"), paid.payment_id, settles_at)
            )
    if status.state is not CommandState.APPLIED:
        raise CommandRefused(status.reason)
