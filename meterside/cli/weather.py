"""`meterside weather`: stations, their daily temperatures, and how accounts answer to them."""

from __future__ import annotations

from pathlib import Path

import click

from meterside.cli.console import FoundWrong, json_option, print_json
from meterside.cli.database import prepare_django
from meterside.engine.weather import TemperatureUnit

_MOST_BYTES = 20_000_000


@click.group("weather")
def weather_group() -> None:
    """Temperatures by day, so that a bill can say what the weather did to it."""


@weather_group.command("station")
@click.argument("code")
@click.option("--name", required=True, help="What people call it, such as an airport's name.")
@click.option("--degrees", type=click.Choice(("F", "C")), required=True, help="What its temperatures are in.")
@click.option("--default", "is_default", is_flag=True, help="For every premise that names no other.")
def station_command(code: str, name: str, degrees: str, is_default: bool) -> None:
    """A weather station by its CODE. A premise names its own by the characteristic `weather_station`."""
    prepare_django()
    from meterside.cis.weather.operations import UnitOfStation, set_station
    from meterside.spine.actor import Actor, acting

    try:
        with acting(Actor("staff", "terminal")):
            set_station(code=code, name=name, degrees=TemperatureUnit(degrees), is_default=is_default)
    except UnitOfStation as error:
        raise FoundWrong(f"refused: {error}") from error
    click.echo(f"station {code}: {name}, degrees {degrees}{', the default' if is_default else ''}")


@weather_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--station", required=True, help="The station whose days they are.")
@json_option
def import_command(file: Path, station: str, as_json: bool) -> None:
    """Bring in a CSV FILE of days: columns date, tmin (or min, low), tmax (or max, high), and station where several.

    A day that is there already gets the new temperatures. A file with a mistake is held whole.
    """
    prepare_django()
    from django.conf import settings

    from meterside.cis.weather.files import BadTemperatures, read_temperatures
    from meterside.cis.weather.operations import store_temperatures
    from meterside.cis.weather.queries import stations
    from meterside.kit import clock
    from meterside.spine.actor import Actor, acting

    known = stations().by_code(station)
    if known is None:
        raise FoundWrong(f"no station {station}; make it with `meterside weather station`")
    if file.stat().st_size > _MOST_BYTES:
        raise FoundWrong(f"{file}: held, larger than {_MOST_BYTES} bytes")
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        days, n_empty = read_temperatures(
            lines,
            degrees=known.degrees,
            station=station,
            today=clock.today(settings.UTILITY.zone),
        )
    except (BadTemperatures, UnicodeDecodeError) as error:
        raise FoundWrong(f"{file}: held, {error}") from error
    with acting(Actor("staff", "terminal")):
        stored = store_temperatures(code=station, days=days)
    if as_json:
        print_json(
            {
                "station": station, "first": min(days), "last": max(days), "new": stored.n_new,
                "changed": stored.n_changed, "unchanged": stored.n_unchanged, "without_temperature": n_empty,
            }
        )  # fmt: skip
        return
    click.echo(
        f"{station}: {min(days)} to {max(days)}, {stored.n_new} days new, {stored.n_changed} changed, "
        f"{stored.n_unchanged} as before, {n_empty} without a temperature"
    )


@weather_group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every station with the days it knows."""
    prepare_django()
    from meterside.cis.weather.queries import station_rows

    rows = station_rows()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        days = f"{row['days']} days, {row['first']} to {row['last']}" if row["days"] else "no days"
        default = ", the default" if row["default"] else ""
        click.echo(f"{row['station']}  {row['name']}, degrees {row['degrees']}{default}: {days}")


@weather_group.command("fit")
@json_option
def fit_command(as_json: bool) -> None:
    """Work out how accounts answer to the weather, for every agreement with a new bill; a worker does it each night."""
    prepare_django()
    from meterside.cis.billing.inputs.weather_fit import fit_due_responses
    from meterside.spine.actor import Actor, acting

    with acting(Actor("staff", "terminal")):
        counts = fit_due_responses()
    if as_json:
        print_json(
            {"looked_at": counts.n_looked_at, "answer": counts.n_fitted, "worked_out_anew": counts.n_new}
        )
        return
    click.echo(f"{counts.n_looked_at} agreements looked at: {counts.n_fitted} answer to the weather")
