"""Looks into senders' folders, here and by SFTP, and brings in what is new."""

from __future__ import annotations

import logging
from typing import BinaryIO

from django.db import OperationalError
from procrastinate.blueprints import Blueprint

from meterside import wiring
from meterside.cis.metering.files.senders import active_senders, has_file
from meterside.contracts.metering import FileReport, UnusableOptions
from meterside.contracts.transfers import FolderUnavailable
from meterside.spine.actor import Actor, acting

log = logging.getLogger(__name__)
blueprint = Blueprint()


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="look", queueing_lock="meter_files:look")
def look_into_folders(timestamp: int) -> None:
    """Every minute: take new files of every sender with a folder. One that cannot be reached stops no other."""
    for sender in active_senders():
        if not sender.folder:
            continue
        try:
            collect(sender.name)
        except (FolderUnavailable, UnusableOptions, wiring.NoSuchConnector) as error:
            log.warning("files of %s were not looked at: %s", sender.name, error)
        except Exception:
            log.exception("files of %s were not looked at", sender.name)


def collect(name: str) -> int:
    """Bring in the new files of one sender; returns how many. Raises FolderUnavailable, UnusableOptions.

    A file is known by its name, size and the time it was last changed: what came since then is not read again, and
    if it is, its hash says that it was here. One that our own program fails over is held, and stops no other.
    """
    sender = next(each for each in active_senders() if each.name == name)
    folder, reader = wiring.folder_of(sender), wiring.reader_of(sender)
    taken = 0
    for entry in folder.entries():
        if has_file(sender, name=entry.name, size_bytes=entry.size_bytes, since=entry.modified_at):
            continue
        try:
            with folder.open(entry) as stream, acting(Actor("system", f"folder:{sender.name}")):
                report = _received(stream, entry.name, reader)
        except FolderUnavailable as error:
            log.warning("%s of %s was not taken: %s", entry.name, sender.name, error)
            continue
        log.info("%s of %s: %s", entry.name, sender.name, report.status.value)
        taken += 1
    return taken


def _received(stream: BinaryIO, name: str, reader: wiring.Reader) -> FileReport:
    """What became of one file. Raises OperationalError: where the database is away the file is not at fault."""
    try:
        return wiring.receive_meter_file(stream, name=name, reader=reader)
    except (FolderUnavailable, OperationalError):
        raise
    except Exception:
        log.exception("%s failed and is held", name)
        return wiring.hold_failed_file(stream, name=name, reader=reader)
