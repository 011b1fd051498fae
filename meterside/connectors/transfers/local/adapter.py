"""A folder of this machine, inside of the one root that settings name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from meterside.connectors.transfers import MAX_BYTES, MAX_FILES, is_finished
from meterside.contracts.transfers import FileEntry, FolderUnavailable


class LocalFolder:
    """The files of `root/name`. A name, or a link in it, that leads out of the root is refused."""

    def __init__(self, *, root: Path, name: str, now: datetime) -> None:
        self._root, self._name, self._now = root, name, now

    def entries(self) -> Sequence[FileEntry]:
        """The folder's own files; folders and links in it are passed by."""
        folder = self._folder()
        found = []
        try:
            with os.scandir(folder) as listing:
                for item in listing:
                    if not item.is_file(follow_symlinks=False):
                        continue
                    facts = item.stat(follow_symlinks=False)
                    modified_at = datetime.fromtimestamp(facts.st_mtime, UTC)
                    if is_finished(item.name, modified_at, self._now):
                        found.append(FileEntry(item.name, facts.st_size, modified_at))
                    if len(found) > MAX_FILES:
                        raise FolderUnavailable(f"The folder {self._name} has more than {MAX_FILES:,} files.")
        except OSError as error:
            raise self._gone(error) from None
        return sorted(found, key=lambda entry: entry.name)

    @contextmanager
    def open(self, entry: FileEntry) -> Iterator[BinaryIO]:
        """The file, as it is when it is opened."""
        try:
            handle = os.open(self._folder() / entry.name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise self._gone(error) from None
        with os.fdopen(handle, "rb") as stream:
            if os.fstat(stream.fileno()).st_size > MAX_BYTES:
                raise FolderUnavailable(f"The file {entry.name} has more than {MAX_BYTES // 1024**2:,} MB.")
            yield stream

    def _folder(self) -> Path:
        root = self._root.resolve()
        folder = (root / self._name).resolve()
        if not folder.is_relative_to(root):
            raise FolderUnavailable(f"The folder {self._name} leads out of where folders may be.")
        return folder

    def _gone(self, error: OSError) -> FolderUnavailable:
        return FolderUnavailable(f"The folder {self._name} cannot be read: {error.strerror}.")
