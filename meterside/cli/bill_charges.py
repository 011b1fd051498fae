"""`meterside bill late-fees`: what is past due, charged once; taken back, waived."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("late-fees")
@click.option("--on", "on", type=_DAY, default=None, help="The day. Default: today.")
@click.option("--dry-run", is_flag=True, help="Say what would be charged and taken back; change nothing.")
@json_option
def late_fees_command(on: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Charge the late fees that are due, and take back those on bills that prove paid in time.

    The nightly job does the same. A repeat charges nobody twice.
    """
    prepare_django()
    from django.conf import settings

    from meterside.cis.billing.charges.late_fees import charge_late_fees
    from meterside.kit import clock
    from meterside.spine.actor import Actor, acting

    day = on.date() if on else clock.today(settings.UTILITY.zone)
    if dry_run:
        _dry(day, as_json)
        return
    with acting(Actor("staff", "terminal")):
        done = charge_late_fees(today=day)
    if as_json:
        print_json(
            {
                "on": day,
                "charged": done.n_charged,
                "charged_cents": done.charged_cents,
                "taken_back": done.n_taken_back,
                "taken_back_cents": done.taken_back_cents,
            }
        )
        return
    click.echo(f"Charged: {done.n_charged:,} late fees, {_dollars(done.charged_cents)}")
    click.echo(f"Taken back, paid in time: {done.n_taken_back:,}, {_dollars(done.taken_back_cents)}")


def _dry(day: date, as_json: bool) -> None:
    from meterside.cis.billing.charges.late_fee_rows import fees_due, fees_paid_in_time

    due: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        looked = fees_due(today=day, after_bill=after)
        after = looked.last_bill
        due += [
            {
                "bill": one.bill_number,
                "bill_date": one.bill_date,
                "since": one.fee.since,
                "left_cents": one.left_cents,
                "fee_cents": one.fee.amount_cents,
                "how": one.fee.formula_text,
            }
            for one in looked.due
        ]
    back = fees_paid_in_time(today=day)
    if as_json:
        print_json({"on": day, "due": due, "taken_back": len(back)})
        return
    for row in due:
        click.echo(
            f"  {row['bill']:>10}  {row['bill_date']}  left {_dollars(row['left_cents']):>12}"
            f"  fee {_dollars(row['fee_cents']):>9}  {row['how']}"
        )
    total = sum(row["fee_cents"] for row in due)
    click.echo(f"Would charge {len(due):,} late fees, {_dollars(total)}, and take back {len(back):,}.")
    click.echo("Nothing was changed.")


@click.command("reverse-late-fee")
@click.argument("bill_number", type=int)
@click.option("--reason", required=True, help="Kept with the fee.")
def reverse_command(bill_number: int, reason: str) -> None:
    """Take back the late fee that stands on a bill; none is charged on that bill again."""
    prepare_django()
    from meterside.cis.billing.charges.late_fees import LateFeeError, reverse_late_fee
    from meterside.cis.billing.models import LateFee
    from meterside.spine.actor import Actor, acting

    fees = list(LateFee.objects.filter(bill__number=bill_number, status="charged").order_by("pk"))
    if not fees:
        raise FoundWrong(f"No late fee stands on bill {bill_number}")
    try:
        with acting(Actor("staff", "terminal")):
            for fee in fees:
                reverse_late_fee(fee_ref=fee.public_id, reason=reason)
                click.echo(f"Taken back: {_dollars(fee.amount_cents)} on bill {bill_number}")
    except LateFeeError as error:
        raise FoundWrong(_said(error)) from error


@click.command("waive-late-fee")
@click.argument("bill_number", type=int)
@click.option("--reason", required=True, help="Kept with the bill.")
def waive_command(bill_number: int, reason: str) -> None:
    """Say before it comes that no late fee is charged on a bill."""
    prepare_django()
    from meterside.cis.billing.charges.late_fees import LateFeeError, waive_late_fee
    from meterside.cis.billing.models import Bill
    from meterside.spine.actor import Actor, acting

    bill = Bill.objects.filter(number=bill_number).first()
    if bill is None:
        raise FoundWrong(f"There is no bill {bill_number}")
    try:
        with acting(Actor("staff", "terminal")):
            waive_late_fee(bill_ref=bill.public_id, reason=reason)
    except LateFeeError as error:
        raise FoundWrong(_said(error)) from error
    click.echo(f"No late fee will come on bill {bill_number}")


def _said(error: Exception) -> str:
    """The error's own sentence: what its class says of itself."""
    return f"refused: {(type(error).__doc__ or str(error)).strip()}"


def _dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
