"""Every night: deposits that are paid, that new accounts are asked for, whose interest is due, that may go back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db import transaction

from meterside.cis.registry.models import Account
from meterside.engine.deposit import DepositPolicy, NoHistory, refundable_on
from meterside.engine.late_fee import months_after
from meterside.engine.series import SeriesGap

from ..lifecycles import DepositStatus
from ..models import ChargePolicy, Deposit
from .deposit_rows import late_days, new_accounts
from .deposits import DepositError, ask_deposit, credit_interest, return_deposit, settle_deposits
from .policies import NO_DEPOSIT, RulesOnDay, deposit_rules_on, exempt_accounts

#: Accounts that began earlier than so many days ago are not new any more.
_NEW_DAYS: Final = 60


@dataclass(slots=True)
class DepositsDone:
    """What a night's work came to; `waiting` says in English what could not be done, and why."""

    n_asked: int = 0
    n_settled: int = 0
    n_credited: int = 0
    interest_cents: int = 0
    n_returned: int = 0
    waiting: list[str] = field(default_factory=list)


def work_deposits(*, today: date) -> DepositsDone:
    """All of it for a day, each deposit in a transaction of its own; a repeat finds nothing left to do."""
    done = DepositsDone()
    rules = deposit_rules_on(today)
    done.n_settled = settle_deposits(today=today)
    _ask_new(rules, today, done)
    held = Deposit.objects.filter(status=DepositStatus.HELD).select_related("account").order_by("pk")
    for deposit in held:
        try:
            _work(deposit, rules.of(deposit.account.customer_class), today, done)
        except SeriesGap as gap:
            done.waiting.append(f"account {deposit.account.number}: {gap}")
    return done


def _ask_new(rules: RulesOnDay[DepositPolicy], today: date, done: DepositsDone) -> None:
    starts = [
        row.during.lower
        for row in ChargePolicy.objects.filter(kind="deposit", during__contains=today)
        if row.rule and row.rule.get("at_start")
    ]
    if not starts:
        return
    found = new_accounts(since=max(min(starts), today - timedelta(days=_NEW_DAYS)), today=today)
    exempt = exempt_accounts([key for key, _ in found], code=NO_DEPOSIT, on=today)
    for account_id, customer_class in found:
        rule = rules.of(customer_class)
        if account_id in exempt or rule is None or not rule.at_start:
            continue
        try:
            ask_deposit(account_id=account_id, today=today, reason="new account")
            done.n_asked += 1
        except (NoHistory, DepositError) as error:
            done.waiting.append(f"account key {account_id}: {error}")


@transaction.atomic
def _work(held: Deposit, rule: DepositPolicy | None, today: date, done: DepositsDone) -> None:
    """Interest of whole years, and the deposit itself once it may go back."""
    Account.objects.select_for_update(no_key=True).get(pk=held.account_id)
    deposit = Deposit.objects.select_related("account").get(pk=held.pk)
    if deposit.status != DepositStatus.HELD or deposit.paid_on is None or deposit.interest_until is None:
        return
    while (until := months_after(deposit.interest_until, 12)) <= today:
        done.interest_cents += credit_interest(deposit, until=until, today=today)
        done.n_credited += 1
    if rule is None or not rule.refund_after_months:
        return
    late = late_days(deposit.account_id, since=deposit.paid_on, today=today)
    back_on = refundable_on(rule, paid_on=deposit.paid_on, late_on=late)
    if back_on is not None and back_on <= today:
        return_deposit(deposit_ref=deposit.public_id, today=today, reason="good payment history")
        done.n_returned += 1
