"""`meterside bill deposit`: asked for, given back, listed; the night's work by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_reason = click.option("--reason", required=True, help="Kept with the deposit.")


@click.group("deposit")
def deposit_group() -> None:
    """Deposits: ask, cancel, give back, list; the night's work."""


def _today() -> date:
    from django.conf import settings

    from meterside.kit import clock

    return clock.today(settings.UTILITY.zone)


@deposit_group.command("ask")
@click.argument("account_number")
@_reason
@click.option("--amount", default=None, help="In currency units. Default: by the rule in force.")
def ask_command(account_number: str, reason: str, amount: str | None) -> None:
    """Ask an account for a deposit; it is owed at once and comes with the next bill."""
    prepare_django()
    from meterside.cis.billing.charges.deposits import DepositError, ask_deposit
    from meterside.cis.registry.models import Account
    from meterside.engine.deposit import NoHistory
    from meterside.spine.actor import Actor, acting

    account = Account.objects.filter(number=account_number).first()
    if account is None:
        raise FoundWrong(f"There is no account {account_number}")
    try:
        with acting(Actor("staff", "terminal")):
            made = ask_deposit(
                account_id=account.pk, today=_today(), reason=reason, amount_cents=_cents(amount)
            )
    except (DepositError, NoHistory) as error:
        raise FoundWrong(_said(error)) from error
    click.echo(f"Deposit of {_dollars(made.amount_cents)}: {made.status}")


def _cents(amount: str | None) -> int | None:
    if amount is None:
        return None
    try:
        cents = Decimal(amount) * 100
    except InvalidOperation:
        cents = Decimal(-1)
    if not cents.is_finite() or cents <= 0 or cents != int(cents):
        raise FoundWrong(f"{amount!r} is no amount, such as 150.00")
    return int(cents)


@deposit_group.command("return")
@click.argument("account_number")
@_reason
def return_command(account_number: str, reason: str) -> None:
    """Give a held deposit back with its interest, as a credit on the account."""
    _end(account_number, reason, is_return=True)


@deposit_group.command("cancel")
@click.argument("account_number")
@_reason
def cancel_command(account_number: str, reason: str) -> None:
    """Ask for a deposit no more that was not paid."""
    _end(account_number, reason, is_return=False)


def _end(account_number: str, reason: str, *, is_return: bool) -> None:
    prepare_django()
    from meterside.cis.billing.charges.deposits import DepositError, cancel_deposit, return_deposit
    from meterside.cis.billing.models import Deposit
    from meterside.engine.series import SeriesGap
    from meterside.spine.actor import Actor, acting

    found = Deposit.objects.filter(account__number=account_number, ended_on__isnull=True).first()
    if found is None:
        raise FoundWrong(f"Account {account_number} has no deposit that is asked for or held")
    act = return_deposit if is_return else cancel_deposit
    try:
        with acting(Actor("staff", "terminal")):
            done = act(deposit_ref=found.public_id, today=_today(), reason=reason)
    except (DepositError, SeriesGap) as error:
        raise FoundWrong(_said(error)) from error
    interest = sum(done.interest.values_list("amount_cents", flat=True))
    click.echo(
        f"Deposit of {_dollars(done.amount_cents)}: {done.status}, interest in all {_dollars(interest)}"
    )


@deposit_group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Deposits that are asked for or held, and what is held in all."""
    prepare_django()
    from meterside.cis.billing.models import Deposit

    rows: list[dict[str, Any]] = [
        {
            "account": row.account.number,
            "status": row.status,
            "amount_cents": row.amount_cents,
            "asked_on": row.asked_on,
            "paid_on": row.paid_on,
            "interest_until": row.interest_until,
        }
        for row in Deposit.objects.filter(ended_on__isnull=True).select_related("account").order_by("pk")
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        since = row["paid_on"] or row["asked_on"]
        click.echo(
            f"  {row['account']:<12}{row['status']:<8}{_dollars(row['amount_cents']):>12}  since {since}"
        )
    held = sum(row["amount_cents"] for row in rows if row["status"] == "held")
    click.echo(f"Held: {_dollars(held)}")


@deposit_group.command("work")
@click.option("--on", "on", type=_DAY, default=None, help="The day. Default: today.")
@json_option
def work_command(on: datetime | None, as_json: bool) -> None:
    """The night's work: deposits that are paid, asked of new accounts, due interest, to go back.

    Exit code 1 where some wait, with the reason: a day without an interest rate.
    """
    prepare_django()
    from dataclasses import asdict

    from meterside.cis.billing.charges.deposit_nights import work_deposits
    from meterside.spine.actor import Actor, acting

    with acting(Actor("staff", "terminal")):
        done = work_deposits(today=on.date() if on else _today())
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(
            f"Asked {done.n_asked:,}, paid or unpaid {done.n_settled:,}, interest {done.n_credited:,} times "
            f"{_dollars(done.interest_cents)}, given back {done.n_returned:,}"
        )
        for said in done.waiting:
            click.echo(f"  waits: {said}")
    if done.waiting:
        raise SystemExit(1)


def _said(error: Exception) -> str:
    """The error's own sentence: what its class says of itself, or the message where there is one."""
    return f"refused: {error if ' ' in str(error) else (type(error).__doc__ or '').strip()}"


def _dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
