"""What a bill comes to after its late date: what the late fee will be if nothing is paid until then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from meterside.engine.late_fee import LateFeePolicy, late_fee
from meterside.engine.policy import late_fee_table


@dataclass(frozen=True, slots=True)
class Late:
    """After the day `after` the bill is `amount_cents`, of which `fee_cents` are the fee by this rule.

    `asked_cents` is the part of the bill a fee is taken of.
    """

    after: date
    amount_cents: int
    fee_cents: int
    asked_cents: int
    rule: LateFeePolicy

    def to_dict(self) -> dict[str, Any]:
        """As a statement keeps it; the fee is charged by the rule that stands here."""
        return {
            "after": self.after.isoformat(),
            "amount_cents": self.amount_cents,
            "fee_cents": self.fee_cents,
            "asked_cents": self.asked_cents,
            "rule": late_fee_table(self.rule),
        }


def late_amount(
    rule: LateFeePolicy | None, *, total_due_cents: int, due_date: date, not_charged_cents: int = 0
) -> Late | None:
    """What the bill comes to when it is paid late; None without a rule, or where it asks for no fee.

    `not_charged_cents` of it bear no fee: a deposit that is asked for, an amount in dispute. The fee is the
    engine's on the first day it can be charged (docs/algorithms/late-fees.md).
    """
    asked_cents = total_due_cents - max(not_charged_cents, 0)
    if rule is None or asked_cents <= 0:
        return None
    after = due_date + timedelta(days=rule.grace_days)
    fee = late_fee(
        rule,
        due_on=due_date,
        today=after + timedelta(days=1),
        past_due_cents=asked_cents,
        bill_cents=asked_cents,
    )
    if fee is None:
        return None
    return Late(after, total_due_cents + fee.amount_cents, fee.amount_cents, asked_cents, rule)
