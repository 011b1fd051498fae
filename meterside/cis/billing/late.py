"""What a bill comes to after its late date: the utility's late-fee policy, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """A late fee: `percent` of what the bill asks, at least `least_cents`; none where less than `from_cents` is owed.

    `grace_days` are the days after the due date on which a payment is still taken as in time.
    """

    percent: Decimal
    least_cents: int
    from_cents: int
    grace_days: int


@dataclass(frozen=True, slots=True)
class Late:
    """After the day `after` the bill is `amount_cents`, of which `fee_cents` are the fee."""

    after: date
    amount_cents: int
    fee_cents: int


def late_amount(policy: LatePolicy | None, *, total_due_cents: int, due_date: date) -> Late | None:
    """What the bill comes to when it is paid late; None without a policy, or where it asks for no fee.

    The fee is rounded half up to a cent (docs/algorithms/statement.md).
    """
    if policy is None or total_due_cents <= 0 or total_due_cents < policy.from_cents:
        return None
    share = (policy.percent * total_due_cents / 100).quantize(Decimal(1), ROUND_HALF_UP)
    fee_cents = max(int(share), policy.least_cents)
    if not fee_cents:
        return None
    return Late(due_date + timedelta(days=policy.grace_days), total_due_cents + fee_cents, fee_cents)
