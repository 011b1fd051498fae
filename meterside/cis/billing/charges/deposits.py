"""Deposits: asked for, taken as paid, credited with interest, given back. Rules: docs/algorithms/deposits.md."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from meterside.cis.ledger.deposits import (
    DepositPosting,
    post_deposit_asked,
    post_deposit_cancelled,
    post_deposit_interest,
    post_deposit_paid,
    post_deposit_returned,
    post_deposit_unpaid,
)
from meterside.cis.registry.models import Account
from meterside.cis.tariffs.queries import dated_series
from meterside.engine.deposit import DepositPolicy, deposit_cents, deposit_interest
from meterside.engine.period import Period
from meterside.engine.policy import deposit_table
from meterside.kit import clock, crash
from meterside.spine import actor, audit, outbox

from ..lifecycles import DepositStatus
from ..models import Deposit, DepositInterest
from .deposit_rows import bills_of_a_year, covers
from .policies import deposit_rules_on

#: The dated series of yearly rates; where there is none, deposits bear no interest.
INTEREST_SERIES: Final = "deposit_interest"
DEPOSIT_ASKED: Final = "deposit.asked"
DEPOSIT_RETURNED: Final = "deposit.returned"
#: A payment that is older does not come back any more.
_MAY_COME_BACK: Final = timedelta(days=70)


class DepositError(Exception):
    """The deposit is left as it is; the message says why."""


class NoDepositRule(DepositError):
    """No rule asks for deposits of this class of customers; name an amount."""


class DepositAlreadyOpen(DepositError):
    """The account has a deposit that is asked for or held."""


class NoSuchDeposit(DepositError):
    """There is no deposit of that reference."""


class DepositNotHeld(DepositError):
    """It is not paid, or has gone back already."""


class DepositNotAsked(DepositError):
    """It is paid, or was cancelled already."""


class DepositReasonNeeded(DepositError):
    """A deposit is not asked for, cancelled or given back without saying why."""


def _hold(account_id: int) -> Account:
    """Bills and entries of the account wait until this transaction ends, and it for those under way."""
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


@transaction.atomic
def ask_deposit(*, account_id: int, today: date, reason: str, amount_cents: int | None = None) -> Deposit:
    """Ask an account for a deposit by the rule of its class, or for an amount that somebody names.

    It is owed at once and comes with the next bill. Where the account has paid ahead, it is held at once. Raises
    DepositReasonNeeded, DepositAlreadyOpen, NoDepositRule, engine `NoHistory`, DepositError for nothing.
    """
    if not reason.strip():
        raise DepositReasonNeeded
    account = _hold(account_id)
    if Deposit.objects.filter(account=account, ended_on__isnull=True).exists():
        raise DepositAlreadyOpen(account.number)
    cents, basis = _amount(account, today, amount_cents)
    if cents <= 0:
        raise DepositError("the deposit comes to nothing")
    ref = uuid4()
    key = post_deposit_asked(DepositPosting(str(ref), account_id, cents, today, reason.strip()))
    crash.point("deposit.after_posting")
    deposit = Deposit.objects.create(
        public_id=ref,
        account=account,
        amount_cents=cents,
        basis=basis,
        asked_on=today,
        asked_at=clock.now(),
        asked_by=str(actor.current()),
        reason=reason.strip(),
        transaction_id=key,
    )
    _note(deposit, "deposit.asked", reason)
    _settle(deposit.pk, today)
    deposit.refresh_from_db()
    if deposit.status == DepositStatus.ASKED:
        _tell(DEPOSIT_ASKED, deposit)
    return deposit


def _amount(account: Account, today: date, amount_cents: int | None) -> tuple[int, dict[str, Any]]:
    """Cents, and how they came about."""
    if amount_cents is not None:
        return amount_cents, {"named": True}
    rule = deposit_rules_on(today).of(account.customer_class)
    if rule is None:
        raise NoDepositRule(account.customer_class)
    bills = bills_of_a_year(account.pk, until=today)
    cents = deposit_cents(rule, months_cents=[charges for _, charges in bills])
    return cents, {
        "rule": deposit_table(rule),
        "bills": [[day.isoformat(), charges] for day, charges in bills],
    }


def settle_deposits(*, today: date, account_ids: Collection[int] | None = None) -> int:
    """Take as paid what is paid, and as asked for again what a returned payment had covered; how many changed."""
    rows = Deposit.objects.filter(status=DepositStatus.ASKED) | Deposit.objects.filter(
        status=DepositStatus.HELD, paid_on__gte=today - _MAY_COME_BACK
    )
    if account_ids is not None:
        rows = rows.filter(account__in=account_ids)
    found = list(rows.order_by("pk"))
    now = covers([one.pk for one in found])
    changed = [
        one for one in found if (now[one.pk].paid_on is not None) != (one.status == DepositStatus.HELD)
    ]
    return sum(_settle_one(one.pk, one.account_id, today) for one in changed)


@transaction.atomic
def _settle_one(deposit_id: int, account_id: int, today: date) -> bool:
    _hold(account_id)
    return _settle(deposit_id, today)


def _settle(deposit_id: int, today: date) -> bool:
    """Move one deposit between asked and held, as what was paid says; the caller holds its account."""
    deposit = Deposit.objects.get(pk=deposit_id)
    paid_on = covers([deposit_id])[deposit_id].paid_on
    if deposit.status == DepositStatus.ASKED and paid_on is not None:
        times = deposit.times_paid + 1
        post_deposit_paid(_posting(deposit, today, f":{times}"))
        crash.point("deposit.after_paid")
        _move(deposit, DepositStatus.HELD, paid_on=paid_on, interest_until=paid_on, times_paid=times)
        _note(deposit, "deposit.held", "paid")
        return True
    if deposit.status == DepositStatus.HELD and paid_on is None and deposit.interest_until == deposit.paid_on:
        post_deposit_unpaid(_posting(deposit, today, f":{deposit.times_paid}"))
        _move(deposit, DepositStatus.ASKED, paid_on=None, interest_until=None)
        _note(deposit, "deposit.unpaid", "the payment came back")
        return True
    return False


def _posting(deposit: Deposit, on: date, suffix: str = "", note: str = "") -> DepositPosting:
    return DepositPosting(f"{deposit.public_id}{suffix}", deposit.account_id, deposit.amount_cents, on, note)


def _move(deposit: Deposit, status: DepositStatus, **fields: Any) -> None:
    """Compare and set; the database keeps the table of moves."""
    moved = Deposit.objects.filter(pk=deposit.pk, status=deposit.status).update(status=status, **fields)
    if moved != 1:
        raise DepositError("somebody else has changed the deposit meanwhile")
    deposit.refresh_from_db()


def credit_interest(deposit: Deposit, *, until: date, today: date) -> int:
    """Credit the interest of a held deposit up to a day (that day bears none); the caller holds its account.

    Returns the cents. Raises SeriesGap where some day has no rate.
    """
    start = deposit.interest_until
    if start is None or until <= start:
        return 0
    rates = dated_series([INTEREST_SERIES]).get(INTEREST_SERIES)
    cents, lines = 0, list[dict[str, Any]]()
    if rates is not None:
        made = deposit_interest(
            _rule(deposit, today), amount_cents=deposit.amount_cents, held=Period(start, until), rates=rates
        )
        cents = made.amount_cents
        lines = [
            {
                "days": line.span.days,
                "since": line.span.start.isoformat(),
                "rate": str(line.rate),
                "amount_cents": line.amount_cents,
            }
            for line in made.lines
        ]
    key = None
    if cents:
        key = post_deposit_interest(
            DepositPosting(f"{deposit.public_id}:{start}", deposit.account_id, cents, today)
        )
    DepositInterest.objects.create(
        deposit=deposit, days=DateRange(start, until), amount_cents=cents, lines=lines, transaction_id=key
    )
    Deposit.objects.filter(pk=deposit.pk).update(interest_until=until)
    deposit.refresh_from_db()
    audit.record(
        action="deposit.interest",
        subject_type="deposit",
        subject_id=deposit.public_id,
        amount_cents=cents,
        since=start.isoformat(),
        until=until.isoformat(),
    )
    return cents


def _rule(deposit: Deposit, today: date) -> DepositPolicy:
    """The rule of the account's class now; where none is left, how a year is counted and rounded by default."""
    return deposit_rules_on(today).of(deposit.account.customer_class) or DepositPolicy()


@transaction.atomic
def return_deposit(*, deposit_ref: UUID, today: date, reason: str, outcome: str = "refunded") -> Deposit:
    """Give a held deposit back with its interest, as a credit on the account.

    Raises DepositReasonNeeded, NoSuchDeposit, DepositNotHeld, SeriesGap.
    """
    if not reason.strip():
        raise DepositReasonNeeded
    deposit = _open(deposit_ref)
    if deposit.status != DepositStatus.HELD:
        raise DepositNotHeld(str(deposit_ref))
    credit_interest(deposit, until=today, today=today)
    post_deposit_returned(_posting(deposit, today, note=reason.strip()))
    crash.point("deposit.after_return")
    _end(deposit, DepositStatus.RETURNED, today, reason, outcome)
    _note(deposit, "deposit.returned", reason)
    _tell(DEPOSIT_RETURNED, deposit)
    return deposit


@transaction.atomic
def cancel_deposit(*, deposit_ref: UUID, today: date, reason: str) -> Deposit:
    """Ask for a deposit no more that was not paid. Raises DepositReasonNeeded, NoSuchDeposit, DepositNotAsked."""
    if not reason.strip():
        raise DepositReasonNeeded
    deposit = _open(deposit_ref)
    if deposit.status != DepositStatus.ASKED:
        raise DepositNotAsked(str(deposit_ref))
    post_deposit_cancelled(_posting(deposit, today, note=reason.strip()))
    _end(deposit, DepositStatus.CANCELLED, today, reason, "cancelled")
    _note(deposit, "deposit.cancelled", reason)
    return deposit


def act_on_deposit(*, account_id: int, today: date, reason: str, amount_cents: int | None = None) -> Deposit:
    """Do what comes next: ask for one, ask no more for one that is not paid, give one back that is held.

    Raises as those do.
    """
    found = Deposit.objects.filter(account_id=account_id, ended_on__isnull=True).first()
    if found is None:
        return ask_deposit(account_id=account_id, today=today, reason=reason, amount_cents=amount_cents)
    act = return_deposit if found.status == DepositStatus.HELD else cancel_deposit
    return act(deposit_ref=found.public_id, today=today, reason=reason)


def _open(deposit_ref: UUID) -> Deposit:
    """The deposit, with its account held."""
    known = Deposit.objects.filter(public_id=deposit_ref).values_list("account_id", flat=True).first()
    if known is None:
        raise NoSuchDeposit(str(deposit_ref))
    _hold(known)
    return Deposit.objects.select_related("account").get(public_id=deposit_ref)


def _end(deposit: Deposit, status: DepositStatus, on: date, reason: str, outcome: str) -> None:
    _move(
        deposit,
        status,
        ended_on=on,
        ended_by=str(actor.current()),
        ended_reason=reason.strip(),
        outcome=outcome,
    )


def apply_to_final_bills(account_ids: Collection[int], *, on: date) -> None:
    """Give the deposits of accounts that end back before their final bill is made. The caller holds the accounts.

    What was asked for and not paid is asked for no more.
    """
    for deposit in Deposit.objects.filter(account_id__in=account_ids, ended_on__isnull=True).order_by("pk"):
        _settle(deposit.pk, on)
        deposit.refresh_from_db()
        if deposit.status == DepositStatus.HELD:
            return_deposit(deposit_ref=deposit.public_id, today=on, reason="final bill", outcome="final_bill")
        else:
            cancel_deposit(deposit_ref=deposit.public_id, today=on, reason="final bill")


def _note(deposit: Deposit, action: str, reason: str) -> None:
    audit.record(
        action=action,
        subject_type="deposit",
        subject_id=deposit.public_id,
        account_id=deposit.account_id,
        amount_cents=deposit.amount_cents,
        reason=reason.strip(),
    )


def _tell(topic: str, deposit: Deposit) -> None:
    outbox.put(
        topic=topic,
        payload={
            "deposit": str(deposit.public_id),
            "account": str(deposit.account.public_id),
            "amount_cents": deposit.amount_cents,
            "interest_cents": sum(deposit.interest.values_list("amount_cents", flat=True)),
        },
    )
