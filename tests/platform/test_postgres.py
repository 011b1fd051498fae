"""The embedded PostgreSQL: starts, stops, trusts nobody, and survives what is done to it."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from meterside.kit.postgres import Cluster, EmbeddedPostgres, PostgresUnavailable, guard
from meterside.kit.postgres.cluster import CopyStrategy
from tests.platform.plain_user import PlainUser
from tests.platform.support import Script, answers, is_alive, processes, wait_until

pytestmark = pytest.mark.kill

# Starts a server on the folder, says where it is, and stays until its standard input closes.
HOLDER = """
import sys
from pathlib import Path
from meterside.kit.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
print(server.start().superuser_url, flush=True)
sys.stdin.read()
server.stop()
"""

# Starts a server on the folder; says where its data is, whether it is ours, and who else may look at it.
TOLD = """
import os, sys
from pathlib import Path
import psycopg
from meterside.kit.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as cluster:
    data = Path(psycopg.connect(cluster.superuser_url).execute("SHOW data_directory").fetchone()[0])
    print(data, data.stat().st_uid == os.getuid(), f"{data.stat().st_mode & 0o777:o}", sep="\\n")
"""

REFUSED = """
import sys
from pathlib import Path
from meterside.kit.postgres import EmbeddedPostgres, PostgresUnavailable
try:
    EmbeddedPostgres(Path(sys.argv[1])).start()
except PostgresUnavailable as error:
    print(error)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One server for the tests that only ask it things."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("asked") / "postgres", durable=False)
    yield server.start()
    server.destroy()


def postmaster_pid(url: str) -> int:
    """The process id of the server that answers at `url`."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    assert row is not None
    return int(row[0].split("\n")[0])


def data_of(url: str) -> Path:
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return Path(row[0])


def test_a_stopped_server_comes_back_with_its_data_and_address(folder: Path) -> None:
    with EmbeddedPostgres(folder) as cluster:
        owner = cluster.ensure_database("books").owner
        with psycopg.connect(owner) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert not answers(owner)
    with EmbeddedPostgres(folder):
        assert psycopg.connect(owner).execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.parametrize("user", ["postgres", "meterside_owner", "meterside_web"])
@pytest.mark.parametrize("password", ["", ":wrong"])
def test_no_connection_without_the_password(running: Cluster, user: str, password: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no password supplied|password authentication"):
        psycopg.connect(f"postgresql://{user}{password}@127.0.0.1:{running.port}/postgres")


def test_passwords_are_kept_as_scram_and_there_is_no_other_way_in(running: Cluster) -> None:
    with psycopg.connect(running.superuser_url) as connection:
        rules = connection.execute(
            "SELECT type, address, netmask, auth_method FROM pg_hba_file_rules"
        ).fetchall()
        verifiers = connection.execute(
            "SELECT rolname, left(rolpassword, 14) FROM pg_authid WHERE rolcanlogin ORDER BY rolname"
        ).fetchall()
        listening = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()
    assert rules == [("host", "127.0.0.1", "255.255.255.255", "scram-sha-256")]
    assert verifiers == [
        ("meterside_owner", "SCRAM-SHA-256$"),
        ("meterside_web", "SCRAM-SHA-256$"),
        ("postgres", "SCRAM-SHA-256$"),
    ]
    assert listening == ("127.0.0.1", "")


def test_passwords_are_readable_by_their_owner_only(new_folder: Path) -> None:
    with EmbeddedPostgres(new_folder, durable=False) as cluster:
        file = new_folder / "passwords.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(new_folder.stat().st_mode) == 0o700
        password = urlsplit(cluster.superuser_url).password
        assert password
        assert password in file.read_text()
        assert password not in repr(cluster)
        log = data_of(cluster.superuser_url).parent / "log" / "server.log"
        assert all(secret not in log.read_text() for secret in cluster.passwords.values())


def test_the_locale_is_the_builtin_one(running: Cluster) -> None:
    with psycopg.connect(running.urls("postgres").owner) as connection:
        row = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = 'template1'"
        ).fetchone()
    assert row == ("b", "C.UTF-8", "UTF8")


def test_the_applications_role_is_bound(running: Cluster) -> None:
    urls = running.ensure_database("bound")
    with psycopg.connect(urls.app) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
            " pg_has_role('meterside_app', 'MEMBER') FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False, True)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


def test_a_database_has_the_extensions_and_belongs_to_the_owner(running: Cluster) -> None:
    urls = running.ensure_database("extended")
    assert running.ensure_database("extended") == urls
    with psycopg.connect(urls.app) as connection:
        names = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
        owner = connection.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'extended'"
        ).fetchone()
    assert names >= {"btree_gist", "pg_trgm", "unaccent"}
    assert owner == ("meterside_owner",)


@pytest.mark.parametrize("strategy", ["FILE_COPY", "WAL_LOG"])
def test_a_clone_is_a_copy_of_its_own_that_the_application_may_enter(
    running: Cluster, strategy: CopyStrategy
) -> None:
    template = running.ensure_database("pattern")
    with psycopg.connect(template.owner, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 1 AS answer")
        connection.execute("GRANT SELECT ON kept TO meterside_app")
    clone = running.clone_database("pattern", "copy", strategy=strategy)
    with psycopg.connect(clone.owner, autocommit=True) as connection:
        connection.execute("UPDATE kept SET answer = 2")
    assert psycopg.connect(clone.app).execute("SELECT answer FROM kept").fetchone() == (2,)
    assert psycopg.connect(template.app).execute("SELECT answer FROM kept").fetchone() == (1,)
    running.drop_database("copy")
    assert not running.database_exists("copy")


def test_names_are_quoted(running: Cluster) -> None:
    name = 'odd "name"; DROP'
    urls = running.ensure_database(name)
    with psycopg.connect(urls.owner) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (name,)
    running.drop_database(name)


def test_a_killed_owner_leaves_no_server(folder: Path, start_script: Callable[..., Script]) -> None:
    holder = start_script(HOLDER, str(folder))
    url = holder.read_line()
    pid = postmaster_pid(url)
    holder.kill()
    wait_until(lambda: not is_alive(pid), "the server of a killed owner to stop")


def test_one_killed_owner_does_not_take_the_server_from_another(
    folder: Path, start_script: Callable[..., Script]
) -> None:
    first, second = start_script(HOLDER, str(folder)), start_script(HOLDER, str(folder))
    url = first.read_line()
    assert second.read_line() == url
    pid = postmaster_pid(url)
    first.kill()
    third = start_script(HOLDER, str(folder))
    assert third.read_line() == url
    assert second.finish() == 0
    assert is_alive(pid)
    assert third.finish() == 0
    wait_until(lambda: not is_alive(pid), "the server to stop with its last user")


def test_of_several_who_leave_at_once_the_last_stops_the_server(
    folder: Path, start_script: Callable[..., Script]
) -> None:
    holders = [start_script(HOLDER, str(folder)) for _ in range(4)]
    (url,) = {holder.read_line() for holder in holders}
    pid = postmaster_pid(url)
    for holder in holders[:2]:
        holder.kill()
    for holder in holders[2:]:
        holder.close_input()
    wait_until(lambda: not is_alive(pid), "the server to stop with its last user")


def test_owner_guard_and_server_killed_at_once(folder: Path, start_script: Callable[..., Script]) -> None:
    holder = start_script(HOLDER, str(folder))
    url = holder.read_line()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS answer")
        connection.execute("CHECKPOINT")
    pid = postmaster_pid(url)
    guard_pid = guard_of(holder.pid)
    os.kill(guard_pid, signal.SIGKILL)
    holder.kill()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the server to be gone")
    with EmbeddedPostgres(folder, durable=False) as cluster:
        assert psycopg.connect(cluster.superuser_url).execute("SELECT answer FROM kept").fetchone() == (7,)


def test_a_server_left_running_is_joined(folder: Path, start_script: Callable[..., Script]) -> None:
    holder = start_script(HOLDER, str(folder))
    url = holder.read_line()
    pid = postmaster_pid(url)
    os.kill(guard_of(holder.pid), signal.SIGKILL)
    holder.kill()
    assert is_alive(pid)
    with EmbeddedPostgres(folder, durable=False) as cluster:
        assert cluster.superuser_url == url
        assert postmaster_pid(url) == pid
    assert not is_alive(pid)


def test_a_pid_file_that_names_a_stranger_stops_nobody(
    folder: Path, start_script: Callable[..., Script]
) -> None:
    with EmbeddedPostgres(folder, durable=False) as cluster:
        data = data_of(cluster.superuser_url)
    stranger = start_script("import sys; print('here', flush=True); sys.stdin.read()")
    assert stranger.read_line() == "here"
    (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n1700000000\n{cluster.port}\n\n127.0.0.1\n")
    assert guard.running_postmaster(data) is None
    with EmbeddedPostgres(folder, durable=False) as again:
        assert answers(again.superuser_url)
    assert is_alive(stranger.pid)


@pytest.mark.parametrize("stage", ["turn.lock", "data.partial-*/global", "data/postmaster.pid"])
def test_killed_in_the_middle_of_the_first_start(
    new_folder: Path, start_script: Callable[..., Script], stage: str
) -> None:
    home = EmbeddedPostgres(new_folder).home
    holder = start_script(HOLDER, str(new_folder))
    wait_until(lambda: list(home.glob(stage)), f"{stage} to appear")
    holder.kill()
    with EmbeddedPostgres(new_folder, durable=False) as cluster:
        assert answers(cluster.superuser_url)
    assert not answers(cluster.superuser_url)


def test_a_first_start_cut_off_is_repaired(new_folder: Path) -> None:
    server = EmbeddedPostgres(new_folder, durable=False)
    with server as cluster:
        data = data_of(cluster.superuser_url)
    data.rename(data.with_name("data.partial-1-cafe"))
    (new_folder / "passwords.partial").write_text("cut o")
    with server as cluster:
        assert answers(cluster.superuser_url)
    assert not data.with_name("data.partial-1-cafe").exists()


def test_lost_passwords_put_the_old_data_aside(new_folder: Path) -> None:
    with EmbeddedPostgres(new_folder, durable=False) as cluster:
        data = data_of(cluster.superuser_url)
        (new_folder / "passwords.json").unlink()
    with EmbeddedPostgres(new_folder, durable=False) as anew:
        assert anew.passwords != cluster.passwords
        assert answers(anew.superuser_url)
    assert data.with_name("data.without-passwords").is_dir()


def test_a_taken_port_is_left_for_another(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as cluster:
        port = cluster.port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with EmbeddedPostgres(folder, durable=False) as moved:
            assert moved.port != port
            assert answers(moved.superuser_url)


def test_data_of_another_version_is_refused_in_one_line(new_folder: Path) -> None:
    with EmbeddedPostgres(new_folder, durable=False) as cluster:
        data = data_of(cluster.superuser_url)
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(
        PostgresUnavailable, match="made by PostgreSQL 14, the programs are version 18"
    ) as caught:
        EmbeddedPostgres(new_folder, durable=False).start()
    assert "\n" not in str(caught.value)


def test_destroy_leaves_nothing(new_folder: Path) -> None:
    server = EmbeddedPostgres(new_folder, durable=False)
    cluster = server.start()
    data = data_of(cluster.superuser_url)
    server.destroy()
    assert not answers(cluster.superuser_url)
    assert not new_folder.exists()
    assert not data.parent.exists()
    assert not server.is_created()


def test_an_ordinary_user_keeps_everything_in_the_folder(tmp_path: Path) -> None:
    user = PlainUser(tmp_path)
    folder = user.home / "var" / "postgres"
    done = user.run(TOLD, str(folder))
    assert done.returncode == 0, done.stderr
    data, owner, mode = done.stdout.splitlines()
    assert data == str(folder / "data")
    assert (owner, mode) == ("True", "700")
    again = user.run(TOLD, str(folder))
    assert again.stdout == done.stdout, again.stderr


def test_another_users_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    user = PlainUser(tmp_path)
    foreign = tmp_path / "foreign"
    foreign.mkdir(mode=0o500)
    refused = user.run(REFUSED, str(foreign / "postgres"))
    assert refused.returncode == 0, refused.stderr
    assert refused.stdout.startswith("The embedded PostgreSQL cannot start: [Errno 13] Permission denied")
    assert refused.stdout.count("\n") == 1


def guard_of(pid: int) -> int:
    """The guard process of an owner."""
    return next(
        number for number, one in processes().items() if one.parent == pid and "guard.py" in one.command
    )
