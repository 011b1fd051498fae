"""The built files in the repository are what the sources build; seen without node by a digest, with it by bytes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from meterside.config.environment import PROJECT

WEB = PROJECT / "meterside" / "web"
BUILD = WEB / "design" / "build"
_NPM_S = 240


def sources() -> Iterator[Path]:
    """The same files, in any order, as `sources()` of build.mjs."""
    yield from (path for path in (WEB / "components").rglob("*") if path.suffix in {".scss", ".js"})
    yield from (path for path in (WEB / "design" / "styles").rglob("*") if path.is_file())
    yield from (BUILD / "build.mjs", BUILD / "icons.txt")
    yield from (WEB / "design" / name for name in ("500.html", "favicon.svg", "logo.svg"))
    yield PROJECT / "package-lock.json"


def test_built_files_come_from_these_sources() -> None:
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(PROJECT).as_posix(), path) for path in sources()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    built_from = (BUILD / "built-from.txt").read_text().strip()
    assert digest.hexdigest() == built_from, "run: npm ci && npm run build"


def test_the_lock_names_no_address() -> None:
    text = (PROJECT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text


@pytest.fixture(scope="module")
def node() -> str:
    """The node program, with the build's tools installed as locked."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("node and npm are not installed; the digest above stands for the comparison")
    if not (PROJECT / "node_modules" / "sass").is_dir():
        installed = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=_NPM_S,
        )
        if installed.returncode != 0:
            pytest.skip(f"npm could not install the build's tools: {installed.stderr.strip()[-200:]}")
    return found


def files(folder: Path) -> dict[Path, Path]:
    """Every file in the folder by its path inside."""
    return {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}


def test_a_build_gives_the_same_bytes(node: str, tmp_path: Path) -> None:
    subprocess.run([node, BUILD / "build.mjs", tmp_path], cwd=PROJECT, check=True, timeout=_NPM_S)
    built, kept = files(tmp_path / "meterside"), files(WEB / "static" / "meterside")
    assert sorted(built) == sorted(kept)
    for name, path in built.items():
        assert path.read_bytes() == kept[name].read_bytes(), name
    assert (tmp_path / "icons.json").read_bytes() == (WEB / "design" / "icons.json").read_bytes()
