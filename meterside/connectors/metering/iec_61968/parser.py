"""Reads a message as a stream of the elements that count, with the line each begins on.

Names are taken without their namespace, which differs from one edition and maker to the next. Document types and
entities are refused; size, depth, text and the number of elements are limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from meterside.contracts.metering import FileFacts, Reason, UnableToReadFile

MAX_DEPTH = 40
MAX_TEXT_CHARS = 4096
MAX_ELEMENTS = 4_000_000
MAX_TOKEN_BYTES = 1024 * 1024
_CHUNK_BYTES = 256 * 1024
KEPT = frozenset({"Header", "MeterReading", "EndDeviceEvent"})
"""Elements handed over whole when they end; what is outside of them is passed by."""
_CUT_OFF = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)


@dataclass(slots=True)
class Element:
    """An element with its children; names are without namespace."""

    name: str
    line: int
    ref: str = ""
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def first(self, *path: str) -> Element | None:
        """The first element down a path of names."""
        found: Element | None = self
        for name in path:
            found = next((each for each in found.children if each.name == name), None) if found else None
        return found

    def said(self, *path: str) -> str:
        """The text of the first element down a path, or nothing."""
        found = self.first(*path)
        return found.text if found is not None else ""

    def every(self, name: str) -> Iterator[Element]:
        """The children of that name."""
        return (each for each in self.children if each.name == name)


class _Held(Exception):
    def __init__(self, line: int, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.line, self.reason, self.words = line, reason, words


class _Document:
    """The expat handlers."""

    def __init__(self) -> None:
        self.done: list[Element] = []
        self._open: list[Element] = []
        self._chunks: list[str] = []
        self._depth = self._chars = self._elements = self._fed = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._forbidden
        self._parser.EntityDeclHandler = self._forbidden

    def feed(self, chunk: bytes, *, last: bool) -> None:
        """Parse some bytes; raises _Held."""
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            if last and error.code in _CUT_OFF:
                raise _Held(
                    error.lineno, Reason.CUT_OFF, "The file ends in the middle. It was cut off."
                ) from None
            said = expat.ErrorString(error.code)
            raise _Held(error.lineno, Reason.NOT_WELL_FORMED, f"The file is no whole XML: {said}.") from None
        self._fed += len(chunk)
        if self._fed - max(0, self._parser.CurrentByteIndex) > MAX_TOKEN_BYTES and not last:
            raise _Held(self._line, Reason.FORBIDDEN_MARKUP, "One tag or comment is longer than 1 MB.")

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _forbidden(self, *_: object) -> None:
        words = "The file declares a document type or an entity. It may be an attack."
        raise _Held(self._line, Reason.FORBIDDEN_MARKUP, words)

    def _text(self, data: str) -> None:
        if self._open:
            self._chars += len(data)
            if self._chars > MAX_TEXT_CHARS:
                words = f"A text is longer than {MAX_TEXT_CHARS:,} characters."
                raise _Held(self._line, Reason.FORBIDDEN_MARKUP, words)
            self._chunks.append(data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise _Held(self._line, Reason.FORBIDDEN_MARKUP, f"Elements are nested deeper than {MAX_DEPTH}.")
        if self._elements > MAX_ELEMENTS:
            words = f"The file has more than {MAX_ELEMENTS:,} elements. Ask for it in parts."
            raise _Held(self._line, Reason.TOO_LARGE, words)
        local = name.rpartition(" ")[2]
        if self._open or local in KEPT:
            made = Element(local, self._line, ref=attributes.get("ref", "")[:MAX_TEXT_CHARS])
            if self._open:
                self._open[-1].children.append(made)
            self._open.append(made)
        self._chunks.clear()
        self._chars = 0

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._open:
            made = self._open.pop()
            made.text = "".join(self._chunks).strip()
            if not self._open:
                self.done.append(made)
        self._chunks.clear()
        self._chars = 0


def read_elements(stream: BinaryIO, file: FileFacts) -> Iterator[Element]:
    """The elements that count, in the file's order. Raises UnableToReadFile."""
    document = _Document()
    try:
        chunk = stream.read(_CHUNK_BYTES)
        if chunk.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
            raise _Held(1, Reason.WRONG_ENCODING, "The file is UTF-32. Have it written in UTF-8.")
        while chunk:
            following = stream.read(_CHUNK_BYTES)
            document.feed(chunk, last=not following)
            yield from document.done
            document.done.clear()
            chunk = following
    except _Held as held:
        raise UnableToReadFile(line=held.line, reason=held.reason, words=held.words, file=file) from None
