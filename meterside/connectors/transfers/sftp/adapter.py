"""A folder on an SFTP server whose host key is pinned: any other key is nobody we know."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import unquote, urlsplit

import asyncssh

from meterside.connectors.transfers import MAX_BYTES, MAX_FILES, is_finished
from meterside.contracts.transfers import FileEntry, FolderUnavailable

CONNECT_TIMEOUT_S = 15
LIST_TIMEOUT_S = 60
FETCH_TIMEOUT_S = 900
_CHUNK_BYTES = 256 * 1024
_IN_MEMORY_BYTES = 8 * 1024 * 1024

_Answer = TypeVar("_Answer")


class SftpFolder:
    """The files of `sftp://user@host:port/folder`. `host_key` is the server's public key as OpenSSH writes it."""

    def __init__(
        self, *, address: str, host_key: str, now: datetime, key_file: Path | None = None, password: str = ""
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme != "sftp" or not parts.hostname or not parts.username or parts.password:
            raise FolderUnavailable("An SFTP address looks like sftp://user@host/folder, without a password.")
        if not host_key.strip():
            raise FolderUnavailable("The server's host key is not pinned: nobody knows who would answer.")
        self._host, self._port = parts.hostname, parts.port or 22
        self._user, self._path = unquote(parts.username), unquote(parts.path) or "."
        self._host_key, self._now = host_key.strip(), now
        self._key_file, self._password = key_file, password

    def entries(self) -> Sequence[FileEntry]:
        """The folder's own files."""
        return self._run(self._entries, LIST_TIMEOUT_S)

    @contextmanager
    def open(self, entry: FileEntry) -> Iterator[BinaryIO]:
        """The file, fetched whole before a byte of it is given out: a line that breaks gives no half file."""
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as kept:
            self._run(lambda: self._fetch(entry, cast(BinaryIO, kept)), FETCH_TIMEOUT_S)
            kept.seek(0)
            yield cast(BinaryIO, kept)

    def _run(self, work: Callable[[], Coroutine[Any, Any, _Answer]], timeout_s: float) -> _Answer:
        async def within() -> _Answer:
            return await asyncio.wait_for(work(), timeout_s)

        where = f"{self._host}:{self._port}"
        try:
            return asyncio.run(within())
        except asyncssh.HostKeyNotVerifiable:
            words = f"{where} shows another host key than the one that is pinned. Nothing was fetched."
            raise FolderUnavailable(words) from None
        except asyncssh.PermissionDenied:
            raise FolderUnavailable(f"{where} does not let {self._user} in.") from None
        except asyncssh.SFTPNoSuchFile:
            raise FolderUnavailable(f"{where} has no folder or file there any more.") from None
        except TimeoutError:
            raise FolderUnavailable(f"{where} did not answer in {timeout_s:,.0f} seconds.") from None
        except (OSError, asyncssh.Error, ValueError) as error:
            raise FolderUnavailable(f"{where} cannot be reached: {type(error).__name__}.") from None

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncssh.SFTPClient]:
        known = asyncssh.import_known_hosts(f"[{self._host}]:{self._port} {self._host_key}\n")
        async with (
            asyncssh.connect(
                self._host,
                self._port,
                username=self._user,
                known_hosts=known,
                client_keys=[str(self._key_file)] if self._key_file else [],
                password=self._password or None,
                agent_path=None,
                config=[],
                connect_timeout=CONNECT_TIMEOUT_S,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield client

    async def _entries(self) -> list[FileEntry]:
        found = []
        async with self._connected() as client:
            async for item in client.scandir(self._path):
                name, facts = str(item.filename), item.attrs
                if facts.type != asyncssh.FILEXFER_TYPE_REGULAR or facts.size is None or "/" in name:
                    continue
                modified_at = datetime.fromtimestamp(facts.mtime or 0, UTC)
                if is_finished(name, modified_at, self._now):
                    found.append(FileEntry(name, facts.size, modified_at))
                if len(found) > MAX_FILES:
                    raise FolderUnavailable(f"The folder has more than {MAX_FILES:,} files.")
        return sorted(found, key=lambda entry: entry.name)

    async def _fetch(self, entry: FileEntry, kept: BinaryIO) -> None:
        if entry.size_bytes > MAX_BYTES:
            raise FolderUnavailable(f"The file {entry.name} has more than {MAX_BYTES // 1024**2:,} MB.")
        size = 0
        async with (
            self._connected() as client,
            client.open(f"{self._path.rstrip('/')}/{entry.name}", "rb") as remote,
        ):
            while chunk := await remote.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise FolderUnavailable(f"The file {entry.name} grew while it was fetched.")
                kept.write(cast(bytes, chunk))
        if size != entry.size_bytes:
            raise FolderUnavailable(f"The file {entry.name} changed while it was fetched; it is taken later.")
