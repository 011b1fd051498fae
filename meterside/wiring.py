"""Hands out implementations of contracts. Which connector fulfils which contract is in its manifest."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings

from meterside.contracts.cis import Cis
from meterside.contracts.messaging import MessageChannel
from meterside.contracts.metering import (
    Feed,
    FileFacts,
    FileReport,
    MeterFileSource,
    Reason,
    RouteFileWriter,
    SourceOptions,
    UnableToReadFile,
    UnusableOptions,
)
from meterside.contracts.payments import PaymentGateway
from meterside.contracts.transfers import FileFolder, FolderUnavailable
from meterside.kit import clock

if TYPE_CHECKING:
    from meterside.cis.metering.models import MeterFile, MeterSource

_CONNECTORS = Path(__file__).parent / "connectors"


class NoSuchConnector(LookupError):
    """No connector of that kind has that name; the message lists those there are."""


@lru_cache
def manifest(kind: str, name: str) -> dict[str, Any]:
    """The manifest of one connector. Raises NoSuchConnector."""
    path = _CONNECTORS / kind / name / "manifest.toml"
    if not path.is_file():
        known = sorted(found.parent.name for found in (_CONNECTORS / kind).glob("*/manifest.toml"))
        raise NoSuchConnector(f"no {kind} connector named {name!r}; there are: {', '.join(known) or 'none'}")
    return tomllib.loads(path.read_text())


@lru_cache
def _make(kind: str, name: str) -> object:
    module, _, attribute = str(manifest(kind, name)["adapter"]).partition(":")
    return getattr(import_module(module), attribute)()


@lru_cache
def cis() -> Cis:
    """The customer information system: the embedded one."""
    from meterside.cis.adapter import EmbeddedCis

    return EmbeddedCis()


def payment_gateway() -> PaymentGateway | None:
    """The gateway, or None where the utility takes no payments online."""
    name = settings.PAYMENTS.gateway
    return None if name == "none" else cast(PaymentGateway, _make("payments", name))


def message_channel() -> MessageChannel:
    """The channel that carries e-mail."""
    return cast(MessageChannel, _make("messaging", settings.MESSAGING.channel))


def meter_file_sources() -> list[MeterFileSource]:
    """Every kind of meter file that can be read, in the order of their names."""
    names = sorted(found.parent.name for found in (_CONNECTORS / "metering").glob("*/manifest.toml"))
    return [cast(MeterFileSource, _make("metering", name)) for name in names]


HEAD_BYTES = 64 * 1024
"""What a kind of meter file is recognised by."""


def meter_file_source(format_name: str, options: SourceOptions) -> MeterFileSource:
    """One kind of meter file for one sender. Raises NoSuchConnector, UnusableOptions."""
    for source in meter_file_sources():
        if source.format_name == format_name:
            return source.configured(options)
    raise NoSuchConnector(f"no meter file format named {format_name!r}")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a file: its kind, and the sender whose options it has been given, where there is one."""

    source: MeterFileSource
    sender: MeterSource | None = None


def route_writer(shape: str) -> RouteFileWriter:
    """Writes the files of reading routes, as csv or fixed. Raises UnusableOptions."""
    options = SourceOptions(settings.UTILITY.zone, {"shape": shape})
    return cast(RouteFileWriter, meter_file_source("route_file", options))


def utility_options() -> SourceOptions:
    """Options of a file without a saved sender: stamps are in the utility's zone."""
    return SourceOptions(settings.UTILITY.zone)


def reader_of(sender: MeterSource) -> Reader:
    """The reader of one sender's files. Raises NoSuchConnector, UnusableOptions."""
    return Reader(meter_file_source(sender.format, _senders_options(sender, sender.format)), sender)


def reader_of_file(file: MeterFile, *, more: Mapping[str, Any] | None = None) -> Reader:
    """Who reads a file that was kept, as it was read when it came, with `more` details where those are asked for.

    Raises NoSuchConnector, UnusableOptions.
    """
    options = _options_to_read_again(file)
    options = replace(options, details={**options.details, **(more or {})})
    return Reader(meter_file_source(file.format, options), file.source)


def _options_to_read_again(file: MeterFile) -> SourceOptions:
    """The options a file is read by again: what is loaded of it must not be read to mean something else.

    Of a held file nothing is loaded: its sender's options are taken as they are now. Of any other only those that move
    no read and alter no value.
    """
    now = _senders_options(file.source, file.format) if file.source is not None else None
    if file.read_as is None:
        return now or utility_options()
    as_read = SourceOptions(ZoneInfo(file.read_as["zone"]), file.read_as["details"])
    if now is None:
        return as_read
    if file.status == "held":
        return now
    mended_by = meter_file_source(file.format, as_read).mended_by
    kept = {name: said for name, said in as_read.details.items() if name not in mended_by}
    mended = {name: said for name, said in now.details.items() if name in mended_by}
    return SourceOptions(as_read.zone, {**kept, **mended})


def _senders_options(sender: MeterSource, format_name: str) -> SourceOptions:
    zone = ZoneInfo(sender.zone) if sender.zone else settings.UTILITY.zone
    return SourceOptions(zone, sender.details if sender.format == format_name else {})


def saved_readers() -> list[Reader]:
    """The readers of every active sender; one whose options no longer fit its connector is left out."""
    from meterside.cis.metering.files.senders import active_senders

    readers = []
    for sender in active_senders():
        try:
            readers.append(reader_of(sender))
        except (NoSuchConnector, UnusableOptions):
            continue
    return readers


def choose_reader(head: bytes, *, readers: Sequence[Reader] | None = None) -> Reader | None:
    """Who reads a file that begins so: the one sender that knows it, else the kind that does."""
    if readers is None:
        readers = saved_readers()
    knowing = [reader for reader in readers if reader.source.recognises(head)]
    if len(knowing) == 1:
        return knowing[0]
    for source in meter_file_sources():
        if source.recognises(head):
            return Reader(source.configured(utility_options()))
    return None


def receive_meter_file(stream: BinaryIO, *, name: str, reader: Reader | None = None) -> FileReport:
    """Read a file of meter data and bring it in, whole or not at all; says what became of it.

    Without a `reader` the file's first bytes decide who reads it.
    """
    if reader is None:
        reader = choose_reader(stream.read(HEAD_BYTES))
        stream.seek(0)
    from meterside.cis.metering.files.operations import bring_in

    if reader is None:
        words = "This is no kind of file that is known here. If it is compressed, unpack it."
        unknown = UnableToReadFile(
            line=0, reason=Reason.NOT_THIS_FORMAT, words=words, file=FileFacts(name, "", 0)
        )
        return bring_in(None, unknown, original=stream)
    outcome: Feed | UnableToReadFile
    try:
        outcome = reader.source.parse(stream, name=name, now=clock.now())
    except UnableToReadFile as error:
        outcome = error
    return bring_in(reader.source, outcome, original=stream, sender=reader.sender)


def hold_failed_file(stream: BinaryIO, *, name: str, reader: Reader) -> FileReport:
    """Keep a file that `receive_meter_file` failed over with anything but a report: held, with nothing loaded."""
    from meterside.cis.metering.files.operations import hold_failed

    return hold_failed(reader.source, name=name, original=stream, sender=reader.sender)


def folder_of(sender: MeterSource) -> FileFolder:
    """Where a sender's files are looked for. Raises FolderUnavailable for a place that may not be used."""
    files = settings.METER_FILES
    if sender.folder.startswith("sftp://"):
        sftp = import_module("meterside.connectors.transfers.sftp.adapter").SftpFolder
        made = sftp(
            address=sender.folder,
            host_key=sender.host_key,
            now=clock.now(),
            key_file=files.sftp_key_file,
            password=files.sftp_password.get_secret_value(),
        )
        return cast(FileFolder, made)
    if files.folder_root is None:
        raise FolderUnavailable("No folder is named in settings (METER_FOLDER_ROOT) that files may lie in.")
    local = import_module("meterside.connectors.transfers.local.adapter").LocalFolder
    return cast(FileFolder, local(root=files.folder_root, name=sender.folder, now=clock.now()))


@dataclass(frozen=True, slots=True)
class MeterPusher:
    """A sender that pushes reads with its key. `key` is a short name of it for what is done once."""

    name: str
    key: str
    reader: Reader

    def receive(self, message: BinaryIO, message_id: str) -> FileReport:
        """Take one message, in the caller's transaction."""
        return receive_meter_file(message, name=f"push {message_id}", reader=self.reader)


def meter_pusher(key: str) -> MeterPusher | None:
    """The sender that a key belongs to; None for a key that opens nothing."""
    from meterside.cis.metering.files.senders import sender_with_key

    sender = sender_with_key(key)
    if sender is None:
        return None
    source = meter_file_source("json_push", _senders_options(sender, "json_push"))
    return MeterPusher(sender.name, str(sender.public_id), Reader(source, sender))


def push_message_schema() -> dict[str, Any]:
    """JSON Schema of a pushed message."""
    schema = import_module("meterside.connectors.metering.json_push.document").ReadsMessage.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    return cast(dict[str, Any], schema)


def sha256_of(content: bytes) -> str:
    """A content's hash in hex."""
    return hashlib.sha256(content).hexdigest()
