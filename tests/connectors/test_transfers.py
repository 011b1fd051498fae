"""Places that files are fetched from: folders here and on a real SFTP server with its host key pinned."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest

from meterside.connectors.transfers.local.adapter import LocalFolder
from meterside.connectors.transfers.sftp.adapter import SftpFolder
from meterside.contracts.transfers import FileEntry, FileFolder, FolderUnavailable

PASSWORD = "for the test only"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root" / "north"
    folder.mkdir(parents=True)
    for name, content in (
        ("b.csv", b"b" * 300_000),
        ("a.csv", b"aa"),
        (".hidden", b"x"),
        ("c.csv.part", b"x"),
    ):
        put(folder / name, content)
    (folder / "old").mkdir()
    return tmp_path / "root"


def put(path: Path, content: bytes, *, age_s: int = 60) -> None:
    path.write_bytes(content)
    then = datetime.now(UTC).timestamp() - age_s
    os.utime(path, (then, then))


def names(folder: FileFolder) -> list[str]:
    return [entry.name for entry in folder.entries()]


def content(folder: FileFolder, name: str) -> bytes:
    (entry,) = [entry for entry in folder.entries() if entry.name == name]
    with folder.open(entry) as stream:
        assert stream.seekable()
        return stream.read()


def local(root: Path, name: str = "north") -> LocalFolder:
    return LocalFolder(root=root, name=name, now=datetime.now(UTC))


def test_a_local_folder_gives_its_finished_files_by_name(root: Path) -> None:
    assert names(local(root)) == ["a.csv", "b.csv"]
    assert content(local(root), "a.csv") == b"aa"


def test_a_file_that_may_still_be_written_is_left_for_later(root: Path) -> None:
    put(root / "north" / "d.csv", b"half", age_s=0)
    assert "d.csv" not in names(local(root))


def test_names_that_cannot_be_shown_are_passed_by(root: Path) -> None:
    for name in (b"e\x1b[2J.csv", b"f\xff\xfe.csv", b"g\n.csv"):
        path = Path(os.fsdecode(os.fsencode(root / "north") + b"/" + name))
        put(path, b"x")
    assert names(local(root)) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("name", ["..", "../other", "/etc", "north/../../other"])
def test_no_name_leads_out_of_the_root(root: Path, name: str) -> None:
    (root.parent / "other").mkdir()
    with pytest.raises(FolderUnavailable, match="leads out"):
        local(root, name).entries()


def test_links_are_not_followed_out_of_the_root(root: Path) -> None:
    secret = root.parent / "secret.csv"
    put(secret, b"secret")
    (root / "north" / "link.csv").symlink_to(secret)
    (root / "away").symlink_to(root.parent)
    assert "link.csv" not in names(local(root))
    with pytest.raises(FolderUnavailable, match="leads out"):
        local(root, "away").entries()
    with pytest.raises(FolderUnavailable), local(root).open(FileEntry("link.csv", 6, datetime.now(UTC))):
        pass


def test_a_folder_and_a_file_that_vanish_are_said(root: Path) -> None:
    (entry, _) = local(root).entries()
    (root / "north" / "a.csv").unlink()
    with pytest.raises(FolderUnavailable, match="No such file"), local(root).open(entry):
        pass
    with pytest.raises(FolderUnavailable, match="No such file"):
        local(root, "south").entries()


@dataclass(frozen=True)
class Server:
    """An SFTP server of this process, with one user."""

    port: int
    host_key: str

    def folder(
        self, *, path: str = "/north", host_key: str | None = None, password: str = PASSWORD
    ) -> SftpFolder:
        return SftpFolder(
            address=f"sftp://meter@127.0.0.1:{self.port}{path}",
            host_key=self.host_key if host_key is None else host_key,
            now=datetime.now(UTC) + timedelta(seconds=1),
            password=password,
        )


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    class OneUser(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("meter", PASSWORD)

    async def begin() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=OneUser,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(root)),
        )

    acceptor = asyncio.run_coroutine_threadsafe(begin(), loop).result(20)
    yield Server(acceptor.get_port(), key.export_public_key().decode().strip())

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()


def test_an_sftp_folder_gives_the_same(server: Server) -> None:
    assert names(server.folder()) == ["a.csv", "b.csv"]
    assert content(server.folder(), "b.csv") == b"b" * 300_000


def test_another_host_key_is_nobody_we_know(server: Server) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(FolderUnavailable, match="another host key than the one that is pinned"):
        server.folder(host_key=other).entries()


def test_a_server_that_lets_nobody_in_has_no_folder_or_is_gone_is_said(server: Server) -> None:
    with pytest.raises(FolderUnavailable, match="does not let meter in") as refused:
        server.folder(password="wrong").entries()
    assert "wrong" not in str(refused.value)
    with pytest.raises(FolderUnavailable, match="no folder or file there"):
        server.folder(path="/south").entries()
    gone = Server(1, server.host_key)
    with pytest.raises(FolderUnavailable, match="cannot be reached"):
        gone.folder().entries()


def test_a_file_that_grew_since_it_was_listed_is_taken_later(server: Server, root: Path) -> None:
    folder = server.folder()
    (entry, _) = folder.entries()
    put(root / "north" / "a.csv", b"aaaa")
    with pytest.raises(FolderUnavailable, match="changed while it was fetched"), folder.open(entry):
        pass


@pytest.mark.parametrize(
    ("address", "host_key"),
    [
        ("sftp://host/folder", "ssh-ed25519 AAAA"),
        ("sftp://meter:secret@host/folder", "ssh-ed25519 AAAA"),
        ("ftp://meter@host/folder", "ssh-ed25519 AAAA"),
        ("sftp://meter@host/folder", " "),
    ],
)
def test_an_address_needs_a_user_no_password_and_a_pinned_key(address: str, host_key: str) -> None:
    with pytest.raises(FolderUnavailable):
        SftpFolder(address=address, host_key=host_key, now=datetime.now(UTC))
