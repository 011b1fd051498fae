"""`meterside bill explain`: every line of an issued bill, from the inputs that were frozen with it."""

from __future__ import annotations

from typing import Any

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.cli.quote_explain import bill_text, row
from meterside.engine.line_story import stories


@click.command("explain")
@click.argument("number", type=int)
@json_option
def explain_command(number: int, as_json: bool) -> None:
    """Say of every line of bill NUMBER what was measured, from which reads, by which rate, and the exact sum.

    All of it is what was frozen when the bill was made; nothing is priced again.
    """
    prepare_django()
    from meterside.cis.billing.queries.story import NoSuchBillNumber, segments_of

    try:
        bill = segments_of(number)
    except NoSuchBillNumber as error:
        raise FoundWrong(f"no bill {number}") from error
    told = [
        stories(
            one.rated.lines,
            tariff=one.inputs.tariff,
            determinants=one.inputs.determinants,
            intervals=one.inputs.intervals,
        )
        for one in bill.segments
    ]
    if as_json:
        documents: list[dict[str, Any]] = [
            {
                "service": one.service,
                **one.rated.to_dict(),
                "lines": [story.to_dict() for story in own],
            }
            for one, own in zip(bill.segments, told, strict=True)
        ]
        print_json({"number": bill.number, "status": bill.status, "segments": documents})
        return
    click.echo(f"Bill {bill.number} of {bill.bill_date}, {bill.status}")
    if not bill.segments:
        click.echo("It has only its totals: it was not made here.")
    for one, own in zip(bill.segments, told, strict=True):
        click.echo(f"\n{one.service}, rate {one.rated.tariff_code}", nl=False)
        click.echo("\n".join(bill_text(one.rated, own, explain=True, total=f"{one.service} in all")))
    click.echo(row("New charges", bill.current_charges_cents))
