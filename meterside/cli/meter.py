"""`meterside meter`: files of meter data, tried or brought in.

The commands know only the contract. What fulfils it comes in by two seams of `make_meter_group`: `sources`,
the kinds of files that can be read, and `store`, which brings a read file into the system of record. Without
a store only `--dry-run` is offered, which needs no database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from django.apps import apps

from meterside.cli.database import prepare_django
from meterside.cli.meter_archive import archive_command, restore_command
from meterside.cli.meter_release import release_command
from meterside.cli.meter_route import route_command
from meterside.config.environment import Utility
from meterside.contracts.metering import (
    Feed,
    FileFacts,
    FileReport,
    FileStatus,
    MeterFileSource,
    Reason,
    SourceOptions,
    UnableToReadFile,
    UnusableOptions,
)
from meterside.kit import clock
from meterside.wiring import HEAD_BYTES, meter_file_sources, saved_readers

LISTED_REFUSALS = 20
_BIG_BYTES = 32_000_000


class StoreMeterFile(Protocol):
    """Brings one file in, or records it as held; says what became of it. Twice is once (by hash)."""

    def __call__(
        self,
        source: MeterFileSource | None,
        outcome: Feed | UnableToReadFile,
        *,
        original: BinaryIO | None,
        sender: object | None,
    ) -> FileReport:
        """Rows go to each channel's premise in its own zone; the original is kept."""


Senders = Callable[[str], Sequence[tuple[MeterFileSource, object]]]
"""The saved senders' sources, of one name or ("") of all, each with its record."""


def make_meter_group(
    *,
    sources: Callable[[], Sequence[MeterFileSource]] = meter_file_sources,
    store: StoreMeterFile | None = None,
    senders: Senders | None = None,
) -> click.Group:
    """The `meter` group with what it works on."""

    @click.group("meter", help="Meter data: bring files in, or try them first.")
    def group() -> None:
        pass

    @group.command("import", help="Read files of meter data. Exit code 1 when any file is held.")
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
    @click.option("--format", "format_name", default="auto", show_default=True, help="Kind of file.")
    @click.option("--source", "sender_name", default="", help="Saved sender whose files they are.")
    @click.option(
        "--mapping",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="JSON with the options of the format, such as the columns of a CSV.",
    )
    @click.option("--dry-run", is_flag=True, help="Read and report; store nothing.")
    @click.option("--zone", "zone_name", default=None, help="Zone of stamps and, in a dry run, of premises.")
    @click.option("--json", "as_json", is_flag=True, help="Print reports as JSON.")
    def import_files(
        files: tuple[Path, ...],
        format_name: str,
        sender_name: str,
        mapping: Path | None,
        dry_run: bool,
        zone_name: str | None,
        as_json: bool,
    ) -> None:
        if not dry_run and store is None:
            raise click.UsageError("no store is set up here: only --dry-run is offered")
        zone = _zone(zone_name)
        details = _details(mapping)
        readers = _Readers(_configured(sources(), format_name, SourceOptions(zone, details), bool(details)))
        if senders is not None and not details and (sender_name or not dry_run):
            readers.senders = list(senders(sender_name))
            if sender_name and not readers.senders:
                raise click.UsageError(f"no sender is saved as {sender_name!r}")
            readers.is_named = bool(sender_name)
        elif sender_name:
            raise click.UsageError("--source and --mapping do not go together, nor without a store")
        keep: StoreMeterFile = _DryRun(zone) if dry_run or store is None else store
        reports = [_import(path, readers, keep, is_quiet=as_json) for path in files]
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

    def __call__(
        self,
        source: MeterFileSource | None,
        outcome: Feed | UnableToReadFile,
        *,
        original: BinaryIO | None = None,
        sender: object | None = None,
    ) -> FileReport:
        if isinstance(outcome, UnableToReadFile) or source is None:
            assert isinstance(outcome, UnableToReadFile), "somebody has read it"
            return FileReport.of_held(outcome)
        single = [channel for point in outcome.usage_points for channel in point.channels]
        bulk = []
        for columns in outcome.columns:
            laid = source.lay_out(columns, self._zone)
            bulk.append(laid)
            single += columns.single_channels(laid.troubled) if laid.troubled.any() else ()
        laid_out = [source.to_day_rows([channel], self._zone) for channel in single]
        return source.report(outcome, laid_out, self._zone, bulk=bulk)


@dataclass(slots=True)
class _Readers:
    """Who may read a file: saved senders first, where just one knows it, then the kinds of files."""

    known: list[MeterFileSource]
    senders: list[tuple[MeterFileSource, object]] = field(default_factory=list)
    is_named: bool = False

    def choose(self, head: bytes) -> tuple[MeterFileSource, object | None] | None:
        if self.is_named:
            return self.senders[0]
        knowing = [(source, sender) for source, sender in self.senders if source.recognises(head)]
        if len(knowing) == 1:
            return knowing[0]
        if len(self.known) == 1:
            return self.known[0], None
        return next(((source, None) for source in self.known if source.recognises(head)), None)


def _configured(
    sources: Sequence[MeterFileSource], format_name: str, options: SourceOptions, has_details: bool
) -> list[MeterFileSource]:
    """The sources that may be asked, with their options; details are of one format, the CSV's unless named."""
    names = [source.format_name for source in sources]
    if format_name not in {"auto", *names}:
        raise click.UsageError(f"unknown format {format_name!r}; known: auto, {', '.join(names)}")
    if has_details and format_name == "auto":
        format_name = "generic_csv"
    try:
        if format_name != "auto":
            return [source.configured(options) for source in sources if source.format_name == format_name]
        return [source.configured(options) for source in sources]
    except UnusableOptions as error:
        raise click.UsageError(f"--mapping: {error}") from None


def _details(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"--mapping: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.UsageError("--mapping: an object with the format's options is needed")
    return found


def _zone(name: str | None) -> ZoneInfo:
    if name is None:
        return Utility().zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.UsageError(f"unknown zone {name!r}") from None


def _import(path: Path, readers: _Readers, keep: StoreMeterFile, *, is_quiet: bool) -> FileReport:
    try:
        with path.open("rb") as stream:
            chosen = readers.choose(stream.read(HEAD_BYTES))
            if chosen is None:
                unknown = _unable(path, Reason.NOT_THIS_FORMAT, _unknown_words(readers.known))
                return keep(None, unknown, original=stream, sender=None)
            source, sender = chosen
            stream.seek(0)
            tell = _Told(path, is_quiet=is_quiet)
            tell("reading")
            try:
                outcome: Feed | UnableToReadFile = source.parse(stream, name=path.name, now=clock.now())
            except UnableToReadFile as error:
                outcome = error
            tell("storing")
            return keep(source, outcome, original=stream, sender=sender)
    except OSError as error:
        words = f"The file cannot be read: {error.strerror or error}."
        return FileReport.of_held(_unable(path, Reason.UNREADABLE, words))


class _Told:
    """Says on the error stream what is done with a big file, so that nobody thinks it hangs."""

    def __init__(self, path: Path, *, is_quiet: bool) -> None:
        self._size = path.stat().st_size
        self._name, self._is_quiet = path.name, is_quiet or self._size < _BIG_BYTES

    def __call__(self, doing: str) -> None:
        if not self._is_quiet:
            click.echo(f"{_printable(self._name)}: {doing} {self._size / 1e6:,.0f} MB", err=True)


def _unknown_words(known: Sequence[MeterFileSource]) -> str:
    names = ", ".join(source.format_name for source in known)
    return f"This is no kind of file that is known here ({names}). If it is compressed, unpack it."


def _unable(path: Path, reason: Reason, words: str) -> UnableToReadFile:
    return UnableToReadFile(line=0, reason=reason, words=words, file=FileFacts(path.name, "", 0))


def _lines(report: FileReport) -> Iterator[str]:
    yield f"{_printable(report.file.name)}: {report.status.replace('_', ' ')}"
    yield (
        f"  {report.rows:,} rows: {report.reads:,} reads in {report.days:,} days and {report.periods:,} "
        f"longer periods; {report.duplicates:,} duplicates, {len(report.corrections):,} corrected"
    )
    if report.dial_reads or report.events or report.no_reads:
        yield (
            f"  {report.dial_reads:,} dial reads, {report.events:,} events; "
            f"{report.no_reads:,} places without a read"
        )
    yield f"  {report.derived:,} derived, {report.estimated:,} estimated, {len(report.gaps):,} gaps left"
    for channel in report.channels:
        yield (
            f"  {channel.commodity} {channel.direction}, every {channel.interval_s:,} s: "
            f"{channel.total:,} x {channel.unit_code}  ({_printable(channel.channel_id) or 'all of them'})"
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


def _store_in_the_cis(
    source: MeterFileSource | None,
    outcome: Feed | UnableToReadFile,
    *,
    original: BinaryIO | None,
    sender: object | None,
) -> FileReport:
    """The embedded system of record, reached only when a file is really brought in."""
    _prepare()
    from meterside.cis.metering.files.operations import bring_in
    from meterside.cis.metering.models import MeterSource

    saved = sender if isinstance(sender, MeterSource) else None
    return bring_in(source, outcome, original=original, sender=saved)


def _saved_senders(name: str) -> Sequence[tuple[MeterFileSource, object]]:
    _prepare()
    return [
        (reader.source, reader.sender)
        for reader in saved_readers()
        if reader.sender is not None and name in ("", reader.sender.name)
    ]


def _prepare() -> None:
    if not apps.ready:
        prepare_django()


meter_group = make_meter_group(store=_store_in_the_cis, senders=_saved_senders)
meter_group.add_command(archive_command)
meter_group.add_command(restore_command)
meter_group.add_command(route_command)
meter_group.add_command(release_command)
