"""`meterside usage`: what the utility decides of usage pages and alerts, from the terminal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

import click

from meterside.cli.database import prepare_django

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("usage")
def usage_group() -> None:
    """Usage pages and alerts: the day a commodity goes live, from which flow a leak is one, and where it is none."""


@usage_group.command("live")
@click.argument("commodity", type=click.Choice(["electric", "water", "gas"]))
@click.argument("day", type=_DAY)
def live_command(commodity: str, day: datetime) -> None:
    """Show use of COMMODITY by day from DAY on. Until then pages say that day, and show use by bill."""
    prepare_django()
    from meterside.portal.preferences.operations import set_live_on

    on: date = day.date()
    set_live_on(commodity=commodity, day=on)
    click.echo(f"use of {commodity} by day is live from {on}")


@usage_group.command("leak-rate")
@click.argument("customer_class")
@click.argument("gallons_an_hour")
def leak_rate_command(customer_class: str, gallons_an_hour: str) -> None:
    """Tell customers of CUSTOMER_CLASS of water that never stops from GALLONS_AN_HOUR on."""
    try:
        rate = Decimal(gallons_an_hour)
    except InvalidOperation:
        raise click.BadParameter(f"{gallons_an_hour!r} is no number") from None
    if not rate.is_finite() or rate <= 0:
        raise click.BadParameter("a rate is above 0")
    prepare_django()
    from meterside.portal.preferences.operations import set_leak_rate

    set_leak_rate(customer_class=customer_class, gallons_an_hour=rate)
    click.echo(f"{customer_class}: a leak from {rate} gallons an hour on")


@usage_group.command("no-leak")
@click.argument("service", type=click.UUID)
@click.option("--reason", required=True, help="Why its water runs all day: a pond, a laundry.")
def no_leak_command(service: UUID, reason: str) -> None:
    """Tell nobody of water that never stops at SERVICE (its reference)."""
    prepare_django()
    from meterside.portal.preferences.operations import exempt_from_leaks

    exempt_from_leaks(service=service, reason=reason)
    click.echo(f"{service}: no leak alerts ({reason})")
