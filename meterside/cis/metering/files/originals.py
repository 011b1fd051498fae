"""Files as they came: kept in the database in compressed pieces, read back as they were (docs/adr/0013)."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO

import zstandard

from ..models import MeterFile, MeterFilePart

PIECE_BYTES = 8 * 1024 * 1024
_LEVEL = 1
"""Meter files shrink to a tenth even so, and higher levels cost more than they save."""


class Compressing:
    """A file's content on its way to be kept: compressed in a thread while the database works."""

    def __init__(self, original: BinaryIO, pool: ThreadPoolExecutor) -> None:
        self._pieces = pool.submit(lambda: list(_pieces(original)))

    def keep(self, file: MeterFile) -> int:
        """Keep the content beside its record, in the caller's transaction; returns the bytes it takes."""
        pieces = self._pieces.result()
        MeterFilePart.objects.bulk_create(
            (MeterFilePart(file=file, number=number, content=piece) for number, piece in enumerate(pieces)),
            batch_size=4,
        )
        return sum(map(len, pieces))


@contextmanager
def compressing(original: BinaryIO | None) -> Iterator[Compressing | None]:
    """Within the block the file is being compressed; None where there is none to keep."""
    if original is None:
        yield None
        return
    with ThreadPoolExecutor(1, thread_name_prefix="compress") as pool:
        yield Compressing(original, pool)


def _pieces(original: BinaryIO) -> Iterator[bytes]:
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    original.seek(0)
    while chunk := original.read(PIECE_BYTES):
        yield compressor.compress(chunk)


_WHOLE_BYTES = 1024 * 1024 * 1024
_END_BYTES = 1024 * 1024


def hash_of(stream: BinaryIO) -> tuple[str, int] | None:
    """The hash a file nobody could read is known by, and its size; None where the stream cannot be sought in.

    Up to 1 GB it is the SHA-256 of the content, else that of its size, its first megabyte and its last: 40 GB are not
    read for the sake of a name.
    """
    if not stream.seekable():
        return None
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size <= _WHOLE_BYTES:
        whole = hashlib.sha256()
        while chunk := stream.read(_END_BYTES):
            whole.update(chunk)
        return whole.hexdigest(), size
    digest = hashlib.sha256(f"{size} bytes".encode())
    digest.update(stream.read(_END_BYTES))
    stream.seek(size - _END_BYTES)
    digest.update(stream.read(_END_BYTES))
    return digest.hexdigest(), size


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
            self._piece = _decompressed(bytes(row.content)) if row else b""
            self._number = number
        some = self._piece[start : start + len(view)]
        view[: len(some)] = some
        self._at += len(some)
        return len(some)


def _decompressed(piece: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(piece, max_output_size=PIECE_BYTES)
