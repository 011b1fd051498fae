"""Files as they came: kept in the database in compressed pieces, and read back as they were (docs/adr)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from .models import MeterFile, MeterFilePart

PIECE_BYTES = 8 * 1024 * 1024
_LEVEL = 1
"""Meter files shrink to a tenth even so, and no other level is as quick."""


def keep_original(file: MeterFile, original: BinaryIO) -> int:
    """Keep a file's content beside its record, in the caller's transaction; returns the bytes it takes."""
    original.seek(0)
    taken = 0
    for number, content in enumerate(_pieces(original)):
        MeterFilePart.objects.create(file=file, number=number, content=content)
        taken += len(content)
    return taken


def _pieces(original: BinaryIO) -> Iterator[bytes]:
    while chunk := original.read(PIECE_BYTES):
        yield zlib.compress(chunk, _LEVEL)


def has_original(file: MeterFile) -> bool:
    """Whether the file's content is kept."""
    return MeterFilePart.objects.filter(file=file).exists()


def open_original(file: MeterFile) -> BinaryIO:
    """The file as it came, to be read and sought in. Raises FileNotFoundError when it was not kept."""
    if not has_original(file):
        raise FileNotFoundError(file.name)
    return io.BufferedReader(_Original(file), buffer_size=1024 * 1024)


class _Original(io.RawIOBase):
    """Reads pieces when they are come to; holds one of them at a time."""

    def __init__(self, file: MeterFile) -> None:
        self._file, self._at, self._number, self._piece = file, 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        number, start = divmod(self._at, PIECE_BYTES)
        if number != self._number:
            row = MeterFilePart.objects.filter(file=self._file, number=number).only("content").first()
            self._piece = zlib.decompress(row.content) if row else b""
            self._number = number
        some = self._piece[start : start + len(view)]
        view[: len(some)] = some
        self._at += len(some)
        return len(some)
