"""`meterside meter`: files of meter data, tried or brought in.

The commands know only the contract. What fulfils it comes in by two seams of `make_meter_group`: `sources`,
the kinds of files that can be read, and `store`, which brings a read file into the system of record. Without
a store only `--dry-run` is offered, which needs no database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from django.apps import apps

from meterside.cli.database import prepare_django
from meterside.cli.meter_archive import archive_command, restore_command
from meterside.config.environment import Utility
from meterside.contracts.metering import (
    Feed,
    FileFacts,
    FileReport,
    FileStatus,
    MeterFileSource,
    Reason,
    UnableToReadFile,
)
from meterside.kit import clock
from meterside.wiring import meter_file_sources

HEAD_BYTES = 64 * 1024
LISTED_REFUSALS = 20


class StoreMeterFile(Protocol):
    """Brings one file in, or records it as held; says what became of it. Twice is once (by hash)."""

    def __call__(self, source: MeterFileSource, outcome: Feed | UnableToReadFile) -> FileReport:
        """Rows go to each channel's premise in its own zone through `source.to_day_rows`."""


def make_meter_group(
    *,
    sources: Callable[[], Sequence[MeterFileSource]] = meter_file_sources,
    store: StoreMeterFile | None = None,
) -> click.Group:
    """The `meter` group with what it works on."""

    @click.group("meter", help="Meter data: bring files in, or try them first.")
    def group() -> None:
        pass

    @group.command("import", help="Read files of meter data. Exit code 1 when any file is held.")
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
    @click.option("--format", "format_name", default="auto", show_default=True, help="Kind of file.")
    @click.option("--dry-run", is_flag=True, help="Read and report; store nothing.")
    @click.option("--zone", "zone_name", default=None, help="Zone of the premises in a dry run.")
    @click.option("--json", "as_json", is_flag=True, help="Print reports as JSON.")
    def import_files(
        files: tuple[Path, ...], format_name: str, dry_run: bool, zone_name: str | None, as_json: bool
    ) -> None:
        known = list(sources())
        if format_name not in {"auto", *(source.format_name for source in known)}:
            names = ", ".join(source.format_name for source in known)
            raise click.UsageError(f"unknown format {format_name!r}; known: auto, {names}")
        keep: StoreMeterFile
        if dry_run:
            keep = _DryRun(_zone(zone_name))
        elif store is not None:
            keep = store
        else:
            raise click.UsageError("no store is set up here: only --dry-run is offered")
        reports = [_import(path, known, format_name, keep) for path in files]
        if as_json:
            click.echo(json.dumps([asdict(report) for report in reports], indent=2))
        else:
            for report in reports:
                click.echo("\n".join(_lines(report)))
        if any(report.status is FileStatus.HELD for report in reports):
            click.get_current_context().exit(1)

    return group


class _DryRun:
    """A store that stores nothing: it lays everything out for premises in one zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def __call__(self, source: MeterFileSource, outcome: Feed | UnableToReadFile) -> FileReport:
        if isinstance(outcome, UnableToReadFile):
            return FileReport.of_held(outcome)
        laid_out = [source.to_day_rows([channel], self._zone) for channel in outcome.channels]
        return source.report(outcome, laid_out, self._zone)


def _zone(name: str | None) -> ZoneInfo:
    if name is None:
        return Utility().zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(f"unknown zone {name!r}") from None


def _import(
    path: Path, known: Sequence[MeterFileSource], format_name: str, keep: StoreMeterFile
) -> FileReport:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            source = _chosen(known, format_name, head)
            if source is None:
                return _held(path, Reason.NOT_THIS_FORMAT, _unknown_words(known))
            stream.seek(0)
            try:
                outcome: Feed | UnableToReadFile = source.parse(stream, name=path.name, now=clock.now())
            except UnableToReadFile as error:
                outcome = error
    except OSError as error:
        return _held(path, Reason.UNREADABLE, f"The file cannot be read: {error.strerror or error}.")
    return keep(source, outcome)


def _chosen(known: Sequence[MeterFileSource], format_name: str, head: bytes) -> MeterFileSource | None:
    for source in known:
        if source.format_name == format_name or (format_name == "auto" and source.recognises(head)):
            return source
    return None


def _unknown_words(known: Sequence[MeterFileSource]) -> str:
    names = ", ".join(source.format_name for source in known)
    return f"This is no kind of file that is known here ({names}). If it is compressed, unpack it."


def _held(path: Path, reason: Reason, words: str) -> FileReport:
    return FileReport.of_held(
        UnableToReadFile(line=0, reason=reason, words=words, file=FileFacts(path.name, "", 0))
    )


def _lines(report: FileReport) -> Iterator[str]:
    yield f"{_printable(report.file.name)}: {report.status.replace('_', ' ')}"
    yield (
        f"  {report.rows:,} rows: {report.reads:,} reads in {report.days:,} days and {report.periods:,} "
        f"longer periods; {report.duplicates:,} duplicates, {len(report.corrections):,} corrected"
    )
    yield f"  {report.derived:,} derived, {report.estimated:,} estimated, {len(report.gaps):,} gaps left"
    for channel in report.channels:
        yield (
            f"  {channel.commodity} {channel.direction}, every {channel.interval_s:,} s: "
            f"{channel.total:,} x {channel.unit_code}  ({_printable(channel.channel_id)})"
        )
    for gap in report.gaps[:LISTED_REFUSALS]:
        yield f"  gap {_instant(gap.start_s)} to {_instant(gap.end_s)}"
    for note in report.notes:
        yield f"  note: {_printable(note)}"
    if report.quarantined:
        yield f"  {len(report.quarantined):,} put aside:"
    for refusal in report.quarantined[:LISTED_REFUSALS]:
        yield f"    line {refusal.line}: {refusal.reason}: {_printable(refusal.words)}"
        if refusal.excerpt:
            yield f"      {refusal.excerpt}"
    if len(report.quarantined) > LISTED_REFUSALS:
        yield f"    and {len(report.quarantined) - LISTED_REFUSALS:,} more; --json lists all"


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")


def _printable(text: str) -> str:
    """Text of a file without control characters, which a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _store_in_the_cis(source: MeterFileSource, outcome: Feed | UnableToReadFile) -> FileReport:
    """The embedded system of record, reached only when a file is really brought in."""
    if not apps.ready:
        prepare_django()
    from meterside.cis.metering.files import bring_in

    return bring_in(source, outcome)


meter_group = make_meter_group(store=_store_in_the_cis)
meter_group.add_command(archive_command)
meter_group.add_command(restore_command)
