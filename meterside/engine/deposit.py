"""Deposits: how much is asked for, the interest they bear, and when they may go back.

Outside the rate. Rules are data (docs/algorithms/deposits.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from meterside.engine.late_fee import months_after
from meterside.engine.money import RoundingRule, allocate_cents, cents_to_decimal, round_to_cents
from meterside.engine.period import Period
from meterside.engine.quantity import UsageRounding
from meterside.engine.series import DatedSeries
from meterside.engine.wording import money_text, plain


class DepositBasis(StrEnum):
    """Which months of the past year a deposit is measured by."""

    HIGHEST = "highest"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositPolicy:
    """A deposit of ``months`` times the highest or average month; ``flat`` where there is no history.

    Interest is simple, at the yearly rate in force each day, over ``year_days``. The deposit may go back
    after ``refund_after_months`` with at most ``late_allowed`` late payments in them (0: not by itself).
    With ``at_start`` it is asked of every new account.
    """

    months: Decimal = Decimal(2)
    basis: DepositBasis = DepositBasis.HIGHEST
    flat: Decimal | None = None
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    amount_rounding: UsageRounding | None = None
    year_days: int = 365
    rounding: RoundingRule = RoundingRule.HALF_UP
    refund_after_months: int = 0
    late_allowed: int = 0
    at_start: bool = False


class NoHistory(ValueError):
    """There is nothing to measure the deposit by, and the policy has no flat amount."""


def deposit_cents(policy: DepositPolicy, *, months_cents: Sequence[int]) -> int:
    """The deposit to ask for; ``months_cents`` are the bills of the past twelve months. Raises ``NoHistory``."""
    if months_cents:
        amounts = [cents_to_decimal(cents) for cents in months_cents]
        mean = sum(amounts, Decimal(0)) / len(amounts)
        month = max(amounts) if policy.basis is DepositBasis.HIGHEST else mean
        amount = month * policy.months
    elif policy.flat is not None:
        amount = policy.flat
    else:
        raise NoHistory("no bills of the past twelve months, and no flat amount")
    amount = max(amount, policy.least)
    if policy.most is not None:
        amount = min(amount, policy.most)
    if policy.amount_rounding is not None:
        amount = policy.amount_rounding.apply(amount)
    return round_to_cents(amount, policy.rounding)


@dataclass(frozen=True, slots=True)
class InterestLine:
    """Interest over days at one rate."""

    span: Period
    rate: Decimal
    unrounded: Decimal
    amount_cents: int
    formula_text: str


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest of a deposit; the lines sum to the total, which is rounded once."""

    lines: tuple[InterestLine, ...]
    amount_cents: int


def deposit_interest(
    policy: DepositPolicy, *, amount_cents: int, held: Period, rates: DatedSeries
) -> Interest:
    """Simple interest from the day it was paid up to, not including, the end of ``held``.

    Raises ``SeriesGap`` where some day has no rate.
    """
    amount = cents_to_decimal(amount_cents)
    rows = []
    for span in held.split(rates.changes_in(held)):
        rate = rates.on(span.start).value
        exact = amount * rate * span.days / policy.year_days
        said = f"{money_text(amount)} x {plain(rate * 100)}% x {span.days} of {policy.year_days} days"
        rows.append((span, rate, exact, f"{said} = {money_text(exact)}"))
    total = round_to_cents(sum((row[2] for row in rows), Decimal(0)), policy.rounding)
    shares = allocate_cents([row[2] for row in rows], total)
    lines = tuple(
        InterestLine(span, rate, exact, cents, said)
        for (span, rate, exact, said), cents in zip(rows, shares, strict=True)
    )
    return Interest(lines, total)


def refundable_on(policy: DepositPolicy, *, paid_on: date, late_on: Sequence[date]) -> date | None:
    """The first day the deposit may go back by itself, as far as late payments are known; None: never.

    With too many late payments the count begins anew after the earliest that has to leave the window.
    """
    if not policy.refund_after_months:
        return None
    start = paid_on
    late = sorted(day for day in late_on if day >= paid_on)
    while True:
        end = months_after(start, policy.refund_after_months)
        inside = [day for day in late if start <= day < end]
        if len(inside) <= policy.late_allowed:
            return end
        start = date.fromordinal(inside[-policy.late_allowed - 1].toordinal() + 1)
