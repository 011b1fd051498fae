"""`meterside bill print`: a run's bills in files for a printer, with an index.

It can be stopped at any moment and run again: a file counts as finished when its part of the index stands beside
it, and is not made again.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from meterside.cli.console import EnvironmentTrouble, json_option, print_json
from meterside.cli.database import prepare_django

_MOST_IN_FILE: Final = 1_000


@click.command("print")
@click.option("--run", "run_id", type=int, required=True, help="The bill run.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the files.",
)
@click.option(
    "--bills-in-file",
    type=click.IntRange(1, _MOST_IN_FILE),
    default=_MOST_IN_FILE,
    show_default=True,
    help="At most.",
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="Files made at a time."
)
@json_option
def print_command(run_id: int, folder: Path, bills_in_file: int, processes: int, as_json: bool) -> None:
    """Print a run's bills: PDF files in postal order, and index.csv. Paperless customers are left out.

    Exit codes: 0 printed, 2 no such run, or the folder is another run's, 3 the database cannot be reached.
    """
    prepare_django()
    from meterside.cis.billing.queries.printing import bills_to_print, run_bill_date
    from meterside.cli.bill_print.plan import OtherRun, keep_plan
    from meterside.cli.bill_print.work import print_files

    made_on = run_bill_date(run_id)
    if made_on is None:
        raise click.UsageError(f"there is no bill run {run_id}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plan = keep_plan(folder, run_id, bills_to_print(run_id), bills_in_file=bills_in_file, made_on=made_on)
        report = print_files(folder, plan, processes=processes, is_quiet=as_json)
    except OtherRun as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise EnvironmentTrouble(f"{folder}: {error.strerror or error}") from error
    if as_json:
        print_json(asdict(report))
        return
    click.echo(
        f"{report.n_bills:,} bills on {report.n_pages:,} pages in {report.n_files:,} files; "
        f"{report.n_paperless:,} paperless customers left out. Index: {folder / 'index.csv'}"
    )
