"""Late fees, and charges for events such as a returned payment: what a policy makes of what is owed.

Outside the rate: a late fee is no component of a tariff. Rules are data (docs/algorithms/late-fees.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from meterside.engine.money import RoundingRule, cents_to_decimal, round_to_cents
from meterside.engine.wording import money_text, plain

ZERO = Decimal(0)


class FeePick(StrEnum):
    """What counts where a policy has a per cent and a flat amount."""

    GREATER = "greater"
    SUM = "sum"


class FeeBase(StrEnum):
    """What the per cent is taken of."""

    PAST_DUE = "past_due"  #: what is still owed of what was due
    BILL = "bill"  #: the whole bill, also where part of it is paid


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFeePolicy:
    """Amounts in currency units. A fee is due from the day after ``grace_days`` have passed since the due day.

    Nothing is charged on a past-due balance of ``balance_over`` or less; ``least`` and ``most`` bound a
    fee; with ``once_per_bill`` a bill never gets a second one, else one each ``every_days``. With ``notice``
    the customer is told when it is charged.
    """

    percent: Decimal = ZERO
    flat: Decimal = ZERO
    pick: FeePick = FeePick.GREATER
    base: FeeBase = FeeBase.PAST_DUE
    grace_days: int = 0
    balance_over: Decimal = ZERO
    least: Decimal = ZERO
    most: Decimal | None = None
    once_per_bill: bool = True
    every_days: int = 30
    notice: bool = True
    rounding: RoundingRule = RoundingRule.HALF_UP


@dataclass(frozen=True, slots=True)
class LateFee:
    """A fee and how it came about; ``since`` is the first day it could be charged."""

    amount_cents: int
    since: date
    base_cents: int
    formula_text: str


def late_fee(
    policy: LateFeePolicy,
    *,
    due_on: date,
    today: date,
    past_due_cents: int,
    bill_cents: int | None = None,
    charged_on: Sequence[date] = (),
) -> LateFee | None:
    """The fee on one bill today, or None. ``charged_on`` are the days this bill was charged one before.

    ``bill_cents`` is needed where the per cent is taken of the bill. Raises ``ValueError`` without it.
    """
    since = due_on + timedelta(days=policy.grace_days + 1)
    if charged_on:
        if policy.once_per_bill:
            return None
        since = max(charged_on) + timedelta(days=policy.every_days)
    if today < since or cents_to_decimal(past_due_cents) <= policy.balance_over or past_due_cents <= 0:
        return None
    base_cents = past_due_cents
    if policy.base is FeeBase.BILL:
        if bill_cents is None:
            raise ValueError("this policy takes its per cent of the bill; give bill_cents")
        base_cents = bill_cents
    share = cents_to_decimal(base_cents) * policy.percent
    exact = share + policy.flat if policy.pick is FeePick.SUM else max(share, policy.flat)
    bounded = max(exact, policy.least)
    if policy.most is not None:
        bounded = min(bounded, policy.most)
    cents = round_to_cents(bounded, policy.rounding)
    if cents <= 0:
        return None
    return LateFee(cents, since, base_cents, _said(policy, base_cents, bounded, exact))


def _said(policy: LateFeePolicy, base_cents: int, bounded: Decimal, exact: Decimal) -> str:
    base = money_text(cents_to_decimal(base_cents))
    share = f"{plain(policy.percent * 100)}% of {base}" if policy.percent else ""
    flat = money_text(policy.flat) if policy.flat else ""
    if share and flat:
        text = f"{share} + {flat}" if policy.pick is FeePick.SUM else f"the greater of {flat} and {share}"
    else:
        text = share or flat
    if bounded > exact:
        text += f", at least {money_text(bounded)}"
    elif bounded < exact:
        text += f", at most {money_text(bounded)}"
    return f"{text} = {money_text(bounded)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFee:
    """A charge for something that happened: a returned payment, a notice on the door, a reconnection.

    It counts from the ``from_count``-th such event within ``within_months`` on; ``after_hours`` replaces
    the amount then. ``cash_only_months`` is how long only cash is taken after it (0: never).
    """

    event: str
    amount: Decimal
    after_hours: Decimal | None = None
    from_count: int = 1
    within_months: int = 12
    cash_only_months: int = 0


@dataclass(frozen=True, slots=True)
class EventCharge:
    """What an event costs, and until which day (not including it) only cash is taken."""

    event: str
    amount_cents: int
    cash_only_until: date | None


def event_charge(
    fees: Sequence[EventFee],
    *,
    event: str,
    on: date,
    earlier: Sequence[date] = (),
    is_after_hours: bool = False,
) -> EventCharge | None:
    """What an event on a day costs; ``earlier`` are the days of such events before it. None: nothing."""
    for fee in fees:
        if fee.event != event:
            continue
        since = months_after(on, -fee.within_months)
        count = 1 + sum(since <= day <= on for day in earlier)
        if count < fee.from_count:
            continue
        amount = fee.after_hours if is_after_hours and fee.after_hours is not None else fee.amount
        until = months_after(on, fee.cash_only_months) if fee.cash_only_months else None
        return EventCharge(event, round_to_cents(amount, RoundingRule.HALF_UP), until)
    return None


def months_after(day: date, months: int) -> date:
    """The same day so many months later (negative: earlier); the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = following - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))
