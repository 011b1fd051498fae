"""`meterside ledger`: the books."""

from __future__ import annotations

from dataclasses import asdict

import click

from meterside.cli.console import json_option, print_json
from meterside.cli.database import prepare_django


@click.group("ledger")
def ledger_group() -> None:
    """The books: prove them."""


@ledger_group.command("check")
@json_option
@click.pass_context
def check_command(context: click.Context, as_json: bool) -> None:
    """Prove all of the books again: entries, balances against bills and payments, what is on the way.

    Exit codes: 0 every rule holds, 1 something does not, 3 the database cannot be reached.
    """
    prepare_django()
    from django.db import connection, transaction

    from meterside.cis.billing.books import prove_books

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        proof = prove_books()
    if as_json:
        print_json({**asdict(proof), "holds": proof.holds})
    else:
        click.echo(
            f"{proof.n_transactions:,} transactions, {proof.n_postings:,} postings, {proof.n_bills:,} bills, "
            f"{proof.n_payments:,} payments"
        )
        for finding in proof.findings:
            click.echo(f"{'BROKEN' if finding.n_broken else 'holds '}  {finding.words}")
            for line in finding.shown:
                click.echo(f"          {line}")
        for code, cents in proof.totals_cents.items():
            click.echo(f"  {code:<20}{_dollars(cents):>18}")
        click.echo("The books hold." if proof.holds else "The books do NOT hold.")
    if not proof.holds:
        context.exit(1)


def _dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
