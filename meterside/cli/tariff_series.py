"""`meterside tariff series`: the dated numbers tariffs refer to, such as the cost of gas by month."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

import click
from django.apps import apps

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("series")
def series_group() -> None:
    """Dated series: the numbers by day that rates refer to by name."""


@series_group.command("set")
@click.argument("name")
@click.argument("day", type=_DAY)
@click.argument("value")
@click.option("--title", default="", help="What it is, in words.")
@click.option("--unit", default="", help="What its numbers are of, such as $/therm.")
@json_option
def set_command(name: str, day: datetime, value: str, title: str, unit: str, as_json: bool) -> None:
    """Let the series NAME have a VALUE from a DAY on, until its next value. The same again changes nothing.

    A negative VALUE comes after two dashes: `series set -- fuel 2025-01-01 -0.004`.
    """
    _ready()
    from meterside.cis.tariffs.series import InexactValue, set_series_value
    from meterside.spine.actor import Actor, acting

    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise click.UsageError(f"VALUE {value!r} is no number") from error
    try:
        with acting(Actor("staff", "terminal")):
            row, outcome = set_series_value(code=name, since=day.date(), value=number, name=title, unit=unit)
    except InexactValue as error:
        raise FoundWrong(f"refused: {error}") from error
    until = row.during.upper
    if as_json:
        said = {"series": name, "since": day.date().isoformat(), "value": str(number), "outcome": outcome}
        print_json({**said, "until": None if until is None else until.isoformat()})
        return
    click.echo(f"{name}: {number} from {day.date()}{f' until {until}' if until else ''} ({outcome})")


@series_group.command("list")
@click.argument("name", required=False, default="")
@json_option
def list_command(name: str, as_json: bool) -> None:
    """Every value with its days; of the series NAME alone where one is given."""
    _ready()
    from meterside.cis.tariffs.series import series_rows

    rows = series_rows(name)
    if as_json:
        print_json(
            [
                {
                    "series": row.series,
                    "unit": row.unit,
                    "since": row.since.isoformat(),
                    "until": None if row.until is None else row.until.isoformat(),
                    "value": str(row.value),
                }
                for row in rows
            ]
        )
        return
    for row in rows:
        until = f"until {row.until}" if row.until else "on and on"
        click.echo(f"{row.series}  {row.value}{f' {row.unit}' if row.unit else ''}  from {row.since} {until}")


def _ready() -> None:
    if not apps.ready:
        prepare_django()
