"""Text files as streams of whole lines: size and encoding judged first, a cut last line refused.

A file is measured (and its hash taken) before anything of it is understood, and read again in slabs that end
with a line. UTF-8 and UTF-16, with or without a byte order mark, CRLF or LF; everything else is refused by name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from meterside.contracts.metering import FileFacts, Reason, UnableToReadFile

MAX_BYTES = 1024 * 1024 * 1024
SLAB_BYTES = 16 * 1024 * 1024
MAX_LINE_BYTES = 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_COMPRESSED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd", b"Rar!")


def measured(stream: BinaryIO, *, name: str, max_bytes: int = MAX_BYTES) -> FileFacts:
    """Name, hash and size of a file. Raises UnableToReadFile for one too large, compressed or empty.

    A file over `max_bytes` is refused before it is read, where its size can be asked.
    """
    size = _size_of(stream)
    if size is not None and size > max_bytes:
        raise _too_large(name, size, max_bytes)
    digest, size_bytes, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(_CHUNK_BYTES):
        head = head or chunk[:8]
        digest.update(chunk)
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise _too_large(name, size_bytes, max_bytes)
    stream.seek(0)
    file = FileFacts(name, digest.hexdigest(), size_bytes)
    if size_bytes == 0:
        raise UnableToReadFile(line=0, reason=Reason.NO_READS, words="The file is empty.", file=file)
    if head.startswith(_COMPRESSED):
        words = "The file is compressed or an archive. Unpack it and bring in what is inside."
        raise UnableToReadFile(line=0, reason=Reason.COMPRESSED, words=words, file=file)
    return file


def _size_of(stream: BinaryIO) -> int | None:
    if not stream.seekable():
        return None
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


def _too_large(name: str, size: int, max_bytes: int) -> UnableToReadFile:
    words = f"The file has more than {max_bytes // (1024 * 1024):,} MB and was not read. Ask for it in smaller parts."
    return UnableToReadFile(line=0, reason=Reason.TOO_LARGE, words=words, file=FileFacts(name, "", size))


@dataclass(frozen=True, slots=True)
class Slab:
    """Whole lines of a file as UTF-8 bytes, each ending in a line feed; `first_line` counts from 1."""

    first_line: int
    n_lines: int
    data: bytes

    def lines(self) -> Iterator[tuple[int, str]]:
        """Line numbers and lines without their end."""
        text = self.data.decode("utf-8")
        for number, line in enumerate(text.split("\n")[:-1], start=self.first_line):
            yield number, line.removesuffix("\r")


def _never(line: str) -> bool:
    return False


def slabs(
    stream: BinaryIO,
    file: FileFacts,
    *,
    slab_bytes: int = SLAB_BYTES,
    is_whole: Callable[[str], bool] = _never,
) -> Iterator[Slab]:
    """The lines of a measured file. Raises UnableToReadFile when it is no text, or ends inside a line.

    A last line without its end is a cut file, unless the format can tell that the line `is_whole`.
    """
    codec, rest, first_line = "", b"", 1
    pending = b""
    while chunk := stream.read(slab_bytes):
        if not codec:
            codec, mark = _codec_of(chunk)
            chunk = chunk[mark:]
        if codec != "utf-8":
            chunk, pending = _recoded(pending + chunk, codec, first_line, file)
        elif b"\x00" in chunk:
            raise _not_text(first_line + (rest + chunk).partition(b"\x00")[0].count(b"\n"), file)
        rest += chunk
        end = rest.rfind(b"\n") + 1
        if end == 0 and len(rest) > MAX_LINE_BYTES:
            raise UnableToReadFile(
                line=first_line, reason=Reason.NOT_THIS_FORMAT, words="A line is longer than 1 MB.", file=file
            )
        if end:
            data, rest = rest[:end], rest[end:]
            _check_utf8(data, first_line, file)
            n_lines = data.count(b"\n")
            yield Slab(first_line, n_lines, data)
            first_line += n_lines
    rest = rest.rstrip(b"\x1a")
    if rest and not pending and is_whole(rest.decode("utf-8", "replace")):
        _check_utf8(rest, first_line, file)
        yield Slab(first_line, 1, rest + b"\n")
    elif pending or rest.strip():
        words = "The last line does not end: the file was cut off. Ask for it again."
        raise UnableToReadFile(line=first_line, reason=Reason.CUT_OFF, words=words, file=file)


def _codec_of(head: bytes) -> tuple[str, int]:
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return codec, len(mark)
    if len(head) > 3 and head[0] and not head[1] and not head[3]:
        return "utf-16-le", 0
    if len(head) > 3 and not head[0] and head[1] and not head[2]:
        return "utf-16-be", 0
    return "utf-8", 0


def _recoded(data: bytes, codec: str, line: int, file: FileFacts) -> tuple[bytes, bytes]:
    """UTF-16 as UTF-8, and what is left of a character that the chunk cuts."""
    whole = len(data) // 2 * 2
    high = data[whole - 1 if codec.endswith("le") else whole - 2] if whole else 0
    if whole and 0xD8 <= high <= 0xDB:
        whole -= 2
    try:
        text = data[:whole].decode(codec)
    except UnicodeDecodeError:
        raise _not_text(line, file) from None
    if "\x00" in text:
        raise _not_text(line + text.partition("\x00")[0].count("\n"), file)
    return text.encode("utf-8"), data[whole:]


def _check_utf8(data: bytes, first_line: int, file: FileFacts) -> None:
    if data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_text(first_line + data.count(b"\n", 0, error.start), file) from None


def _not_text(line: int, file: FileFacts) -> UnableToReadFile:
    words = "The file is no text in UTF-8 or UTF-16. Have it written in one of these and bring it in again."
    return UnableToReadFile(line=line, reason=Reason.WRONG_ENCODING, words=words, file=file)


def plain_head(head: bytes) -> bytes:
    """The first bytes of a file without byte order mark and the zeros of UTF-16: enough to know a format by."""
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.replace(b"\x00", b"")


def excerpt(text: str, limit: int = 200) -> str:
    """A piece of a file on one printable line of bounded length."""
    return "".join(char if char.isprintable() else "?" for char in text[:limit])
