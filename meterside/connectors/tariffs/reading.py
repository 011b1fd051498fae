"""Which importer reads a tariff file: found from the connectors' manifests, chosen by what the file says."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path, PurePath
from typing import Protocol, cast

from meterside.connectors.tariffs import Refusal, TariffImport
from meterside.engine.tariff import Tariff, tariff_to_dict
from meterside.kit.file_lines import line_of

#: Larger files are no rate files; the largest known one has about 100 kB.
MAX_BYTES = 8 * 1024 * 1024


class TariffImporter(Protocol):
    """Maps a file's text to tariffs; never raises for what the file says."""

    def __call__(
        self,
        text: str,
        *,
        source: str,
        effective_from: date | None = None,
        classes: Iterable[str] | None = None,
        **more: bool,
    ) -> TariffImport:
        """The tariffs of a file and what was refused in it.

        A format whose manifest says ``dates_are_instants`` takes ``nearest_day`` too: whether an instant
        inside a day, of an unknown zone, stands for the nearest day or is refused.
        """


class TariffExporter(Protocol):
    """Writes one tariff as a file's text. Raises ``UnsupportedTariff`` for what the format cannot say."""

    def __call__(self, tariff: Tariff) -> str:
        """The text."""


@dataclass(frozen=True, slots=True)
class TariffFormat:
    """A kind of tariff file: ``marker`` in the text decides before the extension does."""

    name: str
    extensions: tuple[str, ...]
    marker: str
    target: str
    dates_are_instants: bool = False
    exports: str = ""

    def importer(self) -> TariffImporter:
        """The function that reads it."""
        module, _, name = self.target.partition(":")
        return cast(TariffImporter, getattr(import_module(module), name))

    def exporter(self) -> TariffExporter | None:
        """The function that writes it, if there is one."""
        module, _, name = self.exports.partition(":")
        return cast(TariffExporter, getattr(import_module(module), name)) if name else None


@lru_cache(maxsize=1)
def installed_formats() -> tuple[TariffFormat, ...]:
    """Every tariff connector with a manifest, in the order of their names."""
    folders = sorted(resources.files("meterside.connectors.tariffs").iterdir(), key=lambda item: item.name)
    manifests = [folder.joinpath("manifest.toml") for folder in folders if folder.is_dir()]
    return tuple(_format(item.read_text("utf-8")) for item in manifests if item.is_file())


def _format(manifest: str) -> TariffFormat:
    data = tomllib.loads(manifest)
    return TariffFormat(
        name=data["format"],
        extensions=tuple(data["extensions"]),
        marker=data.get("marker", ""),
        target=data["importer"],
        dates_are_instants=data.get("dates_are_instants", False),
        exports=data.get("exporter", ""),
    )


def format_of(name: str, text: str) -> TariffFormat | None:
    """The format of a file by a mark in its text, else by its extension; None when unknown."""
    formats = installed_formats()
    marked = [each for each in formats if each.marker and each.marker in text]
    suffix = PurePath(name).suffix.casefold()
    return next(iter(marked), None) or next((each for each in formats if suffix in each.extensions), None)


def import_file(
    path: Path,
    *,
    effective_from: date | None = None,
    classes: Iterable[str] | None = None,
    nearest_day: bool = False,
) -> TariffImport:
    """Read a file and map it. What cannot be read comes back as a refusal of the whole file."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return _refused(path.name, f"cannot be read: {error.strerror or error}")
    return import_bytes(
        raw, source=path.name, effective_from=effective_from, classes=classes, nearest_day=nearest_day
    )


def import_bytes(
    raw: bytes,
    *,
    source: str,
    effective_from: date | None = None,
    classes: Iterable[str] | None = None,
    nearest_day: bool = False,
) -> TariffImport:
    """As `import_file`, of a file's content. Each refusal says its line, where the place is found in the text."""
    if len(raw) > MAX_BYTES:
        return _refused(source, f"is larger than {MAX_BYTES // 1024 // 1024} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _refused(source, f"is not UTF-8 text (byte {error.start})")
    found = format_of(source, text)
    if found is None:
        known = ", ".join(suffix for each in installed_formats() for suffix in each.extensions)
        return _refused(source, f"is no kind of tariff file known here ({known})")
    more = {"nearest_day": nearest_day} if found.dates_are_instants else {}
    try:
        read = found.importer()(text, source=source, effective_from=effective_from, classes=classes, **more)
    except RecursionError:
        return _refused(source, "is nested too deeply")
    if not all(_can_be_kept(tariff) for tariff in read.tariffs):
        return _refused(source, "has a character in a text that no database keeps (NUL, or half a character)")
    lines = [line_of(text, one.path, reason=one.reason) for one in read.refused]
    refused = [replace(one, line=line) for one, line in zip(read.refused, lines, strict=True)]
    # As somebody reads the file; what has no line of its own comes last.
    refused.sort(key=lambda one: (one.line is None, one.line or 0))
    return replace(read, refused=tuple(refused))


def _can_be_kept(tariff: Tariff) -> bool:
    """Whether every text of it is one: no NUL, no half of a surrogate pair, which JSON can write."""
    text = json.dumps(tariff_to_dict(tariff), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in text


def _refused(source: str, reason: str) -> TariffImport:
    return TariffImport(source, "unknown", (), (Refusal("file", reason),))
