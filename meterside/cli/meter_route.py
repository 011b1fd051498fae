"""`meterside meter route`: the file that a handheld or drive-by reader takes along."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from django.apps import apps

from meterside.cli.database import prepare_django


@click.command(
    "route", help="Write the file of a reading route; what comes back goes through `meter import`."
)
@click.argument("code")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day of the reading.")
@click.option("--shape", type=click.Choice(["csv", "fixed"]), default="csv", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output."
)
def route_command(code: str, day: datetime, shape: str, out: Path | None) -> None:
    """Stops in walking order, each dial with its last count and expected range."""
    if not apps.ready:
        prepare_django()
    from meterside import wiring
    from meterside.cis.metering.routes.files import stops_to_write

    stops = stops_to_write(code, on=day.date())
    if not stops:
        raise click.ClickException(f"No route {code!r} has stops with meters on {day:%Y-%m-%d}")
    try:
        written = wiring.route_writer(shape).write(route=code, day=day.date(), stops=stops)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if out is None:
        click.echo(written, nl=False)
    else:
        out.write_bytes(written)
        click.echo(f"{out}: {len(stops):,} stops", err=True)
