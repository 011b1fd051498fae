"""`meterside meter archive` and `restore`: months of interval days out of the store into files, and back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from meterside.cli.console import FoundWrong
from meterside.cli.database import prepare_django


@click.command("archive")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER")
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Months that end before this day or on it.",
)
@click.option("--drop", is_flag=True, help="Take each month out of the store once its file was read back.")
def archive_command(folder: Path, before: datetime, drop: bool) -> None:
    """Write months of interval days to Parquet files in FOLDER, each read back and compared with the store.

    Totals of months stay in the database. Exit codes: 0 done, 1 a file differs from the store.
    """
    prepare_django(as_owner=drop)
    from meterside.cis.metering.store.archive import ArchiveDiffers, drop_month, months_before, write_month
    from meterside.spine.actor import Actor, acting

    months = months_before(before.date())
    if not months:
        click.echo("no month ends that early")
        return
    try:
        with acting(Actor("staff", "terminal")):
            for month in months:
                archived = write_month(month, folder)
                words = f"{archived.n_days:,} days and {archived.n_originals:,} later originals"
                if drop:
                    drop_month(archived)
                click.echo(f"{month:%Y-%m}  {archived.file}: {words}{', taken out' if drop else ''}")
    except ArchiveDiffers as error:
        raise FoundWrong(f"{error} differs from the store; its month stays where it is") from error


@click.command("restore")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def restore_command(files: tuple[Path, ...]) -> None:
    """Bring archived months back into the store, as they were. Exit code 1 for a file that cannot be brought back."""
    prepare_django()
    from meterside.cis.metering.store.archive import MonthIsThere, NotAnArchive, restore_month
    from meterside.spine.actor import Actor, acting

    for file in files:
        try:
            with acting(Actor("staff", "terminal")):
                archived = restore_month(file)
        except MonthIsThere as error:
            raise FoundWrong(f"{error} has days in the store already") from error
        except NotAnArchive as error:
            raise FoundWrong(f"{file} is no archive of interval days") from error
        click.echo(f"{archived.month:%Y-%m}  {archived.n_days:,} days")
