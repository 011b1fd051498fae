"""Reads an ESPI Atom document into entries, as a stream, with the line each thing stands on.

Only syntax is judged here: the whole file is held (UnableToReadFile) when it is not well-formed, cut off,
too large, compressed, carries a document type (the way in of entity attacks; ESPI never needs one), or is not
Atom. What the entries mean is `mapping`'s.

expat reads UTF-8 and UTF-16 with or without a byte order mark, Latin-1 and ASCII, and makes one line end of
CRLF. It is used bare and not through ElementTree for two reasons: it knows line numbers, and a year of hourly
reads takes a tenth of a second.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from meterside.contracts.metering import FileFacts, Reason, UnableToReadFile

MAX_BYTES = 64 * 1024 * 1024
"""About 350,000 reads, ten years of quarter-hours; a larger file is refused before it is read further."""
MAX_ITEMS = 1_000_000
"""Entries, links, texts and readings together: what is kept in memory stays below half a gigabyte."""
MAX_TOKEN_BYTES = 1024 * 1024
"""One tag or comment. expat before 2.6 rereads an unfinished one with every chunk: time would be squared."""
MAX_NAMES = 4096
"""Different element names; ESPI has some hundreds. Names are kept for as long as a document is read."""
MAX_DEPTH = 32
"""ESPI needs twelve."""
MAX_TEXT_CHARS = 4096
"""The longest text of one element; longer is an attack or another kind of file."""
_CHUNK_BYTES = 256 * 1024

ATOM = "http://www.w3.org/2005/Atom"
ESPI = "http://naesb.org/espi"
_ATOM_FEED, _ATOM_ENTRY, _ATOM_CONTENT = f"{ATOM} feed", f"{ATOM} entry", f"{ATOM} content"
_ATOM_LINK, _ATOM_ID, _ATOM_UPDATED = f"{ATOM} link", f"{ATOM} id", f"{ATOM} updated"
_ESPI_PREFIX = f"{ESPI} "
_BLOCK, _READING = f"{ESPI} IntervalBlock", f"{ESPI} IntervalReading"
_TIME_PERIOD, _READING_QUALITY = f"{ESPI} timePeriod", f"{ESPI} ReadingQuality"
_START, _DURATION, _VALUE = f"{ESPI} start", f"{ESPI} duration", f"{ESPI} value"
_QUALITY = f"{ESPI} quality"
_KEPT = frozenset(
    f"{ESPI} {name}"
    for name in (
        "UsagePoint",
        "MeterReading",
        "ReadingType",
        "LocalTimeParameters",
        "IntervalBlock",
        "UsageSummary",
        "ElectricPowerUsageSummary",
    )
)
_COMPRESSED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")
_CUT_OFF_ERRORS = frozenset(
    {
        expat.errors.codes[message]
        for message in (
            expat.errors.XML_ERROR_NO_ELEMENTS,
            expat.errors.XML_ERROR_UNCLOSED_TOKEN,
            expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
            expat.errors.XML_ERROR_PARTIAL_CHAR,
        )
    }
)


class RawReading(NamedTuple):
    """An IntervalReading as it is written; a field said twice makes `repeated` true."""

    line: int
    start: str | None
    duration: str | None
    value: str | None
    qualities: tuple[str, ...]
    repeated: bool


@dataclass(slots=True)
class RawResource:
    """One ESPI resource: its texts by path below it (`ServiceCategory/kind`); the first of a repeated one."""

    kind: str
    line: int
    texts: dict[str, str] = field(default_factory=dict)
    readings: list[RawReading] = field(default_factory=list)


@dataclass(slots=True)
class RawEntry:
    """One Atom entry."""

    line: int
    id: str = ""
    updated: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    resources: list[RawResource] = field(default_factory=list)

    def hrefs(self, rel: str) -> list[str]:
        """The targets of its links of that relation, in the file's order."""
        return [href for link_rel, href in self.links if link_rel == rel]


class _Held(Exception):
    def __init__(self, line: int, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.line, self.reason, self.words = line, reason, words


class _Document:
    """The expat handlers. Inside an IntervalReading, where nearly all rows are, a smaller pair takes over."""

    def __init__(self) -> None:
        self.entries: list[RawEntry] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._outside()
        self._names: list[str] = []
        self._chunks: list[str] = []
        self._text_chars = 0
        self._items = 0
        self._fed_bytes = 0
        self._entry: RawEntry | None = None
        self._resource: RawResource | None = None
        self._resource_depth = 0
        self._begin_reading(0)

    def feed(self, chunk: bytes, *, last: bool) -> None:
        """Parse some bytes; raises _Held."""
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            message = expat.ErrorString(error.code)
            if last and error.code in _CUT_OFF_ERRORS:
                words = "The file ends in the middle. It was cut off; ask for it again."
                raise _Held(error.lineno, Reason.CUT_OFF, words) from None
            words = f"Not well-formed XML: {message}."
            raise _Held(error.lineno, Reason.NOT_WELL_FORMED, words) from None
        self._fed_bytes += len(chunk)
        if self._fed_bytes - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            words = f"A tag or comment is longer than {MAX_TOKEN_BYTES // 1024} kB."
            raise _Held(self.line, Reason.FORBIDDEN_MARKUP, words)
        if len(self._parser.intern) > MAX_NAMES:
            words = f"The file has more than {MAX_NAMES} kinds of elements; no Green Button file has."
            raise _Held(self.line, Reason.FORBIDDEN_MARKUP, words)

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def _outside(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def _doctype(self, *_: object) -> None:
        words = "The file declares a document type. Green Button files have none; it may be an attack."
        raise _Held(self.line, Reason.FORBIDDEN_MARKUP, words)

    def _entity(self, *_: object) -> None:
        raise _Held(self.line, Reason.FORBIDDEN_MARKUP, "The file declares an entity. It may be an attack.")

    def _text(self, data: str) -> None:
        self._text_chars += len(data)
        if self._text_chars > MAX_TEXT_CHARS and not data.isspace():
            words = f"A text is longer than {MAX_TEXT_CHARS} characters."
            raise _Held(self.line, Reason.FORBIDDEN_MARKUP, words)
        self._chunks.append(data)

    def _take_text(self) -> str:
        text = "".join(self._chunks).strip()
        self._forget_text()
        return text

    def _forget_text(self) -> None:
        self._chunks.clear()
        self._text_chars = 0

    def _count(self) -> None:
        self._items += 1
        if self._items > MAX_ITEMS:
            words = f"The file has more than {MAX_ITEMS} entries and reads. Ask for it in parts."
            raise _Held(self.line, Reason.TOO_LARGE, words)

    # Outside an IntervalReading

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._forget_text()
        if not self._names and name not in (_ATOM_FEED, _ATOM_ENTRY):
            found = name.rpartition(" ")[2][:40]
            words = f"The file begins with <{found}>, not with an Atom feed of Green Button data."
            raise _Held(self.line, Reason.NOT_THIS_FORMAT, words)
        if len(self._names) >= MAX_DEPTH:
            raise _Held(self.line, Reason.FORBIDDEN_MARKUP, f"Elements are nested deeper than {MAX_DEPTH}.")
        parent = self._names[-1] if self._names else ""
        self._names.append(name)
        if name == _READING and parent == _BLOCK and self._resource is not None:
            self._begin_reading(self.line)
            self._parser.StartElementHandler = self._reading_start
            self._parser.EndElementHandler = self._reading_end
        elif name == _ATOM_ENTRY and parent in ("", _ATOM_FEED):
            self._count()
            self._entry = RawEntry(self.line)
        elif self._entry is None:
            return
        elif name == _ATOM_LINK and parent == _ATOM_ENTRY:
            self._count()
            self._entry.links.append((attributes.get("rel", ""), attributes.get("href", "")))
        elif parent == _ATOM_CONTENT and name in _KEPT and self._resource is None:
            self._count()
            self._resource = RawResource(name.rpartition(" ")[2], self.line)
            self._resource_depth = len(self._names)

    def _end(self, name: str) -> None:
        text = self._take_text()
        depth = len(self._names)
        parent = self._names[-2] if depth > 1 else ""
        entry, resource = self._entry, self._resource
        if resource is not None and entry is not None:
            if depth == self._resource_depth:
                entry.resources.append(resource)
                self._resource = None
            elif text and name.startswith(_ESPI_PREFIX):
                path = "/".join(part.rpartition(" ")[2] for part in self._names[self._resource_depth :])
                self._count()
                resource.texts.setdefault(path, text)
        elif entry is not None:
            if name == _ATOM_ENTRY:
                self.entries.append(entry)
                self._entry = None
            elif parent == _ATOM_ENTRY and name == _ATOM_ID:
                entry.id = text
            elif parent == _ATOM_ENTRY and name == _ATOM_UPDATED:
                entry.updated = text
        self._names.pop()

    # Inside an IntervalReading

    def _begin_reading(self, line: int) -> None:
        self._reading_line = line
        self._reading_start_text: str | None = None
        self._duration: str | None = None
        self._value: str | None = None
        self._qualities: list[str] = []
        self._repeated = False

    def _reading_start(self, name: str, _: dict[str, str]) -> None:
        self._chunks.clear()
        self._text_chars = 0
        if len(self._names) >= MAX_DEPTH:
            raise _Held(self.line, Reason.FORBIDDEN_MARKUP, f"Elements are nested deeper than {MAX_DEPTH}.")
        self._names.append(name)

    def _reading_end(self, name: str) -> None:
        names = self._names
        names.pop()
        parent = names[-1]
        if name == _START and parent == _TIME_PERIOD:
            self._repeated |= self._reading_start_text is not None
            self._reading_start_text = "".join(self._chunks).strip()
        elif name == _DURATION and parent == _TIME_PERIOD:
            self._repeated |= self._duration is not None
            self._duration = "".join(self._chunks).strip()
        elif name == _VALUE and parent == _READING:
            self._repeated |= self._value is not None
            self._value = "".join(self._chunks).strip()
        elif name == _QUALITY and parent == _READING_QUALITY:
            self._qualities.append("".join(self._chunks).strip())
        elif name == _READING and parent == _BLOCK:
            self._end_reading()
        self._chunks.clear()
        self._text_chars = 0

    def _end_reading(self) -> None:
        if self._resource is not None:
            self._count()
            self._resource.readings.append(
                RawReading(
                    self._reading_line,
                    self._reading_start_text,
                    self._duration,
                    self._value,
                    tuple(self._qualities),
                    self._repeated,
                )
            )
        self._outside()


def read_entries(
    stream: BinaryIO, *, name: str, max_bytes: int = MAX_BYTES
) -> tuple[FileFacts, list[RawEntry]]:
    """The facts of a file and its Atom entries, in the file's order.

    Raises UnableToReadFile, which carries the file's facts too: a held file is recorded like any other.
    """
    digest = hashlib.sha256()
    size_bytes = 0
    document = _Document()
    held: _Held | None = None
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        if size_bytes == 0:
            held = _refused_by_its_first_bytes(chunk)
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            words = f"The file is larger than {max_bytes // (1024 * 1024)} MB. Ask for it in parts."
            facts = FileFacts(name, "", size_bytes)
            raise UnableToReadFile(line=document.line, reason=Reason.TOO_LARGE, words=words, file=facts)
        digest.update(chunk)
        if held is None:
            try:
                document.feed(chunk, last=not chunk)
            except _Held as error:
                held = error
        if not chunk:
            break
    facts = FileFacts(name, digest.hexdigest(), size_bytes)
    if held is not None:
        raise UnableToReadFile(line=held.line, reason=held.reason, words=held.words, file=facts)
    return facts, document.entries


def _refused_by_its_first_bytes(chunk: bytes) -> _Held | None:
    if not chunk:
        return _Held(1, Reason.CUT_OFF, "The file is empty.")
    if chunk.startswith(_COMPRESSED):
        return _Held(1, Reason.COMPRESSED, "The file is compressed. Unpack it and send what is inside.")
    return None
