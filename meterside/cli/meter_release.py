"""`meterside meter release`: files that wait, read again once the cause is mended."""

from __future__ import annotations

import logging

import click
from django.apps import apps
from django.db import OperationalError

from meterside.cli.database import prepare_django

log = logging.getLogger(__name__)


@click.command(
    "release", help="Read held files and files with rows put aside again; load what can be loaded now."
)
@click.option("--name", default="", help="Only files of this name.")
def release_command(name: str) -> None:
    """Each file by itself: one that cannot be read stops no other. Exit code 1 when any stays held."""
    if not apps.ready:
        prepare_django()
    from meterside import wiring
    from meterside.cis.metering.files.operations import NothingToRelease, release_file
    from meterside.cis.metering.files.queries import files_that_wait
    from meterside.contracts.metering import UnableToReadFile, UnusableOptions

    is_any_held = False
    for file in files_that_wait(name=name):
        try:
            report = release_file(file, wiring.reader_of_file(file).source)
        except NothingToRelease:
            said = "the file itself was not kept; bring it in again"
        except (UnableToReadFile, UnusableOptions, wiring.NoSuchConnector) as error:
            said, is_any_held = f"held: {error}", True
        except OperationalError:
            raise
        except Exception:
            # One file that our own program fails over stops no other.
            log.exception("%s failed", file.name)
            said, is_any_held = "failed and stays as it was; the log says what it was", True
        else:
            said = f"{report.status.replace('_', ' ')}, {len(report.quarantined):,} put aside"
            is_any_held |= report.status == "held"
        click.echo(f"{''.join(char if char.isprintable() else '?' for char in file.name)}: {said}")
    if is_any_held:
        click.get_current_context().exit(1)
