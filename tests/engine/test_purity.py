"""The engine is pure: standard library without I/O, NumPy, itself; no clock, no float, no evaluation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import meterside.engine

ALLOWED = {
    "abc",
    "__future__",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "itertools",
    "meterside.engine",
    "numpy",
    "operator",
    "re",
    "tomllib",
    "typing",
}
#: Names that read a clock, a file or code, or make a binary float.
FORBIDDEN_NAMES = {"open", "print", "input", "eval", "exec", "compile", "__import__", "float", "getenv"}
FORBIDDEN_ATTRIBUTES = {"now", "today", "utcnow", "total_seconds", "load", "fromfile", "loadtxt", "tofile"}
FOLDER = Path(meterside.engine.__file__).parent


def offences(source: str) -> Iterator[str]:
    """What in a module's text is not pure, with its line."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import):
            yield from (f"{line}: imports {name.name}" for name in node.names if not _allowed(name.name))
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level or not _allowed(module):
                yield f"{line}: imports {'.' * node.level}{module}"
        elif isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            yield f"{line}: uses {node.id}"
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            yield f"{line}: uses .{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"{line}: has the float {node.value}"


def _allowed(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in ALLOWED)


MODULES = sorted(FOLDER.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_of_the_engine_is_pure(path: Path) -> None:
    assert list(offences(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("import os", "imports os"),
        ("from pathlib import Path", "imports pathlib"),
        ("import zoneinfo", "imports zoneinfo"),
        ("from django.db import models", "imports django.db"),
        ("from meterside.kit import clock", "imports meterside.kit"),
        ("from . import money", "imports ."),
        ("import collectionsx", "imports collectionsx"),
        ("from datetime import date\nprint(date.today())", "uses .today"),
        ("open('x')", "uses open"),
        ("eval('1')", "uses eval"),
        ("rate = 0.1", "has the float 0.1"),
        ("rate = float('0.1')", "uses float"),
    ],
)
def test_a_planted_offence_is_found(planted: str, found: str) -> None:
    assert any(found in offence for offence in offences(planted))


def test_the_walk_sees_the_whole_engine() -> None:
    names = {path.name for path in MODULES}
    assert {"rating.py", "money.py", "model.py", "document.py", "explain.py"} <= names
