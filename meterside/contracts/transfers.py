"""What the product asks of a place that files are fetched from: a folder here, or one on somebody's server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


class FolderUnavailable(Exception):
    """The place cannot be reached, is not there, or is not who it says it is; says which, without secrets."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that lies there."""

    name: str
    size_bytes: int
    modified_at: datetime


class FileFolder(Protocol):
    """A place with files, looked at and never changed."""

    def entries(self) -> Sequence[FileEntry]:
        """Its files, by name, without hidden ones and those still being written. Raises FolderUnavailable."""

    def open(self, entry: FileEntry) -> AbstractContextManager[BinaryIO]:
        """A file's content, whole and here, to be read and sought in. Raises FolderUnavailable."""
